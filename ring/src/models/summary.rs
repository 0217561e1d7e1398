use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::cancel::CancelBoard;

/// Catches a drain that takes the summary by a load and a store: the bit of a second cancel is wiped out.
#[test]
fn a_second_cancel_while_the_summary_is_taken() {
    model(|| {
        let lane = Arc::new(Words::zeroed(1 + 33));
        let board = CancelBoard::at(4, 0);
        board.request(&*lane, 0, 5);
        let caller = thread::spawn({
            let lane = Arc::clone(&lane);
            move || board.request(&*lane, 32, 6)
        });
        let first = board.take_summary(&*lane);
        caller.join().unwrap();
        assert_eq!(first | board.take_summary(&*lane), 0b11, "the second cancel was lost");
    });
}
