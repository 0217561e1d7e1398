use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a caller may conclude from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Nothing.
    #[default]
    Unspecified,
    /// The same request would fail again.
    Permanent,
    /// The same request may succeed later.
    Retryable,
}

/// An extension's refusal, as its caller in TypeScript gets it: message, stable code, kind.
#[derive(Debug)]
pub struct Error {
    code: Cow<'static, str>,
    message: String,
    kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// Most errors have none of these.
    details: Option<Box<Details>>,
}

#[derive(Debug, Default)]
struct Details {
    retry_after: Option<Duration>,
    downstream: bool,
    http_status: Option<u16>,
    grpc_status: Option<GrpcStatus>,
    failed: Option<u64>,
    component: Option<Arc<str>>,
    method: Option<Cow<'static, str>>,
}

/// What a server answered over gRPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcStatus {
    /// gRPC defines 1 to 16 for errors.
    pub code: u32,
    /// What the server said.
    pub message: String,
}

impl Error {
    /// The code of errors whose author chose none.
    pub const DEFAULT_CODE: &str = "EXTENSION_ERROR";

    /// An error with a message for people.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(Self::DEFAULT_CODE),
            message: message.into(),
            kind: Kind::default(),
            source: None,
            details: None,
        }
    }

    /// The argument of a call, or a field of a configuration, is not what it must be. Permanent.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(message).with_code("INVALID_ARGUMENT").permanent()
    }

    /// Gives it a code for programs, in `SCREAMING_SNAKE_CASE`.
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = code.into();
        self
    }

    /// Says that the same request would fail again.
    pub fn permanent(mut self) -> Self {
        self.kind = Kind::Permanent;
        self
    }

    /// Says that the same request may succeed later.
    pub fn retryable(mut self) -> Self {
        self.kind = Kind::Retryable;
        self
    }

    fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    /// Says that the same request may succeed after so long. Whole milliseconds reach TypeScript, rounded up.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.details_mut().retry_after = Some(delay);
        self.retryable()
    }

    /// Says that it comes from further down a pipeline than this component.
    pub fn downstream(mut self) -> Self {
        self.details_mut().downstream = true;
        self
    }

    /// Keeps the status that a server answered over HTTP. 429, 502, 503 and 504 make an error retryable that was not
    /// said to be permanent. A status of success is no error's, and is left out with a warning.
    pub fn with_http_status(mut self, status: u16) -> Self {
        if (200..300).contains(&status) {
            tracing::warn!(status, "an error was given an HTTP status of success, which is left out");
            return self;
        }
        self.details_mut().http_status = Some(status);
        self.retryable_if(matches!(status, 429 | 502 | 503 | 504))
    }

    /// Keeps the status that a server answered over gRPC. Cancelled (1), deadline exceeded (4), aborted (10), out of
    /// range (11), unavailable (14) and data loss (15) make an error retryable that was not said to be permanent. 0 is
    /// no error's, and is left out with a warning.
    pub fn with_grpc_status(mut self, code: u32, message: impl Into<String>) -> Self {
        if code == 0 {
            tracing::warn!("an error was given the gRPC code of success, which is left out");
            return self;
        }
        self.details_mut().grpc_status = Some(GrpcStatus { code, message: message.into() });
        self.retryable_if(matches!(code, 1 | 4 | 10 | 11 | 14 | 15))
    }

    fn retryable_if(self, condition: bool) -> Self {
        if condition && self.kind == Kind::Unspecified { self.retryable() } else { self }
    }

    /// Says that only so many of the items failed, and that it is not known which. Permanent: nobody could retry only
    /// those.
    pub fn partial(mut self, failed: u64) -> Self {
        self.details_mut().failed = Some(failed);
        self.permanent()
    }

    /// Says which component it concerns. The runtime does so for errors of calls between extensions.
    pub fn of_component(mut self, id: &str) -> Self {
        self.details_mut().component = Some(id.into());
        self
    }

    /// Says which method was called. The runtime does so for errors of calls between extensions.
    #[doc(hidden)]
    pub fn of_method(mut self, method: impl Into<Cow<'static, str>>) -> Self {
        self.details_mut().method = Some(method.into());
        self
    }

    /// Keeps what led to it.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// For programs.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What a caller may conclude.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How long to wait before the same request is sent again, if anybody said so.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.details.as_ref()?.retry_after
    }

    /// Whether it comes from further down a pipeline.
    pub fn is_downstream(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.downstream)
    }

    /// What a server answered over HTTP.
    pub fn http_status(&self) -> Option<u16> {
        self.details.as_ref()?.http_status
    }

    /// What a server answered over gRPC.
    pub fn grpc_status(&self) -> Option<&GrpcStatus> {
        self.details.as_ref()?.grpc_status.as_ref()
    }

    /// How many items failed, of an error that concerns only some.
    pub fn failed(&self) -> Option<u64> {
        self.details.as_ref()?.failed
    }

    /// The component that it concerns, when that is another than the one that answers it.
    pub fn component_id(&self) -> Option<&str> {
        self.details.as_ref()?.component.as_deref()
    }

    /// The method that was called, of an error of a call between extensions.
    pub fn method(&self) -> Option<&str> {
        self.details.as_ref()?.method.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retryable_status_makes_an_error_retryable_unless_it_is_permanent() {
        assert_eq!(Error::new("x").with_http_status(503).kind(), Kind::Retryable);
        assert_eq!(Error::new("x").with_http_status(400).kind(), Kind::Unspecified);
        assert_eq!(Error::new("x").with_grpc_status(14, "y").kind(), Kind::Retryable);
        assert_eq!(Error::new("x").with_grpc_status(8, "y").kind(), Kind::Unspecified);
        assert_eq!(Error::new("x").permanent().with_http_status(503).kind(), Kind::Permanent);
        assert_eq!(Error::new("x").with_http_status(503).partial(2).kind(), Kind::Permanent);
    }

    #[test]
    fn a_status_of_success_is_left_out() {
        let error = Error::new("x").with_http_status(204).with_grpc_status(0, "fine");
        assert_eq!((error.http_status(), error.grpc_status(), error.kind()), (None, None, Kind::Unspecified));
    }
}
