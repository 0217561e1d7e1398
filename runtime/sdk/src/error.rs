use std::borrow::Cow;
use std::fmt;

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
}

impl Error {
    /// The code of errors whose author chose none.
    pub const DEFAULT_CODE: &str = "EXTENSION_ERROR";

    /// An error with a message for people.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(Self::DEFAULT_CODE), message: message.into(), kind: Kind::default(), source: None }
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
