//! The HTTP side of `health_check`: a bounded number of connections, each bounded in what it may send and how long it
//! may take, and none that outlives its instance.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use ferrule::prelude::Host;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Connections at a time on one address; others wait in the system's queue until one of these has ended.
const CONNECTIONS_MAX: usize = 128;
/// For a request's head, from the first moment that one can come: so also for an idle connection.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// Of a request's head. With `CONNECTIONS_MAX` this bounds the memory: 2 MiB.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// For a connection as a whole: one that never takes its answers would keep its place for ever.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);
/// For an answer that is under way when its connection has to end.
pub(super) const LAST_ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// After an error that is the system's and not the peer's, such as no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Answers a request from its target alone.
pub(super) trait Answer: Fn(&Uri) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static {}

impl<F: Fn(&Uri) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static> Answer for F {}

/// Becomes true when the server has to end. The receivers are what still runs.
pub(super) type Stop = watch::Receiver<bool>;

/// Where connections come from: a listener, or a test.
pub(super) trait Incoming: Send + 'static {
    /// A connection.
    type Stream: Read + Write + Unpin + Send + 'static;

    /// The next connection. Dropping the future loses none.
    fn next(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Incoming for TcpListener {
    type Stream = TokioIo<TcpStream>;

    async fn next(&mut self) -> io::Result<Self::Stream> {
        self.accept().await.map(|(stream, _)| TokioIo::new(stream))
    }
}

/// Takes connections until it is told to stop, and runs each as a task of its own.
pub(super) async fn serve(mut incoming: impl Incoming, answer: impl Answer, host: Host, mut stop: Stop) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut pause = Duration::ZERO;
    loop {
        let next = async {
            sleep(pause).await;
            // First a place, then a connection: whoever finds none waits where it costs nothing.
            let place = Arc::clone(&places).acquire_owned().await;
            (place, incoming.next().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            next = next => next,
        };
        pause = Duration::ZERO;
        match accepted {
            Ok(stream) => {
                let connection = connection(stream, answer.clone(), stop.clone());
                host.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!("health check cannot take a connection: {error}");
                pause = ACCEPT_PAUSE;
            }
        }
    }
}

async fn stopped(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        pending::<()>().await; // the instance was dropped without a shutdown, and this task with it
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One connection, from its first byte to its end.
async fn connection(stream: impl Read + Write + Unpin, answer: impl Answer, mut stop: Stop) {
    let full = Arc::new(AtomicBool::new(false));
    let peer = Peer { stream, full: Arc::clone(&full) };
    let service = service_fn(move |request: Request<_>| {
        let answered = answer(request.uri());
        async { Ok::<_, Infallible>(answered) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX);
    let mut http = pin!(builder.serve_connection(peer, service));
    tokio::select! {
        biased;
        _ = http.as_mut() => return, // by the peer, or for what it sent: nobody's failure here
        () = stopped(&mut stop) => (),
        () = sleep(CONNECTION_TIME_MAX) => (),
    }
    http.as_mut().graceful_shutdown();
    // Answers are ready at once. So a connection that does not wait for its peer to take an answer waits for a request
    // that is not there, or only half.
    let last_answer = poll_fn(|context| match http.as_mut().poll(context) {
        Poll::Pending if full.load(Ordering::Relaxed) => Poll::Pending,
        Poll::Pending | Poll::Ready(_) => Poll::Ready(()),
    });
    let _ = timeout(LAST_ANSWER_TIME_MAX, last_answer).await;
}

/// A stream that remembers whether its peer takes no more just now. Reader and writer of that are one task.
struct Peer<S> {
    stream: S,
    full: Arc<AtomicBool>,
}

impl<S> Peer<S> {
    fn note<T>(&self, written: Poll<T>) -> Poll<T> {
        self.full.store(written.is_pending(), Ordering::Relaxed);
        written
    }
}

impl<S: Read + Unpin> Read for Peer<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Write + Unpin> Write for Peer<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.note(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
