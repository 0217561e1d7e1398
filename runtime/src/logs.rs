//! `tracing` events become log records of the lane whose component wrote them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ferrule::scope;
use serde::Serialize;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::events::EventQueue;

/// Longest record that crosses; a longer one is cut off.
const MESSAGE_MAX: usize = 16 * 1_024;

struct Route {
    queue: Arc<EventQueue>,
    level: LevelFilter,
}

/// Open runtimes and what each wants to hear.
static ROUTES: RwLock<BTreeMap<u32, Route>> = RwLock::new(BTreeMap::new());
/// The least severe level that any of them wants: 0 for none, 5 for all.
static WANTED: AtomicU8 = AtomicU8::new(0);

fn routes() -> RwLockReadGuard<'static, BTreeMap<u32, Route>> {
    ROUTES.read().unwrap_or_else(PoisonError::into_inner)
}

fn routes_mut() -> RwLockWriteGuard<'static, BTreeMap<u32, Route>> {
    ROUTES.write().unwrap_or_else(PoisonError::into_inner)
}

fn verbosity(level: LevelFilter) -> u8 {
    match level.into_level() {
        None => 0,
        Some(Level::ERROR) => 1,
        Some(Level::WARN) => 2,
        Some(Level::INFO) => 3,
        Some(Level::DEBUG) => 4,
        Some(Level::TRACE) => 5,
    }
}

fn update_wanted(routes: &BTreeMap<u32, Route>) {
    WANTED.store(routes.values().map(|route| verbosity(route.level)).max().unwrap_or(0), Ordering::Relaxed);
}

/// Sends a runtime's records to its queue, from now on.
pub(crate) fn add_route(runtime: u32, queue: Arc<EventQueue>, level: LevelFilter) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails when the library's author has set a subscriber of their own: then records go there.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(EventRingLayer));
    });
    let mut routes = routes_mut();
    routes.insert(runtime, Route { queue, level });
    update_wanted(&routes);
}

/// Stops that.
pub(crate) fn remove_route(runtime: u32) {
    let mut routes = routes_mut();
    routes.remove(&runtime);
    update_wanted(&routes);
}

struct EventRingLayer;

#[derive(Serialize)]
struct Record<'a> {
    level: &'a str,
    message: String,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, Value>,
}

impl<S: Subscriber> Layer<S> for EventRingLayer {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes() // runtimes come and go, each with its own level
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        verbosity(LevelFilter::from_level(*metadata.level())) <= WANTED.load(Ordering::Relaxed)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let component = scope::current();
        let routes = routes();
        // What no component wrote goes to the first runtime only: once, not once for each.
        let route = match &component {
            Some(identity) => routes.get(&identity.runtime),
            None => routes.values().next(),
        };
        let Some(route) = route.filter(|route| *event.metadata().level() <= route.level) else { return };
        let mut visitor = Fields::default();
        event.record(&mut visitor);
        let record = Record {
            level: match *event.metadata().level() {
                Level::ERROR => "error",
                Level::WARN => "warn",
                Level::INFO => "info",
                Level::DEBUG => "debug",
                Level::TRACE => "trace",
            },
            message: visitor.message,
            target: event.metadata().target(),
            component: component.as_deref().map(|identity| &*identity.id),
            fields: visitor.fields,
        };
        route.queue.push_log(serde_json::to_vec(&record).expect("a record is plain data, which JSON can hold"));
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    fields: BTreeMap<&'static str, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name(), value);
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MESSAGE_MAX));
    text
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = cut(format!("{value:?}"));
        if field.name() == "message" { self.message = text } else { self.put(field, text.into()) }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = cut(value.to_owned());
        if field.name() == "message" { self.message = text } else { self.put(field, text.into()) }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
