//! What comes back: from work elsewhere, from wakers, from cancels. Each ends in the one completion of its request.

use std::time::Instant;

use ferrule_ring::completion_ring::Status;

use super::Drain;
use crate::closing::Stage;
use crate::lifecycle::{Done, DoneResult};
use crate::messages::Outcome;
use crate::table::Handle;

impl Drain {
    pub(super) fn take_done(&mut self) -> bool {
        let mut worked = false;
        while let Some(Done { slot, result }) = self.shared.done.pop() {
            worked = true;
            let outcome = match result {
                DoneResult::Started(Ok(instance)) => {
                    let Handle { index, generation } = self.table.insert(instance);
                    Outcome::ok(format!("{{\"index\":{index},\"generation\":{generation}}}").into_bytes())
                }
                DoneResult::Started(Err(outcome)) | DoneResult::Answered(outcome) => outcome,
                DoneResult::ShutDown { handle, outcome } => {
                    self.table.remove(handle);
                    outcome
                }
            };
            match slot {
                Some(slot) => {
                    let generation = self.slots.generation(slot).expect("a slot is taken until its outcome is back");
                    self.slots.finish_elsewhere(slot);
                    self.complete(slot, generation, false, outcome);
                }
                None => {
                    if let Some(closing) = &mut self.closing {
                        closing.set_stage(Stage::Instances { busy: false });
                    }
                }
            }
        }
        worked
    }

    pub(super) fn take_cancels(&mut self) -> bool {
        let mut summary = self.lane.take_cancel_summary();
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

    pub(super) fn poll_ready(&mut self) -> bool {
        if !self.shared.ready.has_more() {
            return false;
        }
        let mut woken = Vec::new();
        self.shared.ready.take(|slot| woken.push(slot));
        for slot in woken {
            let Some(generation) = self.slots.generation(slot) else { continue };
            if let Some(outcome) = self.slots.poll(slot) {
                self.complete(slot, generation, false, outcome);
            }
        }
        true
    }
}
