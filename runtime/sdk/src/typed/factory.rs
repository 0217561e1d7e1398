//! The factory of a typed extension.

use std::marker::PhantomData;

use super::adapter::Adapter;
use super::{Config, Extension, Interface, Methods};
use crate::{Error, ExtensionFactory, Method, Stability, config};

/// Makes instances of a typed extension: what [`macro@crate::extension`] registers.
pub struct Factory<T> {
    component_type: &'static str,
    stability: Stability,
    description: &'static str,
    extension: PhantomData<fn() -> T>,
}

impl<T> Factory<T> {
    /// A factory for configurations that name this type.
    pub const fn new(component_type: &'static str, stability: Stability, description: &'static str) -> Self {
        Self { component_type, stability, description, extension: PhantomData }
    }
}

fn read<T: Extension>(json: &str) -> Result<T::Config, Error> {
    let read: T::Config = config::parse(json)?;
    read.check()?;
    Ok(read)
}

impl<T: Extension + Methods> ExtensionFactory for Factory<T> {
    fn component_type(&self) -> &'static str {
        self.component_type
    }

    fn stability(&self) -> Stability {
        self.stability
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn create_default_config(&self) -> String {
        T::Config::default_json()
    }

    fn config_schema(&self) -> String {
        config::schema_json::<T::Config>()
    }

    fn validate_config(&self, config: &str) -> Result<(), Error> {
        read::<T>(config).map(drop)
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn crate::Extension>, Error> {
        Ok(Box::new(Adapter::<T>::new(read::<T>(config)?)))
    }

    fn methods(&self) -> &'static [Method] {
        T::methods()
    }

    fn dependencies(&self, config: &str) -> Result<Vec<String>, Error> {
        Ok(T::dependencies(&read::<T>(config)?))
    }

    fn interface(&self) -> String {
        let mut interface = Interface::of_config::<T::Config>(self.component_type);
        T::describe(&mut interface);
        interface.into_json()
    }
}
