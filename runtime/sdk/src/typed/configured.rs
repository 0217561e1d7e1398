//! What configurations are, and what the attribute `config` needs to say where one is not.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// What a configuration is; [`macro@crate::config`] makes one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no configuration",
    label = "write #[ferrule::config] on `{Self}`, or take `NoConfig`"
)]
pub trait Config: DeserializeOwned + JsonSchema + Send + 'static {
    /// What somebody has who says nothing, as JSON: each field that has a default.
    fn default_json() -> String;

    /// Refuses what has the right shape but cannot be used.
    ///
    /// # Errors
    /// Those of [`Validate`], where the author implements it.
    fn check(&self) -> Result<(), Error>;
}

/// What of a configuration its types cannot say. It is asked for a type with `#[ferrule::config(validate)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Validate`",
    label = "`#[ferrule::config(validate)]` asks it",
    note = "implement `ferrule::Validate`, or write #[ferrule::config] alone"
)]
pub trait Validate {
    /// Refuses a configuration that has the right shape but cannot be used. A text that begins with a field's name, as
    /// in `patience: it is too short`, points at that field in a configuration file.
    ///
    /// # Errors
    /// Says what is wrong with it: [`crate::config::invalid`].
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// The configuration of an extension that has none.
#[derive(Debug, Clone, Copy, Default, Serialize, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoConfig {}

impl Config for NoConfig {
    fn default_json() -> String {
        "{}".to_owned()
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// `Default` of a whole configuration.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no defaults",
    label = "give its fields #[ferrule(default = ...)] or #[ferrule(required)], or derive `Default` for it"
)]
pub trait WholeDefault {
    fn make() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> WholeDefault for T {
    fn make() -> Self {
        Self::default()
    }
}

/// The default of a configuration.
#[doc(hidden)]
pub fn default_of<T: WholeDefault>() -> T {
    T::make()
}

/// `Default` of a field's type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default",
    label = "say it by #[ferrule(default = ...)], or let it be required by #[ferrule(required)]"
)]
pub trait FieldDefault {
    fn make() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> FieldDefault for T {
    fn make() -> Self {
        Self::default()
    }
}

/// The default of a field that states none.
#[doc(hidden)]
pub fn field_default<T: FieldDefault>() -> T {
    T::make()
}

/// Knows whether a type implements [`Validate`]: its own constant is found before the one of [`NeverAsked`].
#[doc(hidden)]
pub struct Asked<T>(PhantomData<T>);

impl<T: Validate> Asked<T> {
    pub const VALIDATES: bool = true;
}

#[doc(hidden)]
pub trait NeverAsked {
    const VALIDATES: bool = false;
}

impl<T> NeverAsked for Asked<T> {}
