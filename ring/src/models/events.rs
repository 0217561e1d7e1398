use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::descriptor_ring::{ENTRY_WORDS, Place, Reader, Writer};

/// Words: event tail and head, completion tail and head, then two entries for each ring.
const EVENTS: Place = Place { name: "events", entries: 16, count: 2, tail: 0, head: 4 };
const COMPLETIONS: Place = Place { name: "completions", entries: 16 + 2 * 64, count: 2, tail: 8, head: 12 };

/// Catches a completion that is seen before the events which were written before it: a start's statuses would come
/// after the start, and a call's last log records after its answer. The completion says where the event ring stood.
#[test]
fn events_are_there_before_the_completion_that_names_them() {
    const FIRST: u32 = u32::MAX;
    model(|| {
        let mut words = Words::zeroed(4 + 4 * ENTRY_WORDS);
        for cursor in 0..4 {
            words.0[cursor] = crate::sync::AtomicU32::new(FIRST);
        }
        let lane = Arc::new(words);
        let drain = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let (mut events, mut completions) = (Writer::new(EVENTS, FIRST), Writer::new(COMPLETIONS, FIRST));
                for event in [1, 2] {
                    events.write(&*lane, &[event; ENTRY_WORDS]);
                }
                completions.write(&*lane, &[events.tail(); ENTRY_WORDS]);
                events.publish(&*lane);
                completions.publish(&*lane);
            }
        });
        let (mut events, mut completions) = (Reader::new(EVENTS, FIRST), Reader::new(COMPLETIONS, FIRST));
        let mut heard = 0;
        // A look at the events of its own, as every turn of TypeScript has one: it remembers what it saw.
        if events.take(&*lane).unwrap().is_some() {
            heard += 1;
        }
        if let Some(completion) = completions.take(&*lane).unwrap() {
            while FIRST.wrapping_add(heard) != completion[0] {
                let event = events.take(&*lane).unwrap().expect("an event that a completion names is there");
                heard += 1;
                assert_eq!(event, [heard; ENTRY_WORDS]);
            }
        }
        drain.join().unwrap();
    });
}
