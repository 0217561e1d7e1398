//! The shared memory between Node.js and Rust, and its rules. No tokio, no I/O but the mapping.
//!
//! On a call's path: [`request_ring`] carries a call in, [`completion_ring`] carries its outcome out, [`doorbell`]
//! wakes the side that sleeps. [`layout`] owns every offset; `src/ring/` is the TypeScript twin, generated from it
//! and checked.
//!
//! # Who may touch what
//!
//! | word | writer | reader | when | ordering |
//! |---|---|---|---|---|
//! | identity (magic to limits) | creator | both | before the lane is handed over | plain |
//! | state | Rust | TypeScript | ready, closing, closed, faulted | release / acquire |
//! | request tail | TypeScript | Rust | a batch is complete | release / acquire |
//! | request head | Rust | TypeScript | a batch was taken; for instruments | release / relaxed |
//! | request byte head | Rust | TypeScript | payloads were copied out | release / acquire |
//! | completion tail | Rust | TypeScript | a batch is complete | release / acquire |
//! | completion head | nobody | nobody | it stays where it starts: slots bound the writer | |
//! | completion byte head | TypeScript | Rust | results were copied out | release / acquire |
//! | event tail, head, byte head | as for completions | | heads bound the writer | release / acquire |
//! | cell tails, heads | the payload's writer / reader | the other | fragments written, copied out | release / acquire |
//! | crowded | Rust | TypeScript | lanes get busy or idle | relaxed |
//! | parked words | both | both | falling asleep, waking | swap, with a full fence |
//! | cancel word | TypeScript | Rust | abort; zeroed when the slot is freed | release / acquire |
//! | cancel summary | both | both | set by TypeScript, swapped out by Rust | read-modify-write |
//! | watchdog words | Rust | TypeScript | around each poll of a call | relaxed |
//! | counters, histogram | Rust | TypeScript | whenever | relaxed |

pub mod byte_ring;
pub mod cancel;
pub mod cell_ring;
pub mod channel;
pub mod completion_ring;
pub mod cursor;
pub mod descriptor_ring;
pub mod doorbell;
pub mod event_ring;
pub mod header;
pub mod layout;
pub mod memory;
#[cfg(not(loom))]
pub mod region;
pub mod request_ring;
pub mod sync;
mod violation;

pub use memory::Memory;
pub use violation::Violation;

#[cfg(all(test, loom))]
mod models;
