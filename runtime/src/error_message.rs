//! An error's way to TypeScript: JSON. `src/runtime/outcome.ts` reads it.

use std::borrow::Cow;
use std::error::Error as StdError;

use ferrule::{Error, Kind};
use serde::Serialize;

use crate::panics::Panic;

/// Longest text of an error that crosses; the rest is cut off, visibly. Escaped as JSON it is six times as long at
/// most, which fits into half of the event bytes.
const TEXT_MAX: usize = 16 * 1_024;
/// Causes that cross.
const CAUSES_MAX: usize = 32;
/// Longest of the short texts: codes, and ids.
const NAME_MAX: usize = 128;
/// Longest message, as JSON: the shortest limit that a runtime may have. Of a longer one the causes are left out.
/// What is left always fits: its own text, that of its gRPC status, and names.
const LENGTH_MAX: usize = ferrule_ring::layout::COMPLETION_BYTES_SIZE as usize / 2;
const _: () = assert!(6 * (2 * TEXT_MAX + 5 * NAME_MAX) + 2_048 <= LENGTH_MAX);

/// What does not apply is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorMessage {
    code: String,
    message: String,
    permanent: bool,
    retryable: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    downstream: bool,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grpc_status: Option<GrpcMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    component_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Cause>,
}

#[derive(Debug, Serialize)]
struct GrpcMessage {
    code: u32,
    message: String,
}

/// A ferrule error among the causes says all that it has, any other its text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Cause {
    Ours(Box<ErrorMessage>),
    Other(String),
}

/// The beginning of a text that is too long.
pub(crate) fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_MAX {
        return text.into();
    }
    let end = text.floor_char_boundary(TEXT_MAX);
    format!("{}... ({} bytes more)", &text[..end], text.len() - end).into()
}

fn name(text: &str) -> String {
    text[..text.floor_char_boundary(NAME_MAX)].to_owned()
}

/// A whole number that JavaScript can hold.
fn exact(number: u64) -> u64 {
    number.min((1 << 53) - 1)
}

fn describe(error: &Error) -> ErrorMessage {
    // Up: who comes back too early is refused again.
    let milliseconds = |nanoseconds: u128| exact(u64::try_from(nanoseconds.div_ceil(1_000_000)).unwrap_or(u64::MAX));
    ErrorMessage {
        code: name(error.code()),
        message: bounded(&error.to_string()).into_owned(),
        permanent: error.kind() == Kind::Permanent,
        retryable: error.kind() == Kind::Retryable,
        downstream: error.is_downstream(),
        retry_after: error.retry_delay().map(|delay| milliseconds(delay.as_nanos())),
        http_status: error.http_status(),
        grpc_status: error
            .grpc_status()
            .map(|grpc| GrpcMessage { code: grpc.code, message: bounded(&grpc.message).into_owned() }),
        failed: error.failed().map(exact),
        component_id: error.component_id().map(name),
        method: error.method().map(name),
        location: None,
        causes: Vec::new(),
    }
}

/// The text of a wrapped error often is the wrapper's own: a cause that adds nothing is left out.
fn causes_of(error: &Error, text: &str) -> Vec<Cause> {
    let chain = std::iter::successors(StdError::source(error), |cause| (**cause).source());
    let mut causes: Vec<_> = chain
        .filter_map(|cause| match cause.downcast_ref::<Error>() {
            Some(ours) => Some(Cause::Ours(Box::new(describe(ours)))),
            None => Some(cause.to_string()).filter(|said| said != text).map(|said| Cause::Other(bounded(&said).into())),
        })
        .take(CAUSES_MAX + 1)
        .collect();
    if causes.len() > CAUSES_MAX {
        causes[CAUSES_MAX] = Cause::Other("... (more causes)".to_owned());
    }
    causes
}

pub(crate) fn error_json(error: &Error) -> Vec<u8> {
    let mut message = describe(error);
    message.causes = causes_of(error, &message.message);
    let json = to_json(&message);
    if json.len() <= LENGTH_MAX {
        return json;
    }
    message.causes = vec![Cause::Other(format!("... ({} causes of {} bytes)", message.causes.len(), json.len()))];
    to_json(&message)
}

pub(crate) fn panic_json(panic: &Panic) -> Vec<u8> {
    to_json(&ErrorMessage {
        code: "PANICKED".to_owned(),
        message: bounded(&panic.message).into_owned(),
        permanent: true,
        location: panic.location.clone(),
        ..ErrorMessage::default()
    })
}

fn to_json(error: &ErrorMessage) -> Vec<u8> {
    serde_json::to_vec(error).expect("an error is made of text, numbers and flags, which JSON can hold")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn read(error: &Error) -> Value {
        serde_json::from_slice(&error_json(error)).unwrap()
    }

    #[test]
    fn what_an_error_does_not_say_is_not_written() {
        let plain = json!({"code": "EXTENSION_ERROR", "message": "boom", "permanent": false, "retryable": false});
        assert_eq!(read(&Error::new("boom")), plain);
    }

    #[test]
    fn everything_that_an_error_says_is_written_and_so_is_what_its_causes_say() {
        let inner = Error::new("inner").with_code("INNER").with_http_status(503).with_source(std::fmt::Error);
        let error = Error::new("outer")
            .with_grpc_status(8, "quota")
            .retry_after(Duration::from_micros(1_500))
            .downstream()
            .of_component("cache/a")
            .of_method("get")
            .with_source(inner);
        assert_eq!(
            read(&error),
            json!({
                "code": "EXTENSION_ERROR", "message": "outer", "permanent": false, "retryable": true,
                "downstream": true, "retryAfter": 2, "grpcStatus": {"code": 8, "message": "quota"},
                "componentId": "cache/a", "method": "get",
                "causes": [
                    {"code": "INNER", "message": "inner", "permanent": false, "retryable": true, "httpStatus": 503},
                    std::fmt::Error.to_string(),
                ],
            })
        );
        assert_eq!(read(&Error::new("x").partial(7))["failed"], 7);
    }

    #[test]
    fn causes_are_bounded_by_number_and_by_bytes() {
        let nested = |text: &str, count: usize| {
            (0..count).fold(Error::new("first"), |error, _| Error::new(text).with_source(error))
        };
        let many = read(&nested("again", 50));
        let causes = many["causes"].as_array().unwrap();
        assert_eq!((causes.len(), causes.last().unwrap()), (CAUSES_MAX + 1, &json!("... (more causes)")));
        let long = error_json(&nested(&"\u{1}".repeat(TEXT_MAX), 20));
        assert!(long.len() < LENGTH_MAX);
        let long: Value = serde_json::from_slice(&long).unwrap();
        assert!(long["causes"][0].as_str().unwrap().starts_with("... (20 causes of "), "{}", long["causes"]);
    }
}
