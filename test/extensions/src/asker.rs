//! `asker`: asks functions and other extensions with values, and gives back what they answer.

use ferrule::prelude::*;

use crate::values::Everything;

/// Asks what it is told to.
pub struct Asker {
    host: Host,
}

/// Asks with values.
#[ferrule::extension(type = "asker")]
impl Extension for Asker {
    type Config = NoConfig;
    type Error = Error;

    async fn start(_config: NoConfig, context: Context) -> Result<Self, Error> {
        let host = context.host().cloned().expect("a start has a host");
        say(&host, "hello", &context).await?;
        Ok(Self { host })
    }

    async fn shutdown(self, context: Context) -> Result<(), Error> {
        say(&self.host, "goodbye", &context).await
    }
}

/// Tells the program, if that listens.
async fn say(host: &Host, name: &str, context: &Context) -> Result<(), Error> {
    match host.ask::<()>(name, context.component_id(), context).await {
        Err(error) if error.code() != "UNKNOWN_FUNCTION" => Err(error),
        _ => Ok(()),
    }
}

#[ferrule::methods]
impl Asker {
    /// What a function makes of every kind of value.
    pub async fn everything(&self, name: &str, value: Everything, context: &Context) -> Result<Everything, Error> {
        self.host.ask(name, &value, context).await
    }

    /// The same of integers, of an extension if there is an id.
    pub async fn integers(
        &self,
        name: &str,
        signed: Wide<i64>,
        unsigned: Wide<u64>,
        id: Option<String>,
        context: &Context,
    ) -> Result<(Wide<i64>, Wide<u64>), Error> {
        let both = (signed.0, unsigned.0);
        match id {
            Some(id) => self.host.extension(&id)?.ask(name, &both, context).await,
            None => self.host.ask(name, &both, context).await,
        }
    }

    /// A number that a function has for a text, or an extension if there is an id.
    pub async fn number(
        &self,
        name: &str,
        text: &str,
        id: Option<String>,
        context: &Context,
    ) -> Result<Option<u32>, Error> {
        match id {
            Some(id) => self.host.extension(&id)?.ask(name, text, context).await,
            None => self.host.ask(name, text, context).await,
        }
    }

    /// A function that gets bytes that are no value.
    pub async fn raw(&self, name: &str, bytes: Bytes, context: &Context) -> Result<(), Error> {
        self.host.call(name, bytes.into(), context).await.map(drop)
    }

    /// A function that answers nothing.
    pub async fn tell(&self, name: &str, context: &Context) -> Result<(), Error> {
        self.host.ask(name, &(), context).await
    }
}
