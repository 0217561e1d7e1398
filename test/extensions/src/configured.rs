//! Takes a configuration with a field of every type that the SDK has for one, and does nothing with it.

use ferrule::config::{Duration, Optional, Secret};
use ferrule::prelude::*;
use serde::{Deserialize, Serialize};

/// Settings of `configured`.
#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Goes with every request.
    password: Secret,
    /// How long an answer may take.
    wait: Duration,
    /// Off unless it is named.
    tls: Optional<Tls>,
    /// On unless it is switched off.
    queue: Optional<Queue>,
    /// Where requests go.
    targets: Vec<Target>,
    /// How often, and how long in between.
    retry: Retry,
    /// Who asks.
    login: Option<Login>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            password: Secret::new("changeit"),
            wait: Duration::from_secs(5),
            tls: Optional::standby(Tls { file: "standby.pem".to_owned(), key: Secret::default() }),
            queue: Optional::some(Queue::default()),
            targets: Vec::new(),
            retry: Retry { times: 3, ..Retry::default() },
            login: None,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Tls {
    file: String,
    key: Secret,
}

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Queue {
    size: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { size: 10 }
    }
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Target {
    name: String,
    #[serde(default)]
    token: Secret,
}

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Retry {
    times: u32,
    pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 1, pause: Duration::from_millis(100) }
    }
}

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Login {
    Token(Secret),
    Basic { user: String, password: Secret },
}

struct Configured;
impl Extension for Configured {}

struct ConfiguredFactory;

impl ExtensionFactory for ConfiguredFactory {
    fn component_type(&self) -> &'static str {
        "configured"
    }

    fn create_default_config(&self) -> String {
        config::default_json::<Settings>()
    }

    fn config_schema(&self) -> String {
        config::schema_json::<Settings>()
    }

    fn validate_config(&self, config: &str) -> Result<(), Error> {
        config::parse::<Settings>(config).map(drop)
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error> {
        config::parse::<Settings>(config)?;
        Ok(Box::new(Configured))
    }
}

ferrule::register!(CONFIGURED: ConfiguredFactory = ConfiguredFactory);
