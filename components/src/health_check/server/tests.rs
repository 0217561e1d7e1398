//! Time is paused in these tests: it moves on only when every task waits, and then to the next timer.

use ferrule::{HostInfo, Identity, StatusReport, StatusSink};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const MOMENT: Duration = Duration::from_millis(1);

struct Queue(mpsc::UnboundedReceiver<io::Result<DuplexStream>>);

impl Incoming for Queue {
    type Stream = TokioIo<DuplexStream>;

    async fn next(&mut self) -> io::Result<Self::Stream> {
        match self.0.recv().await {
            Some(accepted) => accepted.map(TokioIo::new),
            None => pending().await,
        }
    }
}

struct Nowhere;

impl StatusSink for Nowhere {
    fn report(&self, _: StatusReport) {}
}

struct Server {
    queue: mpsc::UnboundedSender<io::Result<DuplexStream>>,
    stop: watch::Sender<bool>,
}

impl Server {
    fn new() -> Self {
        let name = || "health_check".to_owned();
        let identity = Identity { id: name(), component_type: name(), name: String::new(), lane: 0 };
        let life = CancellationToken::new();
        let host = Host::new(HostInfo::default(), Arc::new(identity), Arc::new(Nowhere), life);
        let (queue, incoming) = mpsc::unbounded_channel();
        let stop = watch::Sender::new(false);
        let answer = |_: &Uri| Response::new(Full::from(Bytes::from_static(&[b'x'; 1_000])));
        tokio::spawn(serve(Queue(incoming), answer, host, stop.subscribe()));
        Self { queue, stop }
    }

    /// A client that has sent something, over a pipe of so many bytes.
    async fn client(&self, sent: &[u8], pipe: usize) -> DuplexStream {
        let (mut client, stream) = duplex(pipe);
        self.queue.send(Ok(stream)).expect("the server runs");
        client.write_all(sent).await.expect("the server reads");
        sleep(MOMENT).await;
        client
    }
}

async fn rest(mut client: DuplexStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).await.expect("text");
    text
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_nothing_or_half_a_request_ends_after_a_while() {
    let server = Server::new();
    for sent in [&b""[..], &REQUEST[..20]] {
        let client = server.client(sent, 4_096).await;
        let began = Instant::now();
        assert_eq!(rest(client).await, "");
        assert!(began.elapsed() <= HEAD_TIME_MAX);
    }
}

#[tokio::test(start_paused = true)]
async fn the_stop_finishes_answers_and_drops_everything_else_at_once() {
    let server = Server::new();
    let idle = server.client(b"", 4_096).await;
    let half = server.client(&REQUEST[..20], 4_096).await;
    let mut answered = server.client(REQUEST, 4_096).await;
    let mut taken = [0; 4_096];
    let count = answered.read(&mut taken).await.expect("an answer");
    assert!(taken[..count].starts_with(b"HTTP/1.1 200 OK\r\n"));
    let under_way = server.client(&REQUEST.repeat(2), 64).await;
    let began = Instant::now();
    server.stop.send_replace(true);
    for client in [idle, half, answered] {
        assert_eq!(rest(client).await, "");
    }
    let only = rest(under_way).await;
    assert!(only.ends_with(&"x".repeat(1_000)));
    assert_eq!(only.matches("HTTP/1.1 200 OK").count(), 1);
    server.stop.closed().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let server = Server::new();
    let stuck = server.client(REQUEST, 64).await;
    sleep(CONNECTION_TIME_MAX + LAST_ANSWER_TIME_MAX + MOMENT).await;
    assert_eq!(server.stop.receiver_count(), 1); // the accepting task
    let late = server.client(REQUEST, 64).await;
    server.stop.send_replace(true);
    sleep(LAST_ANSWER_TIME_MAX + MOMENT).await;
    assert_eq!(server.stop.receiver_count(), 0);
    drop((stuck, late));
}

#[tokio::test(start_paused = true)]
async fn one_connection_more_than_the_bound_waits_until_another_has_ended() {
    let server = Server::new();
    let mut others = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        others.push(server.client(&REQUEST[..20], 4_096).await);
    }
    let mut last = server.client(REQUEST, 4_096).await;
    let mut first = [0; 4];
    assert!(timeout(MOMENT, last.read_exact(&mut first)).await.is_err());
    others.pop();
    timeout(MOMENT, last.read_exact(&mut first)).await.expect("its turn").expect("an answer");
    assert_eq!(&first, b"HTTP");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_too_long_is_refused() {
    let server = Server::new();
    let long = format!("GET / HTTP/1.1\r\nHost: {}", "x".repeat(HEAD_BYTES_MAX));
    let client = server.client(long.as_bytes(), 65_536).await;
    assert!(rest(client).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_system_is_not_tried_again_at_once() {
    let server = Server::new();
    for kind in [io::ErrorKind::Other, io::ErrorKind::ConnectionAborted] {
        server.queue.send(Err(kind.into())).expect("the server runs");
    }
    let began = Instant::now();
    let mut client = server.client(REQUEST, 4_096).await;
    client.read_u8().await.expect("an answer");
    assert_eq!(began.elapsed(), ACCEPT_PAUSE);
}
