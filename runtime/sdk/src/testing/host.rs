//! Hosts for tests: what would be elsewhere is a closure.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::context::identity;
use crate::{CallFuture, Context, Error, Host, HostInfo, Payload, Peers, Status, StatusReport, StatusSink};

/// A host of the component `test`, where nobody else is.
pub fn host() -> HostBuilder {
    HostBuilder::default()
}

type Function = Arc<dyn Fn(Payload, &Context) -> Result<Payload, Error> + Send + Sync>;
type Extension = Arc<dyn Fn(&str, Payload, &Context) -> Result<Payload, Error> + Send + Sync>;

/// Makes a host whose functions and extensions are closures.
#[derive(Clone, Default)]
pub struct HostBuilder {
    id: Option<String>,
    info: HostInfo,
    peers: Closures,
    reports: Reports,
}

impl HostBuilder {
    /// The component that lives in it: `type`, or `type/name`.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Answers calls of a function of the program, [`Host::call`]. It gets what the caller sends, and the caller's
    /// context; it is asked when the call is polled. What it fails with is the caller's error.
    pub fn function(
        mut self,
        name: &str,
        answer: impl Fn(Payload, &Context) -> Result<Payload, Error> + Send + Sync + 'static,
    ) -> Self {
        self.peers.functions.insert(name.to_owned(), Arc::new(answer));
        self
    }

    /// As [`HostBuilder::function`], for one that takes and answers values: a tuple of the arguments, as MessagePack.
    pub fn function_of_values<Value: DeserializeOwned, Answer: Serialize>(
        self,
        name: &str,
        answer: impl Fn(Value, &Context) -> Result<Answer, Error> + Send + Sync + 'static,
    ) -> Self {
        self.function(name, move |payload, context| Payload::to_msgpack(&answer(payload.from_msgpack()?, context)?))
    }

    /// Answers calls of another extension, [`Host::extension`]: it gets the method's name first.
    pub fn extension(
        mut self,
        id: &str,
        answer: impl Fn(&str, Payload, &Context) -> Result<Payload, Error> + Send + Sync + 'static,
    ) -> Self {
        self.info.extensions.push(id.to_owned());
        self.peers.extensions.insert(id.to_owned(), Arc::new(answer));
        self
    }

    /// What is reported from now on: the statuses that the component gives itself, with their errors.
    pub fn reports(&self) -> Reports {
        self.reports.clone()
    }

    /// The host.
    pub fn build(self) -> Host {
        let identity = Arc::new(identity(self.id.as_deref().unwrap_or("test")));
        let host = Host::new(self.info, identity, Arc::new(self.reports), CancellationToken::new());
        host.with_peers(Arc::new(self.peers))
    }
}

impl From<HostBuilder> for Host {
    fn from(builder: HostBuilder) -> Self {
        builder.build()
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions: Vec<_> = self.peers.functions.keys().collect();
        formatter.debug_struct("HostBuilder").field("info", &self.info).field("functions", &functions).finish()
    }
}

/// The statuses that a component reported.
#[derive(Debug, Clone, Default)]
pub struct Reports(Arc<Mutex<Vec<StatusReport>>>);

impl Reports {
    /// Those that came since the last time.
    pub fn take(&self) -> Vec<(Status, Option<String>)> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        taken.into_iter().map(|report| (report.status, report.error)).collect()
    }
}

impl StatusSink for Reports {
    fn report(&self, report: StatusReport) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }
}

#[derive(Clone, Default)]
struct Closures {
    functions: BTreeMap<String, Function>,
    extensions: BTreeMap<String, Extension>,
}

impl Peers for Closures {
    fn call(&self, id: &str, method: &str, payload: Payload, context: &Context) -> CallFuture {
        let (id, method, context) = (id.to_owned(), method.to_owned(), context.clone());
        let extension = self.extensions.get(&id).cloned();
        Box::pin(async move {
            let text = format!("the test's host has no extension \"{id}\"");
            let missing = || Error::new(text).with_code("UNKNOWN_EXTENSION").permanent();
            let answer = extension.ok_or_else(missing)?(&method, payload, &context);
            answer.map_err(|error| error.of_component(&id).of_method(method))
        })
    }

    fn call_function(&self, name: &str, payload: Payload, context: &Context) -> CallFuture {
        let (name, context) = (name.to_owned(), context.clone());
        let function = self.functions.get(&name).cloned();
        Box::pin(async move {
            let text = format!("the test's host provides no function \"{name}\"");
            let missing = || Error::new(text).with_code("UNKNOWN_FUNCTION").permanent();
            function.ok_or_else(missing)?(payload, &context)
        })
    }
}
