//! What lifecycle requests say, and what errors look like: JSON, in the field names of the specification.

use std::collections::BTreeMap;

use ferrule::{Error, HostInfo, Identity, Kind, Request};
use ferrule_ring::completion_ring::Status;
use serde::{Deserialize, Serialize};

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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContextMessage {
    component_id: String,
    component_type: String,
    component_name: String,
    pub(crate) cancelled: bool,
    #[serde(default)]
    metadata: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    trace_id: String,
    #[serde(default)]
    span_id: String,
    #[serde(default)]
    flags: u8,
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
        Request { metadata: self.metadata, trace_id: self.trace_id, span_id: self.span_id, trace_flags: self.flags }
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

/// An error's way to TypeScript.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorMessage<'a> {
    code: &'a str,
    message: &'a str,
    permanent: bool,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

/// How a request ended, and the bytes that go with it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) payload: ferrule::Bytes,
}

/// Longest text of an error that crosses; the rest is cut off, visibly. Escaped as JSON it is six times as long at
/// most, which fits into half of the event bytes.
const TEXT_MAX: usize = 16 * 1_024;

pub(crate) fn bounded(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= TEXT_MAX {
        return text.into();
    }
    let end = text.floor_char_boundary(TEXT_MAX);
    format!("{}... ({} bytes more)", &text[..end], text.len() - end).into()
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
        let message = bounded(&panic.message);
        let location = panic.location.as_deref();
        let error = ErrorMessage {
            code: "PANICKED",
            message: &message,
            permanent: true,
            retryable: false,
            location,
            causes: Vec::new(),
        };
        Self { status: Status::Panicked, payload: to_json(&error).into() }
    }
}

pub(crate) fn error_json(error: &Error) -> Vec<u8> {
    let text = error.to_string();
    let message = bounded(&text);
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    // The text of a wrapped error often is the wrapper's own: a cause that adds nothing is left out.
    let causes = causes.map(|cause| bounded(&cause.to_string()).into_owned()).take(8).filter(|cause| *cause != text);
    let code: String = error.code().chars().take(128).collect();
    to_json(&ErrorMessage {
        code: &code,
        message: &message,
        permanent: error.kind() == Kind::Permanent,
        retryable: error.kind() == Kind::Retryable,
        location: None,
        causes: causes.collect(),
    })
}

pub(crate) fn panic_error(panic: &Panic) -> Error {
    let place = panic.location.as_ref().map_or(String::new(), |location| format!(" at {location}"));
    Error::new(format!("panicked{place}: {}", panic.message)).with_code("PANICKED").permanent()
}

fn to_json(error: &ErrorMessage<'_>) -> Vec<u8> {
    serde_json::to_vec(error).expect("an error is made of text and flags, which JSON can hold")
}
