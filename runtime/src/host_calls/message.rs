//! A call as TypeScript reads it: a head of JSON, and the payload. `src/runtime/host-calls.ts` reads both.

use std::collections::BTreeMap;

use ferrule::{Bytes, Context, Error, Request};
use serde::Serialize;
use serde_json::Value;

use crate::clock;
use crate::peers::refuse;

/// Longest head: who asks, with metadata and auth data.
pub(super) const HEAD_MAX: usize = 512 * 1_024;
/// Longest event: as much of a call as goes in one piece. A piece holds up what comes after it, and four of them have
/// space beside what is kept for statuses.
pub(super) const PIECE_MAX: usize = 32 * 1_024;

/// What is called.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub(crate) enum Target<'call> {
    /// A method of an extension of a host, by the host's number.
    Extension { host: u32, id: &'call str, method: &'call str },
    /// A function that the program provides.
    Function { function: &'call str },
}

/// What is asked of an iterable that a caller passed.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct OfIterable {
    pub(super) iterable: u32,
    /// Nobody wants more of it.
    pub(super) ends: bool,
}

impl From<OfIterable> for Message {
    fn from(asked: OfIterable) -> Self {
        Self::new(serde_json::to_vec(&asked).expect("two plain fields are JSON"), Bytes::new())
    }
}

#[derive(Serialize)]
struct Head<'call> {
    #[serde(flatten)]
    target: Target<'call>,
    /// Of the calls that TypeScript makes in its turn.
    depth: u32,
    /// Microseconds on CLOCK_MONOTONIC.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<Caller<'call>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Caller<'call> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'call BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    auth: &'call BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_id: &'call str,
    #[serde(skip_serializing_if = "str::is_empty")]
    span_id: &'call str,
    #[serde(skip_serializing_if = "is_zero")]
    trace_flags: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'call str,
}

fn is_zero(flags: &u8) -> bool {
    *flags == 0
}

fn caller(request: &Request) -> Caller<'_> {
    let Request { metadata, auth, trace_id, span_id, trace_flags, trace_state, .. } = request;
    Caller { metadata, auth, trace_id, span_id, trace_flags: *trace_flags, trace_state }
}

/// What is said beside the payload.
pub(super) fn head(target: &Target<'_>, context: &Context) -> Result<Vec<u8>, Error> {
    let head = Head {
        target: *target,
        depth: context.depth() + 1,
        deadline: context.deadline().map(clock::micros),
        caller: context.request().map(caller),
    };
    let head = serde_json::to_vec(&head).map_err(|error| Error::new(error.to_string()).with_source(error))?;
    if head.len() > HEAD_MAX {
        let text = format!("what the context says has {} bytes, at most {HEAD_MAX}", head.len());
        return Err(refuse("INVALID_ARGUMENT", text));
    }
    Ok(head)
}

/// A call on its way out.
pub(super) struct Message {
    head: Vec<u8>,
    payload: Bytes,
    /// Bytes of both that were taken.
    sent: usize,
}

impl Message {
    pub(super) fn new(head: Vec<u8>, payload: Bytes) -> Self {
        Self { head, payload, sent: 0 }
    }

    /// Bytes of head and payload.
    pub(super) fn length(&self) -> u32 {
        u32::try_from(self.head.len() + self.payload.len()).expect("both have a limit")
    }

    pub(super) fn has_begun(&self) -> bool {
        self.sent > 0
    }

    pub(super) fn is_short(&self) -> bool {
        self.length() as usize + 16 <= PIECE_MAX
    }

    /// The next event's bytes, behind what names the call. True when they are the last.
    pub(super) fn take_piece(&mut self, name: [u8; 8]) -> (Vec<u8>, bool) {
        let mut event = Vec::with_capacity(PIECE_MAX.min(16 + self.length() as usize - self.sent));
        event.extend_from_slice(&name);
        if !self.has_begun() {
            let head = u32::try_from(self.head.len()).expect("a head has a limit");
            event.extend_from_slice(&head.to_le_bytes());
            event.extend_from_slice(&self.length().to_le_bytes());
        }
        for (start, part) in [(0, &self.head[..]), (self.head.len(), &self.payload[..])] {
            let from = self.sent.saturating_sub(start).min(part.len());
            let to = part.len().min(from + PIECE_MAX - event.len());
            event.extend_from_slice(&part[from..to]);
            self.sent += to - from;
        }
        (event, self.sent == self.length() as usize)
    }
}
