//! `rust_sample`: the example component. `probe` sends a request to the configured endpoint, `echo` gives bytes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferrule::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of `rust_sample`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Config {
    /// Where `probe` sends its request. Null: nowhere, and `probe` fails.
    endpoint: Option<String>,
    /// Milliseconds that `probe` waits for the answer.
    timeout_ms: u64,
    /// When false, the extension starts and refuses every call.
    enabled: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { endpoint: Some("http://localhost:8080".to_owned()), timeout_ms: 5_000, enabled: true }
    }
}

impl Config {
    fn parse(json: &str) -> Result<Self, Error> {
        let config: Self = config::parse(json)?;
        if config.endpoint.as_deref() == Some("") {
            return Err(config::invalid("endpoint cannot be empty when specified"));
        }
        if config.timeout_ms == 0 {
            return Err(config::invalid("timeout_ms must be greater than 0"));
        }
        Ok(config)
    }
}

/// What `probe` answers.
#[derive(Debug, Serialize)]
struct ProbeResult {
    /// HTTP status code.
    status: u16,
    /// Milliseconds from the request to the head of the answer.
    milliseconds: f64,
}

struct RustSample {
    config: Config,
    client: reqwest::Client,
}

impl RustSample {
    async fn probe(&self) -> Result<ProbeResult, Error> {
        let Some(endpoint) = &self.config.endpoint else {
            return Err(Error::new("no endpoint is configured to probe").with_code("NO_ENDPOINT").permanent());
        };
        let timeout_ms = self.config.timeout_ms;
        let shown = without_credentials(endpoint);
        let begun = Instant::now();
        let answer = self.client.get(endpoint).timeout(Duration::from_millis(timeout_ms)).send().await;
        let answer = answer.map_err(|error| {
            let error = error.without_url();
            if error.is_timeout() {
                let text = format!("probe of {shown} had no answer within {timeout_ms} ms");
                return Error::new(text).with_code("TIMEOUT").retryable().with_source(error);
            }
            let text = format!("probe of {shown} failed: {}", with_causes(&error));
            let failed = Error::new(text).with_code("PROBE_FAILED");
            if error.is_builder() { failed.permanent() } else { failed.retryable() }.with_source(error)
        })?;
        Ok(ProbeResult { status: answer.status().as_u16(), milliseconds: begun.elapsed().as_secs_f64() * 1_000.0 })
    }
}

/// An endpoint as people may see it: without the name and the password that may stand in it.
fn without_credentials(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").map_or(("", endpoint), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return endpoint.to_owned() };
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{}", &rest[at + 1..])
}

/// An HTTP client's own text says little; the cause is further down.
fn with_causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Extension for RustSample {
    fn start(&self, context: Context, _host: Host) -> LifecycleFuture<'_> {
        Box::pin(async move {
            let Config { endpoint, timeout_ms, enabled } = &self.config;
            let endpoint = endpoint.as_deref().map(without_credentials);
            tracing::info!(endpoint, timeout_ms, enabled, "{} is up", context.component_id());
            Ok(())
        })
    }

    fn shutdown(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move {
            tracing::info!("{} is down", context.component_id());
            Ok(())
        })
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        Box::pin(async move {
            if !self.config.enabled {
                return Err(Error::new("the extension is disabled by its configuration")
                    .with_code("DISABLED")
                    .permanent());
            }
            match call.method {
                "echo" => Ok(call.payload),
                "probe" => Payload::to_msgpack(&self.probe().await?),
                method => Err(Error::new(format!("unknown method {method}"))),
            }
        })
    }
}

/// Makes instances of `rust_sample`.
pub struct RustSampleFactory;

impl ExtensionFactory for RustSampleFactory {
    fn component_type(&self) -> &'static str {
        "rust_sample"
    }

    fn stability(&self) -> Stability {
        Stability::Development
    }

    fn description(&self) -> &'static str {
        "Probes an HTTP endpoint and echoes bytes: the example of an extension in Rust."
    }

    fn create_default_config(&self) -> String {
        config::default_json::<Config>()
    }

    fn config_schema(&self) -> String {
        config::schema_json::<Config>()
    }

    fn validate_config(&self, config: &str) -> Result<(), Error> {
        Config::parse(config).map(drop)
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error> {
        let config = Config::parse(config)?;
        // An error says that a provider was installed before: any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().build().map_err(|error| Error::new(with_causes(&error)))?;
        Ok(Box::new(RustSample { config, client }))
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[
            Method::bytes("echo", "Gives back the bytes that it got."),
            Method::msgpack("probe", "Sends a GET request to the endpoint; answers its status and the milliseconds."),
        ];
        METHODS
    }
}

ferrule::register!(RUST_SAMPLE: RustSampleFactory = RustSampleFactory);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_take_their_defaults() {
        let config = Config::parse(r#"{"enabled": false}"#).unwrap();
        assert_eq!(config.endpoint.as_deref(), Some("http://localhost:8080"));
        assert_eq!((config.timeout_ms, config.enabled), (5_000, false));
        assert_eq!(Config::parse(r#"{"endpoint": null}"#).unwrap().endpoint, None);
    }

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(without_credentials("http://user:pa@ss@host:1/a@b"), "http://host:1/a@b");
        assert_eq!(without_credentials("http://host/a@b"), "http://host/a@b");
        assert_eq!(without_credentials("user:secret@host"), "host");
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_the_specified_words() {
        let text = |json| Config::parse(json).unwrap_err().to_string();
        assert_eq!(text(r#"{"endpoint": ""}"#), "endpoint cannot be empty when specified");
        assert_eq!(text(r#"{"timeout_ms": 0}"#), "timeout_ms must be greater than 0");
        assert!(text(r#"{"timeout_ms": "x"}"#).starts_with("config parse error: timeout_ms: invalid type"));
        assert!(text(r#"{"nope": 1}"#).starts_with("config parse error: nope: unknown field"));
        assert!(text("[").starts_with("config parse error: "));
    }
}
