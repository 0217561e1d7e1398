use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::cancel::CancelBoard;
use crate::memory::Memory;
use crate::sync::Ordering;

/// Words: request tail, summary, one cancel word.
const TAIL: u32 = 0;
const SUMMARY: u32 = 4;
const BOARD: (u32, u32) = (8, SUMMARY);
const GENERATION: u32 = 5;

fn board() -> CancelBoard {
    CancelBoard::at(BOARD.0, BOARD.1)
}

/// Catches a Rust side that looks only at the summary, or only when it takes the request: a cancel that comes between
/// the two is lost. The drain looks at the word when it takes a request, and at the summary after that.
#[test]
fn a_cancel_that_races_with_the_taking_is_seen() {
    model(|| {
        let lane = Arc::new(Words::starting(&[0, 0, 0]));
        let caller = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                lane.word(TAIL).store(1, Ordering::Release);
                board().request(&*lane, 0, GENERATION);
            }
        });
        let mut taken = false;
        let mut cancelled = false;
        let mut turn = |last: bool| {
            if !taken && lane.word(TAIL).load(Ordering::Acquire) == 1 {
                taken = true;
                cancelled |= board().is_requested(&*lane, 0, GENERATION);
            }
            if board().take_summary(&*lane) & 1 != 0 && taken {
                cancelled |= board().is_requested(&*lane, 0, GENERATION);
            }
            assert!(!last || (taken && cancelled), "the cancel was lost");
        };
        turn(false);
        caller.join().unwrap();
        turn(true);
    });
}

/// Catches a cancel that is not bound to one use of a slot: the next call of the slot would end by it.
#[test]
fn a_late_cancel_does_not_reach_the_next_use() {
    model(|| {
        let lane = Arc::new(Words::starting(&[0, 0, 0]));
        let drain = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let summary = board().take_summary(&*lane);
                assert!(summary & 1 == 0 || !board().is_requested(&*lane, 0, GENERATION + 1), "the wrong call ended");
            }
        });
        board().request(&*lane, 0, GENERATION);
        board().clear(&*lane, 0);
        drain.join().unwrap();
    });
}
