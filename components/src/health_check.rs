//! `health_check`: an HTTP server that says whether the service is ready.

mod server;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ferrule::prelude::*;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Settings of `health_check`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Config {
    /// `host:port` to listen on: every address that the host name stands for.
    endpoint: String,
    /// The path that answers; others are not found.
    path: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { endpoint: "localhost:13133".to_owned(), path: "/".to_owned() }
    }
}

impl Config {
    fn parse(json: &str) -> Result<Self, Error> {
        let config: Self = config::parse(json)?;
        let Some((_, port)) = config.endpoint.rsplit_once(':') else {
            return Err(config::invalid(format!("endpoint must be host:port, got \"{}\"", config.endpoint)));
        };
        // `parse` alone would take a sign.
        if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err() {
            return Err(config::invalid(format!("endpoint has no valid port: \"{}\"", config.endpoint)));
        }
        if !config.path.starts_with('/') {
            return Err(config::invalid(format!("path must begin with /, got \"{}\"", config.path)));
        }
        Ok(config)
    }
}

/// Since when the service is ready, in both clocks; nothing while it is not.
type UpSince = Option<(SystemTime, Instant)>;

struct Shared {
    path: String,
    up_since: Mutex<UpSince>,
}

impl Shared {
    fn set(&self, up_since: UpSince) {
        *self.up_since.lock().unwrap_or_else(PoisonError::into_inner) = up_since;
    }

    fn get(&self) -> UpSince {
        *self.up_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the server answers: the fields and words of the Collector's extension of this name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status: &'static str,
    up_since: String,
    uptime: String,
}

fn answer(shared: &Shared, uri: &Uri) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    if uri.path() != shared.path {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let (code, answer) = match shared.get() {
        Some((wall, monotonic)) => {
            let up_since = Rfc3339(wall).to_string();
            let uptime = format!("{:?}", Duration::from_micros(monotonic.elapsed().as_micros() as u64));
            (StatusCode::OK, Answer { status: "Server available", up_since, uptime })
        }
        None => {
            let up_since = "0001-01-01T00:00:00Z".to_owned();
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Answer { status: "Server not available", up_since, uptime: String::new() },
            )
        }
    };
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Full::from(serde_json::to_vec(&answer).unwrap_or_default());
    response
}

/// A time in UTC, to the second.
struct Rfc3339(SystemTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_date(days);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
fn civil_date(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= if is_leap(year) { 366 } else { 365 } {
        days -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

struct HealthCheck {
    config: Config,
    shared: Arc<Shared>,
    /// Tells the servers to stop. Its receivers are what still runs: servers and connections.
    stop: watch::Sender<bool>,
}

/// Listens on every address that the endpoint's host name stands for. One that this machine does not have, such as IPv6
/// where it is switched off, is passed over, as long as another is left; one that is taken is an error.
async fn listen(endpoint: &str) -> Result<Vec<TcpListener>, Error> {
    let fail = |what: &dyn fmt::Display, error: std::io::Error| {
        let code = if error.kind() == std::io::ErrorKind::AddrInUse { "ADDRESS_IN_USE" } else { "LISTEN_FAILED" };
        Error::new(format!("cannot listen on {what}: {error}")).with_code(code).with_source(error)
    };
    // A host that is left out stands for every address of the machine.
    let host = if endpoint.starts_with(':') { format!("0.0.0.0{endpoint}") } else { endpoint.to_owned() };
    let addresses = tokio::net::lookup_host(&host).await.map_err(|error| fail(&endpoint, error))?;
    let addresses: BTreeSet<SocketAddr> = addresses.collect();
    let mut listeners = Vec::new();
    let mut missing = None;
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => missing = Some((address, error)),
            Err(error) => return Err(fail(&format!("{endpoint} ({address})"), error)),
        }
    }
    match (listeners.is_empty(), missing) {
        (false, _) => Ok(listeners),
        (true, Some((address, error))) => Err(fail(&format!("{endpoint} ({address})"), error)),
        (true, None) => Err(Error::new(format!("cannot listen on {endpoint}: it stands for no address"))),
    }
}

impl Extension for HealthCheck {
    fn start(&self, _context: Context, host: Host) -> LifecycleFuture<'_> {
        Box::pin(async move {
            for listener in listen(&self.config.endpoint).await? {
                let address = listener.local_addr()?; // the port that the system chose, where none was asked for
                let shared = Arc::clone(&self.shared);
                let server =
                    server::serve(listener, move |uri: &Uri| answer(&shared, uri), host.clone(), self.stop.subscribe());
                let hold = self.stop.subscribe();
                host.spawn(async move {
                    server.await;
                    drop(hold);
                });
                tracing::info!(%address, path = self.config.path, "health check listens");
            }
            Ok(())
        })
    }

    fn ready(&self, _context: Context) -> LifecycleFuture<'_> {
        Box::pin(async {
            self.shared.set(Some((SystemTime::now(), Instant::now())));
            Ok(())
        })
    }

    fn not_ready(&self, _context: Context) -> LifecycleFuture<'_> {
        Box::pin(async {
            self.shared.set(None);
            Ok(())
        })
    }

    fn shutdown(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move {
            self.shared.set(None);
            self.stop.send_replace(true);
            // The ports are free when this returns: each listener's task holds a receiver until its listener is gone.
            // Connections have a bound of their own, unless the caller has less time: then they end with the instance.
            let time = context.remaining().map_or(server::LAST_ANSWER_TIME_MAX, |left| left / 2);
            let _ = tokio::time::timeout(time, self.stop.closed()).await;
            Ok(())
        })
    }
}

/// Makes instances of `health_check`.
pub struct HealthCheckFactory;

impl ExtensionFactory for HealthCheckFactory {
    fn component_type(&self) -> &'static str {
        "health_check"
    }

    fn stability(&self) -> Stability {
        Stability::Beta
    }

    fn description(&self) -> &'static str {
        "Answers HTTP requests with 200 while the service is ready and 503 otherwise."
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
        let shared = Arc::new(Shared { path: config.path.clone(), up_since: Mutex::new(None) });
        Ok(Box::new(HealthCheck { config, shared, stop: watch::Sender::new(false) }))
    }
}

ferrule::register!(HEALTH_CHECK: HealthCheckFactory = HealthCheckFactory);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_rfc_3339() {
        let at = |seconds| Rfc3339(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(at(1_798_761_599), "2026-12-31T23:59:59Z");
    }

    #[test]
    fn an_endpoint_needs_a_port_and_a_path_its_slash() {
        let text = |json: &str| Config::parse(json).unwrap_err().to_string();
        assert_eq!(text(r#"{"endpoint": "localhost"}"#), "endpoint must be host:port, got \"localhost\"");
        for port in ["", "x", "+23159", "-1", "65536", "8 0"] {
            let json = format!(r#"{{"endpoint": "localhost:{port}"}}"#);
            assert_eq!(text(&json), format!("endpoint has no valid port: \"localhost:{port}\""));
        }
        assert_eq!(text(r#"{"path": "x"}"#), "path must begin with /, got \"x\"");
    }
}
