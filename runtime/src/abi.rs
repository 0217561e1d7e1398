//! The C ABI: what the final library exports. Each function takes lengths, never trusts a NUL, never blocks
//! without a bound, and never lets a panic out.
//!
//! Functions that answer text write it to `out` and return its length, negative when it is an error's JSON. When the
//! text is longer than `capacity` nothing is written: call again with that much.

use std::time::Duration;

use ferrule::Error;

use crate::error_message::error_json;
use crate::messages::panic_error;
use crate::panics::{catch, install_hook};
use crate::{open, registry};

/// Moves with every change of the exported functions.
pub const ABI_VERSION: u32 = 2;

/// Text that a caller lends for the time of a call.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Text {
    /// First byte; anything when there are none.
    pub bytes: *const u8,
    /// Number of bytes.
    pub length: u32,
}

impl Text {
    fn read(&self, what: &str) -> Result<&str, Error> {
        if self.length == 0 {
            return Ok("");
        }
        if self.bytes.is_null() {
            return Err(Error::invalid_argument(format!("{what} is null")));
        }
        // SAFETY: the caller lends `length` initialised bytes for the time of this call, which `&self` outlives.
        let bytes = unsafe { std::slice::from_raw_parts(self.bytes, self.length as usize) };
        std::str::from_utf8(bytes).map_err(|error| Error::invalid_argument(format!("{what} is no UTF-8: {error}")))
    }
}

/// Where an answer goes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Answer {
    /// First byte of the caller's buffer.
    pub out: *mut u8,
    /// Its size.
    pub capacity: u32,
}

impl Answer {
    fn give(self, answer: impl FnOnce() -> Result<String, Error>) -> i64 {
        install_hook();
        let answer = catch(answer).unwrap_or_else(|panic| Err(panic_error(&panic)));
        let (bytes, sign) = match answer {
            Ok(text) => (text.into_bytes(), 1),
            Err(error) => (error_json(&error), -1),
        };
        if bytes.len() <= self.capacity as usize && !self.out.is_null() {
            // SAFETY: the caller's buffer holds `capacity` bytes, at least as many as are copied, and is not ours.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.out, bytes.len()) };
        }
        sign * i64::try_from(bytes.len()).unwrap_or(i64::MAX)
    }
}

fn code(function: impl FnOnce() -> bool) -> i32 {
    i32::from(catch(function) == Ok(true))
}

/// See `open::open`.
pub fn open(options: Text, answer: Answer, stated: usize) -> i64 {
    answer.give(|| open::open(options.read("options")?, stated))
}

/// See `open::share`.
pub fn share(lane: u32, options: Text, answer: Answer) -> i64 {
    answer.give(|| open::share(lane, options.read("options")?))
}

/// Describes every factory, as JSON.
pub fn registry(answer: Answer, stated: usize) -> i64 {
    answer.give(|| {
        registry::check(stated)?;
        registry::describe()
    })
}

/// Default configuration of a type.
pub fn config_default(component_type: Text, answer: Answer) -> i64 {
    answer.give(|| registry::default_config(component_type.read("type")?))
}

/// Checks a configuration; answers its dependencies.
pub fn config_validate(component_type: Text, config: Text, answer: Answer) -> i64 {
    answer.give(|| registry::validate_config(component_type.read("type")?, config.read("config")?))
}

/// Checks that both sides see one memory. 1 when they do.
pub fn attach(lane: u32, expected: u32) -> i32 {
    code(|| open::attach(lane, expected))
}

/// Rings the drain's bell. 1 when the lane is known.
pub fn wake(lane: u32) -> i32 {
    code(|| open::wake(lane))
}

/// A wait in one piece is never longer: a thread that is blocked in a foreign call cannot be ended.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// Blocks until something was published, at most so many microseconds and never longer than a tenth of a second. 1 when
/// the lane is known.
pub fn wait(lane: u32, micros: u32) -> i32 {
    code(|| open::wait(lane, Duration::from_micros(u64::from(micros)).min(WAIT_MAX)))
}

/// Begins an orderly close. 1 when the lane is known.
pub fn close(lane: u32, grace_ms: u32) -> i32 {
    code(|| open::close(lane, Duration::from_millis(u64::from(grace_ms))))
}

/// Gives memory back. 1 when the lane is known.
pub fn release(lane: u32, unmap: u32) -> i32 {
    code(|| open::release(lane, unmap != 0))
}

/// Exports the C ABI from the crate that invokes it.
#[doc(hidden)]
#[macro_export]
macro_rules! export_abi {
    ($count:expr) => {
        const FERRULE_EXTENSION_COUNT: usize = $count;

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_abi() -> u32 {
            $crate::abi::ABI_VERSION
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_open(bytes: *const u8, length: u32, out: *mut u8, capacity: u32) -> i64 {
            let options = $crate::abi::Text { bytes, length };
            $crate::abi::open(options, $crate::abi::Answer { out, capacity }, FERRULE_EXTENSION_COUNT)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_share(lane: u32, bytes: *const u8, length: u32, out: *mut u8, capacity: u32) -> i64 {
            $crate::abi::share(lane, $crate::abi::Text { bytes, length }, $crate::abi::Answer { out, capacity })
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_wait(lane: u32, micros: u32) -> i32 {
            $crate::abi::wait(lane, micros)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_registry(out: *mut u8, capacity: u32) -> i64 {
            $crate::abi::registry($crate::abi::Answer { out, capacity }, FERRULE_EXTENSION_COUNT)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_config_default(bytes: *const u8, length: u32, out: *mut u8, capacity: u32) -> i64 {
            let component_type = $crate::abi::Text { bytes, length };
            $crate::abi::config_default(component_type, $crate::abi::Answer { out, capacity })
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_config_validate(
            type_bytes: *const u8,
            type_length: u32,
            bytes: *const u8,
            length: u32,
            out: *mut u8,
            capacity: u32,
        ) -> i64 {
            let component_type = $crate::abi::Text { bytes: type_bytes, length: type_length };
            let config = $crate::abi::Text { bytes, length };
            $crate::abi::config_validate(component_type, config, $crate::abi::Answer { out, capacity })
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_attach(lane: u32, expected: u32) -> i32 {
            $crate::abi::attach(lane, expected)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_wake(lane: u32) -> i32 {
            $crate::abi::wake(lane)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_close(lane: u32, grace_ms: u32) -> i32 {
            $crate::abi::close(lane, grace_ms)
        }

        #[unsafe(no_mangle)]
        extern "C" fn ferrule_release(lane: u32, unmap: u32) -> i32 {
            $crate::abi::release(lane, unmap)
        }
    };
}
