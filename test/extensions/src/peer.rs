//! Calls the other extensions of its host, says what its context says, and fails in whatever way it is told.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;
use std::time::Duration;

use ferrule::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// Instances that live, over all runtimes of the process.
static LIVING: AtomicU32 = AtomicU32::new(0);

struct Peer {
    host: OnceLock<Host>,
    /// Calls that were begun, and are polled no more.
    kept: Mutex<Vec<CallFuture>>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Deserialize)]
struct Ask {
    id: String,
    method: String,
    #[serde(default)]
    payload: Value,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Failure {
    message: String,
    code: Option<String>,
    permanent: bool,
    retryable: bool,
    downstream: bool,
    retry_after: Option<u64>,
    http: Option<u16>,
    grpc: Option<(u32, String)>,
    partial: Option<u64>,
    cause: Option<Box<Failure>>,
    /// A cause that is no error of ferrule's kind.
    foreign_cause: bool,
}

impl Failure {
    fn error(self) -> Error {
        let mut error = Error::new(self.message);
        if let Some(code) = self.code {
            error = error.with_code(code);
        }
        error = if self.permanent { error.permanent() } else { error };
        error = if self.retryable { error.retryable() } else { error };
        error = if self.downstream { error.downstream() } else { error };
        if let Some(milliseconds) = self.retry_after {
            error = error.retry_after(Duration::from_millis(milliseconds));
        }
        if let Some(status) = self.http {
            error = error.with_http_status(status);
        }
        if let Some((code, message)) = self.grpc {
            error = error.with_grpc_status(code, message);
        }
        if let Some(failed) = self.partial {
            error = error.partial(failed);
        }
        match self.cause {
            Some(cause) => error.with_source(cause.error()),
            None if self.foreign_cause => error.with_source(std::fmt::Error),
            None => error,
        }
    }
}

impl Peer {
    fn host(&self) -> &Host {
        self.host.get().expect("it has started")
    }

    fn ask(&self, call: &Call) -> Result<CallFuture, Error> {
        let Ask { id, method, payload } = call.payload.from_json()?;
        let other = self.host().extension(&id)?;
        Ok(Box::pin(other.call(&method, Payload::to_json(&payload)?, &call.context)))
    }
}

impl Extension for Peer {
    fn start(&self, _context: Context, host: Host) -> LifecycleFuture<'_> {
        let _ = self.host.set(host);
        Box::pin(async { Ok(()) })
    }

    fn call_now(&self, call: &mut Call) -> Option<Result<Payload, Error>> {
        (call.method == "now").then(|| Payload::to_json(call.context.component_id()))
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        Box::pin(async move {
            match call.method {
                "now" => Err(Error::new("it was not asked to answer at once")),
                "list" => Payload::to_json(self.host().extensions()),
                "ask" => self.ask(&call)?.await,
                "keep" => {
                    let mut future = self.ask(&call)?;
                    std::future::poll_fn(|context| {
                        let _ = future.as_mut().poll(context);
                        Poll::Ready(())
                    })
                    .await;
                    self.kept.lock().expect("nobody panics with it").push(future);
                    Payload::to_json(&())
                }
                // From a task of its own, which its caller's future does not end.
                "ask_from_a_task" => {
                    let asked = self.ask(&call)?;
                    let (sender, answer) = tokio::sync::oneshot::channel();
                    self.host().spawn(async move { sender.send(asked.await) });
                    answer.await.unwrap_or_else(|_| Err(Error::new("the task has ended")))
                }
                "bounce" => {
                    let other: String = call.payload.from_json()?;
                    let me = Payload::to_json(call.context.component_id())?;
                    self.host().extension(&other)?.call("bounce", me, &call.context).await
                }
                "fail" => Err(call.payload.from_json::<Failure>()?.error()),
                "panic" => panic!("{}", call.payload.from_json::<String>()?),
                "hang" => std::future::pending().await,
                "thread" => Payload::to_json(&std::thread::current().name()),
                "living" => Payload::to_json(&LIVING.load(Ordering::Relaxed)),
                "log" => {
                    tokio::task::yield_now().await;
                    tracing::warn!(answer = 42, "asked to log");
                    Payload::to_json(&())
                }
                "context" => {
                    let context = &call.context;
                    let keys: Vec<String> = call.payload.from_json()?;
                    let request = context.request().cloned().unwrap_or_default();
                    Payload::to_json(&json!({
                        "component": context.component_id(),
                        "metadata": keys.iter().map(|key| context.metadata(key)).collect::<Vec<_>>(),
                        "auth": context.auth("subject"),
                        "trace": [request.trace_id, request.span_id, request.trace_state],
                        "flags": request.trace_flags,
                        "hasDeadline": context.deadline().is_some(),
                    }))
                }
                method => Err(Error::new(format!("unknown method {method}"))),
            }
        })
    }
}

struct PeerFactory;

impl ExtensionFactory for PeerFactory {
    fn component_type(&self) -> &'static str {
        "peer"
    }

    fn create_instance(&self, _config: &str) -> Result<Box<dyn Extension>, Error> {
        LIVING.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Peer { host: OnceLock::new(), kept: Mutex::default() }))
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[
            Method::json("now", "Says its id, without a future."),
            Method::json("list", "Ids of the host's extensions."),
            Method::json("ask", "Calls a method of another extension, and answers what that answers."),
            Method::json("keep", "Begins such a call, and keeps it without polling it again."),
            Method::json("ask_from_a_task", "Makes such a call from a background task."),
            Method::json("bounce", "Calls the same of another extension, which calls it back, for ever."),
            Method::json("fail", "Fails as it is told."),
            Method::json("panic", "Panics with a text."),
            Method::json("hang", "Never answers."),
            Method::json("thread", "Says on which thread it runs.").blocking(),
            Method::json("living", "How many instances of this type live in the process."),
            Method::json("log", "Writes a warning, after an await."),
            Method::json("context", "Says what its context says."),
        ];
        METHODS
    }
}

ferrule::register!(PEER: PeerFactory = PeerFactory);
