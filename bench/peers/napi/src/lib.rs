//! The peer on napi-rs, as its documentation shows each form.

use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi::{Env, Result, Task};
use napi_derive::napi;

/// A synchronous function.
#[napi]
pub fn sync(number: u32) -> u32 {
    number
}

/// An `async fn`: a promise, on napi-rs' own tokio runtime.
#[napi]
pub async fn call(number: u32) -> u32 {
    number
}

/// Bytes in, bytes of its own out: a handler that answers something else than what it was given makes such a vector.
#[napi]
pub async fn echo(bytes: Buffer) -> Buffer {
    bytes.to_vec().into()
}

/// The same, at once.
#[napi]
pub fn echo_sync(bytes: Buffer) -> Buffer {
    bytes.to_vec().into()
}

/// A handler that waits.
#[napi]
pub async fn wait(milliseconds: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
    milliseconds
}

/// Work for libuv's thread pool.
pub struct Number(u32);

#[napi]
impl Task for Number {
    type Output = u32;
    type JsValue = u32;

    fn compute(&mut self) -> Result<u32> {
        Ok(self.0)
    }

    fn resolve(&mut self, _env: Env, output: u32) -> Result<u32> {
        Ok(output)
    }
}

/// An `AsyncTask`: a promise, on libuv's thread pool.
#[napi]
pub fn task(number: u32) -> AsyncTask<Number> {
    AsyncTask::new(Number(number))
}
