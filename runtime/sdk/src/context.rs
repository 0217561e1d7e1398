use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::Host;
use crate::scope::Identity;

/// What the caller said beside its payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Free-form metadata.
    pub metadata: BTreeMap<String, Vec<String>>,
    /// W3C trace id, 32 hexadecimal digits, or nothing.
    pub trace_id: String,
    /// W3C span id, 16 hexadecimal digits, or nothing.
    pub span_id: String,
    /// W3C trace flags.
    pub trace_flags: u8,
}

/// Who is asked, until when, and whether the caller is still there. A clone is the same context.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Arc<Identity>,
    deadline: Option<Instant>,
    request: Option<Request>,
    host: Option<Host>,
    cancelled: AtomicBool,
    /// Made when somebody asks for it: most calls are never cancelled, and nobody asks.
    token: OnceLock<CancellationToken>,
}

impl Context {
    /// A context for an instance. `cancellation` tells when the caller goes.
    pub fn new(identity: Arc<Identity>, deadline: Option<Instant>, cancellation: CancellationToken) -> Self {
        Self::build(identity, deadline, None, cancellation.into())
    }

    fn build(
        identity: Arc<Identity>,
        deadline: Option<Instant>,
        request: Option<Request>,
        token: OnceLock<CancellationToken>,
    ) -> Self {
        let cancelled = AtomicBool::new(false);
        Self(Arc::new(Inner { identity, deadline, request, host: None, cancelled, token }))
    }

    /// A context that [`Context::cancel`] cancels: for one call.
    #[doc(hidden)]
    pub fn of_call(identity: Arc<Identity>, deadline: Option<Instant>) -> Self {
        Self::build(identity, deadline, None, OnceLock::new())
    }

    /// Makes this the context of another call. Whoever still has it as the last call's keeps that, as a context of a
    /// call that is over, which counts as cancelled.
    #[doc(hidden)]
    pub fn renew(&mut self, identity: &Arc<Identity>, deadline: Option<Instant>) {
        let Some(inner) = Arc::get_mut(&mut self.0) else {
            self.cancel();
            *self = Self::of_call(Arc::clone(identity), deadline);
            return;
        };
        if !Arc::ptr_eq(&inner.identity, identity) {
            inner.identity = Arc::clone(identity);
        }
        inner.deadline = deadline;
        *inner.cancelled.get_mut() = false;
        if inner.token.get().is_some() {
            inner.token = OnceLock::new();
        }
    }

    /// The caller has gone.
    #[doc(hidden)]
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst); // partner of the fence in cancellation(): one of the two sees what the other did
        if let Some(token) = self.0.token.get() {
            token.cancel();
        }
    }

    /// Adds what the caller said.
    pub fn with_request(self, request: Request) -> Self {
        let Inner { identity, deadline, token, .. } = &*self.0;
        Self::build(Arc::clone(identity), *deadline, Some(request), token.clone())
    }

    /// Adds the host: for the start of a typed extension.
    pub(crate) fn with_host(self, host: Host) -> Self {
        let Inner { identity, deadline, request, token, .. } = &*self.0;
        let (identity, request) = (Arc::clone(identity), request.clone());
        let cancelled = AtomicBool::new(false);
        let host = Some(host);
        Self(Arc::new(Inner { identity, deadline: *deadline, request, host, cancelled, token: token.clone() }))
    }

    /// The host, in the `start` of a typed extension; nothing in calls and other steps.
    pub fn host(&self) -> Option<&Host> {
        self.0.host.as_ref()
    }

    /// `type` or `type/name`.
    pub fn component_id(&self) -> &str {
        &self.0.identity.id
    }

    /// The component's type.
    pub fn component_type(&self) -> &str {
        &self.0.identity.component_type
    }

    /// The component's name, or nothing.
    pub fn component_name(&self) -> &str {
        &self.0.identity.name
    }

    /// The component, as log records name it.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.0.identity
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// How long the caller still waits.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Values of a metadata key.
    pub fn metadata(&self, key: &str) -> &[String] {
        self.request().and_then(|request| request.metadata.get(key)).map_or(&[], Vec::as_slice)
    }

    /// What the caller said beside its payload, if anything.
    pub fn request(&self) -> Option<&Request> {
        self.0.request.as_ref()
    }

    /// Whether the caller has gone.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire) || self.0.token.get().is_some_and(CancellationToken::is_cancelled)
    }

    /// A token for work that outlives a dropped future, such as a spawned task: it is cancelled when the caller goes.
    pub fn cancellation(&self) -> CancellationToken {
        let token = self.0.token.get_or_init(CancellationToken::new);
        fence(Ordering::SeqCst); // partner of the fence in cancel()
        if self.0.cancelled.load(Ordering::Relaxed) {
            token.cancel();
        }
        token.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Arc<Identity> {
        Arc::new(Identity { id: "a".into(), component_type: "a".into(), name: String::new(), lane: 1 })
    }

    #[test]
    fn a_late_cancel_does_not_reach_the_next_call() {
        let mut slot = Context::of_call(identity(), None);
        let first = slot.clone();
        slot.renew(&identity(), None);
        assert!(first.is_cancelled() && first.cancellation().is_cancelled(), "its call is over");
        assert!(!slot.is_cancelled() && !slot.cancellation().is_cancelled());
        first.cancel();
        assert!(!slot.is_cancelled());
    }

    #[test]
    fn a_context_that_nobody_kept_is_used_again() {
        let mut slot = Context::of_call(identity(), None);
        let place = Arc::as_ptr(&slot.0);
        slot.cancellation();
        slot.cancel();
        slot.renew(&identity(), Some(Instant::now()));
        assert_eq!(Arc::as_ptr(&slot.0), place);
        assert!(!slot.is_cancelled() && slot.deadline().is_some() && !slot.cancellation().is_cancelled());
    }

    #[test]
    fn a_token_taken_before_the_cancel_hears_of_it() {
        let context = Context::of_call(identity(), None);
        let token = context.cancellation();
        context.cancel();
        assert!(token.is_cancelled());
    }

    #[test]
    fn a_cancelled_token_cancels_its_context() {
        let token = CancellationToken::new();
        let context = Context::new(identity(), None, token.clone()).with_request(Request::default());
        assert!(!context.is_cancelled());
        token.cancel();
        assert!(context.is_cancelled());
    }
}
