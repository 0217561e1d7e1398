use std::fmt;
use std::sync::Arc;

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
}

impl Host {
    /// A host for one instance. `life` ends with the instance.
    pub fn new(info: HostInfo, identity: Arc<Identity>, sink: Arc<dyn StatusSink>, life: CancellationToken) -> Self {
        Self { info: Arc::new(info), identity, sink, life }
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
        tokio::spawn(scope::scoped(Arc::clone(&self.identity), async move { life.run_until_cancelled(future).await }))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").field("info", &self.info).field("identity", &self.identity).finish()
    }
}
