use thiserror::Error;

/// The peer broke the protocol. The lane that says so is over: nothing in it can be trusted any more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Violation {
    /// A payload does not stand where the next one must.
    #[error("{ring}: payload at {found}, expected at {expected}")]
    Position {
        /// Which ring.
        ring: &'static str,
        /// What the descriptor says.
        found: u32,
        /// Where the reader's own cursor stands.
        expected: u32,
    },
    /// A payload is longer than its place allows.
    #[error("{ring}: payload of {length} bytes, at most {length_max}")]
    Length {
        /// Which ring.
        ring: &'static str,
        /// What the descriptor says.
        length: u32,
        /// The bound.
        length_max: u32,
    },
    /// More entries were published than the ring holds.
    #[error("{ring}: {published} entries published, the ring holds {count}")]
    Overrun {
        /// Which ring.
        ring: &'static str,
        /// Tail minus head.
        published: u32,
        /// Entries of the ring.
        count: u32,
    },
    /// A field holds a value that has no meaning.
    #[error("{ring}: {field} is {value}")]
    Field {
        /// Which ring.
        ring: &'static str,
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: u32,
    },
    /// A request names a slot whose last request is not finished.
    #[error("request ring: slot {slot} is in use")]
    SlotInUse {
        /// Index of the slot.
        slot: u32,
    },
}
