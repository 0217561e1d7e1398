//! What travels between Rust and TypeScript, in either direction; [`macro@crate::data`] makes a type one that does.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Payload};

/// A value that a call brings: what serde reads, and a schema describes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come from TypeScript",
    label = "write #[ferrule::data] on the type, or on the one inside of it"
)]
pub trait Argument: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// A value that a call answers: what serde writes, and a schema describes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go to TypeScript",
    label = "write #[ferrule::data] on the type, or on the one inside of it"
)]
pub trait Answer: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> Answer for T {}

/// A call's answer.
#[doc(hidden)]
pub fn written<T: Answer>(value: &T) -> Result<Payload, Error> {
    Payload::to_msgpack(value)
}
