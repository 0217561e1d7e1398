use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::cell_ring::{Head, Place, Reader, Writer};
use crate::layout::CELL_HEAD;

/// Words: tail and head, then two cells of four bytes each.
const PLACE: Place = Place { name: "model cells", cells: 8, count: 2, size: CELL_HEAD + 4, tail: 0, head: 4 };
const FIRST: u32 = u32::MAX;
const PAYLOAD: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

fn lane() -> Arc<Words> {
    let words = Words::zeroed(2 + 2 * (CELL_HEAD as usize / 4 + 1));
    for cursor in 0..2 {
        words.0[cursor].store(FIRST, crate::sync::Ordering::Relaxed);
    }
    Arc::new(words)
}

fn write(writer: &mut Writer, lane: &Words, offset: u32) {
    let head = Head { slot: 3, generation: 9, total: 12, offset };
    assert_eq!(writer.write(lane, head, &PAYLOAD), 4);
    writer.publish(lane);
}

/// Catches a tail that is published before its cell: a fragment's head or bytes are not there yet.
#[test]
fn a_fragment_is_whole_when_it_is_seen() {
    model(|| {
        let lane = lane();
        let source = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut writer = Writer::new(PLACE, FIRST);
                write(&mut writer, &lane, 0);
                write(&mut writer, &lane, 4);
                writer
            }
        });
        let mut reader = Reader::new(PLACE, FIRST);
        reader.take(&*lane, 12).unwrap();
        reader.release(&*lane);
        let mut writer = source.join().unwrap();
        reader.take(&*lane, 12).unwrap();
        reader.release(&*lane);
        assert!(writer.has_space(&*lane), "both cells were given back");
        write(&mut writer, &lane, 8);
        reader.take(&*lane, 12).unwrap();
        assert_eq!(reader.finish(3, 9, 12).unwrap(), PAYLOAD);
    });
}

/// Catches a cell that is given back before it was copied out: the next fragment stands where this one is read.
#[test]
fn a_cell_is_reused_only_after_it_was_copied_out() {
    model(|| {
        let lane = lane();
        let mut writer = Writer::new(PLACE, FIRST);
        write(&mut writer, &lane, 0);
        write(&mut writer, &lane, 4);
        let sink = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut reader = Reader::new(PLACE, FIRST);
                reader.take(&*lane, 12).unwrap();
                reader.release(&*lane);
                reader
            }
        });
        let fits = writer.has_space(&*lane);
        if fits {
            write(&mut writer, &lane, 8);
        }
        let mut reader = sink.join().unwrap();
        if !fits {
            write(&mut writer, &lane, 8);
        }
        reader.take(&*lane, 12).unwrap();
        assert_eq!(reader.finish(3, 9, 12).unwrap(), PAYLOAD);
    });
}
