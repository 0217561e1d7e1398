use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::Host;
use crate::scope::Identity;

/// What the caller said beside its payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Free-form metadata, such as a client's headers. A context has the keys in lower case.
    pub metadata: BTreeMap<String, Vec<String>>,
    /// W3C trace id, 32 hexadecimal digits, or nothing.
    pub trace_id: String,
    /// W3C span id, 16 hexadecimal digits, or nothing.
    pub span_id: String,
    /// W3C trace flags.
    pub trace_flags: u8,
    /// W3C trace state, as its header has it, or nothing.
    pub trace_state: String,
    /// What an authenticator found out about the client, by attribute.
    pub auth: BTreeMap<String, Value>,
    /// How many calls between extensions, in either language, led to the caller.
    #[doc(hidden)]
    pub depth: u32,
}

impl Request {
    /// Keys that differ in case alone are one: their values follow each other in the order of the keys.
    fn with_lower_case_keys(mut self) -> Self {
        if self.metadata.keys().any(|key| key.chars().any(char::is_uppercase)) {
            let mut metadata = BTreeMap::<String, Vec<String>>::new();
            for (key, values) in self.metadata {
                metadata.entry(key.to_lowercase()).or_default().extend(values);
            }
            self.metadata = metadata;
        }
        self
    }
}

/// Who is asked, until when, and whether the caller is still there. A clone is the same context.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Arc<Identity>,
    deadline: Option<Instant>,
    request: Option<Arc<Request>>,
    /// How many calls between extensions led from the caller's to this one.
    depth: u32,
    host: Option<Host>,
    cancelled: AtomicBool,
    /// Made when somebody asks for it: most calls are never cancelled, and nobody asks.
    token: OnceLock<CancellationToken>,
}

impl Context {
    /// A context for an instance. `cancellation` tells when the caller goes.
    pub fn new(identity: Arc<Identity>, deadline: Option<Instant>, cancellation: CancellationToken) -> Self {
        Self::build(identity, deadline, None, 0, cancellation.into())
    }

    fn build(
        identity: Arc<Identity>,
        deadline: Option<Instant>,
        request: Option<Arc<Request>>,
        depth: u32,
        token: OnceLock<CancellationToken>,
    ) -> Self {
        let cancelled = AtomicBool::new(false);
        Self(Arc::new(Inner { identity, deadline, request, depth, host: None, cancelled, token }))
    }

    /// A context that [`Context::cancel`] cancels: for one call.
    #[doc(hidden)]
    pub fn of_call(identity: Arc<Identity>, deadline: Option<Instant>, request: Option<Request>) -> Self {
        Self::build(identity, deadline, request.map(shared), 0, OnceLock::new())
    }

    /// The context of a call that this one makes of another extension: it says the same, and ends with this one.
    #[doc(hidden)]
    pub fn of_inner_call(&self, identity: Arc<Identity>) -> Self {
        let Inner { deadline, request, depth, .. } = &*self.0;
        Self::build(identity, *deadline, request.clone(), depth + 1, self.cancellation().child_token().into())
    }

    /// How many calls between extensions led to this one.
    #[doc(hidden)]
    pub fn depth(&self) -> u32 {
        self.0.depth + self.request().map_or(0, |request| request.depth)
    }

    /// Makes this the context of another call. Whoever still has it as the last call's keeps that, as a context of a
    /// call that is over, which counts as cancelled.
    #[doc(hidden)]
    pub fn renew(&mut self, identity: &Arc<Identity>, deadline: Option<Instant>, request: Option<Request>) {
        let Some(inner) = Arc::get_mut(&mut self.0) else {
            self.cancel();
            *self = Self::of_call(Arc::clone(identity), deadline, request);
            return;
        };
        if !Arc::ptr_eq(&inner.identity, identity) {
            inner.identity = Arc::clone(identity);
        }
        inner.deadline = deadline;
        inner.request = request.map(shared);
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
        let Inner { identity, deadline, depth, token, .. } = &*self.0;
        Self::build(Arc::clone(identity), *deadline, Some(shared(request)), *depth, token.clone())
    }

    /// Adds the host: for the start of a typed extension.
    pub(crate) fn with_host(self, host: Host) -> Self {
        let Inner { identity, deadline, request, depth, token, .. } = &*self.0;
        let (identity, request) = (Arc::clone(identity), request.clone());
        let cancelled = AtomicBool::new(false);
        let (host, token) = (Some(host), token.clone());
        Self(Arc::new(Inner { identity, deadline: *deadline, request, depth: *depth, host, cancelled, token }))
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

    /// Values of a metadata key, in whatever case it is written.
    pub fn metadata(&self, key: &str) -> &[String] {
        let values = self.request().and_then(|request| request.metadata.get(&key.to_lowercase()));
        values.map_or(&[], Vec::as_slice)
    }

    /// W3C trace id, 32 hexadecimal digits, if the caller has one.
    pub fn trace_id(&self) -> Option<&str> {
        self.request().map(|request| &*request.trace_id).filter(|id| !id.is_empty())
    }

    /// W3C span id of the caller, 16 hexadecimal digits, if it has one.
    pub fn span_id(&self) -> Option<&str> {
        self.request().map(|request| &*request.span_id).filter(|id| !id.is_empty())
    }

    /// What an authenticator found out about the client.
    pub fn auth(&self, attribute: &str) -> Option<&Value> {
        self.request()?.auth.get(attribute)
    }

    /// What the caller said beside its payload, if anything.
    pub fn request(&self) -> Option<&Request> {
        self.0.request.as_deref()
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

fn shared(request: Request) -> Arc<Request> {
    Arc::new(request.with_lower_case_keys())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Arc<Identity> {
        Arc::new(Identity { id: "a".into(), component_type: "a".into(), name: String::new(), lane: 1 })
    }

    #[test]
    fn a_late_cancel_does_not_reach_the_next_call() {
        let mut slot = Context::of_call(identity(), None, None);
        let first = slot.clone();
        slot.renew(&identity(), None, None);
        assert!(first.is_cancelled() && first.cancellation().is_cancelled(), "its call is over");
        assert!(!slot.is_cancelled() && !slot.cancellation().is_cancelled());
        first.cancel();
        assert!(!slot.is_cancelled());
    }

    #[test]
    fn a_context_that_nobody_kept_is_used_again() {
        let mut slot = Context::of_call(identity(), None, Some(Request::default()));
        let place = Arc::as_ptr(&slot.0);
        slot.cancellation();
        slot.cancel();
        slot.renew(&identity(), Some(Instant::now()), None);
        assert_eq!((Arc::as_ptr(&slot.0), slot.request()), (place, None));
        assert!(!slot.is_cancelled() && slot.deadline().is_some() && !slot.cancellation().is_cancelled());
    }

    #[test]
    fn a_token_taken_before_the_cancel_hears_of_it() {
        let context = Context::of_call(identity(), None, None);
        let token = context.cancellation();
        context.cancel();
        assert!(token.is_cancelled());
    }

    #[test]
    fn metadata_is_found_in_any_case() {
        let values = |text: &str| vec![text.to_owned()];
        let metadata = [("X-Tenant", "a"), ("x-tenant", "b"), ("Other", "c")];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), values(value))).into();
        let context = Context::of_call(identity(), None, Some(Request { metadata, ..Request::default() }));
        assert_eq!(context.metadata("X-TENANT"), ["a", "b"]);
        assert_eq!((context.metadata("other"), context.metadata("none")), (&values("c")[..], &[][..]));
    }

    #[test]
    fn an_inner_call_says_the_same_and_ends_with_the_outer_one() {
        let deadline = Some(Instant::now());
        let request = Request { trace_id: "f".repeat(32), ..Request::default() };
        let outer = Context::of_call(identity(), deadline, Some(request));
        let inner = outer.of_inner_call(identity());
        assert_eq!((inner.deadline(), inner.trace_id(), inner.depth()), (deadline, outer.trace_id(), 1));
        inner.cancellation().cancel();
        assert!(!outer.is_cancelled(), "the callee's end is not the caller's");
        let second = outer.of_inner_call(identity());
        outer.cancel();
        assert!(second.is_cancelled());
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
