//! Which component the running code belongs to: so that its log records carry the right id, wherever they are written.

use std::cell::RefCell;
use std::future::poll_fn;
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
    /// The lane that it was started through, of those that this process opened.
    pub lane: u32,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Identity>>> = const { RefCell::new(None) };
}

/// Makes a component the current one of this thread, until the next such call. Costs next to nothing when it is that
/// already, which is what the runtime lives on: most calls in a row are one component's.
pub fn set_current(identity: Option<&Arc<Identity>>) {
    let _ = replace(identity);
}

/// Returns what was there, unless it is what came.
fn replace(identity: Option<&Arc<Identity>>) -> Option<Option<Arc<Identity>>> {
    let replaced = CURRENT.try_with(|current| {
        let mut current = current.borrow_mut();
        if current.as_ref().map(Arc::as_ptr) == identity.map(Arc::as_ptr) {
            return None;
        }
        Some(std::mem::replace(&mut *current, identity.cloned()))
    });
    replaced.ok().flatten()
}

/// Puts back what was current before, also when a panic passes.
struct Restore(Option<Option<Arc<Identity>>>);

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            set_current(before.as_ref());
        }
    }
}

/// Runs a function as part of a component.
pub fn within<R>(identity: &Arc<Identity>, function: impl FnOnce() -> R) -> R {
    let _restore = Restore(replace(Some(identity)));
    function()
}

/// Makes a future part of a component, wherever it is polled and dropped.
pub fn scoped<F: Future>(identity: Arc<Identity>, future: F) -> impl Future<Output = F::Output> {
    let mut future = Scoped { future: Some(Box::pin(future)), identity };
    poll_fn(move |context| {
        let Scoped { future, identity } = &mut future;
        let future = future.as_mut().expect("it is there until it is dropped");
        within(identity, || future.as_mut().poll(context))
    })
}

struct Scoped<F> {
    future: Option<std::pin::Pin<Box<F>>>,
    identity: Arc<Identity>,
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        let future = self.future.take();
        within(&self.identity, || drop(future));
    }
}

/// The component that the running code belongs to.
pub fn current() -> Option<Arc<Identity>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str) -> Arc<Identity> {
        Arc::new(Identity { id: id.into(), component_type: id.into(), name: String::new(), lane: 1 })
    }

    fn current_id() -> Option<String> {
        current().map(|identity| identity.id.clone())
    }

    #[test]
    fn scopes_nest_and_are_left_also_by_a_panic() {
        let (outer, inner) = (identity("outer"), identity("inner"));
        within(&outer, || {
            let _ = std::panic::catch_unwind(|| within(&inner, || panic!("{}", current_id().unwrap())));
            assert_eq!(current_id().as_deref(), Some("outer"));
            within(&outer, || assert_eq!(current_id().as_deref(), Some("outer")));
            assert_eq!(current_id().as_deref(), Some("outer"));
        });
        assert_eq!(current_id(), None);
    }

    #[test]
    fn a_scoped_future_is_also_dropped_as_part_of_its_component() {
        struct Says(std::sync::mpsc::Sender<Option<String>>);
        impl Drop for Says {
            fn drop(&mut self) {
                let _ = self.0.send(current_id());
            }
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        let says = Says(sender);
        drop(scoped(identity("a"), async move { drop(says) }));
        assert_eq!(receiver.recv().unwrap().as_deref(), Some("a"));
    }
}
