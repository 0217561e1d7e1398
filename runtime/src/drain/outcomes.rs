//! What comes back: from work elsewhere, from wakers, from cancels. Each ends in the one completion of its request.

use std::time::Instant;

use ferrule::Payload;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::{ANSWER_OK, ANSWER_REFUSED};
use ferrule_ring::request_ring::Request;

use super::Drain;
use super::occupant::Occupant;
use crate::closing::Stage;
use crate::host_calls::read_error;
use crate::lifecycle::{Done, DoneResult};
use crate::messages::Outcome;
use crate::panics::catch_drop;
use crate::table::Handle;

impl Drain {
    pub(super) fn take_done(&mut self) -> bool {
        let mut worked = false;
        while let Some(Done { lane, slot, result }) = self.core.shared.done.pop() {
            worked = true;
            let occupant = self.lanes.iter_mut().find(|occupant| occupant.number() == lane);
            let outcome = match result {
                // Its lane has ended without waiting for it.
                DoneResult::Started(Ok(instance)) if occupant.is_none() => {
                    instance.life.cancel();
                    let _ = catch_drop(instance);
                    continue;
                }
                DoneResult::Started(Ok(instance)) => {
                    let Handle { index, generation } = self.core.table.insert(instance);
                    Outcome::ok(format!("{{\"index\":{index},\"generation\":{generation}}}").into_bytes())
                }
                DoneResult::Started(Err(outcome)) | DoneResult::Answered(outcome) => outcome,
                DoneResult::ShutDown { handle, outcome } => {
                    self.core.table.remove(handle);
                    outcome
                }
            };
            match (slot, occupant) {
                (Some(slot), Some(occupant)) => {
                    let generation = occupant.slots.generation(slot);
                    let generation = generation.expect("a slot is taken until its outcome is back");
                    occupant.slots.finish_elsewhere(slot);
                    occupant.complete(slot, generation, false, outcome);
                }
                (Some(_), None) => (),
                // A shutdown that an end began: of the lane, or of the runtime.
                (None, occupant) => {
                    let closing = occupant.map_or(self.closing.as_mut(), |occupant| occupant.closing.as_mut());
                    if let Some(closing) = closing {
                        closing.set_stage(Stage::Instances { busy: false });
                    }
                }
            }
        }
        worked
    }
}

impl Occupant {
    /// What TypeScript answered to a call from Rust.
    pub(super) fn take_answer(&self, request: Request) -> Outcome {
        let (index, generation) = request.handle;
        let result = match request.method {
            ANSWER_OK => Ok(Payload::from(request.payload)),
            ANSWER_REFUSED => Err(read_error(&request.payload)),
            code => return Outcome::text(Status::Malformed, &format!("an answer's code is {code}")),
        };
        self.shared.calls.answer(index, generation, result);
        Outcome::bare(Status::Ok)
    }

    pub(super) fn take_cancels(&mut self) -> bool {
        let mut summary = if self.lane.is_abandoned() { 0 } else { self.lane.take_cancel_summary() };
        let worked = summary != 0;
        while summary != 0 {
            let first = summary.trailing_zeros() * 32;
            summary &= summary - 1;
            for slot in first..first + 32 {
                let Some(generation) = self.slots.generation(slot) else { continue };
                if self.lane.is_cancelled(slot, generation) {
                    self.cancel(slot, generation, Status::Cancelled);
                }
            }
        }
        worked
    }

    pub(super) fn cancel(&mut self, slot: u32, generation: u32, status: Status) {
        for waiting in &mut self.waiting_shutdowns {
            if waiting.slot == slot {
                waiting.calls_until = Instant::now();
            }
        }
        if let Some(outcome) = self.slots.cancel(slot, status) {
            self.complete(slot, generation, false, outcome);
        }
    }

    pub(super) fn cancel_polled(&mut self, handle: Option<Handle>, status: Status) {
        for slot in self.slots.polled(handle) {
            let Some(generation) = self.slots.generation(slot) else { continue };
            self.cancel(slot, generation, status);
        }
    }

    /// Polls the calls that were woken.
    pub(super) fn poll_ready(&mut self) -> bool {
        let mut woken = Vec::new();
        self.shared.ready.take(|slot| woken.push(slot));
        for slot in &woken {
            let Some(generation) = self.slots.generation(*slot) else { continue };
            if let Some((handle, method)) = self.slots.polled_call(*slot) {
                self.lane.watch((handle.index, handle.generation), Some(method));
            }
            if let Some(outcome) = self.slots.poll(*slot) {
                self.complete(*slot, generation, false, outcome);
            }
            self.lane.watch((0, 0), None);
        }
        !woken.is_empty()
    }
}
