use std::pin::Pin;
use std::sync::Arc;

use crate::{Context, Error, Host, Payload};

/// What `start`, `shutdown` and the notifications answer.
pub type LifecycleFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// What a call answers.
pub type CallFuture = Pin<Box<dyn Future<Output = Result<Payload, Error>> + Send>>;

/// One call of a method.
#[derive(Debug)]
pub struct Call {
    /// The method's name: one of those that the factory declares.
    pub method: &'static str,
    /// In the form that the method declares.
    pub payload: Payload,
    /// Who is called, until when, and whether the caller is still there.
    pub context: Context,
}

/// A started component. The runtime owns it from its creation to the end of its shutdown; every entry may panic
/// without harm to the others.
///
/// ```text
///     create_instance > start > ready > call ... call > not_ready > shutdown > drop
///                         |
///                         refused, panicked, cancelled, too late: drop
/// ```
///
/// `start`, `shutdown` and the notifications run on threads kept for them. Calls are polled on the thread that drains
/// the ring: one that blocks its thread stalls every other call, unless its [`crate::Method`] is declared as
/// blocking. In a runtime with workers they are polled on those.
pub trait Extension: Send + Sync + 'static {
    /// Makes it ready for calls. The future is dropped at its next await when the caller cancels or its deadline
    /// passes.
    fn start(&self, context: Context, host: Host) -> LifecycleFuture<'_> {
        let _ = (context, host);
        Box::pin(async { Ok(()) })
    }

    /// Its shutdown was asked for: calls that would wait for long, such as those for a stream's next item, end by
    /// themselves now, since the shutdown waits for calls. Must not block.
    fn stopping(&self) {}

    /// Ends it. No call is running any more, but for those that run on other threads, and calls from another lane when
    /// it ends because the lane that started it does.
    fn shutdown(&self, context: Context) -> LifecycleFuture<'_> {
        let _ = context;
        Box::pin(async { Ok(()) })
    }

    /// Answers a call at once, or leaves it to [`Extension::call`] by `None`, which is the default. For methods that
    /// have nothing to wait for: it saves the future. Runs where calls are polled. Answer such a method in `call` as
    /// well: calls of blocking methods, and calls in a runtime with workers, go there unasked.
    fn call_now(&self, call: &mut Call) -> Option<Result<Payload, Error>> {
        let _ = call;
        None
    }

    /// Answers a call. The future is dropped at its next await when the caller cancels or its deadline passes.
    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        Box::pin(async move {
            Err(Error::new(format!("method {} is declared but not answered", call.method))
                .with_code("UNKNOWN_METHOD")
                .permanent())
        })
    }

    /// Every component of the service has started.
    fn ready(&self, context: Context) -> LifecycleFuture<'_> {
        let _ = context;
        Box::pin(async { Ok(()) })
    }

    /// The service is about to stop.
    fn not_ready(&self, context: Context) -> LifecycleFuture<'_> {
        let _ = context;
        Box::pin(async { Ok(()) })
    }
}
