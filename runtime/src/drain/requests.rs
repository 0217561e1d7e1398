//! From a request to what runs for it.
//!
//! On a call's path: `request_ring` comes before, [`crate::slots`] polls what begins here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferrule::{Call, Cancellation, Context, Identity, Payload, Request as CallerRequest, scope};
use ferrule_ring::Violation;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use ferrule_ring::request_ring::{Operation, Request};
use tokio_util::sync::CancellationToken;

use super::{Drain, WaitingShutdown};
use crate::clock;
use crate::closing::Stage;
use crate::lifecycle::{self, Done, DoneResult, Limits, StartJob};
use crate::messages::{ContextMessage, Outcome, StartMessage};
use crate::panics::catch;
use crate::slots::{PolledCall, Step, deadline_timer};
use crate::table::{Handle, Instance};

/// Requests taken in one turn, so that cancels, wakers and other tasks get theirs.
const BATCH: usize = 64;
/// Calls of an instance may finish this long, or half its shutdown's time, before they are cancelled.
const CALLS_GRACE: Duration = Duration::from_secs(5);

impl Drain {
    pub(super) fn take_requests(&mut self) -> bool {
        for taken in 0..BATCH {
            // With its budget spent, tokio answers "not ready" for what is: the first-poll bit would lie.
            if self.faulted || !tokio::task::coop::has_budget_remaining() {
                return taken > 0;
            }
            let step = match self.lane.take_request() {
                Ok(None) => return taken > 0,
                Ok(Some(request)) => self.begin(request),
                Err(violation) => Err(violation),
            };
            if let Err(violation) = step {
                self.fault(&violation);
                return true;
            }
        }
        true
    }

    pub(super) fn begin(&mut self, request: Request) -> Result<(), Violation> {
        let (slot, generation) = (request.slot, request.generation);
        self.lane.count(OFFSET_COUNTER_REQUESTS, 1);
        if !self.slots.is_free(slot) {
            return Err(Violation::SlotInUse { slot });
        }
        let deadline = request.deadline.map(clock::instant);
        // A shutdown is carried out all the same: it must not leave its instance behind.
        let early = match request.operation {
            Operation::Shutdown => None,
            _ if self.lane.is_cancelled(slot, generation) => Some(Status::Cancelled),
            _ if deadline.is_some_and(|deadline| deadline <= Instant::now()) => Some(Status::Deadline),
            // TypeScript stops sending when it closes; what it had sent before may still finish.
            _ if self.closing.is_some_and(|closing| closing.stage() != Stage::Calls) => Some(Status::Closed),
            _ => None,
        };
        let begun = match (early, request.operation) {
            (Some(status), _) => Err(Outcome::bare(status)),
            (None, Operation::Call) => self.begin_call(request, deadline),
            (None, Operation::CreateAndStart) => self.begin_start(request, deadline),
            (None, Operation::Shutdown) => self.begin_shutdown(request, deadline),
            (None, Operation::Ready | Operation::NotReady) => self.begin_notify(request, deadline),
        };
        if let Err(outcome) = begun {
            self.complete(slot, generation, true, outcome);
        }
        Ok(())
    }

    pub(super) fn instance(&self, handle: (u32, u32)) -> Result<(Handle, Arc<Instance>), Outcome> {
        let handle = Handle { index: handle.0, generation: handle.1 };
        let instance = self.table.get(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        if instance.is_poisoned() {
            return Err(Outcome::bare(Status::Poisoned));
        }
        Ok((handle, Arc::clone(instance)))
    }

    pub(super) fn begin_call(&mut self, mut request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let (handle, instance) = self.instance(request.handle)?;
        let (slot, generation) = (request.slot, request.generation);
        let method = instance.methods.get(request.method as usize).ok_or(Outcome::bare(Status::UnknownMethod))?;
        let cell = self.slots.begin_cell(slot, generation);
        let context = Context::new(Arc::clone(&instance.identity), deadline, Cancellation::Cell(cell, generation));
        let payload = Payload::from(std::mem::take(&mut request.payload));
        let call = Call { method: method.name, payload, context };
        if method.blocking {
            let limits = self.elsewhere(&request, deadline, &instance.identity);
            let job = lifecycle::call_blocking(instance, call, limits);
            self.run_elsewhere(slot, async move { DoneResult::Answered(job.await) }, DoneResult::Answered);
            return Ok(());
        }
        let extension = Arc::clone(&instance.extension);
        let future = match catch(|| scope::within(&instance.identity, || extension.call(call))) {
            Ok(future) => future,
            Err(panic) => {
                instance.poison();
                return Err(Outcome::panicked(&panic));
            }
        };
        let deadline = deadline_timer(deadline);
        self.slots.put_polled(slot, generation, PolledCall { handle, instance, future, deadline });
        match self.slots.poll(slot) {
            Some(outcome) => Err(outcome),
            None => Ok(()),
        }
    }

    pub(super) fn begin_start(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let malformed = |text: String| Outcome::text(Status::Malformed, &text);
        let (message, config) = StartMessage::read(&request.payload).map_err(malformed)?;
        let factory = *self.factories.get(request.method as usize).ok_or_else(|| {
            let (index, count) = (request.method, self.factories.len());
            malformed(format!("factory {index} was asked for, the library has {count}"))
        })?;
        if message.context.cancelled {
            return Err(Outcome::bare(Status::Cancelled));
        }
        let identity = Arc::new(message.context.identity(self.shared.runtime));
        let job = StartJob {
            factory,
            limits: self.elsewhere(&request, deadline, &identity),
            identity,
            request: message.context.into_request(),
            host: message.host.into_info().map_err(malformed)?,
            sink: Arc::clone(&self.shared.events) as _,
            config: config.to_owned(),
        };
        let started = async move { DoneResult::Started(job.run().await) };
        self.run_elsewhere(request.slot, started, |outcome| DoneResult::Started(Err(outcome)));
        Ok(())
    }

    pub(super) fn begin_shutdown(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        // A context that cannot be read must not leave the instance behind.
        let caller = caller(&request.payload).unwrap_or_default();
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let instance = self.table.begin_shutdown(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        let limits = self.elsewhere(&request, deadline, &instance.identity);
        if self.lane.is_cancelled(request.slot, request.generation) {
            limits.token.cancel();
        }
        let now = Instant::now();
        let half = deadline.map_or(CALLS_GRACE, |deadline| deadline.saturating_duration_since(now) / 2);
        let calls_until = now + half.min(CALLS_GRACE);
        let slot = request.slot;
        self.waiting_shutdowns.push(WaitingShutdown { slot, handle, instance, request: caller, limits, calls_until });
        self.advance_shutdowns();
        Ok(())
    }

    pub(super) fn begin_notify(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let caller = caller(&request.payload)?;
        let (_, instance) = self.instance(request.handle)?;
        let limits = self.elsewhere(&request, deadline, &instance.identity);
        let ready = request.operation == Operation::Ready;
        let job = lifecycle::notify(instance, ready, caller, limits);
        self.run_elsewhere(request.slot, async move { DoneResult::Answered(job.await) }, DoneResult::Answered);
        Ok(())
    }

    pub(super) fn elsewhere(
        &mut self,
        request: &Request,
        deadline: Option<Instant>,
        identity: &Arc<Identity>,
    ) -> Limits {
        let token = CancellationToken::new();
        let (operation, identity) = (request.operation, Arc::clone(identity));
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let handle = (operation != Operation::CreateAndStart).then_some(handle);
        let step = Step { token: token.clone(), operation, handle, identity };
        self.slots.put_elsewhere(request.slot, request.generation, step);
        Limits { token, deadline }
    }

    pub(super) fn run_elsewhere(
        &self,
        slot: u32,
        job: impl Future<Output = DoneResult> + Send + 'static,
        panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        lifecycle::on_own_thread(&self.lifecycle, job, panicked, move |result| {
            shared.finish(Done { slot: Some(slot), result });
        });
    }
}

fn caller(payload: &[u8]) -> Result<CallerRequest, Outcome> {
    let message: ContextMessage = serde_json::from_slice(payload)
        .map_err(|error| Outcome::text(Status::Malformed, &format!("context message: {error}")))?;
    Ok(message.into_request())
}
