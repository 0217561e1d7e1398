//! The attributes of `ferrule-sdk`, which re-exports each and says what it is for. Each leaves what its user wrote as
//! it was, and adds implementations of traits in `ferrule::typed` that could be written by hand.

use proc_macro::TokenStream;

mod config;
mod error;
mod extension;
mod fields;
mod method;
mod methods;
mod shapes;
mod stub;
mod words;

/// Makes a struct with named fields a configuration: read by serde, described by a JSON Schema, absent fields from its
/// `Default`, unknown fields refused. With `#[ferrule(default = 1_000)]` on a field, that is made as well, and the fields
/// without it have the defaults of their types. A field of type `ferrule::Duration` takes text, `default = "2s"`, and
/// either kind of duration.
///
/// A field with `#[ferrule(required)]` must be there: a configuration without it is refused, and the struct has no
/// `Default` then.
///
/// With `#[ferrule::config(validate)]` the author implements `ferrule::Validate` for it; otherwise every value is fine.
#[proc_macro_attribute]
pub fn config(arguments: TokenStream, item: TokenStream) -> TokenStream {
    config::expand_config(arguments.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// Makes a struct or an enum plain data: for arguments, results and parts of configurations. Derives serde's two traits
/// and `JsonSchema`, with ferrule's own copies of both crates.
#[proc_macro_attribute]
pub fn data(arguments: TokenStream, item: TokenStream) -> TokenStream {
    config::expand_data(arguments.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// Makes an error type one that callers in TypeScript get as a class with a code: `Full` is `FULL` unless
/// `#[ferrule(code = "...")]` says otherwise; `#[ferrule(permanent)]` and `#[ferrule(retryable)]` say what to conclude.
///
/// The type implements `std::error::Error`; what its `source()` gives becomes the error's cause.
#[proc_macro_derive(Error, attributes(ferrule))]
pub fn error(item: TokenStream) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    error::expand(item.clone()).unwrap_or_else(|error| stub::failure(&error, item)).into()
}

/// Registers an extension: `#[ferrule::extension(type = "cache", stability = Beta)]` on `impl Extension for Cache`.
///
/// `type` is what configurations name. `stability` is one of those of `ferrule::Stability`, `Development` unless said.
/// The doc comment of the impl block describes it to people.
#[proc_macro_attribute]
pub fn extension(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    extension::expand(arguments.into(), item.clone()).unwrap_or_else(|error| stub::extension(&error, item)).into()
}

/// Makes the public functions of an `impl` block the methods that TypeScript calls.
///
/// A method takes `&self`; it is `async`, or quick, or marked `#[method(blocking)]` and gets a thread of its own.
#[proc_macro_attribute]
pub fn methods(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item: proc_macro2::TokenStream = item.into();
    methods::expand(arguments.into(), item.clone()).unwrap_or_else(|error| stub::methods(&error, item)).into()
}
