//! Streams to TypeScript: a method answers a number, and TypeScript asks for items by it.
//!
//! ```text
//!     watch(...) > open > [id]          $next [id] > polls the stream until an item is there > items, at most 16
//!                                       $cancel [id] > drops the stream
//! ```
//!
//! Nothing polls a stream that nobody asks, so a slow reader stops it: after what one poll makes, 16 items at most. The
//! future of a stream holds the instance and the stream that borrows from it, and hands items over through a queue.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;

use super::incoming::Channel;
use super::outgoing::{Cancelled, Outgoing, Turn};
use super::sink::{Items, Sink};
use crate::{Call, CallFuture, Context, Error, Host, Method, Payload, Peers};

/// Asks for items: the stream's number as four bytes, little-endian; answers an array: whether that is all, then items.
pub const NEXT: Method = Method::bytes("$next", "The next items of a stream.");
/// Drops a stream: its number as four bytes.
pub const CANCEL: Method = Method::bytes("$cancel", "Ends a stream.");

/// Streams that an instance has open at once, in each direction.
const STREAMS_MAX: usize = 1_024;

/// The open streams of an instance, in both directions.
#[derive(Default)]
pub struct Streams {
    table: Mutex<Table>,
    /// Through whom iterables are asked.
    peers: OnceLock<Arc<dyn Peers>>,
}

#[derive(Default)]
pub(super) struct Table {
    last: u32,
    pub(super) is_over: bool,
    outgoing: HashMap<u32, Arc<Outgoing>>,
    incoming: HashMap<u32, Arc<Channel>>,
}

impl Table {
    fn check(&self, open: usize) -> Result<(), Error> {
        if self.is_over {
            return Err(shut_down());
        }
        if open >= STREAMS_MAX {
            let text = format!("the extension has {STREAMS_MAX} streams open in this direction, its limit");
            return Err(Error::new(text).with_code("STREAMS_EXHAUSTED").retryable());
        }
        Ok(())
    }

    /// A number that no open stream has.
    fn number(&mut self) -> Result<u32, Error> {
        self.check(self.outgoing.len())?;
        loop {
            self.last = self.last.wrapping_add(1);
            if !self.outgoing.contains_key(&self.last) {
                return Ok(self.last);
            }
        }
    }
}

pub(super) fn shut_down() -> Error {
    Error::new("the extension is shutting down: its streams have ended").with_code("SHUT_DOWN").permanent()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Streams {
    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }

    /// The instance starts in this host.
    pub(super) fn enter(&self, host: &Host) {
        let _ = self.peers.set(Arc::clone(host.peers()));
    }

    pub(super) fn peers(&self) -> Option<&Arc<dyn Peers>> {
        self.peers.get()
    }

    /// A method takes an iterable.
    pub(super) fn claim(&self, number: u32) -> Result<Arc<Channel>, Error> {
        let mut table = self.table();
        table.check(table.incoming.len())?;
        let channel = Arc::new(Channel::default());
        if table.incoming.contains_key(&number) {
            return Err(Error::invalid_argument(format!("iterable {number} was taken already")));
        }
        table.incoming.insert(number, Arc::clone(&channel));
        Ok(channel)
    }

    /// Nobody wants more of an iterable.
    pub(super) fn release(&self, number: u32, channel: &Arc<Channel>) {
        let mut table = self.table();
        let is_there = table.incoming.get(&number).is_some_and(|found| Arc::ptr_eq(found, channel));
        if is_there {
            table.incoming.remove(&number);
        }
        drop(table);
        if is_there && let Some(peers) = self.peers() {
            peers.release(number);
        }
    }

    /// Opens a stream; answers its number. `make` gets where its items go, and is first polled when somebody asks.
    ///
    /// # Errors
    /// `STREAMS_EXHAUSTED`, and `SHUT_DOWN` when the instance is on its way out.
    pub fn open<F: Future<Output = Result<(), Error>> + Send + 'static>(
        &self,
        context: &Context,
        make: impl FnOnce(Sink) -> F,
    ) -> Result<Payload, Error> {
        let token = CancellationToken::new();
        let items = Items::default();
        let own = Context::new(Arc::clone(context.identity()), None, token.clone());
        let sink = Sink::new(Arc::clone(&items), own);
        let number = {
            let mut table = self.table();
            let number = table.number()?;
            table.outgoing.insert(number, Arc::new(Outgoing::new(items, token.drop_guard())));
            number
        };
        let future = Box::pin(make(sink));
        if let Some(stream) = self.table().outgoing.get(&number) {
            stream.begin(future);
        }
        Payload::to_msgpack(&number)
    }

    /// Answers a call of one of the methods that streams need.
    pub(super) fn call(self: &Arc<Self>, call: &Call) -> Option<CallFuture> {
        if !call.method.starts_with('$') {
            return None;
        }
        let number = u32::from_le_bytes(*call.payload.bytes().first_chunk::<4>()?);
        match call.method {
            "$next" => Some(self.next(number)),
            "$cancel" => {
                self.cancel(number);
                Some(Box::pin(std::future::ready(Ok(Payload::empty()))))
            }
            _ => None,
        }
    }

    fn next(self: &Arc<Self>, number: u32) -> CallFuture {
        let stream = self.table().outgoing.get(&number).cloned();
        let streams = Arc::clone(self);
        Box::pin(async move {
            let stream = stream.ok_or_else(|| {
                if streams.table().is_over {
                    return shut_down();
                }
                Error::new("the stream has ended").with_code("INVALID_STATE").permanent()
            })?;
            let turn = Turn::new(&stream)?;
            let (answer, over) = poll_fn(|context| turn.poll(context)).await;
            if over {
                streams.table().outgoing.remove(&number);
            }
            answer
        })
    }

    fn cancel(&self, number: u32) {
        let stream = self.table().outgoing.remove(&number);
        if let Some(stream) = stream {
            stream.cancel(Cancelled::ByReader);
        }
    }

    /// Ends all of them: the instance shuts down.
    pub(super) fn end(&self) {
        let (outgoing, incoming) = {
            let mut table = self.table();
            table.is_over = true;
            (std::mem::take(&mut table.outgoing), std::mem::take(&mut table.incoming))
        };
        for stream in outgoing.into_values() {
            stream.cancel(Cancelled::ByShutdown);
        }
        for (number, channel) in incoming {
            channel.end();
            if let Some(peers) = self.peers() {
                peers.release(number);
            }
        }
    }
}
