//! Does as little as an extension can: for measurements, and for what only needs an answer.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use ferrule::{Call, CallFuture, Error, Extension, ExtensionFactory, Method, Payload};

struct Echo;

impl Extension for Echo {
    fn call_now(&self, call: &mut Call) -> Option<Result<Payload, Error>> {
        (call.method == "now").then(|| Ok(std::mem::take(&mut call.payload)))
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        match call.method {
            "wait" => Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(call.payload)
            }),
            "yield" => Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(call.payload)
            }),
            "now" => Box::pin(async { Err(Error::new("it was not asked to answer at once")) }),
            _ => Box::pin(async move { Ok(call.payload) }),
        }
    }
}

/// Nothing, unless it shall break its word.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EchoConfig {
    /// Milliseconds for which the creation blocks its thread, though the factory says that it does not.
    block: u64,
}

struct EchoFactory;

impl ExtensionFactory for EchoFactory {
    fn component_type(&self) -> &'static str {
        "echo"
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error> {
        let EchoConfig { block } = serde_json::from_str(config).map_err(|error| Error::new(error.to_string()))?;
        if block > 0 {
            std::thread::sleep(Duration::from_millis(block));
        }
        Ok(Box::new(Echo))
    }

    fn has_quick_steps(&self) -> bool {
        true
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[
            Method::bytes("echo", "Gives bytes back, from an async function that has nothing to wait for."),
            Method::bytes("now", "Gives bytes back, without a future."),
            Method::bytes("wait", "Gives bytes back after a millisecond."),
            Method::bytes("yield", "Yields once, then gives bytes back."),
            Method::bytes("blocking", "Gives bytes back, from a thread of its own.").blocking(),
        ];
        METHODS
    }
}

ferrule::register!(ECHO: EchoFactory = EchoFactory);
