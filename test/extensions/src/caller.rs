//! Calls what is written in TypeScript: functions of the program, and extensions of its host.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ferrule::prelude::*;
use serde::Deserialize;
use serde_json::json;

struct Caller {
    host: OnceLock<Host>,
    /// Calls whose answers nobody has taken yet.
    running: AtomicU32,
}

#[derive(Deserialize)]
struct Ask {
    /// A function, or a method when there is an id.
    name: String,
    id: Option<String>,
    #[serde(default)]
    payload: String,
    /// Milliseconds after which the call is dropped.
    drop_after: Option<u64>,
    /// Milliseconds of a deadline of its own.
    deadline: Option<u64>,
    /// So many calls, so many of them at a time.
    #[serde(default)]
    count: u32,
    #[serde(default)]
    window: u32,
}

impl Caller {
    fn begin(&self, id: Option<&str>, name: &str, payload: Payload, context: &Context) -> Result<CallFuture, Error> {
        let host = self.host.get().expect("it has started");
        Ok(match id {
            Some(id) => Box::pin(host.extension(id)?.call(name, payload, context)),
            None => Box::pin(host.call(name, payload, context)),
        })
    }

    async fn ask(&self, ask: &Ask, payload: Payload, context: &Context) -> Result<Payload, Error> {
        let until = ask.deadline.map(|milliseconds| std::time::Instant::now() + Duration::from_millis(milliseconds));
        let own = Context::new(Arc::clone(context.identity()), until, context.cancellation());
        let context = if until.is_some() { &own } else { context };
        let asked = self.begin(ask.id.as_deref(), &ask.name, payload, context)?;
        match ask.drop_after {
            None => asked.await,
            Some(milliseconds) => {
                let dropped = tokio::time::timeout(Duration::from_millis(milliseconds), asked).await;
                dropped.unwrap_or_else(|_| Err(Error::new("it was dropped").with_code("DROPPED")))
            }
        }
    }

    /// Makes many calls, each with its number, and counts the answers that are the same number.
    async fn many(self: &Arc<Self>, ask: Ask, context: Context) -> Result<Payload, Error> {
        let (ask, next, right) = (Arc::new(ask), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let mut workers = Vec::new();
        for _ in 0..ask.window {
            let (own, ask, next, right, context) =
                (Arc::clone(self), Arc::clone(&ask), Arc::clone(&next), Arc::clone(&right), context.clone());
            workers.push(self.host.get().expect("it has started").spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= ask.count {
                        return Ok::<_, Error>(());
                    }
                    let payload = number.to_le_bytes().to_vec();
                    let answer = own.ask(&ask, payload.clone().into(), &context).await?;
                    right.fetch_add(u32::from(answer.bytes()[..] == payload[..]), Ordering::Relaxed);
                }
            }));
        }
        for worker in workers {
            worker.await.ok().flatten().unwrap_or_else(|| Err(Error::new("a task has ended")))?;
        }
        Payload::to_json(&right.load(Ordering::Relaxed))
    }
}

/// One more of something, while it lives.
struct Counted<'count>(&'count AtomicU32);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Extension for Caller {
    fn start(&self, _context: Context, host: Host) -> LifecycleFuture<'_> {
        let _ = self.host.set(host);
        Box::pin(async { Ok(()) })
    }

    /// Says goodbye to the program, if that listens.
    fn shutdown(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move {
            let me = context.component_id().as_bytes().to_vec();
            let said = self.begin(None, "goodbye", me.into(), &context)?.await;
            match said {
                Err(error) if error.code() != "UNKNOWN_FUNCTION" => Err(error),
                _ => Ok(()),
            }
        })
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        Box::pin(async move {
            self.running.fetch_add(1, Ordering::Relaxed);
            let _counted = Counted(&self.running);
            match call.method {
                // The payload as it is, to the function "echo".
                "echo" => self.begin(None, "echo", call.payload, &call.context)?.await,
                "again" => self.begin(None, "again", call.payload, &call.context)?.await,
                "ask" | "ask_blocking" => {
                    let ask: Ask = call.payload.from_json()?;
                    let payload = Payload::from(ask.payload.clone().into_bytes());
                    let answer = self.ask(&ask, payload, &call.context).await?;
                    Payload::to_json(&String::from_utf8_lossy(answer.bytes()))
                }
                // What an error says in Rust.
                "error" => {
                    let ask: Ask = call.payload.from_json()?;
                    let payload = Payload::from(ask.payload.clone().into_bytes());
                    let error = self.ask(&ask, payload, &call.context).await.err();
                    let error = error.unwrap_or_else(|| Error::new("it did not fail"));
                    let causes = std::iter::successors(std::error::Error::source(&error), |cause| (**cause).source());
                    Payload::to_json(&json!({
                        "code": error.code(),
                        "message": error.to_string(),
                        "kind": format!("{:?}", error.kind()),
                        "retryAfter": error.retry_delay().map(|delay| delay.as_millis() as u64),
                        "http": error.http_status(),
                        "grpc": error.grpc_status().map(|grpc| grpc.code),
                        "failed": error.failed(),
                        "downstream": error.is_downstream(),
                        "component": error.component_id(),
                        "method": error.method(),
                        "causes": causes.map(ToString::to_string).collect::<Vec<_>>(),
                    }))
                }
                "many" => {
                    let ask = call.payload.from_json()?;
                    self.many(ask, call.context).await
                }
                "running" => Payload::to_json(&(self.running.load(Ordering::Relaxed) - 1)),
                method => Err(Error::new(format!("unknown method {method}"))),
            }
        })
    }
}

struct CallerFactory;

impl ExtensionFactory for CallerFactory {
    fn component_type(&self) -> &'static str {
        "caller"
    }

    fn create_instance(&self, _config: &str) -> Result<Box<dyn Extension>, Error> {
        Ok(Box::new(Caller { host: OnceLock::new(), running: AtomicU32::new(0) }))
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[
            Method::bytes("echo", "Answers what the function echo answers."),
            Method::bytes("again", "Answers what the function again answers."),
            Method::json("ask", "Calls a function, or a method of another extension."),
            Method::json("ask_blocking", "The same on a thread of its own.").blocking(),
            Method::json("error", "Says what such a call fails with."),
            Method::json("many", "Makes many such calls, and counts right answers."),
            Method::json("running", "How many other calls of it are under way."),
        ];
        METHODS
    }
}

ferrule::register!(CALLER: CallerFactory = CallerFactory);
