//! `tracing` events become log records of the lane whose component wrote them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ferrule::{Identity, scope};
use serde::Serialize;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::events::EventQueue;

/// Longest message or field that crosses; the rest is cut off.
const MESSAGE_MAX: usize = 14 * 1_024;
/// Longest record, as JSON; of a longer one the fields are left out. A message alone always fits, and beside the space
/// that is left to statuses it fits from every position of the event bytes.
const RECORD_MAX: usize = 6 * MESSAGE_MAX + 4_096;
const _: () = assert!(RECORD_MAX + 2_048 + 32_768 <= ferrule_ring::layout::EVENT_BYTES_SIZE as usize / 2);

struct Route {
    queue: Arc<EventQueue>,
    level: LevelFilter,
}

/// Open lanes and what each wants to hear.
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

/// Sends a lane's records to its queue, from now on.
pub(crate) fn add_route(lane: u32, queue: Arc<EventQueue>, level: LevelFilter) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails when the library's author has set a subscriber of their own: then records go there.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(EventRingLayer));
    });
    let mut routes = routes_mut();
    routes.insert(lane, Route { queue, level });
    update_wanted(&routes);
}

/// Stops that.
pub(crate) fn remove_route(lane: u32) {
    let mut routes = routes_mut();
    routes.remove(&lane);
    update_wanted(&routes);
}

/// Where a record goes, if anybody wants it. The lock is let go before the author's own code runs to write the
/// fields: it may log, too.
fn find_queue(component: Option<&Identity>, metadata: &Metadata<'_>) -> Option<Arc<EventQueue>> {
    let routes = routes();
    // What no component wrote goes to the first lane only: once, not once for each.
    let route = match component {
        Some(identity) => routes.get(&identity.lane),
        None => routes.values().next(),
    };
    route.filter(|route| *metadata.level() <= route.level).map(|route| Arc::clone(&route.queue))
}

fn to_json(record: &Record<'_>) -> Vec<u8> {
    serde_json::to_vec(record).expect("a record is plain data, which JSON can hold")
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

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for EventRingLayer {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes() // runtimes come and go, each with its own level
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        verbosity(LevelFilter::from_level(*metadata.level())) <= WANTED.load(Ordering::Relaxed)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &SpanRecord<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let component = scope::current();
        let Some(queue) = find_queue(component.as_deref(), event.metadata()) else { return };
        // What its spans say, the inner ones before the outer ones, and itself before all.
        let mut visitor = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(Fields { fields, .. }) = span.extensions().get::<Fields>() {
                visitor.fields.extend(fields.iter().map(|(name, value)| (*name, value.clone())));
            }
        }
        visitor.fields.remove("component"); // the record has it
        event.record(&mut visitor);
        let mut record = Record {
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
        let mut json = to_json(&record);
        if json.len() > RECORD_MAX {
            record.fields = BTreeMap::from([("truncated", Value::from(json.len()))]);
            json = to_json(&record);
        }
        queue.push_log(json);
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
