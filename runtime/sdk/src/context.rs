use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::scope::Identity;

/// What the caller said beside its payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Free-form metadata.
    pub metadata: BTreeMap<String, Vec<String>>,
    /// W3C trace id, 32 hexadecimal digits, or nothing.
    pub trace_id: String,
    /// W3C span id, 16 hexadecimal digits, or nothing.
    pub span_id: String,
    /// W3C trace flags.
    pub trace_flags: u8,
}

/// Who is asked, until when, and whether the caller is still there.
#[derive(Debug, Clone)]
pub struct Context {
    identity: Arc<Identity>,
    deadline: Option<Instant>,
    request: Option<Arc<Request>>,
    cancellation: Cancellation,
}

impl Context {
    /// A context for an instance.
    pub fn new(identity: Arc<Identity>, deadline: Option<Instant>, cancellation: Cancellation) -> Self {
        Self { identity, deadline, request: None, cancellation }
    }

    /// Adds what the caller said.
    pub fn with_request(mut self, request: Request) -> Self {
        self.request = Some(Arc::new(request));
        self
    }

    /// `type` or `type/name`.
    pub fn component_id(&self) -> &str {
        &self.identity.id
    }

    /// The component's type.
    pub fn component_type(&self) -> &str {
        &self.identity.component_type
    }

    /// The component's name, or nothing.
    pub fn component_name(&self) -> &str {
        &self.identity.name
    }

    /// The component, as log records name it.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the caller still waits.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Values of a metadata key.
    pub fn metadata(&self, key: &str) -> &[String] {
        self.request.as_ref().and_then(|request| request.metadata.get(key)).map_or(&[], Vec::as_slice)
    }

    /// What the caller said beside its payload, if anything.
    pub fn request(&self) -> Option<&Request> {
        self.request.as_deref()
    }

    /// Whether the caller has gone.
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// A token for work that outlives a dropped future, such as a spawned task: it is cancelled when the caller goes.
    pub fn cancellation(&self) -> CancellationToken {
        self.cancellation.token()
    }
}

/// Where a context learns that its caller has gone. A call's is a cell of its slot, so that a call that nobody cancels
/// costs no allocation.
#[derive(Clone)]
pub enum Cancellation {
    /// Of a lifecycle step.
    Token(CancellationToken),
    /// Of a call: its slot's cell, and which use of it.
    Cell(Arc<CancelCell>, u32),
}

impl Cancellation {
    fn is_cancelled(&self) -> bool {
        match self {
            Self::Token(token) => token.is_cancelled(),
            Self::Cell(cell, generation) => cell.is_cancelled(*generation),
        }
    }

    fn token(&self) -> CancellationToken {
        match self {
            Self::Token(token) => token.clone(),
            Self::Cell(cell, generation) => cell.token(*generation),
        }
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cancellation").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// Cancellation of a slot's calls, one after the other.
#[derive(Debug, Default)]
pub struct CancelCell(Mutex<CellState>);

#[derive(Debug, Default)]
struct CellState {
    generation: u32,
    cancelled: bool,
    token: Option<CancellationToken>,
}

impl CancelCell {
    fn state(&self) -> std::sync::MutexGuard<'_, CellState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new call takes the slot.
    pub fn begin(&self, generation: u32) {
        *self.state() = CellState { generation, cancelled: false, token: None };
    }

    /// Cancels a call, unless another has taken the slot since.
    pub fn cancel(&self, generation: u32) {
        let mut state = self.state();
        if state.generation == generation {
            state.cancelled = true;
            if let Some(token) = state.token.take() {
                drop(state);
                token.cancel();
            }
        }
    }

    /// A call that is over counts as cancelled.
    fn is_cancelled(&self, generation: u32) -> bool {
        let state = self.state();
        state.generation != generation || state.cancelled
    }

    fn token(&self, generation: u32) -> CancellationToken {
        let mut state = self.state();
        if state.generation == generation && !state.cancelled {
            return state.token.get_or_insert_default().clone();
        }
        let token = CancellationToken::new();
        token.cancel();
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_cancel_does_not_reach_the_next_call_of_the_slot() {
        let cell = Arc::new(CancelCell::default());
        cell.begin(1);
        let first = Cancellation::Cell(Arc::clone(&cell), 1);
        cell.begin(2);
        let second = Cancellation::Cell(Arc::clone(&cell), 2);
        cell.cancel(1);
        assert!(first.is_cancelled() && first.token().is_cancelled());
        assert!(!second.is_cancelled() && !second.token().is_cancelled());
    }

    #[test]
    fn a_token_taken_before_the_cancel_hears_of_it() {
        let cell = CancelCell::default();
        cell.begin(1);
        let token = cell.token(1);
        cell.cancel(1);
        assert!(token.is_cancelled());
    }
}
