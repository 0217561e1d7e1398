//! Sections that somebody has to ask for.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// The key of a section that switches it.
const ENABLED: &str = "enabled";

/// A section that may be absent, as a field of a configuration with `#[serde(default)]`. What it is when nobody writes
/// it, the default of the whole configuration says:
///
/// | default | absent | null, or the key alone | a map |
/// |---|---|---|---|
/// | [`Optional::none`] | no value | no value | the map over `T`'s own defaults |
/// | [`Optional::standby`] | no value | the value that stands ready | the map over that value |
/// | [`Optional::some`] | the value | the value | the map over the value |
///
/// `enabled: false` in the map means no value, whatever else is in there. `T` is a struct without a field of this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optional<T> {
    value: Option<T>,
    is_standby: bool,
}

impl<T> Optional<T> {
    /// No value.
    pub const fn none() -> Self {
        Self { value: None, is_standby: false }
    }

    /// No value, but one that stands ready for whoever names the section.
    pub const fn standby(value: T) -> Self {
        Self { value: Some(value), is_standby: true }
    }

    /// A value.
    pub const fn some(value: T) -> Self {
        Self { value: Some(value), is_standby: false }
    }

    /// The value, if there is one. One that only stands ready is none.
    pub const fn get(&self) -> Option<&T> {
        if self.is_standby { None } else { self.value.as_ref() }
    }
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self::none()
    }
}

/// What stands ready is written as a section that is switched off: so TypeScript can lay a map over it.
impl<T: Serialize> Serialize for Optional<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_standby {
            return self.value.serialize(serializer);
        }
        let mut fields = serde_json::to_value(&self.value).map_err(serde::ser::Error::custom)?;
        if let Value::Object(fields) = &mut fields {
            fields.insert(ENABLED.to_owned(), Value::Bool(false));
        }
        fields.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Optional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SectionVisitor(PhantomData))
    }
}

struct SectionVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for SectionVisitor<T> {
    type Value = Optional<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Optional<T>, E> {
        Ok(Optional::none())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Optional<T>, A::Error> {
        let mut enabled = true;
        let value = T::deserialize(MapAccessDeserializer::new(WithoutSwitch { map, enabled: &mut enabled }))?;
        Ok(if enabled { Optional::some(value) } else { Optional::none() })
    }
}

/// The map without its switch: `T` may refuse keys that it does not know. Keys and values are asked of the map itself,
/// so that errors name the path and the position.
struct WithoutSwitch<'a, A> {
    map: A,
    enabled: &'a mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutSwitch<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != ENABLED {
                return seed.deserialize(StringDeserializer::new(key)).map(Some);
            }
            *self.enabled = self.map.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl<T: JsonSchema> JsonSchema for Optional<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Optional_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let fields = schema.ensure_object();
        fields.insert("type".to_owned(), json!(["object", "null"]));
        fields.insert("format".to_owned(), json!("optional-section"));
        let properties = fields.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(properties) = properties {
            let switch = json!({ "type": "boolean", "description": "False: as if the section were not there." });
            properties.insert(ENABLED.to_owned(), switch);
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Tls {
        file: String,
        port: u16,
    }

    impl Default for Tls {
        fn default() -> Self {
            Self { file: "cert.pem".to_owned(), port: 443 }
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Outer {
        none: Optional<Tls>,
        ready: Optional<Tls>,
        some: Optional<Tls>,
    }

    impl Default for Outer {
        fn default() -> Self {
            let (none, ready, some) = (Optional::none(), Optional::standby(Tls::default()), Tls::default());
            Self { none, ready, some: Optional::some(some) }
        }
    }

    fn parse(json: &str) -> Outer {
        config::parse(json).unwrap()
    }

    #[test]
    fn what_is_absent_is_what_the_default_says() {
        let outer = parse("{}");
        assert_eq!([outer.none.get(), outer.ready.get()], [None, None]);
        assert_eq!(outer.some.get(), Some(&Tls::default()));
        assert_eq!(
            config::default_json::<Outer>(),
            r#"{"none":null,"ready":{"enabled":false,"file":"cert.pem","port":443},"some":{"file":"cert.pem","port":443}}"#
        );
    }

    #[test]
    fn a_map_is_a_value_unless_it_is_switched_off() {
        let outer =
            parse(r#"{"none": {"port": 1}, "ready": {"enabled": true}, "some": {"port": 2, "enabled": false}}"#);
        assert_eq!(outer.none.get(), Some(&Tls { port: 1, ..Tls::default() }));
        assert_eq!(outer.ready.get(), Some(&Tls::default()));
        assert_eq!(outer.some.get(), None);
        assert_eq!(parse(r#"{"some": null}"#).some.get(), None);
    }

    #[test]
    fn a_mistake_in_it_names_the_path() {
        for (json, begin) in [
            (r#"{"none": {"port": "x"}}"#, "config parse error: none.port: invalid type: string \"x\", expected u16"),
            (r#"{"none": {"prt": 1}}"#, "config parse error: none: unknown field `prt`, expected `file` or `port`"),
            (r#"{"none": {"enabled": 1}}"#, "config parse error: none.enabled: invalid type: integer `1`"),
            (r#"{"none": 5}"#, "config parse error: none: invalid type: integer `5`, expected a map"),
        ] {
            let error = config::parse::<Outer>(json).unwrap_err().to_string();
            assert!(error.starts_with(begin), "{error}");
        }
    }

    #[test]
    fn the_schema_takes_null_and_the_switch() {
        let schema: Value = serde_json::from_str(&config::schema_json::<Outer>()).unwrap();
        let section = &schema["$defs"]["Optional_Tls"];
        assert_eq!(section["type"], json!(["object", "null"]));
        assert_eq!(section["properties"]["enabled"]["type"], "boolean");
        assert_eq!(section["additionalProperties"], false);
    }
}
