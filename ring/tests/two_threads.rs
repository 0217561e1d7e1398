//! Both sides of the rings as two real threads over one region, across every wrap: stamped payloads arrive whole and
//! in order.

#![cfg(not(loom))]

use ferrule_ring::channel::{Reader, Writer};
use ferrule_ring::header::{First, Limits};
use ferrule_ring::layout::*;
use ferrule_ring::region::Region;
use ferrule_ring::request_ring::{self, Operation, Request};
use proptest::prelude::*;

const NEAR_WRAP: First = First { cursor: u32::MAX - 499, byte_cursor: u32::MAX - 511, generation: u32::MAX - 499 };

fn request(number: u32, length: usize) -> Request {
    Request {
        operation: Operation::Call,
        slot: number % SLOT_COUNT,
        generation: number | 1,
        handle: (number, number ^ 7),
        method: number.wrapping_mul(3),
        deadline: (number.is_multiple_of(3)).then_some(u64::from(number) << 20 | 1),
        has_context: false,
        cells: None,
        payload: (0..length).map(|at| (at as u32).wrapping_mul(31).wrapping_add(number) as u8).collect(),
    }
}

fn length(number: u32) -> usize {
    match number % 7 {
        0 => 0,
        1..=3 => (number % 25) as usize,
        4..=5 => (number.wrapping_mul(2_654_435_761) % 3_000) as usize,
        _ => (number.wrapping_mul(2_654_435_761) % 60_000) as usize,
    }
}

#[test]
fn requests_arrive_whole_and_in_order() {
    const COUNT: u32 = 30_000;
    let region = Region::create(1, NEAR_WRAP, Limits::default()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = Writer::new(request_ring::PLACE, NEAR_WRAP.cursor, NEAR_WRAP.byte_cursor);
            for number in 0..COUNT {
                let request = request(number, length(number));
                // Here no slots bound the entries, so the reader's head does.
                while !writer.has_entry_space(&region, 1)
                    || writer.write(&region, request.encode(), &request.payload).is_err()
                {
                    writer.publish(&region);
                    std::hint::spin_loop();
                }
                if number.is_multiple_of(5) {
                    writer.publish(&region);
                }
            }
            writer.publish(&region);
        });
        let mut reader = Reader::new(request_ring::PLACE, NEAR_WRAP.cursor, NEAR_WRAP.byte_cursor);
        for number in 0..COUNT {
            let message = loop {
                if let Some(message) = reader.take(&region).unwrap() {
                    break message;
                }
                reader.release(&region);
                std::hint::spin_loop();
            };
            assert_eq!(Request::decode(message).unwrap(), request(number, length(number)));
        }
        assert!(!reader.has_more(&region));
    });
}

proptest! {
    /// Whatever the other side writes into an entry, reading it ends in a request or a violation.
    #[test]
    fn any_entry_is_a_request_or_a_violation(
        mut words in prop::array::uniform16(any::<u32>()),
        tag in prop_oneof![0..8_u32, 256..264_u32, any::<u32>()],
        length in prop_oneof![0..40_u32, any::<u32>()],
        slot in prop_oneof![0..2_048_u32, any::<u32>()],
    ) {
        (words[0], words[1], words[3]) = (tag, length, slot);
        let region = Region::create(1, First::default(), Limits::default()).unwrap();
        let mut descriptors = ferrule_ring::descriptor_ring::Writer::new(request_ring::PLACE.descriptors, 0);
        descriptors.write(&region, &words);
        descriptors.publish(&region);
        let mut reader = Reader::new(request_ring::PLACE, 0, 0);
        if let Ok(Some(message)) = reader.take(&region) {
            prop_assert!(message.payload.len() <= (REQUEST_BYTES_SIZE / 2) as usize);
            if let Ok(request) = Request::decode(message) {
                prop_assert!(request.slot < SLOT_COUNT && request.generation != 0);
            }
        }
    }
}
