use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::cursor::next_generation;
use crate::descriptor_ring::{ENTRY_WORDS, Place, Reader, Writer};

/// Words: request tail and head, completion tail and head, then one entry for each ring.
const REQUESTS: Place = Place { name: "requests", entries: 16, count: 1, tail: 0, head: 4 };
const COMPLETIONS: Place = Place { name: "completions", entries: 16 + 64, count: 1, tail: 8, head: 12 };

/// Catches a slot that is used again before its completion was consumed: with one slot and rings of one entry, either
/// ring would be overwritten. Two uses of the slot, with the generation's wrap between them.
#[test]
fn a_slot_is_reused_only_after_its_completion_was_consumed() {
    model(|| {
        let lane = Arc::new(Words::zeroed(4 + 32));
        let drain = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut requests = Reader::new(REQUESTS, 0);
                let mut completions = Writer::new(COMPLETIONS, 0);
                while requests.take(&*lane).unwrap().is_none() {
                    thread::yield_now();
                }
                completions.write(&*lane, &[u32::MAX; ENTRY_WORDS]);
                completions.publish(&*lane);
                if let Some(second) = requests.take(&*lane).unwrap() {
                    assert_eq!(second, [1; ENTRY_WORDS], "a request was overwritten");
                }
            }
        });
        let mut requests = Writer::new(REQUESTS, 0);
        let mut completions = Reader::new(COMPLETIONS, 0);
        let generation = u32::MAX;
        requests.write(&*lane, &[generation; ENTRY_WORDS]);
        requests.publish(&*lane);
        if let Some(completion) = completions.take(&*lane).unwrap() {
            assert_eq!(completion, [generation; ENTRY_WORDS]);
            requests.write(&*lane, &[next_generation(generation); ENTRY_WORDS]);
            requests.publish(&*lane);
        }
        drain.join().unwrap();
    });
}
