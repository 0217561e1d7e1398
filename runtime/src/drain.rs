//! Takes requests from the ring, runs them, and sleeps when there is nothing to do. One task, on one thread.
//!
//! On a call's path: `request_ring` comes before, [`crate::table`] and [`crate::slots`] are next, [`crate::lane`]
//! writes the
//! outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_queue::ArrayQueue;
use ferrule::{Call, Cancellation, Context, ExtensionFactory, Identity, Payload, Request as CallerRequest, scope};
use ferrule_ring::Violation;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use ferrule_ring::request_ring::{Operation, Request};
use tokio::runtime::Handle as TokioHandle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bell::Bell;
use crate::clock;
use crate::closing::{Closing, Stage};
use crate::events::EventQueue;
use crate::lane::Lane;
use crate::lifecycle::{self, Done, DoneResult, Limits, StartJob};
use crate::messages::{ContextMessage, Outcome, StartMessage};
use crate::panics::{catch, catch_drop};
use crate::ready::ReadySlots;
use crate::slots::{PolledCall, Slots, Step, deadline_timer};
use crate::table::{ExtensionTable, Handle, Instance};

/// Requests taken in one turn, so that cancels, wakers and other tasks get theirs.
const BATCH: usize = 64;
/// Turns with work in a row before other tasks get theirs.
const TURNS_PER_YIELD: u32 = 8;
/// How long the drain looks for the next request before it sleeps: about what waking it costs.
const SPIN: Duration = Duration::from_micros(50);
/// Calls of an instance may finish this long, or half its shutdown's time, before they are cancelled.
const CALLS_GRACE: Duration = Duration::from_secs(5);
/// What instances get when nobody is left to say how long: the JavaScript thread has gone, or broke the protocol.
const ORPHAN_GRACE: Duration = Duration::from_secs(5);

/// What the drain shares with other threads.
pub(crate) struct Shared {
    pub(crate) runtime: u32,
    pub(crate) ready: Arc<ReadySlots>,
    pub(crate) events: Arc<EventQueue>,
    /// Outcomes of work elsewhere: one for each slot at most, and one shutdown that closing began.
    pub(crate) done: ArrayQueue<Done>,
    /// Grace in milliseconds plus one; 0 while nobody asked.
    pub(crate) close: std::sync::atomic::AtomicU64,
    pub(crate) lease_ended: AtomicBool,
}

impl Shared {
    pub(crate) fn new(runtime: u32) -> Self {
        let ready = Arc::<ReadySlots>::default();
        let events = Arc::new(EventQueue::new(Arc::clone(&ready)));
        let done = ArrayQueue::new(SLOT_COUNT as usize + 1);
        Self { runtime, ready, events, done, close: 0.into(), lease_ended: AtomicBool::new(false) }
    }

    fn finish(&self, done: Done) {
        assert!(self.done.push(done).is_ok(), "one outcome for each slot, and one for closing");
        self.ready.alarm.notify_one();
    }
}

/// A shutdown that lets calls finish first.
struct WaitingShutdown {
    slot: u32,
    handle: Handle,
    instance: Arc<Instance>,
    request: CallerRequest,
    limits: Limits,
    calls_until: Instant,
}

pub(crate) struct Drain {
    lane: Lane,
    slots: Slots,
    table: ExtensionTable,
    factories: Vec<&'static dyn ExtensionFactory>,
    shared: Arc<Shared>,
    lifecycle: TokioHandle,
    waiting_shutdowns: Vec<WaitingShutdown>,
    closing: Option<Closing>,
    faulted: bool,
    /// The lane's JavaScript thread has gone.
    orphaned: bool,
    spins: bool,
}

impl Drain {
    pub(crate) fn new(lane: Lane, shared: Arc<Shared>, lifecycle: TokioHandle, first_generation: u32) -> Self {
        Self {
            lane,
            slots: Slots::new(&shared.ready),
            table: ExtensionTable::new(first_generation),
            factories: crate::registry::factories(),
            shared,
            lifecycle,
            waiting_shutdowns: Vec::new(),
            closing: None,
            faulted: false,
            orphaned: false,
            spins: std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1),
        }
    }

    /// Runs until the runtime has closed. Returns how long its threads may take to end.
    pub(crate) async fn run(mut self, bell: Bell) -> Duration {
        let ready = Arc::clone(&self.shared.ready);
        let mut spin_until = None;
        let mut turns: u32 = 0;
        while !self.is_finished() {
            if self.turn() {
                spin_until = None;
                turns += 1;
                // A yield asks the system for I/O, which costs as much as some calls: other tasks get theirs now and
                // then.
                if turns.is_multiple_of(TURNS_PER_YIELD) {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            if self.spins && self.spin(&mut spin_until) {
                tokio::task::yield_now().await;
                continue;
            }
            self.lane.announce_sleep();
            if self.has_reason() {
                // Always at an await: a turn that found tokio's budget spent did nothing, and only a yield renews it.
                tokio::task::yield_now().await;
            } else {
                self.lane.count(OFFSET_COUNTER_PARKS, 1);
                let due = self.next_due();
                sleep(&bell, &ready.alarm, due).await;
            }
            self.lane.wake_up();
            spin_until = None;
        }
        let stuck = self.slots.stuck();
        if self.slots.running() + self.table.len() > 0 {
            let (requests, instances) = (self.slots.running(), self.table.len());
            tracing::warn!(requests, instances, stuck, "closed with work that did not end in time");
        }
        self.drop_instances();
        self.lane.write_events();
        self.lane.publish();
        if !self.faulted {
            self.lane.set_state(STATE_CLOSED);
        }
        self.closing.map_or(Duration::ZERO, |closing| closing.join())
    }

    /// Instances that there was no time to shut down are dropped, which may panic.
    fn drop_instances(&mut self) {
        while let Some(handle) = self.table.last_started() {
            let Some(instance) = self.table.begin_shutdown(handle) else { break };
            instance.life.cancel();
            let identity = Arc::clone(&instance.identity);
            let _ = scope::within(&identity, || catch_drop(instance));
            self.table.remove(handle);
        }
    }

    /// Looks for requests for about a microsecond. False when it has looked for long enough.
    fn spin(&self, until: &mut Option<Instant>) -> bool {
        const LOOKS: u32 = 64;
        let until = *until.get_or_insert_with(|| Instant::now() + SPIN);
        for _ in 0..LOOKS {
            if self.lane.has_requests() {
                return true;
            }
            std::hint::spin_loop();
        }
        Instant::now() < until
    }

    fn next_due(&self) -> Option<Instant> {
        let shutdowns = self.waiting_shutdowns.iter().map(|waiting| waiting.calls_until);
        shutdowns.chain(self.closing.map(|closing| closing.stage_until())).min()
    }

    fn has_reason(&mut self) -> bool {
        let shared = &self.shared;
        shared.ready.has_more()
            || !shared.done.is_empty()
            || (self.closing.is_none() && shared.close.load(Ordering::Acquire) != 0)
            || (!self.orphaned && shared.lease_ended.load(Ordering::Acquire))
            || self.next_due().is_some_and(|due| due <= Instant::now())
            || (!self.faulted && self.lane.has_reason())
    }

    /// Does some of everything that there is to do. Returns whether there was anything.
    fn turn(&mut self) -> bool {
        let mut worked = self.take_close();
        worked |= self.take_done();
        worked |= self.take_requests();
        worked |= self.take_cancels();
        worked |= self.poll_ready();
        worked |= self.advance_shutdowns();
        worked |= self.advance_closing();
        worked |= self.lane.write_waiting();
        worked |= self.lane.write_events();
        if worked {
            self.lane.count(OFFSET_COUNTER_BATCHES, 1);
            self.lane.gauge(OFFSET_COUNTER_HANDLES, self.table.len());
            self.lane.gauge(OFFSET_COUNTER_RUNNING, self.slots.running());
        }
        self.lane.publish();
        worked
    }

    fn complete(&mut self, slot: u32, generation: u32, first_poll: bool, outcome: Outcome) {
        match outcome.status {
            Status::Panicked => self.lane.count(OFFSET_COUNTER_PANICS, 1),
            Status::Cancelled => self.lane.count(OFFSET_COUNTER_CANCELS, 1),
            _ => (),
        }
        self.lane.complete(slot, generation, first_poll, outcome);
    }

    // --- requests ---

    fn take_requests(&mut self) -> bool {
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

    fn begin(&mut self, request: Request) -> Result<(), Violation> {
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

    fn instance(&self, handle: (u32, u32)) -> Result<(Handle, Arc<Instance>), Outcome> {
        let handle = Handle { index: handle.0, generation: handle.1 };
        let instance = self.table.get(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        if instance.is_poisoned() {
            return Err(Outcome::bare(Status::Poisoned));
        }
        Ok((handle, Arc::clone(instance)))
    }

    fn begin_call(&mut self, mut request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
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

    fn begin_start(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
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

    fn begin_shutdown(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
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

    fn begin_notify(&mut self, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let caller = caller(&request.payload)?;
        let (_, instance) = self.instance(request.handle)?;
        let limits = self.elsewhere(&request, deadline, &instance.identity);
        let ready = request.operation == Operation::Ready;
        let job = lifecycle::notify(instance, ready, caller, limits);
        self.run_elsewhere(request.slot, async move { DoneResult::Answered(job.await) }, DoneResult::Answered);
        Ok(())
    }

    fn elsewhere(&mut self, request: &Request, deadline: Option<Instant>, identity: &Arc<Identity>) -> Limits {
        let token = CancellationToken::new();
        let (operation, identity) = (request.operation, Arc::clone(identity));
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let handle = (operation != Operation::CreateAndStart).then_some(handle);
        let step = Step { token: token.clone(), operation, handle, identity };
        self.slots.put_elsewhere(request.slot, request.generation, step);
        Limits { token, deadline }
    }

    fn run_elsewhere(
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

    // --- what comes back ---

    fn take_done(&mut self) -> bool {
        let mut worked = false;
        while let Some(Done { slot, result }) = self.shared.done.pop() {
            worked = true;
            let outcome = match result {
                DoneResult::Started(Ok(instance)) => {
                    let Handle { index, generation } = self.table.insert(instance);
                    Outcome::ok(format!("{{\"index\":{index},\"generation\":{generation}}}").into_bytes())
                }
                DoneResult::Started(Err(outcome)) | DoneResult::Answered(outcome) => outcome,
                DoneResult::ShutDown { handle, outcome } => {
                    self.table.remove(handle);
                    outcome
                }
            };
            match slot {
                Some(slot) => {
                    let generation = self.slots.generation(slot).expect("a slot is taken until its outcome is back");
                    self.slots.finish_elsewhere(slot);
                    self.complete(slot, generation, false, outcome);
                }
                None => {
                    if let Some(closing) = &mut self.closing {
                        closing.set_stage(Stage::Instances { busy: false });
                    }
                }
            }
        }
        worked
    }

    fn take_cancels(&mut self) -> bool {
        let mut summary = self.lane.take_cancel_summary();
        let worked = summary != 0;
        while summary != 0 {
            let first = summary.trailing_zeros() * 32;
            summary &= summary - 1;
            for slot in first..first + 32 {
                let Some(generation) = self.slots.generation(slot) else { continue };
                if self.lane.is_cancelled(slot, generation) {
                    self.cancel(slot, generation, Status::Cancelled);
                }
            }
        }
        worked
    }

    fn cancel(&mut self, slot: u32, generation: u32, status: Status) {
        for waiting in &mut self.waiting_shutdowns {
            if waiting.slot == slot {
                waiting.calls_until = Instant::now();
            }
        }
        if let Some(outcome) = self.slots.cancel(slot, status) {
            self.complete(slot, generation, false, outcome);
        }
    }

    fn poll_ready(&mut self) -> bool {
        if !self.shared.ready.has_more() {
            return false;
        }
        let mut woken = Vec::new();
        self.shared.ready.take(|slot| woken.push(slot));
        for slot in woken {
            let Some(generation) = self.slots.generation(slot) else { continue };
            if let Some(outcome) = self.slots.poll(slot) {
                self.complete(slot, generation, false, outcome);
            }
        }
        true
    }

    // --- shutdown and close ---

    fn advance_shutdowns(&mut self) -> bool {
        let mut worked = false;
        let mut index = 0;
        while index < self.waiting_shutdowns.len() {
            let waiting = &self.waiting_shutdowns[index];
            if self.slots.has_calls(waiting.handle) {
                if waiting.calls_until > Instant::now() {
                    index += 1;
                    continue;
                }
                let handle = waiting.handle;
                self.slots.cancel_blocking(handle);
                self.cancel_polled(Some(handle), Status::Cancelled);
            }
            worked = true;
            let WaitingShutdown { slot, handle, instance, request, limits, .. } =
                self.waiting_shutdowns.swap_remove(index);
            let job = lifecycle::shut_down(instance, request, limits);
            let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
            self.run_elsewhere(slot, async move { ended(job.await) }, ended);
        }
        worked
    }

    fn cancel_polled(&mut self, handle: Option<Handle>, status: Status) {
        for slot in self.slots.polled(handle) {
            let Some(generation) = self.slots.generation(slot) else { continue };
            self.cancel(slot, generation, status);
        }
    }

    fn take_close(&mut self) -> bool {
        if self.shared.lease_ended.load(Ordering::Acquire) && !self.orphaned {
            self.orphaned = true;
            self.lane.abandon();
            self.closing = Some(Closing::at_once(ORPHAN_GRACE).sooner(self.closing));
            return true;
        }
        if self.closing.is_some() {
            return false;
        }
        let Some(grace) = self.shared.close.load(Ordering::Acquire).checked_sub(1) else { return false };
        self.closing = Some(Closing::new(Duration::from_millis(grace)));
        self.lane.set_state(STATE_CLOSING);
        true
    }

    fn advance_closing(&mut self) -> bool {
        let Some(mut closing) = self.closing else { return false };
        let late = Instant::now() >= closing.stage_until();
        match closing.stage() {
            Stage::Calls if late || self.slots.running() == 0 => {
                self.cancel_polled(None, Status::Closed);
                self.slots.cancel_elsewhere();
                for waiting in &mut self.waiting_shutdowns {
                    waiting.calls_until = Instant::now();
                }
                closing.set_stage(Stage::Instances { busy: false });
            }
            Stage::Instances { busy: false } if !late => {
                let Some(handle) = self.table.last_started() else { return false };
                let Some(instance) = self.table.begin_shutdown(handle) else { return false };
                // Each gets its share of what is left, so that one which hangs does not take the others' time.
                let left = closing.instances_until().saturating_duration_since(Instant::now());
                let deadline = Instant::now() + left / self.table.len().max(1);
                let limits = Limits { token: CancellationToken::new(), deadline: Some(deadline) };
                let shared = Arc::clone(&self.shared);
                let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
                let job = lifecycle::shut_down(instance, CallerRequest::default(), limits);
                lifecycle::on_own_thread(&self.lifecycle, async move { ended(job.await) }, ended, move |result| {
                    shared.finish(Done { slot: None, result });
                });
                closing.set_stage(Stage::Instances { busy: true });
            }
            Stage::Calls | Stage::Instances { .. } => return false,
        }
        self.closing = Some(closing);
        true
    }

    fn is_finished(&self) -> bool {
        let Some(closing) = self.closing else { return false };
        let idle = self.table.len() == 0 && self.slots.running() == 0;
        match closing.stage() {
            Stage::Calls => false,
            Stage::Instances { busy } => (idle && !busy) || Instant::now() >= closing.instances_until(),
        }
    }

    /// The peer broke the protocol: nothing more is read, and instances are ended as if it had gone.
    fn fault(&mut self, violation: &Violation) {
        let text = violation.to_string();
        tracing::error!("the shared memory's protocol is broken: {text}");
        self.faulted = true;
        self.lane.write_fault(&text);
        self.lane.publish();
        self.lane.ring();
        self.lane.abandon();
        self.closing = Some(Closing::at_once(ORPHAN_GRACE).sooner(self.closing));
    }
}

/// Sleeps until the bell, the alarm, or the next time that something is due.
async fn sleep(bell: &Bell, alarm: &Notify, due: Option<Instant>) {
    let timer = async {
        match due {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = bell.rung() => (),
        () = alarm.notified() => (),
        () = timer => (),
    }
}

fn caller(payload: &[u8]) -> Result<CallerRequest, Outcome> {
    let message: ContextMessage = serde_json::from_slice(payload)
        .map_err(|error| Outcome::text(Status::Malformed, &format!("context message: {error}")))?;
    Ok(message.into_request())
}
