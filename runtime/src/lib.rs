//! The Rust side of a runtime: it drains the ring, owns the instances and answers through the C ABI. It knows no
//! concrete component.
//!
//! On a call's path: `drain` takes a request, `table` finds its instance, a slot of `slots` keeps and polls its
//! future, and `lane` writes the completion. Start and shutdown are in `lifecycle`, and run on the
//! threads of `steps`.
//!
//! The final library calls [`library!`], which exports the C ABI and states how many extensions it was built with.

pub mod abi;
mod alarm;
mod batch;
mod bell;
mod clock;
mod closing;
mod departed;
mod drain;
mod error_message;
mod events;
mod host_calls;
mod lane;
mod lease;
mod lifecycle;
mod logs;
mod messages;
mod open;
mod options;
mod panics;
mod peers;
mod pin;
mod ready;
mod registry;
mod slots;
mod spans;
mod steps;
mod table;
mod threads;
mod visits;

#[doc(hidden)]
pub use libc;

/// Makes the crate that invokes it a library that ferrule can open: names the component crates, so that the linker
/// keeps their registrations, and states how many extensions there are.
///
/// ```ignore
/// ferrule_runtime::library!(extensions: 2, from: [ferrule_components]);
/// ```
#[macro_export]
macro_rules! library {
    (extensions: $count:expr $(, from: [$($component:ident),* $(,)?])? $(,)?) => {
        $($(use $component as _;)*)?
        $crate::export_abi!($count);
    };
}
