//! A library of extensions that misbehave, for the tests. `misbehaving` does what its configuration says at each
//! step; `needs` depends on others; `sized` answers as many bytes as it is told.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ferrule::prelude::*;
use serde::{Deserialize, Serialize};

mod asker;
mod caller;
mod configured;
mod echo;
mod journal;
mod peer;
mod typed;
mod values;

ferrule_runtime::library!(extensions: 9);

/// What to do at a step.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Act {
    /// Nothing special.
    #[default]
    Succeed,
    /// Answer an error with this text.
    Fail(String),
    /// Panic with this text.
    Panic(String),
    /// Panic with a value that panics when it is dropped.
    PanicTwice,
    /// Never end, but yield.
    Hang,
    /// Block the thread for this many milliseconds.
    Block(u64),
    /// Wait at a gate of this name.
    Gate(String),
}

impl Act {
    async fn run(&self) -> Result<(), Error> {
        match self {
            Self::Succeed => Ok(()),
            Self::Fail(text) => Err(Error::new(text).with_code("TOLD_TO_FAIL").retryable()),
            Self::Panic(text) => panic!("{text}"),
            Self::PanicTwice => std::panic::panic_any(PanicsInDrop),
            Self::Hang => std::future::pending().await,
            Self::Block(milliseconds) => {
                std::thread::sleep(Duration::from_millis(*milliseconds));
                Ok(())
            }
            Self::Gate(gate) => journal::pass(gate).await,
        }
    }
}

struct PanicsInDrop;
impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("the payload of a panic panics");
    }
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Config {
    create: Act,
    start: Act,
    ready: Act,
    not_ready: Act,
    shutdown: Act,
    /// Panic in the instance's drop.
    drop: bool,
    /// Report this status in start: `Name` or `Name:error`.
    report: Option<String>,
    /// The same in shutdown.
    report_in_shutdown: Option<String>,
    /// Ids of extensions that must start before.
    needs: Vec<String>,
    /// The name under which every step is written into the journal.
    journal: Option<String>,
}

/// Instances that live, over all runtimes of the process.
static LIVING: AtomicU32 = AtomicU32::new(0);

struct Misbehaving {
    config: Config,
    counters: Counters,
    host: OnceLock<Host>,
}

impl Misbehaving {
    fn write(&self, step: &str) {
        journal::write(self.config.journal.as_deref(), step);
    }
}

#[derive(Default)]
struct Counters {
    calls: AtomicU64,
    dropped: AtomicU64,
}

/// Counts a call whose future was dropped before its end.
struct DropGuard(Option<Arc<Misbehaving>>);
impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(instance) = &self.0 {
            instance.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Misbehaving {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Ordering::Relaxed);
        journal::forget(self.config.journal.as_deref());
        self.write("drop");
        if self.config.drop {
            panic!("told to panic in drop");
        }
    }
}

impl Extension for Misbehaving {
    fn start(&self, _context: Context, host: Host) -> LifecycleFuture<'_> {
        Box::pin(async move {
            self.write("start");
            journal::remember(self.config.journal.as_deref(), &host);
            if let Some(report) = &self.config.report {
                journal::say(&host, report);
            }
            let _ = self.host.set(host);
            self.config.start.run().await
        })
    }

    fn shutdown(&self, _context: Context) -> LifecycleFuture<'_> {
        self.write("shutdown");
        if let (Some(report), Some(host)) = (&self.config.report_in_shutdown, self.host.get()) {
            journal::say(host, report);
        }
        Box::pin(self.config.shutdown.run())
    }

    fn ready(&self, _context: Context) -> LifecycleFuture<'_> {
        self.write("ready");
        Box::pin(self.config.ready.run())
    }

    fn not_ready(&self, _context: Context) -> LifecycleFuture<'_> {
        self.write("not_ready");
        Box::pin(self.config.not_ready.run())
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        self.counters.calls.fetch_add(1, Ordering::Relaxed);
        if call.method == "panic_before_future" {
            panic!("no future");
        }
        Box::pin(async move {
            match call.method {
                "echo" => Ok(call.payload),
                "act" | "act_blocking" => {
                    let mut guard = DropGuard(Some(Arc::clone(&self)));
                    let act: Act = call.payload.from_json()?;
                    let result = act.run().await;
                    guard.0 = None;
                    result.and_then(|()| Payload::to_json(&()))
                }
                "context" => Payload::to_json(&serde_json::json!({
                    "component_id": call.context.component_id(),
                    "component_type": call.context.component_type(),
                    "component_name": call.context.component_name(),
                    "cancelled": call.context.is_cancelled(),
                    "has_deadline": call.context.deadline().is_some(),
                })),
                "sleep" => {
                    let milliseconds: u64 = call.payload.from_json()?;
                    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                    Payload::to_json(&milliseconds)
                }
                "yield" => {
                    tokio::task::yield_now().await;
                    Ok(call.payload)
                }
                "budget" => {
                    tokio::task::coop::consume_budget().await;
                    Ok(call.payload)
                }
                "bytes" => {
                    let length: usize = call.payload.from_json()?;
                    Ok(Payload::from(vec![7; length]))
                }
                "log" => {
                    let text: String = call.payload.from_json()?;
                    tracing::warn!(answer = 42, "{text}");
                    Payload::to_json(&())
                }
                "drop_panics" => {
                    let _panics = PanicsInDrop;
                    std::future::pending().await
                }
                "round_trip" => {
                    let value: serde_json::Value = call.payload.from_msgpack()?;
                    Payload::to_msgpack(&value)
                }
                "living" => Payload::to_json(&LIVING.load(Ordering::Relaxed)),
                "journal" => Payload::to_json(&journal::take()),
                "open_gate" => Payload::to_json(&journal::open(call.payload.from_json()?)),
                "open_gates" => Payload::to_json(&journal::open_all()),
                "report" => Payload::to_json(&journal::report(&call.payload.from_json()?)),
                "counters" => Payload::to_json(&serde_json::json!({
                    "calls": self.counters.calls.load(Ordering::Relaxed),
                    "dropped": self.counters.dropped.load(Ordering::Relaxed),
                })),
                method => Err(Error::new(format!("unknown method {method}"))),
            }
        })
    }
}

struct MisbehavingFactory;

impl ExtensionFactory for MisbehavingFactory {
    fn component_type(&self) -> &'static str {
        "misbehaving"
    }

    fn create_default_config(&self) -> String {
        config::default_json::<Config>()
    }

    fn config_schema(&self) -> String {
        config::schema_json::<Config>()
    }

    fn validate_config(&self, config: &str) -> Result<(), Error> {
        config::parse::<Config>(config).map(drop)
    }

    fn dependencies(&self, config: &str) -> Result<Vec<String>, Error> {
        Ok(config::parse::<Config>(config)?.needs)
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error> {
        let config: Config = config::parse(config)?;
        journal::write(config.journal.as_deref(), "create");
        match &config.create {
            Act::Succeed => (),
            Act::Fail(text) => return Err(Error::new(text).with_code("TOLD_TO_FAIL")),
            Act::Panic(text) => panic!("{text}"),
            Act::PanicTwice => std::panic::panic_any(PanicsInDrop),
            Act::Block(milliseconds) => std::thread::sleep(Duration::from_millis(*milliseconds)),
            Act::Hang | Act::Gate(_) => return Err(config::invalid("create cannot hang, it can block")),
        }
        LIVING.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Misbehaving { config, counters: Counters::default(), host: OnceLock::new() }))
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[
            Method::bytes("echo", "Gives bytes back."),
            Method::json("act", "Does what it is told, on the drain thread."),
            Method::json("act_blocking", "Does what it is told, on a thread of its own.").blocking(),
            Method::json("context", "Says what its context says."),
            Method::json("sleep", "Waits for this many milliseconds."),
            Method::bytes("yield", "Yields once, then gives bytes back."),
            Method::bytes("budget", "Uses up some of tokio's budget, then gives bytes back."),
            Method::json("log", "Writes a warning."),
            Method::json("drop_panics", "Hangs, and panics when it is dropped."),
            Method::msgpack("round_trip", "Gives a value back."),
            Method::json("living", "How many instances of this type live in the process."),
            Method::json("journal", "What was written into the journal since the last time."),
            Method::json("open_gate", "Lets who waits at a gate go on, or fail."),
            Method::json("open_gates", "Lets all go on that wait at gates."),
            Method::json("report", "Has an instance report a status, by its name in the journal."),
            Method::json("counters", "How many calls began, and how many were dropped."),
            Method::bytes("panic_before_future", "Panics before there is a future."),
            Method::json("bytes", "Answers this many bytes, which are no JSON."),
        ];
        METHODS
    }
}

ferrule::register!(MISBEHAVING: MisbehavingFactory = MisbehavingFactory);

#[derive(Debug, Clone, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct NeedsConfig {
    needs: Vec<String>,
}

struct Needs;
impl Extension for Needs {}

struct NeedsFactory;

impl ExtensionFactory for NeedsFactory {
    fn component_type(&self) -> &'static str {
        "needs"
    }

    fn create_default_config(&self) -> String {
        config::default_json::<NeedsConfig>()
    }

    fn validate_config(&self, config: &str) -> Result<(), Error> {
        config::parse::<NeedsConfig>(config).map(drop)
    }

    fn dependencies(&self, config: &str) -> Result<Vec<String>, Error> {
        Ok(config::parse::<NeedsConfig>(config)?.needs)
    }

    fn create_instance(&self, config: &str) -> Result<Box<dyn Extension>, Error> {
        config::parse::<NeedsConfig>(config)?;
        Ok(Box::new(Needs))
    }
}

ferrule::register!(NEEDS: NeedsFactory = NeedsFactory);

/// Answers bytes of a length that it is told, for results of every size.
struct Sized;

impl Extension for Sized {
    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        Box::pin(async move {
            let length = call.payload.bytes().iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            Ok(Payload::from(vec![7; length]))
        })
    }
}

struct SizedFactory;

impl ExtensionFactory for SizedFactory {
    fn component_type(&self) -> &'static str {
        "sized"
    }

    fn create_instance(&self, _config: &str) -> Result<Box<dyn Extension>, Error> {
        Ok(Box::new(Sized))
    }

    fn has_quick_steps(&self) -> bool {
        true
    }

    fn methods(&self) -> &'static [Method] {
        const METHODS: &[Method] = &[Method::bytes("make", "Answers as many bytes as its little-endian payload says.")];
        METHODS
    }
}

ferrule::register!(SIZED: SizedFactory = SizedFactory);
