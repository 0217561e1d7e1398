//! Opens runtimes and lanes, and keeps the lanes by number, for the C ABI.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ferrule::Error;
use ferrule_ring::Memory;
use ferrule_ring::header::First;
use ferrule_ring::layout::{OFFSET_SELF_TEST, OFFSET_STATE, REGION_SIZE, STATE_READY};
use ferrule_ring::region::Region;
use ferrule_ring::sync::Ordering as RingOrdering;
use rustix::event::{EventfdFlags, eventfd};
use serde::Serialize;
use tokio::runtime::Handle as TokioHandle;
use tracing::level_filters::LevelFilter;

use crate::bell::Bell;
use crate::drain::{Drain, LaneShared, Occupant, Refused, Settings, Shared};
use crate::lane::{Lane, LaneParts};
use crate::options::{LaneOptions, Options, invalid, parse};
use crate::panics::catch_drop;
use crate::threads::Threads;
use crate::{departed, lease, logs, panics, pin, registry};

/// What it gets back.
#[derive(Debug, Serialize)]
struct Opened {
    lane: u32,
    /// Decimal: it may not fit into a JavaScript number.
    address: String,
    size: u32,
    /// TypeScript's end of the socket. It owns it from now on.
    socket: i32,
}

/// A runtime, as its lanes know it.
#[derive(Clone)]
struct Home {
    shared: Arc<Shared>,
    /// The drain's.
    tokio: TokioHandle,
    bell: Arc<OwnedFd>,
}

struct OpenLane {
    process: u32,
    lane: Arc<LaneShared>,
    /// Gone when the lane has ended.
    home: Option<Home>,
    /// So has its JavaScript thread: nobody looks at the memory any more.
    departed: bool,
    region: Arc<Region>,
}

static LANES: Mutex<BTreeMap<u32, OpenLane>> = Mutex::new(BTreeMap::new());
static LAST: AtomicU32 = AtomicU32::new(0);

fn lanes() -> MutexGuard<'static, BTreeMap<u32, OpenLane>> {
    LANES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn failed(what: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::new(format!("cannot {what}: {error}")).with_code("OPEN_FAILED").with_source(error)
}

fn closed() -> Error {
    Error::new("the runtime is closed").with_code("RUNTIME_CLOSED").permanent()
}

fn next_number() -> u32 {
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Opens a runtime with its first lane: memory, doorbells, threads. Answers what TypeScript needs to attach, as JSON.
pub(crate) fn open(options: &str, stated: usize) -> Result<String, Error> {
    let options: Options = parse(options)?;
    let limits = options.limits()?;
    pin::pin_library();
    panics::install_hook();
    registry::check(stated)?;

    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
    let bell = Arc::new(eventfd(0, flags).map_err(|error| failed("create the doorbell")(error.into()))?);
    let threads = Threads::build(options.workers as usize, options.lanes_max)?;
    let first = next_number();
    let shared = Arc::new(Shared::new(first, options.lanes_max, limits));
    let tokio = threads.drain.handle().clone();
    let listening = {
        let _inside = tokio.enter();
        Bell::listen(Arc::clone(&bell)).map_err(failed("listen to the doorbell"))?
    };
    let generation = options.lane.first_generation;
    let settings = Settings { workers: options.workers > 0, polling: options.polling, first_generation: generation };
    let (lifecycle, steps) = (threads.lifecycle.handle().clone(), Arc::clone(&threads.steps));
    let drain = Drain::new(Arc::clone(&shared), lifecycle, steps, settings);
    let home = Home { shared: Arc::clone(&shared), tokio, bell };
    // Before the thread, which looks for its lanes when it ends.
    let opened = add_lane(&home, first, &options.lane)?;
    let spawned =
        std::thread::Builder::new().name("ferrule-drain".to_owned()).spawn(move || threads.run(drain, listening));
    match spawned {
        Ok(_) => Ok(opened.hand_over()),
        Err(error) => {
            logs::remove_route(first);
            lanes().remove(&first);
            Err(failed("start the drain thread")(error))
        }
    }
}

/// Opens one more lane of the runtime that a lane belongs to. Answers as [`open`] does.
pub(crate) fn share(lane: u32, options: &str) -> Result<String, Error> {
    let options: LaneOptions = parse(options)?;
    let home = with(lane, |open| open.home.clone()).flatten().ok_or_else(closed)?;
    add_lane(&home, next_number(), &options).map(NewLane::hand_over)
}

/// A lane that was made and that the drain knows of.
struct NewLane {
    opened: Opened,
    socket: UnixStream,
}

impl NewLane {
    fn hand_over(mut self) -> String {
        self.opened.socket = departed::hand_over(self.opened.lane, self.socket);
        serde_json::to_string(&self.opened).expect("numbers and text, which JSON can hold")
    }
}

fn add_lane(home: &Home, number: u32, options: &LaneOptions) -> Result<NewLane, Error> {
    let Home { shared, tokio, .. } = home;
    let level: LevelFilter =
        options.log_level.parse().map_err(|_| invalid(format!("log_level \"{}\" is unknown", options.log_level)))?;
    if !options.first_byte_cursor.is_multiple_of(8) {
        return Err(invalid("first_byte_cursor must be a multiple of 8".to_owned()));
    }
    shared.reserve().map_err(|refused| match refused {
        Refused::Closed => closed(),
        Refused::Full => {
            let text = format!("all {} lanes of the runtime are taken", shared.lanes_max);
            Error::new(format!("{text}: open it with a higher `lanes`")).with_code("LANES_EXHAUSTED").retryable()
        }
    })?;
    let made = make_lane(home, number, options);
    let (occupant, open, new) = made.inspect_err(|_| shared.leave())?;
    logs::add_route(number, Arc::clone(&open.lane.events), level);
    lanes().insert(number, open);
    if let Some(occupant) = shared.enter(occupant) {
        logs::remove_route(number);
        lanes().remove(&number);
        let _inside = tokio.enter();
        drop(occupant);
        return Err(closed());
    }
    Ok(new)
}

fn make_lane(home: &Home, number: u32, options: &LaneOptions) -> Result<(Occupant, OpenLane, NewLane), Error> {
    let Home { shared, tokio, .. } = home;
    let first = First {
        cursor: options.first_cursor,
        byte_cursor: options.first_byte_cursor,
        generation: options.first_generation,
    };
    let limits = shared.limits;
    let region = Region::create(number, first, limits)
        .map_err(|error| Error::new(error.to_string()).with_code("OPEN_FAILED").with_source(error))?;
    let region = Arc::new(region);
    let (ours, theirs) = UnixStream::pair().map_err(failed("create the lane's socket"))?;
    for end in [&ours, &theirs] {
        end.set_nonblocking(true).map_err(failed("prepare the lane's socket"))?;
    }
    let lane = Arc::new(LaneShared::new(number, limits, &shared.alarm));
    let bell = Arc::new(ours.try_clone().map_err(failed("share the lane's socket"))?);
    let lease = {
        let _inside = tokio.enter();
        let socket = tokio::net::UnixStream::from_std(ours).map_err(failed("watch the lane's socket"))?;
        tokio.spawn(lease::watch(socket, Arc::clone(&lane)))
    };
    let (queue, calls, signal) = (Arc::clone(&lane.events), Arc::clone(&lane.calls), Arc::clone(&lane.signal));
    let parts = LaneParts { region: Arc::clone(&region), first, limits, queue, calls, bell, signal };
    let address = region.address().to_string();
    let occupant = Occupant::new(Lane::new(parts), Arc::clone(&lane), lease);
    let open = OpenLane { process: std::process::id(), lane, home: Some(home.clone()), departed: false, region };
    let opened = Opened { lane: number, address, size: REGION_SIZE, socket: -1 };
    Ok((occupant, open, NewLane { opened, socket: theirs }))
}

/// A lane has ended: its bell is of no use any more. When its JavaScript thread went without closing it, nobody is left
/// to give the memory back, or to look at it.
pub(crate) fn forget(lane: &LaneShared) {
    logs::remove_route(lane.number);
    let mut lanes = lanes();
    let Some(open) = lanes.get_mut(&lane.number) else { return };
    let home = open.home.take();
    // Not when its socket has ended: a thread closes that, too, and may look at the memory once more.
    let removed = if open.departed { lanes.remove(&lane.number) } else { None };
    drop(lanes);
    let _ = catch_drop((removed, home));
}

/// The thread that had the lane has ended: its memory goes now, or when the lane has ended.
pub(crate) fn departed(lane: u32) {
    let mut lanes = lanes();
    let Some(open) = lanes.get_mut(&lane) else { return };
    open.departed = true;
    open.lane.end_lease();
    let removed = if open.home.is_none() { lanes.remove(&lane) } else { None };
    drop(lanes);
    let _ = catch_drop(removed);
}

/// Runs a function on an open lane of this process. `None` for an unknown one, and after a fork.
fn with<R>(lane: u32, function: impl FnOnce(&OpenLane) -> R) -> Option<R> {
    let lanes = lanes();
    lanes.get(&lane).filter(|open| open.process == std::process::id()).map(function)
}

/// Checks that TypeScript's atomic store arrived in the memory that Rust sees; then the lane is ready.
pub(crate) fn attach(lane: u32, expected: u32) -> bool {
    let ready = with(lane, |open| {
        let found = open.region.word(OFFSET_SELF_TEST).load(RingOrdering::Acquire);
        if found == expected {
            open.region.word(OFFSET_STATE).store(STATE_READY, RingOrdering::Release);
        }
        found == expected
    });
    ready == Some(true)
}

/// Rings the drain's bell.
pub(crate) fn wake(lane: u32) -> bool {
    // An eventfd that is full has been rung.
    with(lane, |open| open.home.as_ref().map(|home| rustix::io::write(&home.bell, &1_u64.to_ne_bytes()))).is_some()
}

/// Blocks this thread until something was published for it, but never for longer than it says.
pub(crate) fn wait(lane: u32, at_most: Duration) -> bool {
    let Some(signal) = with(lane, |open| Arc::clone(&open.lane.signal)) else { return false };
    signal.wait(at_most);
    true
}

/// Begins an orderly close; the end of the socket tells when it is over.
pub(crate) fn close(lane: u32, grace: Duration) -> bool {
    let millis = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX - 1);
    let begun = with(lane, |open| {
        open.lane.close.store(millis + 1, Ordering::Release);
        open.lane.alarm.ring();
    });
    begun.is_some()
}

/// Gives a closed lane's memory back: its pages now, its addresses only when nobody can look at them any more.
pub(crate) fn release(lane: u32, unmap: bool) -> bool {
    if !unmap {
        return with(lane, |open| open.region.discard().is_ok()) == Some(true);
    }
    // What the lane still held is dropped after the lock is let go: it may be an author's own.
    let removed = lanes().remove(&lane);
    let known = removed.is_some();
    departed::forget(lane);
    let _ = catch_drop(removed);
    known
}
