//! Panics become values: at every entry into an extension, and never across the C ABI.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use ferrule::scope;

/// A caught panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    /// What it said.
    pub(crate) message: String,
    /// `file:line:column`.
    pub(crate) location: Option<String>,
}

thread_local! {
    static CATCHING: Cell<u32> = const { Cell::new(0) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a function; a panic in it is an error value.
pub(crate) fn catch<T>(function: impl FnOnce() -> T) -> Result<T, Panic> {
    CATCHING.set(CATCHING.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(function)).map_err(|payload| {
        let panic = Panic { message: text(&*payload).to_owned(), location: LOCATION.take() };
        dispose(payload);
        panic
    });
    CATCHING.set(CATCHING.get() - 1);
    result
}

/// Drops something whose drop may panic.
pub(crate) fn catch_drop<T>(value: T) -> Result<(), Panic> {
    catch(move || drop(value))
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panicked with a value that is no text")
}

/// A panic's payload may panic when it is dropped. What that second panic carries is leaked: dropping it could go on
/// for ever.
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(second);
    }
}

/// Sends what the default hook would print to the log instead, once, for panics in components; others print as before.
pub(crate) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let catching = CATCHING.try_with(Cell::get).unwrap_or(0) > 0;
            if !catching && scope::current().is_none() {
                return previous(info);
            }
            let location = info.location().map(ToString::to_string);
            tracing::error!(location, "panicked: {}", text(info.payload()));
            let _ = LOCATION.try_with(|cell| cell.replace(location));
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    struct PanicsInDrop;
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            std::panic::panic_any("dropped");
        }
    }

    #[test]
    fn a_panic_is_a_value_with_its_place() {
        install_hook();
        let panic = catch(|| panic!("no {}", 1)).unwrap_err();
        assert_eq!(panic.message, "no 1");
        assert!(panic.location.unwrap().contains("panics.rs:"));
    }

    #[test]
    fn a_payload_that_panics_in_its_drop_is_survived() {
        install_hook();
        let panic = catch(|| std::panic::panic_any(PanicsInDrop)).unwrap_err();
        assert_eq!(panic.message, "panicked with a value that is no text");
    }

    #[test]
    fn a_drop_that_panics_is_a_value() {
        install_hook();
        assert_eq!(catch_drop(PanicsInDrop).unwrap_err().message, "dropped");
    }
}
