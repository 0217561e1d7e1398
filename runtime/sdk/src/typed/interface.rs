//! What a typed extension says of itself, for the clients in TypeScript: JSON Schemas, names, docs and codes.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Answer, Argument, ErrorCode, Failure};
use crate::Kind;

/// An extension's description, as it is written. Arguments follow the input contract, under which fields that have a
/// default may be missing; results the output contract, under which they are there.
pub struct Interface {
    input: SchemaGenerator,
    output: SchemaGenerator,
    config: Schema,
    component_type: &'static str,
    methods: Vec<MethodText>,
    errors: Vec<ErrorText>,
}

/// One method of a description.
pub struct MethodInterface<'a> {
    interface: &'a mut Interface,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MethodText {
    name: &'static str,
    client_name: &'static str,
    docs: &'static str,
    raw: bool,
    parameters: Vec<ParameterText>,
    result: TypeText,
    /// The codes that it fails with.
    errors: Vec<&'static str>,
    /// It may fail with others too.
    open_errors: bool,
}

#[derive(Serialize)]
struct ParameterText {
    name: &'static str,
    #[serde(flatten)]
    kind: TypeText,
}

#[derive(Serialize)]
#[serde(tag = "kind", content = "schema", rename_all = "lowercase")]
enum TypeText {
    Nothing,
    Bytes,
    Value(Schema),
    /// A stream of such items, in whichever direction.
    Stream(Schema),
}

#[derive(Serialize)]
struct ErrorText {
    name: &'static str,
    code: &'static str,
    docs: &'static str,
    permanent: bool,
    retryable: bool,
}

#[derive(Serialize)]
struct InterfaceText<'a> {
    #[serde(rename = "type")]
    component_type: &'a str,
    config: &'a Schema,
    methods: &'a [MethodText],
    errors: &'a [ErrorText],
    /// Named types of the input contract.
    input: Map<String, Value>,
    /// Named types of the output contract.
    output: Map<String, Value>,
}

impl Interface {
    /// A description without methods.
    pub fn of_config<C: JsonSchema>(component_type: &'static str) -> Self {
        let mut input = SchemaSettings::draft2020_12().for_deserialize().into_generator();
        let output = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let config = input.subschema_for::<C>();
        Self { input, output, config, component_type, methods: Vec::new(), errors: Vec::new() }
    }

    /// Adds a method, which answers nothing until it is said what.
    pub fn method(
        &mut self,
        name: &'static str,
        client_name: &'static str,
        docs: &'static str,
        raw: bool,
    ) -> MethodInterface<'_> {
        self.methods.push(MethodText {
            name,
            client_name,
            docs,
            raw,
            parameters: Vec::new(),
            result: TypeText::Nothing,
            errors: Vec::new(),
            open_errors: false,
        });
        let index = self.methods.len() - 1;
        MethodInterface { interface: self, index }
    }

    /// The description as JSON. Its fingerprint is of all the rest of it.
    pub(super) fn into_json(mut self) -> String {
        let text = InterfaceText {
            component_type: self.component_type,
            config: &self.config,
            methods: &self.methods,
            errors: &self.errors,
            input: self.input.take_definitions(true),
            output: self.output.take_definitions(true),
        };
        let body = serde_json::to_string(&text).expect("a description is made of text, which JSON can hold");
        let fingerprint = fingerprint(body.as_bytes());
        format!("{{\"fingerprint\":\"{fingerprint:016x}\",{}", &body[1..])
    }
}

impl MethodInterface<'_> {
    fn text(&mut self) -> &mut MethodText {
        &mut self.interface.methods[self.index]
    }

    fn parameter(&mut self, name: &'static str, kind: TypeText) {
        self.text().parameters.push(ParameterText { name, kind });
    }

    /// It takes a value.
    pub fn value<T: Argument>(&mut self, name: &'static str) {
        let schema = self.interface.input.subschema_for::<T>();
        self.parameter(name, TypeText::Value(schema));
    }

    /// It takes bytes.
    pub fn bytes(&mut self, name: &'static str) {
        self.parameter(name, TypeText::Bytes);
    }

    /// It takes a stream of items.
    pub fn incoming<T: Argument>(&mut self, name: &'static str) {
        let schema = self.interface.input.subschema_for::<T>();
        self.parameter(name, TypeText::Stream(schema));
    }

    /// It answers nothing.
    pub fn answers_nothing(&mut self) {
        self.text().result = TypeText::Nothing;
    }

    /// It answers bytes.
    pub fn answers_bytes(&mut self) {
        self.text().result = TypeText::Bytes;
    }

    /// It answers a value.
    pub fn answers<T: Answer>(&mut self) {
        let schema = self.interface.output.subschema_for::<T>();
        self.text().result = TypeText::Value(schema);
    }

    /// It answers a stream of items.
    pub fn answers_stream<T: Answer>(&mut self) {
        let schema = self.interface.output.subschema_for::<T>();
        self.text().result = TypeText::Stream(schema);
    }

    /// It may fail with this error.
    pub fn fails<E: Failure>(&mut self) {
        for ErrorCode { name, code, docs, kind } in E::CODES {
            if !self.interface.errors.iter().any(|known| known.code == *code) {
                let (permanent, retryable) = (*kind == Kind::Permanent, *kind == Kind::Retryable);
                self.interface.errors.push(ErrorText { name, code, docs, permanent, retryable });
            }
        }
        let text = self.text();
        text.errors.extend(E::CODES.iter().map(|each| each.code));
        text.open_errors |= E::IS_OPEN;
    }
}

/// FNV-1a: it tells two descriptions apart, and guards nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
