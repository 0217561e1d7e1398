//! Which component the running code belongs to: so that its log records carry the right id, wherever they are written.

use std::sync::Arc;

/// A component's name, in its three parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `type` or `type/name`.
    pub id: String,
    /// The type.
    pub component_type: String,
    /// The name, or nothing.
    pub name: String,
    /// The runtime that it lives in, of those that this process opened.
    pub runtime: u32,
}

tokio::task_local! {
    static CURRENT: Arc<Identity>;
}

/// Runs a function as part of a component.
pub fn within<R>(identity: &Arc<Identity>, function: impl FnOnce() -> R) -> R {
    CURRENT.sync_scope(Arc::clone(identity), function)
}

/// Makes a future part of a component, wherever it is polled.
pub fn scoped<F: Future>(identity: Arc<Identity>, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(identity, future)
}

/// The component that the running code belongs to.
pub fn current() -> Option<Arc<Identity>> {
    CURRENT.try_with(Arc::clone).ok()
}
