//! The data that methods of `typed` take and answer.

use std::collections::BTreeMap;

use ferrule::prelude::*;

/// Every shape of a variant.
#[ferrule::data]
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Nothing.
    Point,
    /// One value.
    Circle(f64),
    /// Several.
    Line(i32, i32),
    /// Fields.
    Rect {
        /// Across.
        width: u32,
        height: Option<u32>,
    },
}

/// A variant by its tag.
#[ferrule::data]
#[derive(Debug, Clone, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    Opened { by: String },
    Closed { after_ms: u32, data: Bytes },
    Idle,
}

/// Nothing but its name.
#[ferrule::data]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker;

/// A variant by its tag, with an integer of either kind under one name.
#[ferrule::data]
#[derive(Debug, Clone)]
#[serde(tag = "kind")]
pub enum Amount {
    Plain { value: u64 },
    Large { value: Wide<u64> },
}

/// Everything at once.
#[ferrule::data]
#[derive(Debug, Clone, PartialEq)]
pub struct Everything {
    pub text: String,
    pub flag: bool,
    pub small: i8,
    pub whole: i64,
    pub large: Wide<u64>,
    pub single: f32,
    pub double: f64,
    pub bytes: Bytes,
    pub at: Timestamp,
    pub option: Option<Box<Everything>>,
    pub list: Vec<Shape>,
    pub map: BTreeMap<String, (u16, String)>,
    pub event: Event,
    pub unit: (),
    pub marker: Marker,
    #[serde(default)]
    pub maybe: u32,
}

/// One change of the store.
#[ferrule::data]
#[derive(Debug, Clone)]
pub struct Change {
    pub key: String,
    pub bytes: usize,
}
