//! The calls that have a place, and the lines in which their events wait. A long call has a line of its own, so that it
//! holds up no short one.

use std::collections::VecDeque;

use ferrule::{Error, Payload};
use ferrule_ring::cursor::next_generation;
use ferrule_ring::event_ring::EventKind;
use tokio::sync::oneshot;

use super::Place;
use super::message::Message;

/// Names a call. A stale one finds nothing, never another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl Key {
    fn bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.index.to_le_bytes());
        bytes[4..].copy_from_slice(&self.generation.to_le_bytes());
        bytes
    }
}

/// One call.
pub(super) struct PendingCall {
    /// `None` when it has gone.
    pub(super) caller: Option<oneshot::Sender<Result<Payload, Error>>>,
    /// What is left to be written of it.
    pub(super) message: Option<Message>,
    _place: Option<Place>,
}

/// An event to be written.
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) bytes: Vec<u8>,
    /// A call whose last event it is: to be dropped.
    pub(super) written: Option<Message>,
}

struct Entry {
    generation: u32,
    call: Option<PendingCall>,
}

/// The calls of a lane.
#[derive(Default)]
pub(super) struct Calls {
    is_over: bool,
    entries: Vec<Entry>,
    free: Vec<u32>,
    cancels: VecDeque<Key>,
    short: VecDeque<Key>,
    long: VecDeque<Key>,
    /// Both lines have their turns.
    is_longs_turn: bool,
}

impl Calls {
    /// Events to be written, at least.
    pub(super) fn waiting(&self) -> u32 {
        u32::try_from(self.cancels.len() + self.short.len() + self.long.len()).unwrap_or(u32::MAX)
    }

    /// Takes a call on. The message comes back when nobody answers any more.
    pub(super) fn add(
        &mut self,
        message: Message,
        caller: oneshot::Sender<Result<Payload, Error>>,
        place: Option<Place>,
    ) -> Result<Key, Message> {
        if self.is_over {
            return Err(message);
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry { generation: 0, call: None });
            u32::try_from(self.entries.len() - 1).expect("fewer calls than a u32 counts")
        });
        let entry = &mut self.entries[index as usize];
        entry.generation = next_generation(entry.generation);
        let key = Key { index, generation: entry.generation };
        if message.is_short() { &mut self.short } else { &mut self.long }.push_back(key);
        entry.call = Some(PendingCall { caller: Some(caller), message: Some(message), _place: place });
        Ok(key)
    }

    fn find(&mut self, key: Key) -> Option<&mut PendingCall> {
        let entry = self.entries.get_mut(key.index as usize)?;
        if entry.generation == key.generation { entry.call.as_mut() } else { None }
    }

    /// A call is over.
    pub(super) fn remove(&mut self, key: Key) -> Option<PendingCall> {
        let has_message = self.find(key)?.message.is_some();
        if has_message {
            self.leave_lines(key);
        }
        self.free.push(key.index);
        self.entries[key.index as usize].call.take()
    }

    fn leave_lines(&mut self, key: Key) {
        for line in [&mut self.short, &mut self.long] {
            line.retain(|other| *other != key);
        }
    }

    /// A caller has gone. What is answered is to be dropped: the call, if TypeScript knows nothing of it, or what was
    /// left to be written.
    pub(super) fn leave(&mut self, key: Key) -> (Option<PendingCall>, Option<Message>) {
        let Some(call) = self.find(key) else { return (None, None) }; // it was answered
        if call.message.as_ref().is_some_and(|message| !message.has_begun()) {
            return (self.remove(key), None);
        }
        call.caller = None;
        let message = call.message.take();
        if message.is_some() {
            self.leave_lines(key);
        }
        self.cancels.push_back(key);
        (None, message)
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Option<Event> {
        while let Some(key) = self.cancels.pop_front() {
            // Its answer may have come meanwhile.
            if self.find(key).is_some() {
                return Some(Event { kind: EventKind::CallCancel, bytes: key.bytes().to_vec(), written: None });
            }
        }
        let takes_long = !self.long.is_empty() && (self.is_longs_turn || self.short.is_empty());
        self.is_longs_turn = !takes_long;
        let key = *if takes_long { &self.long } else { &self.short }.front()?;
        let call = self.find(key).expect("a call leaves its line when it is over");
        let message = call.message.as_mut().expect("what is in line has something to say");
        let kind = if message.has_begun() { EventKind::CallPiece } else { EventKind::Call };
        let (bytes, is_last) = message.take_piece(key.bytes());
        let written = if is_last { call.message.take() } else { None };
        if is_last {
            if takes_long { &mut self.long } else { &mut self.short }.pop_front();
        }
        Some(Event { kind, bytes, written })
    }

    /// No further calls. What is answered is to be dropped.
    pub(super) fn close(&mut self) -> Vec<PendingCall> {
        let before = std::mem::replace(self, Self { is_over: true, ..Self::default() });
        before.entries.into_iter().filter_map(|entry| entry.call).collect()
    }
}
