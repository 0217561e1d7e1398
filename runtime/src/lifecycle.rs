//! What start, notifications, shutdown, and calls away from the drain do. Steps run on the threads of [`crate::steps`];
//! a call that may block has a thread of its own. What background tasks an extension spawns run on tokio's workers.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use ferrule::{
    CallFuture, Context, Extension, ExtensionFactory, Host, HostInfo, Identity, LifecycleFuture, Payload, Request,
    StatusSink, scope,
};
use ferrule_ring::completion_ring::Status;
use tokio::runtime::Handle as TokioHandle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::host_calls::HostCalls;
use crate::messages::Outcome;
use crate::panics::{Panic, catch, catch_drop};
use crate::peers::{Directory, HostKey, HostPeers};
use crate::spans::{self, span_of};
use crate::table::{Handle, Instance};

/// What work elsewhere brings back to the drain.
pub(crate) struct Done {
    /// Through which lane it was asked for.
    pub(crate) lane: u32,
    /// Whose completion it is; none for a shutdown that the closing runtime began.
    pub(crate) slot: Option<u32>,
    pub(crate) result: DoneResult,
}

pub(crate) enum DoneResult {
    /// A start: the instance, or why there is none.
    Started(Result<Arc<Instance>, Outcome>),
    /// A shutdown: the entry can be freed.
    ShutDown { handle: Handle, outcome: Outcome },
    /// A notification or a blocking call.
    Answered(Outcome),
}

/// Who ends a step early.
#[derive(Clone)]
pub(crate) struct Limits {
    pub(crate) token: CancellationToken,
    pub(crate) deadline: Option<Instant>,
}

impl Limits {
    /// Runs a step of an extension. The step is dropped when it ends early.
    async fn run(&self, mut step: LifecycleFuture<'_>) -> Result<(), Outcome> {
        let late = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        let polled = poll_fn(|context| {
            // What the step answers is read, and dropped, in here as well: an error's text is its author's code.
            let polled = catch(|| step.as_mut().poll(context).map_err(|error| Outcome::refused(&error)));
            polled.unwrap_or_else(|panic| Poll::Ready(Err(Outcome::panicked(&panic))))
        });
        let ended = tokio::select! {
            biased;
            () = self.token.cancelled() => Err(Outcome::bare(Status::Cancelled)),
            () = late => Err(Outcome::bare(Status::Deadline)),
            ended = polled => ended,
        };
        match (ended, catch_drop(step)) {
            (Ok(()), Err(panic)) => Err(Outcome::panicked(&panic)),
            (ended, _) => ended,
        }
    }

    fn context(&self, identity: &Arc<Identity>, request: Request) -> Context {
        Context::new(Arc::clone(identity), self.deadline, self.token.clone()).with_request(request)
    }
}

/// Runs a job on a thread of its own. It cannot be refused: the pool holds as many threads as all lanes have slots, and
/// one more for each lane.
///
/// `finish` gets what the job answers, whatever happens: a panic that no step caught is an outcome too.
pub(crate) fn on_own_thread(
    runtime: &TokioHandle,
    job: impl Future<Output = DoneResult> + Send + 'static,
    panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
    finish: impl FnOnce(DoneResult) + Send + 'static,
) {
    let handle = runtime.clone();
    runtime.spawn_blocking(move || {
        let done = catch(|| handle.block_on(job));
        finish(done.unwrap_or_else(|panic| panicked(Outcome::panicked(&panic))));
    });
}

/// Runs a job on the workers that calls share.
pub(crate) fn on_workers(
    runtime: &TokioHandle,
    job: impl Future<Output = DoneResult> + Send + 'static,
    panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
    finish: impl FnOnce(DoneResult) + Send + 'static,
) {
    let mut job = Box::pin(job);
    let caught = poll_fn(move |context| match catch(|| job.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    runtime.spawn(async move {
        finish(caught.await.unwrap_or_else(|panic| panicked(Outcome::panicked(&panic))));
    });
}

pub(crate) struct StartJob {
    pub(crate) factory: &'static dyn ExtensionFactory,
    pub(crate) identity: Arc<Identity>,
    pub(crate) request: Request,
    pub(crate) host: HostInfo,
    pub(crate) host_key: HostKey,
    pub(crate) directory: Arc<Directory>,
    pub(crate) calls: Arc<HostCalls>,
    pub(crate) sink: Arc<dyn StatusSink>,
    pub(crate) config: String,
    pub(crate) limits: Limits,
    /// As its factory says.
    pub(crate) has_quick_steps: bool,
}

impl StartJob {
    /// Builds the instance and starts it. However it fails, nothing of the instance is left.
    pub(crate) async fn run(self) -> Result<Arc<Instance>, Outcome> {
        let identity = Arc::clone(&self.identity);
        scope::scoped(identity, self.run_in_scope()).await
    }

    fn create(&self) -> Result<Box<dyn Extension>, Outcome> {
        self.factory.create_instance(&self.config).map_err(|error| Outcome::refused(&error))
    }

    async fn run_in_scope(self) -> Result<Arc<Instance>, Outcome> {
        if self.limits.token.is_cancelled() {
            return Err(Outcome::bare(Status::Cancelled));
        }
        let extension: Arc<dyn Extension> = match catch(|| self.create()) {
            Ok(Ok(extension)) => Arc::from(extension),
            Ok(Err(outcome)) => return Err(outcome),
            Err(panic) => return Err(Outcome::panicked(&panic)),
        };
        let life = CancellationToken::new();
        let context = self.limits.context(&self.identity, self.request);
        let span = span_of(&context, "start");
        let peers = HostPeers { host: self.host_key, directory: self.directory, calls: self.calls };
        let host = Host::new(self.host, Arc::clone(&self.identity), self.sink, life.clone());
        let host = host.with_peers(Arc::new(peers));
        let started = match catch(|| span.in_scope(|| extension.start(context, host))) {
            Ok(step) => self.limits.run(step).instrument(span).await,
            Err(panic) => Err(Outcome::panicked(&panic)),
        };
        match started {
            Ok(()) => {
                let methods = self.factory.methods();
                let (identity, is_quick) = (self.identity, self.has_quick_steps);
                Ok(Arc::new(Instance::new(extension, identity, methods, is_quick, life, self.host_key)))
            }
            Err(outcome) => {
                life.cancel();
                // The first failure is the one to report; a panic in the drop is in the log.
                let _ = catch_drop(extension);
                Err(outcome)
            }
        }
    }
}

/// Shuts an instance down and drops it, whatever happens.
pub(crate) async fn shut_down(instance: Arc<Instance>, request: Request, limits: Limits) -> Outcome {
    let identity = Arc::clone(&instance.identity);
    scope::scoped(identity, async move {
        instance.visits.end_all();
        let context = limits.context(&instance.identity, request);
        let span = span_of(&context, "shutdown");
        let ended = match catch(|| span.in_scope(|| instance.extension.shutdown(context))) {
            Ok(step) => limits.run(step).instrument(span).await,
            Err(panic) => Err(Outcome::panicked(&panic)),
        };
        instance.life.cancel();
        let dropped: Result<(), Panic> = catch_drop(instance);
        match (ended, dropped) {
            (Err(outcome), _) => outcome,
            (Ok(()), Err(panic)) => Outcome::panicked(&panic),
            (Ok(()), Ok(())) => Outcome::bare(Status::Ok),
        }
    })
    .await
}

/// Tells an instance that the service is ready, or no longer.
pub(crate) async fn notify(instance: Arc<Instance>, ready: bool, request: Request, limits: Limits) -> Outcome {
    let identity = Arc::clone(&instance.identity);
    scope::scoped(identity, async move {
        let context = limits.context(&instance.identity, request);
        let span = span_of(&context, if ready { "ready" } else { "not_ready" });
        let extension = &instance.extension;
        let begin = || if ready { extension.ready(context) } else { extension.not_ready(context) };
        let answered = match catch(|| span.in_scope(begin)) {
            Ok(step) => limits.run(step).instrument(span).await,
            Err(panic) => Err(Outcome::panicked(&panic)),
        };
        let outcome = answered.err().unwrap_or_else(|| Outcome::bare(Status::Ok));
        finish(instance, outcome)
    })
    .await
}

/// Runs a call, or a batch of them, away from the drain. One that blocks its thread cannot be dropped while it does:
/// its outcome comes when it ends.
pub(crate) async fn call(
    instance: Arc<Instance>,
    begin: impl FnOnce(Arc<Instance>, Context) -> CallFuture,
    limits: Limits,
    method: &'static str,
    request: Option<Request>,
) -> Outcome {
    let identity = Arc::clone(&instance.identity);
    scope::scoped(identity, async move {
        let context = Context::new(Arc::clone(&instance.identity), limits.deadline, limits.token.clone());
        let context = match request {
            Some(request) => context.with_request(request),
            None => context,
        };
        let span = span_of(&context, method);
        let mut payload = Payload::empty();
        let answered = match catch(|| span.in_scope(|| begin(Arc::clone(&instance), context))) {
            Ok(future) => {
                let future = spans::within(span, future);
                let slot = &mut payload;
                let step = async move {
                    *slot = future.await?;
                    Ok(())
                };
                limits.run(Box::pin(step)).await
            }
            Err(panic) => Err(Outcome::panicked(&panic)),
        };
        let outcome = match answered {
            Err(outcome) => outcome,
            Ok(()) => Outcome::ok(payload.into_bytes()),
        };
        finish(instance, outcome)
    })
    .await
}

/// A panic poisons its instance; and this may be the last that holds it, so its drop may panic.
fn finish(instance: Arc<Instance>, outcome: Outcome) -> Outcome {
    if outcome.status == Status::Panicked {
        instance.poison();
    }
    let _ = catch_drop(instance);
    outcome
}
