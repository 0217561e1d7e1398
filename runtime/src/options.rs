//! What TypeScript says when it opens a runtime, or a lane.

use ferrule::Error;
use ferrule_ring::header::Limits;
use ferrule_ring::layout::COMPLETION_BYTES_SIZE;
use serde::Deserialize;

/// Lanes and workers that a runtime may be asked for at most.
const LANES_MAX: u32 = 256;
const WORKERS_MAX: u32 = 256;

/// What TypeScript says when it opens a lane.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaneOptions {
    pub(crate) log_level: String,
    pub(crate) first_cursor: u32,
    pub(crate) first_byte_cursor: u32,
    pub(crate) first_generation: u32,
}

/// And a runtime with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    pub(crate) lane: LaneOptions,
    pub(crate) lanes_max: u32,
    pub(crate) workers: u32,
    pub(crate) payload_max: u32,
    pub(crate) held_max: u32,
    pub(crate) polling: bool,
}

pub(crate) fn invalid(text: String) -> Error {
    Error::new(format!("open options: {text}")).with_code("OPEN_FAILED")
}

pub(crate) fn parse<'text, T: Deserialize<'text>>(options: &'text str) -> Result<T, Error> {
    serde_json::from_str(options).map_err(|error| invalid(error.to_string()))
}

impl Options {
    pub(crate) fn limits(&self) -> Result<Limits, Error> {
        let Self { lanes_max, workers, payload_max, held_max, .. } = *self;
        if !(1..=LANES_MAX).contains(&lanes_max) {
            return Err(invalid(format!("lanes_max is {lanes_max}, it must be 1 to {LANES_MAX}")));
        }
        if workers > WORKERS_MAX {
            return Err(invalid(format!("workers is {workers}, at most {WORKERS_MAX}")));
        }
        if payload_max < COMPLETION_BYTES_SIZE / 2 || held_max < payload_max {
            return Err(invalid(format!("payload_max is {payload_max} and held_max {held_max}")));
        }
        Ok(Limits { payload_max, held_max })
    }
}
