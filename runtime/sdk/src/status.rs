use std::sync::Arc;

use crate::scope::Identity;

/// A component's condition, in the Collector's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Ok,
    /// It does not work now, and tries to.
    RecoverableError,
    /// It will not work any more; others go on.
    PermanentError,
    /// The whole service must stop.
    FatalError,
}

impl Status {
    /// The Collector's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::RecoverableError => "RecoverableError",
            Self::PermanentError => "PermanentError",
            Self::FatalError => "FatalError",
        }
    }
}

/// A status that an extension reported by itself.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// Who.
    pub component: Arc<Identity>,
    /// What.
    pub status: Status,
    /// Why, for the error statuses.
    pub error: Option<String>,
}
