//! What fills a stream's queue: the author's stream, driven by the requests for its items.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::Answer;
use super::streams::lock;
use crate::{Context, Error, Payload};

/// Items that a stream makes ahead of its reader.
pub(super) const WINDOW: usize = 16;

/// Items that were made and not asked for yet, as MessagePack.
pub(super) type Items = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// Where a stream's items go.
pub struct Sink {
    items: Items,
    context: Context,
}

impl Sink {
    pub(super) fn new(items: Items, context: Context) -> Self {
        Self { items, context }
    }

    /// The stream's own context: it has no deadline, and is cancelled when the stream ends.
    pub fn context(&self) -> Context {
        self.context.clone()
    }

    /// Hands on the values of a stream.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub async fn send_values<T: Answer>(self, stream: impl Stream<Item = T>) -> Result<(), Error> {
        let mut stream = pin!(stream);
        while let Some(value) = stream.next().await {
            self.send(&value).await?;
        }
        Ok(())
    }

    /// Hands on the values of a stream, up to its first error.
    ///
    /// # Errors
    /// That error, and when a value cannot be written.
    pub async fn send_results<T: Answer, E: Into<Error>>(
        self,
        stream: impl Stream<Item = Result<T, E>>,
    ) -> Result<(), Error> {
        let mut stream = pin!(stream);
        while let Some(result) = stream.next().await {
            self.send(&result.map_err(Into::into)?).await?;
        }
        Ok(())
    }

    /// Hands on one value; waits while sixteen wait to be taken. Whoever takes them polls this again.
    async fn send<T: Serialize>(&self, value: &T) -> Result<(), Error> {
        let mut item = Some(Payload::to_msgpack(value)?.into_bytes().into());
        poll_fn(|_| {
            let mut items = lock(&self.items);
            if items.len() >= WINDOW {
                return Poll::Pending;
            }
            items.extend(item.take());
            Poll::Ready(())
        })
        .await;
        Ok(())
    }
}
