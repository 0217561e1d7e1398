//! Streams from TypeScript: an iterable is passed as its number, and asked for items by it.
//!
//! Asking goes the way of calls from Rust, which hold no place that a caller's calls could take: so an iterable answers
//! however many calls wait. Nothing is asked for before the method wants it, so a slow extension stops the source.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context as TaskContext, Poll, Waker};

use futures_util::Stream;
use serde::de::DeserializeOwned;

use super::streams::{lock, shut_down};
use super::{Arguments, Streams};
use crate::{CallFuture, Error, Payload};

/// A stream of values that TypeScript feeds from an async iterable: a method's argument. Dropping it ends the iterable.
///
/// An item is an error when the iterable threw (`SOURCE_FAILED`), brought what is no `T` (`INVALID_ARGUMENT`), or the
/// extension is shutting down (`SHUT_DOWN`); it is the last then.
pub struct Incoming<T> {
    number: u32,
    channel: Arc<Channel>,
    streams: Weak<Streams>,
    /// The question that is on its way.
    asked: Option<CallFuture>,
    taken: VecDeque<T>,
    /// Items that were taken, over all.
    count: u64,
    failed: Option<Error>,
    /// The source has no more.
    is_over: bool,
}

/// How a shutdown reaches whoever waits for items.
#[derive(Default)]
pub(super) struct Channel {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_ended: bool,
    waiter: Option<Waker>,
}

impl Channel {
    /// The instance shuts down.
    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        state.is_ended = true;
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

impl<T> Incoming<T> {
    /// The iterable of this number.
    ///
    /// # Errors
    /// `STREAMS_EXHAUSTED`, and `SHUT_DOWN` when the instance is on its way out.
    pub(super) fn of(streams: &Arc<Streams>, number: u32) -> Result<Self, Error> {
        let channel = streams.claim(number)?;
        let streams = Arc::downgrade(streams);
        let (asked, taken, failed) = (None, VecDeque::new(), None);
        Ok(Self { number, channel, streams, asked, taken, count: 0, failed, is_over: false })
    }

    /// Waits for what was asked for, and asks first if nothing was.
    fn poll_answer(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<Payload, Error>> {
        let mut state = lock(&self.channel.state);
        if state.is_ended {
            return Poll::Ready(Err(shut_down()));
        }
        state.waiter = Some(context.waker().clone());
        drop(state);
        if self.asked.is_none() {
            let asked = self.streams.upgrade().and_then(|streams| Some(streams.peers()?.pull(self.number)));
            self.asked = asked;
        }
        match &mut self.asked {
            None => Poll::Ready(Err(shut_down())),
            Some(asked) => asked.as_mut().poll(context),
        }
    }
}

impl<T> Incoming<T> {
    /// One that has come to its end: these values, then an error if there is one.
    pub(crate) fn ended(values: Vec<T>, failed: Option<Error>) -> Self {
        let (channel, streams, taken) = (Arc::default(), Weak::new(), values.into());
        Self { number: 0, channel, streams, asked: None, taken, count: 0, failed, is_over: true }
    }
}

impl<T: DeserializeOwned + Unpin> Stream for Incoming<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.taken.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            if let Some(error) = self.failed.take() {
                self.is_over = true;
                return Poll::Ready(Some(Err(error)));
            }
            if self.is_over {
                return Poll::Ready(None);
            }
            let Poll::Ready(answer) = self.poll_answer(context) else { return Poll::Pending };
            self.asked = None;
            match answer.and_then(|answer| read(&answer, self.count)) {
                Ok(Batch { items, failed, is_last }) => {
                    self.count += items.len() as u64;
                    self.taken = items;
                    self.failed = failed;
                    self.is_over = is_last && self.failed.is_none();
                }
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

struct Batch<T> {
    items: VecDeque<T>,
    failed: Option<Error>,
    is_last: bool,
}

/// What [`Peers::pull`](crate::Peers::pull) answers.
fn read<T: DeserializeOwned>(answer: &Payload, first: u64) -> Result<Batch<T>, Error> {
    let bytes = answer.bytes();
    let is_last = bytes.first() == Some(&1);
    let rest = Payload::from(bytes.slice(bytes.len().min(1)..));
    let (items, failed) = Arguments::read(&rest, usize::MAX)?.take_items(first);
    Ok(Batch { items, failed, is_last })
}

impl<T> Drop for Incoming<T> {
    fn drop(&mut self) {
        self.asked = None;
        if let Some(streams) = self.streams.upgrade() {
            streams.release(self.number, &self.channel);
        }
    }
}
