//! Calls without a ring: what goes out, what holds a place, and how calls end.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use ferrule::{Identity, Request};
use tokio_util::sync::CancellationToken;

use super::message::PIECE_MAX;
use super::*;

const LIMITS: Limits = Limits { payload_max: 1 << 20, held_max: 1 << 22 };

fn context(depth: u32) -> Context {
    let identity = Identity { id: "a".into(), component_type: "a".into(), name: String::new(), lane: 1 };
    let request = Request { depth, ..Request::default() };
    Context::new(Arc::new(identity), None, CancellationToken::new()).with_request(request)
}

fn begin(calls: &Arc<HostCalls>, depth: u32, length: usize) -> std::pin::Pin<Box<dyn Future<Output = Answer>>> {
    let calls = Arc::clone(calls);
    Box::pin(async move {
        let payload = Payload::from((0..length).map(|at| (at % 251) as u8).collect::<Vec<_>>());
        calls.call(Target::Function { function: "f" }, payload, &context(depth)).await
    })
}

type Answer = Result<Payload, Error>;
/// Generation and bytes of each call, by its index.
type Bodies = HashMap<u32, (u32, Vec<u8>)>;
/// What each event was, and of which call.
type Order = Vec<(EventKind, u32)>;

fn poll<F: Future + ?Sized>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut TaskContext::from_waker(Waker::noop()))
}

fn word(event: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(event[at * 4..][..4].try_into().unwrap())
}

/// Takes every event, and puts the calls together.
fn take(calls: &HostCalls) -> (Bodies, Order) {
    let (mut bodies, mut order) = (Bodies::new(), Order::new());
    while let Some((kind, event)) = calls.pop() {
        assert!(event.len() <= PIECE_MAX);
        let index = word(&event, 0);
        order.push((kind, index));
        match kind {
            EventKind::Call => {
                assert!(bodies.insert(index, (word(&event, 1), event[16..].to_vec())).is_none());
            }
            EventKind::CallPiece => bodies.get_mut(&index).unwrap().1.extend_from_slice(&event[8..]),
            _ => (),
        }
    }
    (bodies, order)
}

#[test]
fn a_long_call_comes_in_pieces_and_short_ones_pass_it() {
    let calls = HostCalls::new(LIMITS, Arc::default());
    let mut long = begin(&calls, 0, 3 * PIECE_MAX);
    let mut short = begin(&calls, 0, 5);
    assert!(poll(long.as_mut()).is_pending() && poll(short.as_mut()).is_pending());
    let (bodies, order) = take(&calls);
    let kinds: Vec<_> = order.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::CallPiece).count(), 3);
    assert_eq!(kinds.last(), Some(&EventKind::CallPiece), "the short one did not wait for it");
    for (index, (_, body)) in &bodies {
        let length = if *index == 0 { 3 * PIECE_MAX } else { 5 };
        let payload: Vec<_> = (0..length).map(|at| (at % 251) as u8).collect();
        assert!(body.ends_with(&payload) && body.starts_with(br#"{"function":"f","depth":1"#));
    }
    calls.answer(0, bodies[&0].0, Ok(Payload::from(vec![7])));
    let Poll::Ready(Ok(answer)) = poll(long.as_mut()) else { panic!("it was answered") };
    assert_eq!(answer.bytes()[..], [7]);
}

#[test]
fn a_caller_that_goes_is_told_and_keeps_its_place_until_it_is_answered() {
    let calls = HostCalls::new(LIMITS, Arc::default());
    let mut first: Vec<_> = (0..CALLS_MAX).map(|_| begin(&calls, 0, 1)).collect();
    assert!(first.iter_mut().all(|call| poll(call.as_mut()).is_pending()));
    let (bodies, _) = take(&calls);
    drop(first);
    let mut next = begin(&calls, 0, 1);
    assert!(poll(next.as_mut()).is_pending());
    let (begun, order) = take(&calls);
    assert!(begun.is_empty(), "the places are taken");
    assert_eq!(order.len(), CALLS_MAX);
    assert!(order.iter().all(|(kind, _)| *kind == EventKind::CallCancel));
    calls.answer(3, bodies[&3].0, Ok(Payload::empty()));
    assert!(poll(next.as_mut()).is_pending());
    assert_eq!(take(&calls).1, [(EventKind::Call, 3)]);
    calls.answer(3, bodies[&3].0, Ok(Payload::empty())); // a second answer, to a call that is over
    assert!(poll(next.as_mut()).is_pending());
}

#[test]
fn a_caller_that_goes_before_its_call_went_out_leaves_nothing() {
    let calls = HostCalls::new(LIMITS, Arc::default());
    for length in [1, 2 * PIECE_MAX] {
        let mut call = begin(&calls, 0, length);
        assert!(poll(call.as_mut()).is_pending());
        drop(call);
        assert!(calls.pop().is_none());
    }
    let mut partly = begin(&calls, 0, 2 * PIECE_MAX);
    assert!(poll(partly.as_mut()).is_pending());
    assert_eq!(calls.pop().unwrap().0, EventKind::Call);
    drop(partly);
    assert_eq!(calls.pop().unwrap().0, EventKind::CallCancel);
    assert!(calls.pop().is_none());
    assert_eq!(calls.levels[0].calls.available_permits(), CALLS_MAX - 1);
}

#[test]
fn bytes_under_way_are_bounded_and_deeper_calls_have_their_own() {
    let calls = HostCalls::new(LIMITS, Arc::default());
    let mut all: Vec<_> = (0..5).map(|_| begin(&calls, 0, 1 << 20)).collect();
    assert!(all.iter_mut().all(|call| poll(call.as_mut()).is_pending()));
    assert_eq!(take(&calls).0.len(), 3, "four are more than may be held, with their heads");
    let mut deeper = begin(&calls, 1, 1 << 20);
    assert!(poll(deeper.as_mut()).is_pending());
    assert_eq!(take(&calls).0.len(), 1);
    let mut deepest = begin(&calls, DEPTH_MAX, 0);
    let Poll::Ready(Err(error)) = poll(deepest.as_mut()) else { panic!("it is too deep") };
    assert_eq!(error.code(), "CALLS_TOO_DEEP");
}

#[test]
fn nobody_waits_for_a_lane_that_is_over() {
    let calls = HostCalls::new(LIMITS, Arc::default());
    let mut all: Vec<_> = (0..CALLS_MAX + 1).map(|_| begin(&calls, 0, 1)).collect();
    assert!(all.iter_mut().all(|call| poll(call.as_mut()).is_pending()));
    calls.close();
    all.push(begin(&calls, 0, 1));
    for call in &mut all {
        let Poll::Ready(Err(error)) = poll(call.as_mut()) else { panic!("it still waits") };
        assert_eq!(error.code(), "RUNTIME_CLOSED");
    }
    assert!(calls.pop().is_none());
}

#[test]
fn a_deadline_and_a_cancellation_end_a_call() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio.block_on(async {
        let calls = HostCalls::new(LIMITS, Arc::default());
        let token = CancellationToken::new();
        let identity = Arc::clone(context(0).identity());
        let until = (tokio::time::Instant::now() + Duration::from_millis(5)).into_std();
        let late = Context::new(Arc::clone(&identity), Some(until), CancellationToken::new());
        let gone = Context::new(identity, None, token.clone());
        let target = Target::Function { function: "f" };
        let mut aborted = pin!(calls.call(target, Payload::empty(), &gone));
        assert!(poll(aborted.as_mut()).is_pending());
        token.cancel();
        assert_eq!(aborted.await.unwrap_err().code(), "ABORTED");
        assert_eq!(calls.call(target, Payload::empty(), &late).await.unwrap_err().code(), "DEADLINE_EXCEEDED");
    });
}
