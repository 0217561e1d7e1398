//! The factories of this library: found, checked and described.

use ferrule::{Error, ExtensionFactory, ORIGINS, PayloadForm, RUST_EXTENSIONS};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::messages::panic_error;
use crate::panics::catch;

/// Every factory, in order of type. A request to start one names it by its place here.
pub(crate) fn factories() -> Vec<&'static dyn ExtensionFactory> {
    let mut factories = RUST_EXTENSIONS.to_vec();
    factories.sort_by_key(|factory| factory.component_type());
    factories
}

/// Checks that all are there, and that each can be told from the others.
pub(crate) fn check(stated: usize) -> Result<(), Error> {
    let fail = |message: String| Err(Error::new(message).with_code("REGISTRY_INVALID").permanent());
    let factories = factories();
    if factories.len() != stated {
        let found = factories.len();
        return fail(format!(
            "the library was built with {stated} extensions and {found} are registered: name every component crate in library!"
        ));
    }
    for pair in factories.windows(2) {
        if pair[0].component_type() == pair[1].component_type() {
            return fail(format!("two factories are registered for type \"{}\"", pair[0].component_type()));
        }
    }
    for factory in factories {
        let name = factory.component_type();
        let rest = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.len() > 63 || !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.chars().all(rest) {
            return fail(format!(
                "component type \"{name}\" must begin with a letter and hold only letters, digits and _, 63 at most"
            ));
        }
    }
    Ok(())
}

fn find(component_type: &str) -> Result<&'static dyn ExtensionFactory, Error> {
    factories().into_iter().find(|factory| factory.component_type() == component_type).ok_or_else(|| {
        let known: Vec<_> = factories().iter().map(|factory| factory.component_type()).collect();
        Error::new(format!("unknown type \"{component_type}\", the library has: {}", known.join(", ")))
            .with_code("UNKNOWN_TYPE")
            .permanent()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    r#type: &'a str,
    stability: &'a str,
    description: &'a str,
    methods: Vec<MethodDescription<'a>>,
    config_schema: Box<RawValue>,
    /// Its crate with the version, as people write them.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    /// Of typed extensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct MethodDescription<'a> {
    name: &'a str,
    description: &'a str,
    form: &'a str,
    blocking: bool,
}

fn module_of(component_type: &str) -> Option<String> {
    let origin = ORIGINS.iter().find(|origin| origin.factory.component_type() == component_type)?;
    Some(format!("{} v{}", origin.package, origin.version))
}

/// All factories as JSON.
pub(crate) fn describe() -> Result<String, Error> {
    let describe_one = |factory: &'static dyn ExtensionFactory| -> Result<Description<'_>, Error> {
        let raw = |what: &str, text: String| {
            RawValue::from_string(text)
                .map_err(|error| Error::new(format!("{what} of \"{}\" is no JSON: {error}", factory.component_type())))
        };
        let schema = raw("config schema", factory.config_schema())?;
        let interface = Some(factory.interface()).filter(|text| !text.is_empty());
        let methods = factory.methods().iter().map(|method| MethodDescription {
            name: method.name,
            description: method.description,
            form: match method.form {
                PayloadForm::Bytes => "bytes",
                PayloadForm::Msgpack => "msgpack",
                PayloadForm::Json => "json",
            },
            blocking: method.blocking,
        });
        Ok(Description {
            r#type: factory.component_type(),
            stability: factory.stability().as_str(),
            description: factory.description(),
            methods: methods.collect(),
            config_schema: schema,
            module: module_of(factory.component_type()),
            interface: interface.map(|text| raw("interface", text)).transpose()?,
        })
    };
    let all = catch(|| factories().into_iter().map(describe_one).collect::<Result<Vec<_>, _>>());
    let all = all.map_err(|panic| panic_error(&panic))??;
    serde_json::to_string(&all).map_err(|error| Error::new(error.to_string()))
}

/// Default configuration of a type.
pub(crate) fn default_config(component_type: &str) -> Result<String, Error> {
    let factory = find(component_type)?;
    catch(|| factory.create_default_config()).map_err(|panic| panic_error(&panic))
}

#[derive(Serialize)]
struct Valid {
    dependencies: Vec<String>,
}

/// Checks a configuration, without building anything. Answers what it depends on, as JSON.
pub(crate) fn validate_config(component_type: &str, config: &str) -> Result<String, Error> {
    let factory = find(component_type)?;
    let valid = catch(|| {
        factory.validate_config(config)?;
        Ok::<_, Error>(Valid { dependencies: factory.dependencies(config)? })
    });
    let valid = valid.map_err(|panic| panic_error(&panic))??;
    serde_json::to_string(&valid).map_err(|error| Error::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// None is registered here: what a library looks like whose component crates the linker dropped.
    #[test]
    fn the_number_of_factories_is_checked() {
        assert!(check(0).is_ok());
        let error = check(2).unwrap_err();
        assert_eq!(error.code(), "REGISTRY_INVALID");
        assert_eq!(
            error.to_string(),
            "the library was built with 2 extensions and 0 are registered: name every component crate in library!"
        );
    }
}
