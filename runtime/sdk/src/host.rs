use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scope::{self, Identity};
use crate::status::{Status, StatusReport};
use crate::{CallFuture, Context, Error, Payload, values};

/// What the host says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostInfo {
    /// Version of the host's build.
    pub build_version: String,
    /// Name of the host's command.
    pub build_command: String,
    /// RFC 3339, or nothing.
    pub build_timestamp: String,
    /// Ids of all of the host's extensions.
    pub extensions: Vec<String>,
}

/// Where reported statuses go.
pub trait StatusSink: Send + Sync {
    /// Takes a report; never blocks.
    fn report(&self, report: StatusReport);
}

/// How calls reach the other extensions of a host, and the program that has it.
pub trait Peers: Send + Sync {
    /// Calls a method of an extension. Nothing happens before the future is polled.
    fn call(&self, id: &str, method: &str, payload: Payload, context: &Context) -> CallFuture;

    /// Calls a function that the program provides. Nothing happens before the future is polled.
    fn call_function(&self, name: &str, payload: Payload, context: &Context) -> CallFuture;

    /// Asks an iterable of a caller, by its number, for items. The question is on its way when this returns; dropping
    /// the future takes it back. The answer is a byte, 1 when these are the last, and an array of MessagePack.
    #[doc(hidden)]
    fn pull(&self, iterable: u32) -> CallFuture {
        let error = Error::new(format!("iterable {iterable} cannot be asked: this host has no runtime"));
        Box::pin(std::future::ready(Err(error.with_code("NOT_STARTED").permanent())))
    }

    /// Tells an iterable that nobody wants more of it.
    #[doc(hidden)]
    fn release(&self, _iterable: u32) {}
}

/// For hosts without a runtime: nobody is there.
struct NoPeers;

impl Peers for NoPeers {
    fn call(&self, id: &str, _: &str, _: Payload, _: &Context) -> CallFuture {
        let error = Error::new(format!("extension \"{id}\" cannot be called: this host has no runtime"));
        let error = error.with_code("NOT_STARTED").permanent().of_component(id);
        Box::pin(std::future::ready(Err(error)))
    }

    fn call_function(&self, name: &str, _: Payload, _: &Context) -> CallFuture {
        let error = Error::new(format!("function \"{name}\" cannot be called: this host has no runtime"));
        Box::pin(std::future::ready(Err(error.with_code("NOT_STARTED").permanent())))
    }
}

/// Another extension of the host, by its id. It keeps nothing alive: each call looks anew who has the id, so that this
/// may be taken before the extension has started, and kept when it has ended.
#[derive(Clone)]
pub struct HostExtension {
    id: Arc<str>,
    peers: Arc<dyn Peers>,
}

impl HostExtension {
    /// `type` or `type/name`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Calls a method, as a caller in TypeScript would: with the deadline, the cancellation and all else of the given
    /// context. One written in Rust runs where the caller is polled, or on a thread of its own if it may block; its
    /// payload is in the form that it declares. One written in TypeScript runs on the JavaScript thread through which
    /// the calling extension was started, and takes bytes. Dropping the future ends the call: Rust's at its next await,
    /// TypeScript's by its signal.
    ///
    /// # Errors
    /// What the method answers, with the component; `PANICKED` when it panics, `POISONED` when it did before,
    /// `NOT_STARTED`, `SHUT_DOWN`, `CANCELLED` when it is shut down meanwhile, `UNKNOWN_METHOD`, `ABORTED`,
    /// `DEADLINE_EXCEEDED`, `CALLS_TOO_DEEP`, and `TOO_MANY_CALLS` of methods that block. Of those in TypeScript also
    /// `PAYLOAD_TOO_LARGE`, `RESULT_TOO_LARGE`, `CODEC_ERROR`, and `RUNTIME_CLOSED` when its thread ends.
    pub fn call(
        &self,
        method: &str,
        payload: Payload,
        context: &Context,
    ) -> impl Future<Output = Result<Payload, Error>> + Send + 'static {
        self.peers.call(&self.id, method, payload, context)
    }

    /// Calls a method that takes and answers values, as [`Host::ask`] does a function. Of a typed extension the value is
    /// a tuple of the arguments, `&(key,)` for one; methods that take and answer nothing but bytes are for
    /// [`HostExtension::call`].
    ///
    /// # Errors
    /// Those of [`HostExtension::call`], and `CODEC_ERROR` when the answer is no such value, which says where and why.
    pub fn ask<Answer: DeserializeOwned + 'static>(
        &self,
        method: &str,
        value: &(impl Serialize + ?Sized),
        context: &Context,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + 'static {
        let callee = format!("method \"{method}\" of extension {}", self.id);
        let asked = values::written(&callee, value).map(|payload| self.call(method, payload, context));
        answered(callee, asked)
    }
}

/// The value that a call answers.
async fn answered<Answer: DeserializeOwned>(
    callee: String,
    asked: Result<impl Future<Output = Result<Payload, Error>>, Error>,
) -> Result<Answer, Error> {
    values::read(&callee, &asked?.await?)
}

impl fmt::Debug for HostExtension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HostExtension").field("id", &self.id).finish()
    }
}

/// The host that an instance lives in: what it gets at its start and may keep.
#[derive(Clone)]
pub struct Host {
    info: Arc<HostInfo>,
    identity: Arc<Identity>,
    sink: Arc<dyn StatusSink>,
    life: CancellationToken,
    executor: Option<Handle>,
    peers: Arc<dyn Peers>,
}

impl Host {
    /// A host for one instance. `life` ends with the instance. Background tasks run on the tokio runtime that this is
    /// called on; without one, on the runtime that spawns them.
    pub fn new(info: HostInfo, identity: Arc<Identity>, sink: Arc<dyn StatusSink>, life: CancellationToken) -> Self {
        let executor = Handle::try_current().ok();
        Self { info: Arc::new(info), identity, sink, life, executor, peers: Arc::new(NoPeers) }
    }

    /// Says how calls reach the other extensions.
    pub fn with_peers(mut self, peers: Arc<dyn Peers>) -> Self {
        self.peers = peers;
        self
    }

    pub(crate) fn peers(&self) -> &Arc<dyn Peers> {
        &self.peers
    }

    /// The component that lives in it.
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// What the host says about itself.
    pub fn info(&self) -> &HostInfo {
        &self.info
    }

    /// Ids of all of the host's extensions, this one included, in the order of their start.
    pub fn extensions(&self) -> &[String] {
        &self.info.extensions
    }

    /// Another extension of the host. Of those that are written in TypeScript, the ones with `handlers` can be called.
    ///
    /// # Errors
    /// `UNKNOWN_EXTENSION` when the host has none of this id.
    pub fn extension(&self, id: &str) -> Result<HostExtension, Error> {
        if self.info.extensions.iter().any(|known| known == id) {
            return Ok(HostExtension { id: id.into(), peers: Arc::clone(&self.peers) });
        }
        let known = if self.info.extensions.is_empty() { "none".to_owned() } else { self.info.extensions.join(", ") };
        let text = format!("the host has no extension \"{id}\"; its extensions: {known}");
        Err(Error::new(text).with_code("UNKNOWN_EXTENSION").permanent())
    }

    /// Calls a function that the program provides by `runtime.provide`, on the JavaScript thread through which this
    /// extension was started, with the deadline, the cancellation and all else of the given context. Dropping the
    /// future aborts the function's signal.
    ///
    /// # Errors
    /// What the function fails with: code, kind and causes. `UNKNOWN_FUNCTION`, `PAYLOAD_TOO_LARGE`,
    /// `RESULT_TOO_LARGE`, `CODEC_ERROR` when it answers no bytes, `ABORTED`, `DEADLINE_EXCEEDED`, `CALLS_TOO_DEEP`, and
    /// `RUNTIME_CLOSED` when its thread ends.
    pub fn call(
        &self,
        name: &str,
        payload: Payload,
        context: &Context,
    ) -> impl Future<Output = Result<Payload, Error>> + Send + 'static {
        self.peers.call_function(name, payload, context)
    }

    /// Calls a function that takes and answers values, provided with `valuesHandler` in TypeScript. Any value of serde
    /// crosses, as those of typed methods do; a tuple is an array there:
    /// `host.ask::<u64>("price", &(sku, count), &context).await?`.
    ///
    /// # Errors
    /// Those of [`Host::call`], and `CODEC_ERROR` when the answer is no such value, which says where and why.
    pub fn ask<Answer: DeserializeOwned + 'static>(
        &self,
        name: &str,
        value: &(impl Serialize + ?Sized),
        context: &Context,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + 'static {
        let callee = format!("function \"{name}\"");
        let asked = values::written(&callee, value).map(|payload| self.call(name, payload, context));
        answered(callee, asked)
    }

    /// Number of the host's extensions.
    pub fn extension_count(&self) -> usize {
        self.info.extensions.len()
    }

    /// Says how the component is. An `error` says why, for the error statuses.
    pub fn report_status(&self, status: Status, error: Option<String>) {
        self.sink.report(StatusReport { component: Arc::clone(&self.identity), status, error });
    }

    /// Starts a background task of the component, on the runtime that runs its `start`. Its log records carry the
    /// component's id, and it is dropped at its next await when the instance has been shut down.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let life = self.life.clone();
        let task = scope::scoped(Arc::clone(&self.identity), async move { life.run_until_cancelled(future).await });
        match &self.executor {
            Some(executor) => executor.spawn(task),
            None => tokio::spawn(task),
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").field("info", &self.info).field("identity", &self.identity).finish()
    }
}
