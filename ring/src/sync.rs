//! The only file that names atomics: `std`'s in the product, loom's under test.

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU32, Ordering, fence};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU32, Ordering, fence};
