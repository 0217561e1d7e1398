//! Writes TypeScript's copy of the layout to standard output. `npm run generate` puts it in its place.

use ferrule_ring::layout::{COMPLETION_INLINE_MAX, EVENT_INLINE_MAX, FINGERPRINT, REQUEST_INLINE_MAX, TABLE};

fn main() {
    println!(
        "// Written by `npm run generate` from ring/src/layout.rs. Do not edit: change the Rust file and run it again.\n"
    );
    for (name, value) in TABLE {
        println!("export const {name} = {value};");
    }
    println!("export const REQUEST_INLINE_MAX = {REQUEST_INLINE_MAX};");
    println!("export const COMPLETION_INLINE_MAX = {COMPLETION_INLINE_MAX};");
    println!("export const EVENT_INLINE_MAX = {EVENT_INLINE_MAX};");
    println!("export const FINGERPRINT_LOW = {};", FINGERPRINT as u32);
    println!("export const FINGERPRINT_HIGH = {};", (FINGERPRINT >> 32) as u32);
}
