//! Streams from TypeScript: it opens a channel, passes its number as the argument, and pushes items, a batch at a time.
//! A push is answered when the extension has taken what it brought: a slow extension stops the source.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context as TaskContext, Poll, Waker};

use futures_util::Stream;
use serde::de::DeserializeOwned;

use super::streams::{lock, shut_down};
use super::{Arguments, Streams};
use crate::{CallFuture, Error, Method, Payload};

/// Opens a channel; answers its number as four bytes, little-endian.
pub const OPEN: Method = Method::bytes("$open", "Opens a stream into the extension.");
/// Brings items: the channel's number, then an array. Answers one byte: 1 when nobody wants more.
pub const PUSH: Method = Method::bytes("$push", "Items of a stream into the extension.");
/// The source has ended: the channel's number, then the text of the error that ended it, if one did.
pub const CLOSE: Method = Method::bytes("$close", "The end of a stream into the extension.");

/// A stream of values that TypeScript feeds from an async iterable: a method's argument. Dropping it ends the iterable.
///
/// An item is an error when the iterable threw (`SOURCE_FAILED`), brought what is no `T` (`INVALID_ARGUMENT`), or the
/// extension is shutting down; it is the last then.
pub struct Incoming<T> {
    number: u32,
    channel: Arc<Channel>,
    streams: Weak<Streams>,
    taken: VecDeque<T>,
    /// Items that were taken, over all.
    count: u64,
    failed: Option<Error>,
    over: bool,
}

/// One channel, between the pushes and the method.
#[derive(Default)]
pub(super) struct Channel {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Payload>,
    end: Option<Result<(), Error>>,
    receiver: Option<Waker>,
    pusher: Option<Waker>,
    /// A method has it.
    claimed: bool,
    /// Nobody wants more.
    closed: bool,
}

impl Channel {
    /// The source has ended.
    pub(super) fn end(&self, end: Result<(), Error>) {
        let mut state = lock(&self.state);
        state.end.get_or_insert(end);
        let (receiver, pusher) = (state.receiver.take(), state.pusher.take());
        drop(state);
        for waker in [receiver, pusher].into_iter().flatten() {
            waker.wake();
        }
    }
}

impl<T> Incoming<T> {
    /// The channel of this number, which one method takes once.
    pub(super) fn of(streams: &Arc<Streams>, number: u32) -> Option<Self> {
        let channel = streams.table().incoming.get(&number).cloned()?;
        if std::mem::replace(&mut lock(&channel.state).claimed, true) {
            return None;
        }
        let streams = Arc::downgrade(streams);
        Some(Self { number, channel, streams, taken: VecDeque::new(), count: 0, failed: None, over: false })
    }
}

impl<T> Incoming<T> {
    /// One that has come to its end: these values, then an error if there is one.
    pub(crate) fn ended(values: Vec<T>, failed: Option<Error>) -> Self {
        let (channel, streams) = (Arc::default(), Weak::new());
        Self { number: 0, channel, streams, taken: values.into(), count: 0, failed, over: true }
    }
}

impl<T: DeserializeOwned + Unpin> Stream for Incoming<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        if let Some(item) = self.taken.pop_front() {
            return Poll::Ready(Some(Ok(item)));
        }
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if self.over {
            return Poll::Ready(None);
        }
        let mut state = lock(&self.channel.state);
        let Some(batch) = state.batches.pop_front() else {
            return match state.end.take() {
                None => {
                    state.receiver = Some(context.waker().clone());
                    Poll::Pending
                }
                Some(end) => {
                    drop(state);
                    self.over = true;
                    Poll::Ready(end.err().map(Err))
                }
            };
        };
        let pusher = if state.batches.is_empty() { state.pusher.take() } else { None };
        drop(state);
        if let Some(pusher) = pusher {
            pusher.wake();
        }
        let count = self.count;
        let read = Arguments::read(&batch, usize::MAX).map(|mut items| items.take_items::<T>(count));
        let (items, failed) = read.unwrap_or_else(|error| (VecDeque::new(), Some(error)));
        if failed.is_some() {
            self.over = true;
            lock(&self.channel.state).closed = true;
        }
        self.count += items.len() as u64;
        self.taken = items;
        self.failed = failed;
        self.poll_next(context)
    }
}

impl<T> Drop for Incoming<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.channel.state);
        state.closed = true;
        state.batches.clear();
        let pusher = state.pusher.take();
        drop(state);
        if let Some(streams) = self.streams.upgrade() {
            streams.table().incoming.remove(&self.number);
        }
        if let Some(pusher) = pusher {
            pusher.wake();
        }
    }
}

fn ready(result: Result<Payload, Error>) -> CallFuture {
    Box::pin(std::future::ready(result))
}

pub(super) fn open(streams: &Arc<Streams>) -> CallFuture {
    let mut table = streams.table();
    let number = table.number();
    if let Ok(number) = number {
        table.incoming.insert(number, Arc::new(Channel::default()));
    }
    drop(table);
    ready(number.map(|number| number.to_le_bytes().to_vec().into()))
}

/// A batch without items asks whether anybody wants more.
const NO_ITEMS: &[u8] = &[0x90];

pub(super) fn push(streams: &Arc<Streams>, number: u32, items: &[u8]) -> CallFuture {
    let answer = |closed: bool| Ok(Payload::from(vec![u8::from(closed)]));
    let table = streams.table();
    let Some(channel) = table.incoming.get(&number).cloned() else {
        return ready(if table.is_over { Err(shut_down()) } else { answer(true) });
    };
    drop(table);
    let mut state = lock(&channel.state);
    if state.closed || items == NO_ITEMS {
        return ready(answer(state.closed));
    }
    state.batches.push_back(items.to_vec().into());
    let receiver = state.receiver.take();
    drop(state);
    if let Some(receiver) = receiver {
        receiver.wake();
    }
    Box::pin(poll_fn(move |context| {
        let mut state = lock(&channel.state);
        if state.closed || state.batches.is_empty() || state.end.is_some() {
            return Poll::Ready(answer(state.closed || state.end.is_some()));
        }
        state.pusher = Some(context.waker().clone());
        Poll::Pending
    }))
}

pub(super) fn close(streams: &Arc<Streams>, number: u32, text: &[u8]) -> CallFuture {
    let channel = streams.table().incoming.remove(&number);
    if let Some(channel) = channel {
        channel.end(if text.is_empty() {
            Ok(())
        } else {
            Err(Error::new(String::from_utf8_lossy(text)).with_code("SOURCE_FAILED"))
        });
    }
    ready(Ok(Payload::empty()))
}
