//! What the author of a ferrule extension sees: the [`Extension`] and [`ExtensionFactory`] traits, the registry,
//! context, host, errors and payloads. Nothing here knows of the ring or the executor, so an extension can be tested
//! without them.
//!
//! An extension is a factory, registered at link time, and an instance that the factory builds from its configuration:
//!
//! ```
//! use std::sync::Arc;
//! use ferrule::prelude::*;
//!
//! struct Greeter;
//!
//! impl Extension for Greeter {
//!     fn call(self: Arc<Self>, call: Call) -> CallFuture {
//!         Box::pin(async move {
//!             let name: String = call.payload.from_msgpack()?;
//!             Payload::to_msgpack(&format!("hello, {name}"))
//!         })
//!     }
//! }
//!
//! struct GreeterFactory;
//!
//! impl ExtensionFactory for GreeterFactory {
//!     fn component_type(&self) -> &'static str { "greeter" }
//!     fn methods(&self) -> &'static [Method] {
//!         const METHODS: &[Method] = &[Method::msgpack("greet", "Greets a person by name.")];
//!         METHODS
//!     }
//!     fn create_instance(&self, _config: &str) -> Result<Box<dyn Extension>, Error> { Ok(Box::new(Greeter)) }
//! }
//!
//! ferrule::register!(GREETER: GreeterFactory = GreeterFactory);
//! # fn main() { assert_eq!(ferrule::RUST_EXTENSIONS.len(), 1); }
//! ```

mod bytes;
pub mod config;
mod context;
mod error;
mod extension;
mod factory;
mod host;
mod payload;
mod registry;
pub mod scope;
mod status;
pub mod testing;
mod timestamp;
pub mod typed;
mod values;
mod wide;

pub use bytes::Bytes;
pub use config::Duration;
pub use context::{Context, Request};
pub use error::{Error, GrpcStatus, Kind};
pub use extension::{Call, CallFuture, Extension, LifecycleFuture};
pub use factory::{ExtensionFactory, Method, PayloadForm, Stability};
pub use futures_util::{Stream, StreamExt, stream};
pub use host::{Host, HostExtension, HostInfo, Peers, StatusSink};
#[doc(hidden)]
pub use linkme;
pub use payload::Payload;
pub use registry::{ORIGINS, Origin, RUST_EXTENSIONS};
pub use scope::Identity;
pub use status::{Status, StatusReport};
pub use timestamp::Timestamp;
pub use typed::{Incoming, NoConfig, Validate};
pub use wide::Wide;

pub use ferrule_macros::{Error, config, data, extension, methods};
#[doc(hidden)]
pub use {schemars, serde};

/// What functions of an extension answer that has no error type of its own.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that an extension needs, in one `use`.
pub mod prelude {
    pub use crate::{
        Bytes, Call, CallFuture, Context, Duration, Error, Extension, ExtensionFactory, Host, Incoming,
        LifecycleFuture, Method, NoConfig, Payload, Stability, Status, Stream, StreamExt, Timestamp, Validate, Wide,
        config,
    };
}
