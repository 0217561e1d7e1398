use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scope::{self, Identity};
use crate::status::{Status, StatusReport};

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

/// The host that an instance lives in: what it gets at its start and may keep.
#[derive(Clone)]
pub struct Host {
    info: Arc<HostInfo>,
    identity: Arc<Identity>,
    sink: Arc<dyn StatusSink>,
    life: CancellationToken,
    executor: Option<Handle>,
}

impl Host {
    /// A host for one instance. `life` ends with the instance. Background tasks run on the tokio runtime that this is
    /// called on; without one, on the runtime that spawns them.
    pub fn new(info: HostInfo, identity: Arc<Identity>, sink: Arc<dyn StatusSink>, life: CancellationToken) -> Self {
        let executor = Handle::try_current().ok();
        Self { info: Arc::new(info), identity, sink, life, executor }
    }

    /// What the host says about itself.
    pub fn info(&self) -> &HostInfo {
        &self.info
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
