//! `typed`: gives back every kind of value that the attributes carry, and streams, errors and panics of each kind.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ferrule::prelude::*;

use crate::values::{Amount, Change, Everything, Shape};

/// Settings of `typed`.
#[ferrule::config(validate)]
#[derive(Debug, Clone)]
pub struct Config {
    /// Entries kept before `put` is refused.
    pub capacity: usize,
    /// A part of it.
    pub limits: Limits,
    /// From when on.
    pub since: Option<Timestamp>,
}

/// A part of a configuration.
#[ferrule::config]
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many of them there may be.
    #[ferrule(default = 16)]
    pub words_max: u8,
    /// What says which they are.
    #[ferrule(default = "words")]
    pub name: String,
    /// Words that are refused.
    pub words: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { capacity: 3, limits: Limits::default(), since: None }
    }
}

impl Validate for Config {
    fn validate(&self) -> Result<(), Error> {
        if self.capacity == 0 {
            return Err(config::invalid("capacity must be greater than 0"));
        }
        Ok(())
    }
}

/// Why a call is refused.
#[derive(Debug, thiserror::Error, ferrule::Error)]
pub enum Refused {
    /// There is no room.
    #[error("the store holds {0} entries, its limit")]
    #[ferrule(retryable)]
    Full(usize),
    /// Nobody may have this key.
    #[error("{key} is reserved")]
    #[ferrule(code = "RESERVED_KEY", permanent)]
    Reserved {
        /// The key.
        key: String,
    },
    #[error("the store is broken")]
    Broken(#[from] std::num::ParseIntError),
}

/// Keeps values, and gives back what it gets.
pub struct Typed {
    config: Config,
    entries: Mutex<HashMap<String, Bytes>>,
    produced: AtomicU64,
    ended: std::sync::Arc<AtomicU64>,
}

/// Counts streams that ended, however they did.
struct Ends(std::sync::Arc<AtomicU64>);
impl Drop for Ends {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The example of typed methods.
#[ferrule::extension(type = "typed", stability = Beta)]
impl Extension for Typed {
    type Config = Config;
    type Error = Refused;

    async fn start(config: Config, context: Context) -> Result<Self, Refused> {
        if config.limits.words.iter().any(|word| word == "refuse") {
            return Err(Refused::Reserved { key: "refuse".to_owned() });
        }
        let host = context.host().expect("a start has a host");
        tracing::info!(extensions = host.extension_count(), "{} is up", context.component_id());
        Ok(Self { config, entries: Mutex::default(), produced: AtomicU64::new(0), ended: Default::default() })
    }

    async fn shutdown(self, context: Context) -> Result<(), Refused> {
        tracing::info!("{} is down", context.component_id());
        Ok(())
    }
}

#[ferrule::methods]
impl Typed {
    /// Value of `key`, or null.
    pub async fn get(&self, key: String) -> Result<Option<Bytes>, Refused> {
        Ok(self.entries.lock().unwrap().get(&key).cloned())
    }

    /// Keeps a value.
    pub async fn put(&self, key: String, value: Bytes) -> Result<(), Refused> {
        if self.config.limits.words.contains(&key) {
            return Err(Refused::Reserved { key });
        }
        let mut entries = self.entries.lock().unwrap();
        if entries.len() >= self.config.capacity {
            return Err(Refused::Full(entries.len()));
        }
        entries.insert(key, value);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    /// Bytes as they came.
    pub fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }

    pub fn swallow(&self, bytes: &[u8]) {
        self.produced.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    pub fn reversed(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        bytes.reverse();
        Ok(bytes)
    }

    pub async fn later(&self, milliseconds: u64, context: &Context) -> ferrule::Result<String> {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        Ok(context.component_id().to_owned())
    }

    #[method(blocking)]
    pub fn block(&self, milliseconds: u64, context: Context) -> bool {
        std::thread::sleep(Duration::from_millis(milliseconds));
        !context.is_cancelled()
    }

    pub fn everything(&self, value: Everything) -> Everything {
        value
    }

    pub fn shapes(&self, shapes: Vec<Shape>) -> Vec<Shape> {
        shapes
    }

    pub fn integers(&self, signed: i64, unsigned: u64) -> (i64, u64) {
        (signed, unsigned)
    }

    pub fn wide(&self, signed: Wide<i64>, unsigned: Wide<u64>) -> (Wide<i64>, Wide<u64>) {
        (signed, unsigned)
    }

    /// Integers of both kinds in one result.
    pub fn amounts(&self, amounts: Vec<Amount>) -> Vec<Amount> {
        amounts
    }

    /// A short text, as it came.
    pub fn repeat(&self, text: String) -> String {
        text
    }

    /// The same, by a future.
    pub async fn repeat_later(&self, text: String) -> String {
        text
    }

    pub fn floats(&self, single: f32, double: f64) -> (f32, f64) {
        (single, double)
    }

    pub fn date(&self, at: Timestamp) -> Timestamp {
        at
    }

    pub fn greet(&self, name: &str, title: Option<String>) -> String {
        title.map_or_else(|| name.to_owned(), |title| format!("{title} {name}"))
    }

    pub fn counts(&self, counts: HashMap<u32, String>) -> HashMap<u32, String> {
        counts
    }

    /// A number that no number holds.
    pub fn huge(&self) -> u64 {
        u64::MAX
    }

    pub async fn fails(&self, how: String) -> Result<(), Refused> {
        match how.as_str() {
            "full" => Err(Refused::Full(self.config.capacity)),
            "reserved" => Err(Refused::Reserved { key: how }),
            "broken" => Ok("x".parse::<u32>().map(drop)?),
            _ => panic!("told to panic"),
        }
    }

    /// Numbers from 0 on; an error at `fail_at`.
    pub fn count(&self, until: u64, fail_at: Option<u64>) -> impl Stream<Item = Result<u64, Refused>> + Send {
        let ends = Ends(self.ended.clone());
        ferrule::stream::iter(0..until).map(move |number| {
            let _ = &ends;
            self.produced.fetch_add(1, Ordering::Relaxed);
            if Some(number) == fail_at { Err(Refused::Full(number as usize)) } else { Ok(number) }
        })
    }

    /// Two numbers, and then a panic.
    pub fn breaks(&self) -> impl Stream<Item = u32> + Send {
        ferrule::stream::iter(0..3).map(|number| {
            assert!(number < 2, "told to panic");
            number
        })
    }

    /// Never an item.
    pub fn silence(&self) -> impl Stream<Item = Change> + Send {
        let ends = Ends(self.ended.clone());
        ferrule::stream::pending().inspect(move |_: &Change| {
            let _ = &ends;
        })
    }

    /// Items of this many bytes.
    pub async fn chunks(&self, bytes: usize, count: usize) -> Result<impl Stream<Item = Bytes> + Send, Refused> {
        if count == 0 {
            return Err(Refused::Full(0));
        }
        Ok(ferrule::stream::iter(0..count).map(move |index| Bytes::from(vec![index as u8; bytes])))
    }

    /// Items that `count` has made, and streams that have ended.
    pub fn produced(&self) -> (u64, u64) {
        (self.produced.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed))
    }

    /// The sum of what comes; `until` ends it early.
    pub async fn sum(&self, mut numbers: Incoming<u32>, until: Option<u32>) -> ferrule::Result<u64> {
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            let number = number?;
            if Some(number) == until {
                break;
            }
            sum += u64::from(number);
        }
        Ok(sum)
    }

    fn _private(&mut self) {}
}
