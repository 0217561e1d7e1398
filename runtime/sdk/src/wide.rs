//! Integers beyond what a number of JavaScript holds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An integer of 64 bits whose value may exceed 2^53: `number | bigint` in TypeScript, a number while it is safe.
///
/// A plain `u64` or `i64` is a `number` there, and a value that no number holds is an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wide<T>(pub T);

impl<T> From<T> for Wide<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: JsonSchema> JsonSchema for Wide<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Wide_{}", T::schema_name()).into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "format": "wide" })
    }
}
