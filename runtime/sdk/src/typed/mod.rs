//! Typed extensions: a struct, its configuration, its errors, and methods that are ordinary functions.
//!
//! The attributes [`macro@crate::extension`] and [`macro@crate::methods`] write implementations of the traits of this
//! module; everything that they write can be written by hand. [`Factory`] turns the typed extension into what the
//! runtime knows: an [`ExtensionFactory`](crate::ExtensionFactory).

mod adapter;
mod arguments;
mod configured;
mod factory;
mod incoming;
mod interface;
mod outgoing;
mod sink;
mod streams;
mod travelling;

use std::sync::Arc;

pub use adapter::Shared;
pub use arguments::Arguments;
#[doc(hidden)]
pub use configured::{Asked, FieldDefault, NeverAsked, WholeDefault, default_of, field_default};
pub use configured::{Config, NoConfig, Validate};
pub use factory::Factory;
pub use incoming::Incoming;
pub use interface::{Interface, MethodInterface};
pub use sink::Sink;
pub use streams::{CANCEL, NEXT, Streams};
#[doc(hidden)]
pub use travelling::written;
pub use travelling::{Answer, Argument};

use crate::{Call, CallFuture, Context, Error, Kind, Method, Payload};

/// A type that lives as an extension: how it starts and ends. Its methods are in [`Methods`].
pub trait Extension: Sized + Send + Sync + 'static {
    /// What it is configured with; [`NoConfig`] for nothing.
    type Config: Config;
    /// Why it refuses; [`Error`](struct@Error) for people without an enum of their own.
    type Error: Failure;

    /// Makes an instance that is ready for calls. The future is dropped at its next await when the caller goes.
    /// `context.host()` is the host it lives in, here and only here.
    fn start(config: Self::Config, context: Context) -> impl Future<Output = Result<Self, Self::Error>> + Send;

    /// Ends it. No call is running any more: those that run on threads of their own are waited for, streams have ended.
    fn shutdown(self, context: Context) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (self, context);
        async { Ok(()) }
    }

    /// Every component of the service has started.
    fn ready(&self, context: Context) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// The service is about to stop.
    fn not_ready(&self, context: Context) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// Ids of the extensions that must have started before one with this configuration.
    fn dependencies(config: &Self::Config) -> Vec<String> {
        let _ = config;
        Vec::new()
    }
}

/// The methods of an extension, as [`macro@crate::methods`] writes them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods yet",
    label = "write #[ferrule::methods] on its `impl` block",
    note = "an extension without methods has an empty one: `#[ferrule::methods] impl {Self} {{}}`"
)]
pub trait Methods: Sized + Send + Sync + 'static {
    /// Names, forms and descriptions, and those that streams need.
    fn methods() -> &'static [Method];

    /// Says what each takes and answers.
    fn describe(interface: &mut Interface);

    /// Answers a call that has nothing to wait for; leaves others alone.
    fn call_now(&self, call: &mut Call) -> Option<Result<Payload, Error>>;

    /// Answers a call.
    fn call(this: Shared<Self>, call: Call, streams: &Arc<Streams>) -> CallFuture;
}

/// A code that an error type has.
#[derive(Debug, Clone, Copy)]
pub struct ErrorCode {
    /// The variant's name.
    pub name: &'static str,
    /// In `SCREAMING_SNAKE_CASE`.
    pub code: &'static str,
    /// For people.
    pub docs: &'static str,
    /// What a caller may conclude.
    pub kind: Kind,
}

/// An error that callers get; [`derive@crate::Error`] makes one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that callers can get",
    label = "derive `ferrule::Error` for it, or use `ferrule::Error`"
)]
pub trait Failure: Into<Error> {
    /// The codes that it has.
    const CODES: &'static [ErrorCode];
    /// It may have other codes as well.
    const IS_OPEN: bool;
}

impl Failure for Error {
    const CODES: &'static [ErrorCode] = &[];
    const IS_OPEN: bool = true;
}

macro_rules! plain_failures {
    ($($failure:ty),*) => {
        $(impl Failure for $failure {
            const CODES: &'static [ErrorCode] =
                &[ErrorCode { name: "", code: Error::DEFAULT_CODE, docs: "", kind: Kind::Unspecified }];
            const IS_OPEN: bool = false;
        })*
    };
}

plain_failures!(String, &'static str, std::io::Error);

/// A `Result`, under whatever alias it is written.
pub trait Fallible {
    /// What it holds.
    type Value;
    /// Why it may not.
    type Failure: Failure;

    /// As what it is.
    ///
    /// # Errors
    /// When it is one.
    fn into_result(self) -> Result<Self::Value, Self::Failure>;
}

impl<T, E: Failure> Fallible for Result<T, E> {
    type Value = T;
    type Failure = E;

    fn into_result(self) -> Self {
        self
    }
}

/// An error as callers get it.
#[doc(hidden)]
pub fn refusal(error: impl Into<Error>) -> Error {
    error.into()
}

/// Answers a method that is declared and not known.
#[doc(hidden)]
pub fn unknown(call: Call) -> CallFuture {
    let text = format!("method {} is declared but not answered", call.method);
    Box::pin(async move { Err(Error::new(text).with_code("UNKNOWN_METHOD").permanent()) })
}
