//! What surrounds an extension in the runtime, for tests in Rust: contexts, hosts whose functions and extensions are
//! closures, streams that a caller feeds, and starts and ends.
//!
//! ```standalone_crate
//! use ferrule::{Payload, testing};
//! # use ferrule::prelude::*;
//! # struct Shop(Host);
//! # #[ferrule::extension(type = "shop")]
//! # impl Extension for Shop {
//! #     type Config = NoConfig;
//! #     type Error = Error;
//! #     async fn start(_: NoConfig, context: Context) -> Result<Self, Error> {
//! #         Ok(Self(context.host().expect("a start has a host").clone()))
//! #     }
//! # }
//! # #[ferrule::methods]
//! # impl Shop {
//! #     pub async fn price(&self, item: String, context: &Context) -> Result<f64, Error> {
//! #         self.0.call("price", Payload::to_json(&item)?, context).await?.from_json()
//! #     }
//! #     pub async fn count(&self, mut items: Incoming<String>) -> Result<u32, Error> {
//! #         let mut count = 0;
//! #         while let Some(item) = items.next().await { item?; count += 1; }
//! #         Ok(count)
//! #     }
//! # }
//! testing::block_on(async {
//!     let host = testing::host().function("price", |_item, _context| Payload::to_json(&9.5));
//!     let shop = testing::start::<Shop>(NoConfig {}, host).await.unwrap();
//!     assert_eq!(shop.price("tea".into(), &testing::context()).await.unwrap(), 9.5);
//!     assert_eq!(shop.count(testing::incoming(["tea".to_owned()])).await.unwrap(), 1);
//!     testing::shutdown(shop).await.unwrap();
//! });
//! ```

mod context;
mod host;

pub use context::{ContextBuilder, context};
pub use host::{HostBuilder, host};
use serde::de::DeserializeOwned;

use crate::typed::{Config, Extension};
use crate::{Error, Host, Incoming, config as configuration};

/// Runs a future to its end, on a tokio runtime of its own with one thread: for tests in crates without a runtime.
///
/// # Panics
/// When it is called where futures are polled: await the future there.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a thread can have a runtime").block_on(future)
}

/// Reads a configuration from JSON, and checks it, as the runtime does before a start.
///
/// # Errors
/// `CONFIG_INVALID` with the field's name, and what the author's own checks refuse with.
pub fn config<C: Config>(json: &str) -> Result<C, Error> {
    let read: C = configuration::parse(json)?;
    read.check()?;
    Ok(read)
}

/// Checks the configuration, and starts an extension that lives in this host: a [`Host`], or what [`host`] makes.
///
/// # Errors
/// What the checks or the start refuse with, as callers in TypeScript get it: with its code.
pub async fn start<T: Extension>(config: T::Config, host: impl Into<Host>) -> Result<T, Error> {
    config.check()?;
    let host = host.into();
    let context = ContextBuilder::of(&host).build().with_host(host);
    T::start(config, context).await.map_err(Into::into)
}

/// Ends an extension.
///
/// # Errors
/// What its shutdown refuses with.
pub async fn shutdown<T: Extension>(extension: T) -> Result<(), Error> {
    extension.shutdown(context()).await.map_err(Into::into)
}

/// A stream that brings these values and then ends: an argument of a method. The iterator is read to its end at once.
pub fn incoming<T: DeserializeOwned>(values: impl IntoIterator<Item = T>) -> Incoming<T> {
    incoming_results(values.into_iter().map(Ok))
}

/// A stream that brings these values up to the first error, which it ends with: that of an iterable which threw has
/// the code `SOURCE_FAILED`, that of an item which is no `T` has `INVALID_ARGUMENT`.
pub fn incoming_results<T: DeserializeOwned>(results: impl IntoIterator<Item = Result<T, Error>>) -> Incoming<T> {
    let mut values = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => return Incoming::ended(values, Some(error)),
        }
    }
    Incoming::ended(values, None)
}
