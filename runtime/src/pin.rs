//! Keeps this library loaded until the process ends. A foreign-function package unloads a library that JavaScript let
//! go of, and a worker's exit under a loaded Rust library crashes the process: threads, thread-locals and hooks live
//! in it.

use std::ffi::c_void;

/// Marks the library that holds this function as one that is never unloaded. Linking with `-z nodelete` does the
/// same; this holds for libraries of users too, whatever flags they were linked with.
pub(crate) fn pin_library() {
    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    let inside: *const c_void = pin_library as fn() as *const c_void;
    // SAFETY: dladdr only reads the address and writes the structure, which lives for the call.
    let found = unsafe { libc::dladdr(inside, &raw mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return;
    }
    // SAFETY: the name is the loader's own NUL-terminated string; NOLOAD makes this a change of flags, nothing is
    // loaded.
    let handle = unsafe { libc::dlopen(info.dli_fname, libc::RTLD_NOLOAD | libc::RTLD_NODELETE | libc::RTLD_LAZY) };
    // The handle is kept on purpose: it is one more reference to the library.
    let _ = handle;
}
