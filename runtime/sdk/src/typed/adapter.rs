//! A typed extension in the runtime's hands: made by its start, lent to its calls, taken out by its shutdown.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::oneshot;

use super::{Extension, Methods, Streams};
use crate::{Call, CallFuture, Context, Error, Host, LifecycleFuture, Payload};

/// An instance, lent to a call or a stream.
pub struct Shared<T>(Arc<Holder<T>>);

/// Whoever drops the last loan sends the instance to its shutdown.
struct Holder<T> {
    value: Option<T>,
    home: Option<oneshot::Sender<T>>,
}

impl<T> Shared<T> {
    fn new(value: T) -> (Self, oneshot::Receiver<T>) {
        let (home, end) = oneshot::channel();
        (Self(Arc::new(Holder { value: Some(value), home: Some(home) })), end)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.value.as_ref().expect("it is there until the last loan is dropped")
    }
}

impl<T> Drop for Holder<T> {
    fn drop(&mut self) {
        if let (Some(value), Some(home)) = (self.value.take(), self.home.take()) {
            // Without a shutdown that waits, it ends here.
            drop(home.send(value));
        }
    }
}

/// Between a typed extension and the runtime.
pub(super) struct Adapter<T: Extension> {
    config: Mutex<Option<T::Config>>,
    instance: RwLock<Option<Shared<T>>>,
    end: Mutex<Option<oneshot::Receiver<T>>>,
    streams: Arc<Streams>,
}

impl<T: Extension> Adapter<T> {
    pub(super) fn new(config: T::Config) -> Self {
        Self {
            config: Mutex::new(Some(config)),
            instance: RwLock::new(None),
            end: Mutex::new(None),
            streams: Arc::new(Streams::default()),
        }
    }

    fn instance(&self) -> Result<Shared<T>, Error> {
        let instance = self.instance.read().unwrap_or_else(PoisonError::into_inner);
        instance.clone().ok_or_else(|| Error::new("the extension was shut down").with_code("SHUT_DOWN").permanent())
    }
}

impl<T: Extension + Methods> crate::Extension for Adapter<T> {
    fn start(&self, context: Context, host: Host) -> LifecycleFuture<'_> {
        Box::pin(async move {
            let config = self.config.lock().unwrap_or_else(PoisonError::into_inner).take();
            let config = config.ok_or_else(|| Error::new("an instance starts once"))?;
            self.streams.enter(&host);
            let value = T::start(config, context.with_host(host)).await.map_err(Into::into)?;
            let (shared, end) = Shared::new(value);
            *self.instance.write().unwrap_or_else(PoisonError::into_inner) = Some(shared);
            *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
            Ok(())
        })
    }

    fn stopping(&self) {
        self.streams.end();
    }

    fn shutdown(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move {
            self.streams.end();
            let shared = self.instance.write().unwrap_or_else(PoisonError::into_inner).take();
            let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(shared);
            let Some(end) = end else { return Ok(()) };
            match end.await {
                Ok(value) => value.shutdown(context).await.map_err(Into::into),
                Err(_) => Ok(()), // it was dropped by a panic
            }
        })
    }

    fn ready(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move { self.instance()?.ready(context).await.map_err(Into::into) })
    }

    fn not_ready(&self, context: Context) -> LifecycleFuture<'_> {
        Box::pin(async move { self.instance()?.not_ready(context).await.map_err(Into::into) })
    }

    fn call_now(&self, call: &mut Call) -> Option<Result<Payload, Error>> {
        let instance = self.instance.read().unwrap_or_else(PoisonError::into_inner);
        instance.as_ref()?.call_now(call)
    }

    fn call(self: Arc<Self>, call: Call) -> CallFuture {
        if let Some(of_stream) = self.streams.call(&call) {
            return of_stream;
        }
        match self.instance() {
            Ok(instance) => T::call(instance, call, &self.streams),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

impl<T: Extension> Drop for Adapter<T> {
    fn drop(&mut self) {
        self.streams.end();
    }
}
