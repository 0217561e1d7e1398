//! Contexts for tests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{Context, Host, Identity, Request};

/// The context of a call of the component `test`: no deadline, nothing said, and a caller that stays.
pub fn context() -> Context {
    ContextBuilder::new("test").build()
}

/// Makes the context of a call.
#[derive(Debug, Clone)]
pub struct ContextBuilder {
    identity: Arc<Identity>,
    deadline: Option<Duration>,
    request: Option<Request>,
    cancellation: CancellationToken,
}

impl ContextBuilder {
    /// For calls of the component of this id: `type`, or `type/name`.
    pub fn new(id: &str) -> Self {
        Self::with(Arc::new(identity(id)))
    }

    /// For the component that lives in a host.
    pub(super) fn of(host: &Host) -> Self {
        Self::with(Arc::clone(host.identity()))
    }

    fn with(identity: Arc<Identity>) -> Self {
        Self { identity, deadline: None, request: None, cancellation: CancellationToken::new() }
    }

    /// The caller waits for so long, from when the context is made.
    pub fn deadline(mut self, wait: Duration) -> Self {
        self.deadline = Some(wait);
        self
    }

    /// What the caller says beside its payload.
    pub fn request(mut self, request: Request) -> Self {
        self.request = Some(request);
        self
    }

    /// Adds a value of the caller's metadata.
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        let request = self.request.get_or_insert_default();
        request.metadata.entry(key.to_owned()).or_default().push(value.to_owned());
        self
    }

    /// The caller goes when this token is cancelled.
    pub fn cancellation(mut self, token: CancellationToken) -> Self {
        self.cancellation = token;
        self
    }

    /// The context.
    pub fn build(self) -> Context {
        let deadline = self.deadline.map(|wait| Instant::now() + wait);
        let context = Context::new(self.identity, deadline, self.cancellation);
        match self.request {
            Some(request) => context.with_request(request),
            None => context,
        }
    }
}

/// In its parts.
pub(super) fn identity(id: &str) -> Identity {
    let (component_type, name) = id.split_once('/').unwrap_or((id, ""));
    Identity { id: id.to_owned(), component_type: component_type.to_owned(), name: name.to_owned(), lane: 0 }
}
