use crate::{Error, Extension};

/// How payloads of a method cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadForm {
    /// Untouched.
    Bytes,
    /// A value as MessagePack.
    Msgpack,
    /// A value as JSON.
    Json,
}

/// A method that an extension answers.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// What callers name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// Of the payload and of the result.
    pub form: PayloadForm,
    /// It may block its thread, and so runs on one of its own.
    pub blocking: bool,
}

impl Method {
    /// A method that takes and answers bytes as they are.
    pub const fn bytes(name: &'static str, description: &'static str) -> Self {
        Self { name, description, form: PayloadForm::Bytes, blocking: false }
    }

    /// A method that takes and answers a value as MessagePack.
    pub const fn msgpack(name: &'static str, description: &'static str) -> Self {
        Self { name, description, form: PayloadForm::Msgpack, blocking: false }
    }

    /// A method that takes and answers a value as JSON.
    pub const fn json(name: &'static str, description: &'static str) -> Self {
        Self { name, description, form: PayloadForm::Json, blocking: false }
    }

    /// Marks it as one that may block its thread.
    pub const fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }
}

/// How far a component can be relied on, in the Collector's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stability {
    /// Not said.
    Undefined,
    /// No longer maintained.
    Unmaintained,
    /// Will be removed.
    Deprecated,
    /// Not for use yet.
    Development,
    /// Ready for limited use.
    Alpha,
    /// Interfaces settle.
    Beta,
    /// Ready for everybody.
    Stable,
}

impl Stability {
    /// The Collector's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undefined => "Undefined",
            Self::Unmaintained => "Unmaintained",
            Self::Deprecated => "Deprecated",
            Self::Development => "Development",
            Self::Alpha => "Alpha",
            Self::Beta => "Beta",
            Self::Stable => "Stable",
        }
    }
}

/// Makes instances of one type. Register it with [`crate::register!`].
pub trait ExtensionFactory: Send + Sync {
    /// The type that a configuration names: letters, digits and `_`, beginning with a letter.
    fn component_type(&self) -> &'static str;

    /// How far it can be relied on.
    fn stability(&self) -> Stability {
        Stability::Development
    }

    /// One sentence for people.
    fn description(&self) -> &'static str {
        ""
    }

    /// The configuration of somebody who gives none, as JSON.
    fn create_default_config(&self) -> String {
        "{}".to_owned()
    }

    /// Checks a configuration without building anything.
    ///
    /// # Errors
    /// Says what is wrong with it.
    fn validate_config(&self, config: &str) -> Result<(), Error> {
        let _ = config;
        Ok(())
    }

    /// Builds an instance. It is started next.
    ///
    /// # Errors
    /// Says why this configuration cannot be used, in the same words as [`ExtensionFactory::validate_config`].
    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error>;

    /// JSON Schema of the configuration.
    fn config_schema(&self) -> String {
        "{}".to_owned()
    }

    /// What the methods take and answer, as `ferrule::typed::Interface` writes it, or nothing: clients are made of it.
    fn interface(&self) -> String {
        String::new()
    }

    /// The methods that instances answer; no others can be called.
    fn methods(&self) -> &'static [Method] {
        &[]
    }

    /// Whether creating, starting, notifying and shutting down an instance never blocks its thread. Its steps begin on
    /// the thread that drains the ring then, which saves switching to another one and back. One that blocks all the
    /// same stalls every call of the runtime.
    fn has_quick_steps(&self) -> bool {
        false
    }

    /// Ids of the extensions that must have started before one with this configuration.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    fn dependencies(&self, config: &str) -> Result<Vec<String>, Error> {
        let _ = config;
        Ok(Vec::new())
    }
}
