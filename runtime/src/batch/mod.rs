//! Many calls of one method in one request.
//!
//! ```text
//!     payload   count | length of each item ... | the items, one behind the other         (all u32, little-endian)
//!     results   count | status, length of each  | the results, one behind the other
//!     written   failures | the first failure's status | its payload: what a writer is told
//! ```
//!
//! Items begin in their order, and each ends as a call of its own would: a refused one fails alone. A panic poisons the
//! instance, so the items that had not begun end as [`Status::Poisoned`].

mod answer;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use ferrule::{Bytes, Call, CallFuture, Context, Error, Payload};
use ferrule_ring::completion_ring::Status;
use futures_util::stream::{FuturesUnordered, Stream};

use self::answer::{Answer, Results};
use crate::messages::Outcome;
use crate::panics::{Panic, catch, catch_drop};
use crate::table::Instance;

/// How long items are begun in a row before other requests get their turn, and after how many the clock is read.
const BEGINNING_MAX: Duration = Duration::from_micros(200);
const BEGUN_PER_LOOK: usize = 32;

/// What becomes of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Each is answered.
    All,
    /// Failures are counted, and the first is answered.
    Failures,
}

/// A batch: its payload, checked.
#[derive(Debug)]
pub(crate) struct Batch {
    payload: Bytes,
    count: usize,
}

impl Batch {
    /// Checks a batch's frame.
    pub(crate) fn read(payload: impl Into<Bytes>) -> Result<Self, String> {
        let payload = payload.into();
        let word = |index: usize| payload.get(index * 4..index * 4 + 4).and_then(|bytes| bytes.first_chunk().copied());
        let count = word(0).map(u32::from_le_bytes).ok_or("batch: it is cut off")? as usize;
        let mut end = (count + 1) * 4;
        for index in 0..count {
            end += word(index + 1).map(u32::from_le_bytes).ok_or("batch: its lengths are cut off")? as usize;
        }
        if end != payload.len() {
            return Err(format!("batch: {} bytes, and its lengths add up to {end}", payload.len()));
        }
        Ok(Self { payload, count })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    fn length(&self, index: usize) -> usize {
        let at = (index + 1) * 4;
        self.payload[at..].first_chunk().copied().map_or(0, u32::from_le_bytes) as usize
    }
}

struct Item {
    index: usize,
    future: Option<CallFuture>,
}

impl Future for Item {
    type Output = (usize, Result<Result<Payload, Error>, Panic>);

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let index = self.index;
        let Some(future) = &mut self.future else { return Poll::Pending };
        match catch(|| future.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => {
                let dropped = catch_drop(self.future.take());
                Poll::Ready((index, dropped.map(|()| result)))
            }
            Err(panic) => {
                let _ = catch_drop(self.future.take());
                Poll::Ready((index, Err(panic)))
            }
        }
    }
}

/// Several may panic in a row when a batch is given up: each is caught by itself.
impl Drop for Item {
    fn drop(&mut self) {
        let _ = catch_drop(self.future.take());
    }
}

/// A batch under way.
struct Running {
    instance: Arc<Instance>,
    method: &'static str,
    context: Context,
    batch: Batch,
    /// Items begun, and where the next one's bytes stand.
    begun: usize,
    at: usize,
    /// What the last item that was answered at once left, for the next one.
    call: Option<Call>,
    /// The call that is being begun.
    beginning: Option<CallFuture>,
    /// An item is being begun, and has no outcome yet.
    is_open: bool,
    pending: FuturesUnordered<Item>,
    answer: Answer,
}

/// Runs a batch. The future answers its results as one payload; it never fails.
pub(crate) fn run(
    instance: Arc<Instance>,
    method: &'static str,
    context: Context,
    batch: Batch,
    answers: Answers,
    payload_max: u32,
) -> CallFuture {
    let at = (batch.count + 1) * 4;
    let answer = match answers {
        Answers::All => Answer::Results(Results::new(batch.count, batch.payload.len() - at, payload_max)),
        Answers::Failures => Answer::Failures { count: 0, first: None },
    };
    let (call, beginning, is_open, pending) = (None, None, false, FuturesUnordered::new());
    Box::pin(Running { instance, method, context, batch, begun: 0, at, call, beginning, is_open, pending, answer })
}

impl Running {
    /// Begins items until there are no more, or it is others' turn. One net for all of them: a panic costs a new one.
    fn begin_items(&mut self, context: &mut TaskContext<'_>) {
        let since = Instant::now();
        let mut is_turn = true;
        while is_turn && self.begun < self.batch.count {
            let caught = catch(|| {
                while is_turn && self.begun < self.batch.count {
                    self.begin(context);
                    is_turn = !self.begun.is_multiple_of(BEGUN_PER_LOOK) || since.elapsed() < BEGINNING_MAX;
                }
            });
            let Err(panic) = caught else { continue };
            // Not dropped by the unwinding, where a second panic would end the process.
            let _ = catch_drop((self.beginning.take(), self.call.take()));
            // When it had ended, only its result's drop panicked: as a call's own would, that changes nothing.
            if std::mem::take(&mut self.is_open) {
                self.end(self.begun - 1, Err(panic));
            }
        }
    }

    /// Within a net: what panics in here is caught.
    fn begin(&mut self, context: &mut TaskContext<'_>) {
        let (index, length) = (self.begun, self.batch.length(self.begun));
        let payload = match length {
            0 => Payload::empty(),
            _ => self.batch.payload.slice(self.at..self.at + length).into(),
        };
        self.begun += 1;
        self.at += length;
        if self.instance.is_poisoned() {
            return self.keep(index, Outcome::bare(Status::Poisoned));
        }
        self.is_open = true;
        let method = self.method;
        let call = match &mut self.call {
            Some(call) => {
                (call.method, call.payload) = (method, payload);
                call
            }
            call @ None => call.insert(Call { method, payload, context: self.context.clone() }),
        };
        let extension = &self.instance.extension;
        let result = match extension.call_now(call) {
            Some(result) => {
                // What it left of its payload is dropped as its own, not as the next one's.
                if let Some(call) = &mut self.call
                    && !call.payload.bytes().is_empty()
                {
                    drop(std::mem::take(&mut call.payload));
                }
                result
            }
            None => {
                let Some(call) = self.call.take() else { unreachable!("it was made above") };
                let future = self.beginning.insert(Arc::clone(extension).call(call));
                // With the batch's waker; those that are not ready get one of their own in the group.
                match future.as_mut().poll(context) {
                    Poll::Ready(result) => {
                        self.beginning = None;
                        result
                    }
                    Poll::Pending => {
                        self.is_open = false;
                        return self.pending.push(Item { index, future: self.beginning.take() });
                    }
                }
            }
        };
        self.is_open = false;
        if let Ok(payload) = &result
            && match &mut self.answer {
                Answer::Failures { .. } => true,
                Answer::Results(results) => results.put_next(index, payload.bytes()),
            }
        {
            return;
        }
        self.end(index, Ok(result));
    }

    fn end(&mut self, index: usize, result: Result<Result<Payload, Error>, Panic>) {
        let outcome = match result {
            Ok(Ok(payload)) => Outcome::ok(payload.into_bytes()),
            // The error is dropped in here as well: it is its author's code.
            Ok(Err(error)) => catch(move || Outcome::refused(&error)).unwrap_or_else(|panic| Outcome::panicked(&panic)),
            Err(panic) => {
                self.instance.poison();
                Outcome::panicked(&panic)
            }
        };
        self.keep(index, outcome);
    }

    fn keep(&mut self, index: usize, outcome: Outcome) {
        match &mut self.answer {
            Answer::Results(results) => results.put(index, outcome),
            Answer::Failures { .. } if outcome.status == Status::Ok => {
                let _ = catch_drop(outcome);
            }
            Answer::Failures { count, first } => {
                *count += 1;
                first.get_or_insert(outcome);
            }
        }
    }
}

impl Future for Running {
    type Output = Result<Payload, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let running = self.get_mut();
        running.begin_items(context);
        while let Poll::Ready(Some((index, result))) = Pin::new(&mut running.pending).poll_next(context) {
            running.end(index, result);
        }
        if running.begun < running.batch.count {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !running.pending.is_empty() {
            return Poll::Pending;
        }
        let answer = std::mem::replace(&mut running.answer, Answer::Failures { count: 0, first: None });
        Poll::Ready(Ok(answer.into_bytes().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(lengths: &[u32], bytes: usize) -> Vec<u8> {
        let mut payload = u32::try_from(lengths.len()).unwrap().to_le_bytes().to_vec();
        payload.extend(lengths.iter().flat_map(|length| length.to_le_bytes()));
        payload.resize(payload.len() + bytes, 7);
        payload
    }

    #[test]
    fn a_frame_that_does_not_add_up_is_refused() {
        assert_eq!(Batch::read(frame(&[1, 0, 2], 3)).unwrap().count(), 3);
        assert_eq!(Batch::read(frame(&[], 0)).unwrap().count(), 0);
        for (payload, text) in [
            (vec![1, 0], "cut off"),
            (9_u32.to_le_bytes().to_vec(), "lengths are cut off"),
            (frame(&[2], 1), "add up"),
            (frame(&[u32::MAX, 5], 4), "add up"),
            (frame(&[1], 2), "add up"),
        ] {
            assert!(Batch::read(payload).unwrap_err().contains(text), "{text}");
        }
    }
}
