//! The peer on neon: its exported `async fn`, and a `Channel` with a deferred promise.

use std::sync::OnceLock;
use std::time::Duration;

use neon::prelude::*;
use neon::types::extract::ArrayBuffer;
use tokio::runtime::Runtime;

/// A synchronous function.
#[neon::export]
fn sync(number: f64) -> f64 {
    number
}

/// An `async fn`, on the module's tokio runtime.
#[neon::export]
async fn call(number: f64) -> f64 {
    number
}

/// Bytes in, bytes out.
#[neon::export]
async fn echo(bytes: ArrayBuffer<Vec<u8>>) -> ArrayBuffer<Vec<u8>> {
    bytes
}

/// A handler that waits.
#[neon::export]
async fn wait(milliseconds: f64) -> f64 {
    tokio::time::sleep(Duration::from_secs_f64(milliseconds / 1_000.0)).await;
    milliseconds
}

/// The runtime of this module: of its exported `async fn` and of what `channel` spawns.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a tokio runtime"))
}

/// What neon's examples show: spawn, then settle over the channel.
fn channel(mut cx: FunctionContext) -> JsResult<JsPromise> {
    let number = cx.argument::<JsNumber>(0)?.value(&mut cx);
    let channel = cx.channel();
    let (deferred, promise) = cx.promise();
    runtime().spawn(async move {
        deferred.settle_with(&channel, move |mut cx| Ok(cx.number(number)));
    });
    Ok(promise)
}

#[neon::main]
fn main(mut cx: ModuleContext) -> NeonResult<()> {
    let _ = neon::set_global_executor(&mut cx, runtime());
    neon::registered().export(&mut cx)?;
    cx.export_function("channel", channel)
}
