//! One stream on its way to TypeScript: polled by whoever asks for its items.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Waker};

use tokio_util::sync::DropGuard;

use super::sink::{Items, WINDOW};
use super::streams::{lock, shut_down};
use crate::{Error, Payload};

/// Bytes after which an answer holds no further item: sixteen long ones would exceed what a result may have.
const ANSWER_BYTES: usize = 128 * 1_024;

type StreamFuture = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A stream on its way to TypeScript.
pub(super) struct Outgoing {
    items: Items,
    state: Mutex<State>,
    /// Cancels the stream's context.
    _ends: DropGuard,
}

#[derive(Default)]
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
pub(super) enum Cancelled {
    ByReader,
    ByShutdown,
}

impl Outgoing {
    /// `ends` cancels the stream's context.
    pub(super) fn new(items: Items, ends: DropGuard) -> Self {
        Self { items, state: Mutex::default(), _ends: ends }
    }

    /// What makes the items. Nobody has asked for any yet.
    pub(super) fn begin(&self, future: StreamFuture) {
        lock(&self.state).future = Some(future);
    }

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

    pub(super) fn cancel(&self, cancelled: Cancelled) {
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
pub(super) struct Turn(Arc<Outgoing>);

impl Turn {
    /// # Errors
    /// `INVALID_STATE` when somebody asks already.
    pub(super) fn new(stream: &Arc<Outgoing>) -> Result<Self, Error> {
        let mut state = lock(&stream.state);
        if std::mem::replace(&mut state.asked, true) {
            let text = "somebody waits for this stream already: it is asked once at a time";
            return Err(Error::new(text).with_code("INVALID_STATE").permanent());
        }
        drop(state);
        Ok(Self(Arc::clone(stream)))
    }

    /// Items, or the end; and whether it is over.
    pub(super) fn poll(&self, context: &mut TaskContext<'_>) -> Poll<(Result<Payload, Error>, bool)> {
        self.0.poll(context)
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
