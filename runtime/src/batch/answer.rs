//! What a batch answers: its results, or its failures.

use std::collections::BTreeMap;

use ferrule_ring::completion_ring::Status;

use crate::messages::Outcome;
use crate::panics::catch_drop;

/// The results of a batch as one payload, written as they come: those that come before their turn wait for it.
pub(super) struct Results {
    /// The head, then the results that are written.
    bytes: Vec<u8>,
    written: usize,
    /// Ended before one that comes before them.
    early: BTreeMap<usize, Outcome>,
    /// How much longer the payload may become.
    left: usize,
}

impl Results {
    pub(super) fn new(count: usize, expected: usize, payload_max: u32) -> Self {
        let head = 4 + count * 8;
        let mut bytes = Vec::with_capacity(head + expected);
        bytes.extend_from_slice(&u32::try_from(count).expect("as many as the payload has lengths").to_le_bytes());
        bytes.resize(head, 0);
        Self { bytes, written: 0, early: BTreeMap::new(), left: (payload_max as usize).saturating_sub(head) }
    }

    pub(super) fn put(&mut self, index: usize, outcome: Outcome) {
        if index != self.written {
            self.early.insert(index, outcome);
            return;
        }
        self.write(outcome);
        while !self.early.is_empty()
            && let Some(next) = self.early.remove(&self.written)
        {
            self.write(next);
        }
    }

    /// Writes the next one. What would make the payload too long becomes an error of its own.
    fn write(&mut self, mut outcome: Outcome) {
        let length = outcome.payload.len();
        if length > self.left {
            let text = format!("result of {length} bytes, and the batch's results have {} bytes left", self.left);
            let _ = catch_drop(std::mem::replace(&mut outcome, Outcome::text(Status::ResultTooLarge, &text)));
            if outcome.payload.len() > self.left {
                outcome = Outcome::bare(Status::ResultTooLarge);
            }
        }
        let Outcome { status, payload } = outcome;
        self.left = self.left.saturating_sub(payload.len());
        self.append(status, &payload);
        let _ = catch_drop(payload);
    }

    fn append(&mut self, status: Status, payload: &[u8]) {
        if status != Status::Ok || !payload.is_empty() {
            let at = 4 + self.written * 8;
            let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            self.bytes[at..at + 4].copy_from_slice(&(status as u32).to_le_bytes());
            self.bytes[at + 4..at + 8].copy_from_slice(&length.to_le_bytes());
            self.bytes.extend_from_slice(payload);
        }
        self.written += 1;
    }

    /// The short way of a result that is next, and fits: most are. Whoever has the payload drops it.
    pub(super) fn put_next(&mut self, index: usize, payload: &[u8]) -> bool {
        if index != self.written || payload.len() > self.left || !self.early.is_empty() {
            return false;
        }
        self.left -= payload.len();
        self.append(Status::Ok, payload);
        true
    }
}

/// What a batch answers.
pub(super) enum Answer {
    Results(Results),
    Failures { count: u32, first: Option<Outcome> },
}

impl Answer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Results(results) => results.bytes,
            Self::Failures { count, first } => {
                let mut bytes = count.to_le_bytes().to_vec();
                if let Some(Outcome { status, payload }) = first {
                    bytes.extend_from_slice(&(status as u32).to_le_bytes());
                    bytes.extend_from_slice(&payload);
                }
                bytes
            }
        }
    }
}
