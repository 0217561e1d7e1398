//! Every offset, size and code of the shared memory. The one owner: `npm run generate` writes TypeScript's copy from
//! here.
//!
//! ```text
//! 0      identity: magic, versions, counts, sizes, first cursors, state          256 bytes
//! 256    hot words, 128 bytes apart: cursors, parked words, cancel summary
//! 3072   counters of the Rust side, its histogram, the watchdog
//! 4096   cancel words, one for each slot
//! 8192   request entries      1,024 x 64 bytes
//! 73728  completion entries   1,024 x 64 bytes
//! 139264 event entries        1,024 x 64 bytes
//! 204800 reply entries          256 x 64 bytes   (answers to calls from Rust: reserved, not used by this version)
//! 221184 request bytes        1 MiB
//! ...    completion bytes     1 MiB
//! ...    event bytes          256 KiB
//! ...    reply bytes          256 KiB            (reserved, as above)
//! ...    request cells        16 x 64 KiB        fragments of payloads over half the request bytes
//! ...    completion cells     16 x 64 KiB
//! ```

macro_rules! layout {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*

        /// Every constant by name, in order: what the fingerprint covers and what TypeScript's copy is written from.
        pub const TABLE: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

layout! {
    /// First word of every region: `FRUL` in little-endian bytes.
    MAGIC = 0x4c55_5246;
    /// Moves with every change of meaning or place.
    LAYOUT_VERSION = 3;
    /// Shows that both sides agree on the order of bytes.
    BYTE_ORDER_MARK = 0x0102_0304;

    /// Entries of the request, completion and event rings.
    ENTRY_COUNT = 1_024;
    /// Entries of the reply ring.
    REPLY_ENTRY_COUNT = 256;
    /// Calls that can be pending at once.
    SLOT_COUNT = 1_024;
    /// Slots that only lifecycle requests may take, so that hung calls cannot stop a shutdown.
    LIFECYCLE_SLOT_COUNT = 16;
    /// Slots that only answers to calls from Rust may take, so that calls which wait for them cannot hold them up.
    ANSWER_SLOT_COUNT = 16;
    /// Slots for calls that are made within calls from Rust: one for each depth, so that the deepest can always go on.
    NESTED_SLOT_COUNT = 32;
    /// Bytes of an entry.
    ENTRY_SIZE = 64;

    /// Identity words.
    OFFSET_MAGIC = 0;
    /// See [`LAYOUT_VERSION`].
    OFFSET_LAYOUT_VERSION = 4;
    /// Low half of [`FINGERPRINT`].
    OFFSET_FINGERPRINT_LOW = 8;
    /// High half of [`FINGERPRINT`].
    OFFSET_FINGERPRINT_HIGH = 12;
    /// See [`BYTE_ORDER_MARK`].
    OFFSET_BYTE_ORDER = 16;
    /// Number of this lane among all that its process ever made.
    OFFSET_EPOCH = 20;
    /// See [`ENTRY_COUNT`].
    OFFSET_ENTRY_COUNT = 24;
    /// See [`SLOT_COUNT`].
    OFFSET_SLOT_COUNT = 28;
    /// See [`REGION_SIZE`].
    OFFSET_REGION_SIZE = 32;
    /// Generation before the first use of every slot.
    OFFSET_FIRST_GENERATION = 36;
    /// Where every descriptor cursor starts.
    OFFSET_FIRST_CURSOR = 40;
    /// Where every byte cursor starts.
    OFFSET_FIRST_BYTE_CURSOR = 44;
    /// One of the `STATE_` codes.
    OFFSET_STATE = 48;
    /// A word that TypeScript writes and Rust reads back at open: shows that both see the same memory.
    OFFSET_SELF_TEST = 52;
    /// Bytes of the longest payload, in either direction.
    OFFSET_PAYLOAD_MAX = 56;
    /// Bytes of payloads that may be under way in each direction before their source is held up.
    OFFSET_HELD_MAX = 60;

    /// Hot words, each with 128 bytes to itself.
    OFFSET_REQUEST_TAIL = 256;
    /// Published by Rust after a batch.
    OFFSET_REQUEST_HEAD = 384;
    /// Bytes that Rust has copied out.
    OFFSET_REQUEST_BYTE_HEAD = 512;
    /// Published by Rust after a batch.
    OFFSET_COMPLETION_TAIL = 640;
    /// Stays where it starts: slots bound the writer.
    OFFSET_COMPLETION_HEAD = 768;
    /// Bytes that TypeScript has copied out.
    OFFSET_COMPLETION_BYTE_HEAD = 896;
    /// Published by Rust.
    OFFSET_EVENT_TAIL = 1_024;
    /// Published by TypeScript: bounds the writer.
    OFFSET_EVENT_HEAD = 1_152;
    /// Bytes that TypeScript has copied out.
    OFFSET_EVENT_BYTE_HEAD = 1_280;
    /// Reserved for answers to calls from Rust.
    OFFSET_REPLY_TAIL = 1_408;
    /// Reserved.
    OFFSET_REPLY_HEAD = 1_536;
    /// Reserved.
    OFFSET_REPLY_BYTE_HEAD = 1_664;
    /// How Rust sleeps: one of the `PARKED_` codes.
    OFFSET_RUST_PARKED = 1_792;
    /// How TypeScript sleeps: one of the `PARKED_` codes.
    OFFSET_TYPESCRIPT_PARKED = 1_920;
    /// One bit for each 32 slots: some of them have a cancel word set.
    OFFSET_CANCEL_SUMMARY = 2_048;
    /// Request cells written by TypeScript.
    OFFSET_REQUEST_CELL_TAIL = 2_176;
    /// Request cells that Rust has copied out.
    OFFSET_REQUEST_CELL_HEAD = 2_304;
    /// Completion cells written by Rust.
    OFFSET_COMPLETION_CELL_TAIL = 2_432;
    /// Completion cells that TypeScript has copied out.
    OFFSET_COMPLETION_CELL_HEAD = 2_560;
    /// Not 0 while more threads are busy with the runtime than there are cores: looking before sleep is waste then.
    OFFSET_CROWDED = 2_688;

    /// Counters of the Rust side, one word each.
    OFFSET_COUNTER_REQUESTS = 3_072;
    /// Completions written.
    OFFSET_COUNTER_COMPLETIONS = 3_076;
    /// Completions of calls that were ready at their first poll.
    OFFSET_COUNTER_FIRST_POLL = 3_080;
    /// Rings of TypeScript's doorbell.
    OFFSET_COUNTER_WAKES_SENT = 3_084;
    /// Publishes that needed no ring.
    OFFSET_COUNTER_WAKES_SPARED = 3_088;
    /// Times that the drain fell asleep.
    OFFSET_COUNTER_PARKS = 3_092;
    /// Instances that live, of all lanes.
    OFFSET_COUNTER_HANDLES = 3_096;
    /// Calls and lifecycle requests of this lane that are under way.
    OFFSET_COUNTER_RUNNING = 3_100;
    /// Requests that ended as cancelled: by a cancel word, or by their instance's shutdown.
    OFFSET_COUNTER_CANCELS = 3_104;
    /// Requests that ended by a panic.
    OFFSET_COUNTER_PANICS = 3_108;
    /// Log records dropped for want of space.
    OFFSET_COUNTER_LOGS_DROPPED = 3_112;
    /// Completions that had to wait for byte space.
    OFFSET_COUNTER_BYTE_WAITS = 3_116;
    /// Turns of the drain that found requests.
    OFFSET_COUNTER_BATCHES = 3_120;
    /// Items of batches and writers that were begun.
    OFFSET_COUNTER_ITEMS = 3_124;
    /// Bytes of payloads taken, low half.
    OFFSET_COUNTER_BYTES_IN_LOW = 3_128;
    /// High half.
    OFFSET_COUNTER_BYTES_IN_HIGH = 3_132;
    /// Bytes of results written, low half.
    OFFSET_COUNTER_BYTES_OUT_LOW = 3_136;
    /// High half.
    OFFSET_COUNTER_BYTES_OUT_HIGH = 3_140;
    /// Bytes of results that wait for space.
    OFFSET_COUNTER_HELD = 3_144;
    /// Lanes of the runtime.
    OFFSET_COUNTER_LANES = 3_148;
    /// How long requests took in Rust, of one in [`HISTOGRAM_SAMPLE`]: word n counts those below 2^n microseconds
    /// and not below half of that; the last one has all that are longer.
    OFFSET_HISTOGRAM = 3_200;
    /// Words of the histogram.
    HISTOGRAM_BUCKETS = 24;
    /// One request in so many is timed.
    HISTOGRAM_SAMPLE = 64;
    /// The call that the drain's thread is in: method plus 1, or 0.
    OFFSET_WATCHDOG_METHOD = 3_328;
    /// Its instance: handle index.
    OFFSET_WATCHDOG_HANDLE_INDEX = 3_332;
    /// Its instance: handle generation.
    OFFSET_WATCHDOG_HANDLE_GENERATION = 3_336;

    /// One word for each slot: the generation to cancel, or 0.
    OFFSET_CANCEL_WORDS = 4_096;
    /// Descriptor rings.
    OFFSET_REQUEST_ENTRIES = 8_192;
    /// Descriptor ring.
    OFFSET_COMPLETION_ENTRIES = OFFSET_REQUEST_ENTRIES + ENTRY_COUNT * ENTRY_SIZE;
    /// Descriptor ring.
    OFFSET_EVENT_ENTRIES = OFFSET_COMPLETION_ENTRIES + ENTRY_COUNT * ENTRY_SIZE;
    /// Descriptor ring.
    OFFSET_REPLY_ENTRIES = OFFSET_EVENT_ENTRIES + ENTRY_COUNT * ENTRY_SIZE;

    /// Bytes for request payloads over the inline size.
    REQUEST_BYTES_SIZE = 1 << 20;
    /// Bytes for results over the inline size.
    COMPLETION_BYTES_SIZE = 1 << 20;
    /// Bytes for events over the inline size.
    EVENT_BYTES_SIZE = 1 << 18;
    /// Reserved.
    REPLY_BYTES_SIZE = 1 << 18;
    /// Byte ring.
    OFFSET_REQUEST_BYTES = OFFSET_REPLY_ENTRIES + REPLY_ENTRY_COUNT * ENTRY_SIZE;
    /// Byte ring.
    OFFSET_COMPLETION_BYTES = OFFSET_REQUEST_BYTES + REQUEST_BYTES_SIZE;
    /// Byte ring.
    OFFSET_EVENT_BYTES = OFFSET_COMPLETION_BYTES + COMPLETION_BYTES_SIZE;
    /// Byte ring.
    OFFSET_REPLY_BYTES = OFFSET_EVENT_BYTES + EVENT_BYTES_SIZE;
    /// Cells of a cell ring: fragments of long payloads.
    CELL_COUNT = 16;
    /// Bytes of a cell: a head of 16 bytes, then as much of the payload as fits.
    CELL_SIZE = 1 << 16;
    /// Bytes of a cell's head.
    CELL_HEAD = 16;
    /// Cell ring.
    OFFSET_REQUEST_CELLS = OFFSET_REPLY_BYTES + REPLY_BYTES_SIZE;
    /// Cell ring.
    OFFSET_COMPLETION_CELLS = OFFSET_REQUEST_CELLS + CELL_COUNT * CELL_SIZE;
    /// Bytes that a lane reserves.
    REGION_SIZE = OFFSET_COMPLETION_CELLS + CELL_COUNT * CELL_SIZE;
    /// Word of a cell's head: slot index.
    WORD_CELL_SLOT = 0;
    /// Word of a cell's head: slot generation.
    WORD_CELL_GENERATION = 1;
    /// Word of a cell's head: bytes of the whole payload.
    WORD_CELL_TOTAL = 2;
    /// Word of a cell's head: bytes of it that came before.
    WORD_CELL_OFFSET = 3;

    /// Words of every entry: a code in the low 8 bits, flags above.
    WORD_TAG = 0;
    /// Bytes of the payload.
    WORD_LENGTH = 1;
    /// Byte cursor of the payload, when it is not inline.
    WORD_POSITION = 2;
    /// Request: slot index.
    WORD_REQUEST_SLOT = 3;
    /// Request: slot generation.
    WORD_REQUEST_GENERATION = 4;
    /// Request: handle index.
    WORD_REQUEST_HANDLE_INDEX = 5;
    /// Request: handle generation.
    WORD_REQUEST_HANDLE_GENERATION = 6;
    /// Request: index of the method, or of the factory for a start.
    WORD_REQUEST_METHOD = 7;
    /// Request: deadline on CLOCK_MONOTONIC in microseconds, low half; 0 and 0 for none.
    WORD_REQUEST_DEADLINE_LOW = 8;
    /// Request: high half.
    WORD_REQUEST_DEADLINE_HIGH = 9;
    /// Request: first inline word.
    WORD_REQUEST_INLINE = 10;
    /// Completion: slot index.
    WORD_COMPLETION_SLOT = 3;
    /// Completion: slot generation.
    WORD_COMPLETION_GENERATION = 4;
    /// Completion: the event ring's tail when it was posted.
    WORD_COMPLETION_EVENT_TAIL = 5;
    /// Completion: first inline word.
    WORD_COMPLETION_INLINE = 6;
    /// Event: first inline word.
    WORD_EVENT_INLINE = 3;

    /// Tag flag: the payload stands in the byte ring.
    FLAG_BYTES = 1 << 8;
    /// Tag flag of a completion: it was ready at the first poll.
    FLAG_FIRST_POLL = 1 << 9;
    /// Tag flag: the payload came in cells, before this entry.
    FLAG_CELLS = 1 << 10;
    /// Tag flag of a request: its payload begins with a context, and that with its length.
    FLAG_CONTEXT = 1 << 11;
    /// The part of a tag that is a code.
    TAG_CODE_MASK = 0xff;

    /// Request codes.
    OP_CALL = 1;
    /// Builds an instance and starts it.
    OP_CREATE_AND_START = 2;
    /// Shuts an instance down and drops it.
    OP_SHUTDOWN = 3;
    /// Tells an instance that the service is ready.
    OP_READY = 4;
    /// Tells an instance that the service will stop.
    OP_NOT_READY = 5;
    /// Many calls of one method in one request: see `batch` in the runtime for the form of the payload.
    OP_CALL_MANY = 6;
    /// The same, and only failures are answered.
    OP_WRITE = 7;
    /// Answers a call from Rust: the handle names the call, the method is one of the `ANSWER_` codes.
    OP_ANSWER = 8;

    /// Answer codes. The payload is the result.
    ANSWER_OK = 0;
    /// The payload is an error, as JSON.
    ANSWER_REFUSED = 1;

    /// Completion codes. The request succeeded.
    STATUS_OK = 0;
    /// The extension refused; the payload is its error as JSON.
    STATUS_REFUSED = 1;
    /// The extension panicked; JSON as above.
    STATUS_PANICKED = 2;
    /// It was cancelled on this side.
    STATUS_CANCELLED = 3;
    /// Its deadline passed.
    STATUS_DEADLINE = 4;
    /// The handle names no living instance.
    STATUS_STALE_HANDLE = 5;
    /// The instance panicked earlier.
    STATUS_POISONED = 6;
    /// The result is longer than [`OFFSET_PAYLOAD_MAX`] says.
    STATUS_RESULT_TOO_LARGE = 7;
    /// The runtime is closing.
    STATUS_CLOSED = 8;
    /// The request's own message could not be read; the payload says why.
    STATUS_MALFORMED = 9;
    /// The factory has no such method.
    STATUS_UNKNOWN_METHOD = 10;

    /// Event codes. A log record, as JSON.
    EVENT_LOG = 1;
    /// A status that an extension reported, as JSON.
    EVENT_STATUS = 2;
    /// The Rust side found the protocol broken; the payload says how.
    EVENT_FAULT = 3;
    /// A call from Rust: index and generation of the call, bytes of its head, bytes of head and payload together, then
    /// as much of both as fits. The head is JSON.
    EVENT_CALL = 4;
    /// Goes on with a call's head and payload: index, generation, bytes.
    EVENT_CALL_PIECE = 5;
    /// The caller has gone: index, generation.
    EVENT_CALL_CANCEL = 6;

    /// Region states.
    STATE_INITIALISING = 1;
    /// Ready for use.
    STATE_READY = 2;
    /// No new requests.
    STATE_CLOSING = 3;
    /// Nothing will be written any more.
    STATE_CLOSED = 4;
    /// The peer broke the protocol.
    STATE_FAULTED = 5;

    /// Parked codes.
    PARKED_AWAKE = 0;
    /// Asleep: ring for whatever was published.
    PARKED_ASLEEP = 1;
    /// Asleep, and short of space: ring for freed bytes as well.
    PARKED_FOR_SPACE = 2;
    /// Blocked in a bounded foreign call: ring for whatever was published or freed, by the lane's signal instead of its
    /// socket.
    PARKED_SYNC = 3;
}

/// Payload bytes that fit into a request's entry.
pub const REQUEST_INLINE_MAX: u32 = ENTRY_SIZE - WORD_REQUEST_INLINE * 4;
/// Payload bytes that fit into a completion's entry.
pub const COMPLETION_INLINE_MAX: u32 = ENTRY_SIZE - WORD_COMPLETION_INLINE * 4;
/// Payload bytes that fit into an event's entry.
pub const EVENT_INLINE_MAX: u32 = ENTRY_SIZE - WORD_EVENT_INLINE * 4;

/// FNV-1a over every name and value of [`TABLE`]: two sides with the same fingerprint agree on every byte.
pub const FINGERPRINT: u64 = fingerprint();

const fn fingerprint() -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = OFFSET_BASIS;
    let mut row = 0;
    while row < TABLE.len() {
        let name = TABLE[row].0.as_bytes();
        let mut at = 0;
        while at < name.len() {
            hash = (hash ^ name[at] as u64).wrapping_mul(PRIME);
            at += 1;
        }
        let value = TABLE[row].1.to_le_bytes();
        let mut at = 0;
        while at < value.len() {
            hash = (hash ^ value[at] as u64).wrapping_mul(PRIME);
            at += 1;
        }
        row += 1;
    }
    hash
}

const _: () = {
    assert!(SLOT_COUNT <= ENTRY_COUNT, "slot ownership alone bounds the request and completion rings");
    assert!(ENTRY_COUNT.is_power_of_two() && REPLY_ENTRY_COUNT.is_power_of_two());
    assert!(REQUEST_BYTES_SIZE.is_power_of_two() && COMPLETION_BYTES_SIZE.is_power_of_two());
    assert!(EVENT_BYTES_SIZE.is_power_of_two() && REPLY_BYTES_SIZE.is_power_of_two());
    assert!(OFFSET_HELD_MAX < OFFSET_REQUEST_TAIL);
    assert!(OFFSET_REQUEST_TAIL.is_multiple_of(128) && OFFSET_CANCEL_SUMMARY.is_multiple_of(128));
    assert!(OFFSET_CROWDED + 128 <= OFFSET_COUNTER_REQUESTS && OFFSET_COUNTER_LANES < OFFSET_HISTOGRAM);
    assert!(OFFSET_HISTOGRAM + HISTOGRAM_BUCKETS * 4 <= OFFSET_WATCHDOG_METHOD);
    assert!(OFFSET_WATCHDOG_HANDLE_GENERATION < OFFSET_CANCEL_WORDS);
    assert!(CELL_COUNT.is_power_of_two() && CELL_HEAD.is_multiple_of(16));
    assert!(OFFSET_CANCEL_WORDS + SLOT_COUNT * 4 <= OFFSET_REQUEST_ENTRIES);
    assert!(SLOT_COUNT == 32 * 32, "one summary word covers every slot");
    assert!(OFFSET_REQUEST_BYTES.is_multiple_of(4_096) && REGION_SIZE.is_multiple_of(4_096));
    assert!(REQUEST_INLINE_MAX == 24 && COMPLETION_INLINE_MAX == 40 && EVENT_INLINE_MAX == 52);
};
