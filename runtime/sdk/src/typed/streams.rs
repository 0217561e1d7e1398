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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::incoming::Channel;
use super::sink::{Items, Sink};
use crate::{Call, CallFuture, Context, Error, Host, Method, Payload, Peers};

/// Asks for items: the stream's number as four bytes, little-endian; answers an array: whether that is all, then items.
pub const NEXT: Method = Method::bytes("$next", "The next items of a stream.");
/// Drops a stream: its number as four bytes.
pub const CANCEL: Method = Method::bytes("$cancel", "Ends a stream.");

/// Items that a stream makes ahead of its reader.
pub(super) const WINDOW: usize = 16;
/// Bytes after which an answer holds no further item: sixteen long ones would exceed what a result may have.
const ANSWER_BYTES: usize = 128 * 1_024;
/// Streams that an instance has open at once, in each direction.
const STREAMS_MAX: usize = 1_024;

type StreamFuture = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

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
            let state = State { future: None, failed: None, waiter: None, asked: false, cancelled: None };
            let _ends = token.drop_guard();
            table.outgoing.insert(number, Arc::new(Outgoing { items, state: Mutex::new(state), _ends }));
            number
        };
        let future: StreamFuture = Box::pin(make(sink));
        if let Some(stream) = self.table().outgoing.get(&number) {
            lock(&stream.state).future = Some(future);
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
            let (answer, over) = poll_fn(|context| turn.0.poll(context)).await;
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

/// A stream on its way to TypeScript.
struct Outgoing {
    items: Items,
    state: Mutex<State>,
    /// Cancels the stream's context.
    _ends: DropGuard,
}

struct State {
    /// Makes the items; gone when it has ended.
    future: Option<StreamFuture>,
    failed: Option<Error>,
    waiter: Option<Waker>,
    /// Somebody waits for items.
    asked: bool,
    cancelled: Option<Cancelled>,
}

#[derive(Clone, Copy)]
enum Cancelled {
    ByReader,
    ByShutdown,
}

impl Outgoing {
    /// Items, or the end; and whether it is over.
    fn poll(&self, context: &mut TaskContext<'_>) -> Poll<(Result<Payload, Error>, bool)> {
        let mut state = lock(&self.state);
        match state.cancelled {
            Some(Cancelled::ByReader) => return Poll::Ready((Ok(answer(true, &[])), true)),
            Some(Cancelled::ByShutdown) => return Poll::Ready((Err(shut_down()), true)),
            None => {}
        }
        let has_room = lock(&self.items).len() < WINDOW;
        if has_room
            && let Some(future) = &mut state.future
            && let Poll::Ready(ended) = future.as_mut().poll(context)
        {
            state.future = None;
            state.failed = ended.err();
        }
        let mut queue = lock(&self.items);
        let (mut items, mut bytes) = (Vec::new(), 0);
        // What makes it longer than that goes alone: a result's limit is one item's limit.
        while let Some(length) = queue.front().map(Vec::len)
            && (items.is_empty() || bytes + length <= ANSWER_BYTES)
        {
            bytes += length;
            items.extend(queue.pop_front());
        }
        let is_last = state.future.is_none() && queue.is_empty();
        match (items.is_empty(), is_last) {
            (true, false) => {
                state.waiter = Some(context.waker().clone());
                Poll::Pending
            }
            (true, true) => Poll::Ready((state.failed.take().map_or_else(|| Ok(answer(true, &[])), Err), true)),
            // An error comes after the items before it.
            (false, _) => {
                let over = is_last && state.failed.is_none();
                Poll::Ready((Ok(answer(over, &items)), over))
            }
        }
    }

    fn cancel(&self, cancelled: Cancelled) {
        let (future, waiter) = {
            let mut state = lock(&self.state);
            state.cancelled = Some(cancelled);
            (state.future.take(), state.waiter.take())
        };
        lock(&self.items).clear();
        // Its author's code, which may panic; the panic is in the log, and the other streams end as well.
        drop(catch_unwind(AssertUnwindSafe(move || drop(future))));
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

/// The right to ask: one request at a time.
struct Turn(Arc<Outgoing>);

impl Turn {
    fn new(stream: &Arc<Outgoing>) -> Result<Self, Error> {
        let mut state = lock(&stream.state);
        if std::mem::replace(&mut state.asked, true) {
            let text = "somebody waits for this stream already: it is asked once at a time";
            return Err(Error::new(text).with_code("INVALID_STATE").permanent());
        }
        drop(state);
        Ok(Self(Arc::clone(stream)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.asked = false;
        state.waiter = None;
    }
}

/// An array: whether these are the last, then the items, each of which is encoded already.
fn answer(over: bool, items: &[Vec<u8>]) -> Payload {
    let count = items.len() + 1;
    let mut bytes = Vec::with_capacity(4 + items.iter().map(Vec::len).sum::<usize>());
    match u8::try_from(count) {
        Ok(small @ 0..=15) => bytes.push(0x90 | small),
        _ => bytes.extend([0xdc, (count >> 8) as u8, count as u8]),
    }
    bytes.push(if over { 0xc3 } else { 0xc2 });
    for item in items {
        bytes.extend(item);
    }
    bytes.into()
}
