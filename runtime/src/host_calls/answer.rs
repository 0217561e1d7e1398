//! An error from TypeScript: JSON, of the same form as those that go there. `src/runtime/error-message.ts` writes it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use ferrule::Error;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorMessage {
    code: String,
    message: String,
    #[serde(default)]
    permanent: bool,
    #[serde(default)]
    retryable: bool,
    #[serde(default)]
    downstream: bool,
    /// Milliseconds.
    retry_after: Option<u64>,
    http_status: Option<u16>,
    grpc_status: Option<GrpcMessage>,
    failed: Option<u64>,
    component_id: Option<String>,
    method: Option<String>,
    #[serde(default)]
    causes: Vec<Cause>,
}

#[derive(Deserialize)]
struct GrpcMessage {
    code: u32,
    message: String,
}

/// An error that says more than its text is told as a whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cause {
    Ours(Box<ErrorMessage>),
    Other(String),
}

/// A cause of which only the text crossed.
#[derive(Debug)]
struct Said {
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl StdError for Said {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl ErrorMessage {
    fn into_error(self) -> Error {
        let mut error = Error::new(self.message).with_code(Cow::Owned(self.code));
        if let Some(delay) = self.retry_after {
            error = error.retry_after(Duration::from_millis(delay));
        }
        if self.permanent {
            error = error.permanent();
        } else if self.retryable {
            error = error.retryable();
        }
        // A status leaves a kind that was said alone.
        if let Some(status) = self.http_status {
            error = error.with_http_status(status);
        }
        if let Some(GrpcMessage { code, message }) = self.grpc_status {
            error = error.with_grpc_status(code, message);
        }
        if let Some(failed) = self.failed {
            error = error.partial(failed);
        }
        if self.downstream {
            error = error.downstream();
        }
        if let Some(id) = &self.component_id {
            error = error.of_component(id);
        }
        if let Some(method) = self.method {
            error = error.of_method(method);
        }
        let causes = self.causes.into_iter().rev();
        match causes.fold(None, |inner, cause| Some(cause.into_source(inner))) {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

impl Cause {
    fn into_source(self, source: Option<Box<dyn StdError + Send + Sync>>) -> Box<dyn StdError + Send + Sync> {
        match self {
            Self::Other(text) => Box::new(Said { text, source }),
            Self::Ours(message) => {
                let error = message.into_error();
                Box::new(match source {
                    Some(source) => error.with_source(source),
                    None => error,
                })
            }
        }
    }
}

/// The error that TypeScript answered.
pub(crate) fn read_error(json: &[u8]) -> Error {
    match serde_json::from_slice::<ErrorMessage>(json) {
        Ok(message) => message.into_error(),
        Err(error) => Error::new(format!("what TypeScript answered cannot be read: {error}"))
            .with_code("PROTOCOL_VIOLATION")
            .with_source(error),
    }
}

#[cfg(test)]
mod tests {
    use ferrule::Kind;

    use super::*;
    use crate::error_message::error_json;

    #[test]
    fn an_error_that_came_from_here_comes_back_as_it_was() {
        let inner = Error::new("inner").with_code("INNER").with_http_status(503).with_source(std::fmt::Error);
        let error = Error::new("outer")
            .with_code("OUTER")
            .with_grpc_status(8, "quota")
            .retry_after(Duration::from_millis(2))
            .downstream()
            .of_component("cache/a")
            .of_method("get")
            .with_source(inner);
        let json = error_json(&error);
        assert_eq!(error_json(&read_error(&json)), json);
        let permanent = error_json(&Error::new("x").permanent().with_http_status(503).partial(7));
        assert_eq!(error_json(&read_error(&permanent)), permanent);
        assert_eq!(read_error(&permanent).kind(), Kind::Permanent);
    }

    #[test]
    fn what_is_no_error_is_one() {
        assert_eq!(read_error(b"{}").code(), "PROTOCOL_VIOLATION");
        assert_eq!(read_error(b"\xff").code(), "PROTOCOL_VIOLATION");
    }
}
