//! A factory's configuration from a serde type: parse, default, schema, each in one call; and the types of fields that
//! are more than JSON says.

mod duration;
mod optional;
mod secret;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

pub use duration::{Duration, ParseDurationError};
pub use optional::Optional;
pub use secret::Secret;

use crate::Error;

/// Reads a configuration.
///
/// # Errors
/// `CONFIG_INVALID`, with a text that begins `config parse error: ` and names the field and its position.
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    let fail = |path: &str, error: &dyn std::fmt::Display| {
        Error::new(format!("config parse error: {path}: {error}")).with_code("CONFIG_INVALID").permanent()
    };
    // serde reads a struct from a list of its fields as well, which is nobody's configuration.
    if !json.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(json).map_err(|error| fail(".", &error))?;
        return Err(fail(".", &"invalid type: expected an object at line 1 column 1"));
    }
    let mut decoder = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut decoder).map_err(|error| {
        let path = error.path().to_string();
        let text = error.inner().to_string();
        // What is absent stands in no path: serde names it in its text.
        if let Some((field, _)) = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
            let whole = if path == "." { field.to_owned() } else { format!("{path}.{field}") };
            return fail(&whole, error.inner());
        }
        // Text that is no JSON has no field.
        fail(if path == "?" { "." } else { &path }, error.inner())
    })?;
    decoder.end().map_err(|error| fail(".", &error))?;
    Ok(value)
}

/// Refuses a configuration that has the right shape but cannot be used.
pub fn invalid(message: impl Into<String>) -> Error {
    Error::new(message).with_code("CONFIG_INVALID").permanent()
}

/// A type's default as JSON text.
pub fn default_json<T: Default + Serialize>() -> String {
    to_json(&T::default())
}

/// A type's JSON Schema as text, from its own fields and doc comments.
pub fn schema_json<T: JsonSchema>() -> String {
    to_json(&SchemaGenerator::default().into_root_schema_for::<T>())
}

#[doc(hidden)]
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a configuration is made of plain data, which JSON can hold")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Outer {
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        ttl_ms: u64,
    }

    #[test]
    fn a_wrong_type_names_field_and_position() {
        let error = parse::<Outer>(r#"{"inner": {"ttl_ms": "x"}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "config parse error: inner.ttl_ms: invalid type: string \"x\", expected u64 at line 1 column 24"
        );
        assert_eq!(error.code(), "CONFIG_INVALID");
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        let error = parse::<Outer>(r#"{"inner": {"ttl": 1}}"#).unwrap_err();
        assert!(error.to_string().starts_with("config parse error: inner.ttl: unknown field `ttl`"), "{error}");
    }

    #[test]
    fn an_absent_field_is_named_with_where_it_belongs() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "it is only read")]
        struct Needs {
            name: String,
            below: Option<Box<Needs>>,
        }
        let text = |json: &str| parse::<Needs>(json).unwrap_err().to_string();
        assert_eq!(text("{}"), "config parse error: name: missing field `name` at line 1 column 2");
        let nested = text(r#"{"name": "x", "below": {}}"#);
        assert!(nested.starts_with("config parse error: below.name: missing field `name`"), "{nested}");
    }

    #[test]
    fn text_that_is_no_json_names_the_position() {
        let error = parse::<Outer>("{ x").unwrap_err();
        assert_eq!(error.to_string(), "config parse error: .: key must be a string at line 1 column 3");
    }

    #[test]
    fn only_an_object_is_a_configuration() {
        for json in ["[]", "[{}]", "null", "1", " \"x\""] {
            let error = parse::<Outer>(json).unwrap_err();
            assert_eq!(error.to_string(), "config parse error: .: invalid type: expected an object at line 1 column 1");
        }
    }

    #[test]
    fn text_after_the_value_is_refused() {
        let error = parse::<Outer>("{} x").unwrap_err();
        assert!(error.to_string().starts_with("config parse error: .: trailing characters"), "{error}");
    }
}
