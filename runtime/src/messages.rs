//! What requests say beside their payload: JSON, in the field names of the specification; and how they end.

use std::collections::BTreeMap;

use ferrule::{Error, HostInfo, Identity, Request};
use ferrule_ring::completion_ring::Status;
use serde::Deserialize;

use crate::error_message::{bounded, error_json, panic_json};
use crate::panics::Panic;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartMessage {
    pub(crate) context: ContextMessage,
    pub(crate) host: HostMessage,
}

impl StartMessage {
    /// Reads a start's payload: the length of the message, the message, and the configuration's own text, so that
    /// positions in its errors are positions in it.
    pub(crate) fn read(payload: &[u8]) -> Result<(Self, &str), String> {
        let (length, rest) = payload.split_first_chunk().ok_or("start message: it is cut off")?;
        let length = u32::from_le_bytes(*length) as usize;
        let (message, config) = rest.split_at_checked(length).ok_or("start message: it is cut off")?;
        let message = serde_json::from_slice(message).map_err(|error| format!("start message: {error}"))?;
        let config = std::str::from_utf8(config).map_err(|error| format!("config: {error}"))?;
        Ok((message, config))
    }
}

/// What the caller of a lifecycle step said.
pub(crate) fn read_caller(payload: &[u8]) -> Result<Request, Outcome> {
    let message: ContextMessage = serde_json::from_slice(payload)
        .map_err(|error| Outcome::text(Status::Malformed, &format!("context message: {error}")))?;
    Ok(message.into_request())
}

/// Takes the context off a call's payload, if it begins with one: its length, the context, and then what the method
/// gets.
pub(crate) fn take_context(payload: Vec<u8>, has_context: bool) -> Result<(Option<Request>, ferrule::Bytes), String> {
    if !has_context {
        return Ok((None, payload.into()));
    }
    let cut_off = "a call's context is cut off";
    let length = u32::from_le_bytes(*payload.first_chunk().ok_or(cut_off)?) as usize;
    let end = length.checked_add(4).filter(|end| *end <= payload.len()).ok_or(cut_off)?;
    let message: ContextMessage =
        serde_json::from_slice(&payload[4..end]).map_err(|error| format!("a call's context: {error}"))?;
    Ok((Some(message.into_request()), ferrule::Bytes::from(payload).slice(end..)))
}

/// Of a call: without the component, which the handle names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContextMessage {
    #[serde(default)]
    component_id: String,
    #[serde(default)]
    component_type: String,
    #[serde(default)]
    component_name: String,
    #[serde(default)]
    pub(crate) cancelled: bool,
    #[serde(default)]
    metadata: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    trace_id: String,
    #[serde(default)]
    span_id: String,
    #[serde(default)]
    flags: u8,
    #[serde(default)]
    trace_state: String,
    #[serde(default)]
    auth: BTreeMap<String, serde_json::Value>,
    /// How many calls between extensions led to this one.
    #[serde(default)]
    depth: u32,
}

impl ContextMessage {
    pub(crate) fn identity(&self, lane: u32) -> Identity {
        Identity {
            id: self.component_id.clone(),
            component_type: self.component_type.clone(),
            name: self.component_name.clone(),
            lane,
        }
    }

    pub(crate) fn into_request(self) -> Request {
        let Self { metadata, trace_id, span_id, flags: trace_flags, trace_state, auth, depth, .. } = self;
        Request { metadata, trace_id, span_id, trace_flags, trace_state, auth, depth }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostMessage {
    build_version: String,
    build_command: String,
    build_timestamp: String,
    extension_count: usize,
    #[serde(default)]
    extensions: Vec<String>,
    /// Which of the lane's hosts it is: instances of one host may call each other. 0: of none.
    #[serde(default)]
    pub(crate) host_number: u32,
}

impl HostMessage {
    pub(crate) fn into_info(self) -> Result<HostInfo, String> {
        if self.extension_count != self.extensions.len() {
            let (count, listed) = (self.extension_count, self.extensions.len());
            return Err(format!("host message: extension_count is {count}, and {listed} extensions are listed"));
        }
        Ok(HostInfo {
            build_version: self.build_version,
            build_command: self.build_command,
            build_timestamp: self.build_timestamp,
            extensions: self.extensions,
        })
    }
}

/// How a request ended, and the bytes that go with it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) payload: ferrule::Bytes,
}

impl Outcome {
    pub(crate) fn ok(payload: impl Into<ferrule::Bytes>) -> Self {
        Self { status: Status::Ok, payload: payload.into() }
    }

    /// What a call answered.
    pub(crate) fn of(result: Result<ferrule::Payload, Error>) -> Self {
        match result {
            Ok(payload) => Self::ok(payload.into_bytes()),
            Err(error) => Self::refused(&error),
        }
    }

    pub(crate) fn bare(status: Status) -> Self {
        Self { status, payload: ferrule::Bytes::new() }
    }

    /// A status whose payload is text.
    pub(crate) fn text(status: Status, text: &str) -> Self {
        Self { status, payload: bounded(text).into_owned().into_bytes().into() }
    }

    pub(crate) fn refused(error: &Error) -> Self {
        Self { status: Status::Refused, payload: error_json(error).into() }
    }

    pub(crate) fn panicked(panic: &Panic) -> Self {
        Self { status: Status::Panicked, payload: panic_json(panic).into() }
    }
}

pub(crate) fn panic_error(panic: &Panic) -> Error {
    let place = panic.location.as_ref().map_or(String::new(), |location| format!(" at {location}"));
    Error::new(format!("panicked{place}: {}", panic.message)).with_code("PANICKED").permanent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_does_not_add_up_is_refused() {
        let framed = |length: u32, rest: &[u8]| [&length.to_le_bytes(), rest].concat();
        let (request, rest) = take_context(framed(2, b"{}abc"), true).unwrap();
        assert_eq!((request, &rest[..]), (Some(Request::default()), &b"abc"[..]));
        assert_eq!(take_context(vec![1], false).unwrap().1[..], [1]);
        for (payload, text) in [
            (vec![1, 0], "cut off"),
            (framed(3, b"{}"), "cut off"),
            (framed(u32::MAX, b"{}"), "cut off"),
            (framed(1, b"{}"), "EOF"),
            (framed(9, br#"{"odd":1}"#), "unknown field `odd`"),
        ] {
            let error = take_context(payload, true).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}
