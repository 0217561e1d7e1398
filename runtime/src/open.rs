//! Opens runtimes and keeps them by number, for the C ABI.

use std::collections::BTreeMap;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ferrule::Error;
use ferrule_ring::Memory;
use ferrule_ring::header::First;
use ferrule_ring::layout::{OFFSET_SELF_TEST, OFFSET_STATE, REGION_SIZE, SLOT_COUNT, STATE_READY};
use ferrule_ring::region::Region;
use ferrule_ring::sync::Ordering as RingOrdering;
use rustix::event::{EventfdFlags, eventfd};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tracing::level_filters::LevelFilter;

use crate::bell::Bell;
use crate::drain::{Drain, Shared};
use crate::lane::Lane;
use crate::panics::catch_drop;
use crate::{logs, panics, pin, registry};

/// How long the threads of a closed runtime may take to end, at most, before they are left behind.
const JOIN_MAX: Duration = Duration::from_millis(100);

/// What TypeScript says when it opens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    log_level: String,
    first_cursor: u32,
    first_byte_cursor: u32,
    first_generation: u32,
}

/// What it gets back.
#[derive(Debug, Serialize)]
struct Opened {
    runtime: u32,
    /// Decimal: it may not fit into a JavaScript number.
    address: String,
    size: u32,
    /// TypeScript's end of the socket. It owns it from now on.
    socket: i32,
}

struct OpenRuntime {
    process: u32,
    shared: Arc<Shared>,
    /// Gone when the drain has ended.
    bell: Option<Arc<OwnedFd>>,
    region: Arc<Region>,
}

static RUNTIMES: Mutex<BTreeMap<u32, OpenRuntime>> = Mutex::new(BTreeMap::new());
static LAST: AtomicU32 = AtomicU32::new(0);

fn runtimes() -> MutexGuard<'static, BTreeMap<u32, OpenRuntime>> {
    RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(what: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::new(format!("cannot {what}: {error}")).with_code("OPEN_FAILED").with_source(error)
}

/// Opens a runtime: memory, doorbells, threads. Answers what TypeScript needs to attach, as JSON.
pub(crate) fn open(options: &str, stated: usize) -> Result<String, Error> {
    let invalid = |text: String| Error::new(format!("open options: {text}")).with_code("OPEN_FAILED");
    let options: Options = serde_json::from_str(options).map_err(|error| invalid(error.to_string()))?;
    let level: LevelFilter =
        options.log_level.parse().map_err(|_| invalid(format!("log_level \"{}\" is unknown", options.log_level)))?;
    if !options.first_byte_cursor.is_multiple_of(8) {
        return Err(invalid("first_byte_cursor must be a multiple of 8".to_owned()));
    }
    pin::pin_library();
    panics::install_hook();
    registry::check(stated)?;

    let first = First {
        cursor: options.first_cursor,
        byte_cursor: options.first_byte_cursor,
        generation: options.first_generation,
    };
    let runtime = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let region = Region::create(runtime, first)
        .map_err(|error| Error::new(error.to_string()).with_code("OPEN_FAILED").with_source(error))?;
    let region = Arc::new(region);
    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
    let bell = Arc::new(eventfd(0, flags).map_err(|error| failed("create the doorbell")(error.into()))?);
    let (ours, theirs) = UnixStream::pair().map_err(failed("create the lane's socket"))?;
    for end in [&ours, &theirs] {
        end.set_nonblocking(true).map_err(failed("prepare the lane's socket"))?;
    }

    let shared = Arc::new(Shared::new(runtime));
    let lane = Lane::new(
        Arc::clone(&region),
        first,
        Arc::clone(&shared.events),
        Arc::new(ours.try_clone().map_err(failed("share the lane's socket"))?),
    );
    let threads = Threads::build()?;
    let drain = Drain::new(lane, Arc::clone(&shared), threads.lifecycle.handle().clone(), first.generation);
    logs::add_route(runtime, Arc::clone(&shared.events), level);
    // Before the thread, which looks for it when it ends.
    let address = region.address().to_string();
    let open =
        OpenRuntime { process: std::process::id(), shared: Arc::clone(&shared), bell: Some(Arc::clone(&bell)), region };
    runtimes().insert(runtime, open);
    let spawned = std::thread::Builder::new().name("ferrule-drain".to_owned()).spawn({
        let shared = Arc::clone(&shared);
        move || threads.run(drain, bell, ours, &shared)
    });
    if let Err(error) = spawned {
        logs::remove_route(runtime);
        runtimes().remove(&runtime);
        return Err(failed("start the drain thread")(error));
    }
    let opened = Opened { runtime, address, size: REGION_SIZE, socket: theirs.into_raw_fd() };
    Ok(serde_json::to_string(&opened).expect("numbers and text, which JSON can hold"))
}

struct Threads {
    drain: Runtime,
    lifecycle: Runtime,
}

impl Threads {
    fn build() -> Result<Self, Error> {
        let drain = Builder::new_current_thread().enable_all().build().map_err(failed("start tokio"))?;
        let lifecycle = Builder::new_multi_thread()
            .worker_threads(2)
            // One for each slot, and one for the shutdown that closing may have under way.
            .max_blocking_threads(SLOT_COUNT as usize + 1)
            .thread_name("ferrule-life")
            .enable_all()
            .build()
            .map_err(failed("start tokio"))?;
        Ok(Self { drain, lifecycle })
    }

    /// The drain thread's whole life. The socket closes last: its end tells TypeScript that nothing comes any more.
    fn run(self, drain: Drain, bell: Arc<OwnedFd>, socket: UnixStream, shared: &Arc<Shared>) {
        let Self { drain: tokio, lifecycle } = self;
        let result = tokio.block_on(async {
            let bell = Bell::listen(bell).ok()?;
            let socket = tokio::net::UnixStream::from_std(socket.try_clone().ok()?).ok()?;
            let lease = tokio::spawn(watch_lease(socket, Arc::clone(shared)));
            let result = tokio::spawn(drain.run(bell)).await;
            lease.abort();
            let _ = lease.await;
            result.ok()
        });
        logs::remove_route(shared.runtime);
        let join = result.unwrap_or(JOIN_MAX).min(JOIN_MAX);
        lifecycle.shutdown_timeout(join);
        tokio.shutdown_timeout(join);
        forget(shared);
        drop(socket);
    }
}

/// The drain has ended: its bell is of no use any more. When its JavaScript thread went without closing the runtime,
/// nobody is left to give the memory back, or to look at it.
fn forget(shared: &Shared) {
    let mut runtimes = runtimes();
    let Some(open) = runtimes.get_mut(&shared.runtime) else { return };
    open.bell = None;
    // Only then: a drain that ended by itself must not take the memory from under a thread that still looks at it.
    let orphaned = shared.lease_ended.load(Ordering::Acquire) && shared.close.load(Ordering::Acquire) == 0;
    let removed = if orphaned { runtimes.remove(&shared.runtime) } else { None };
    drop(runtimes);
    let _ = catch_drop(removed);
}

/// TypeScript never writes to the socket: whatever makes it readable is its end, and that means its thread has gone.
async fn watch_lease(socket: tokio::net::UnixStream, shared: Arc<Shared>) {
    loop {
        if socket.readable().await.is_err() {
            break;
        }
        match socket.try_read(&mut [0; 16]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => (),
            Ok(read) if read > 0 => (),
            _ => break,
        }
    }
    shared.lease_ended.store(true, Ordering::Release);
    shared.ready.alarm.notify_one();
}

/// Runs a function on an open runtime of this process. `None` for an unknown one, and after a fork.
fn with<R>(runtime: u32, function: impl FnOnce(&OpenRuntime) -> R) -> Option<R> {
    let runtimes = runtimes();
    runtimes.get(&runtime).filter(|open| open.process == std::process::id()).map(function)
}

/// Checks that TypeScript's atomic store arrived in the memory that Rust sees; then the lane is ready.
pub(crate) fn attach(runtime: u32, expected: u32) -> bool {
    let ready = with(runtime, |open| {
        let found = open.region.word(OFFSET_SELF_TEST).load(RingOrdering::Acquire);
        if found == expected {
            open.region.word(OFFSET_STATE).store(STATE_READY, RingOrdering::Release);
        }
        found == expected
    });
    ready == Some(true)
}

/// Rings the drain's bell.
pub(crate) fn wake(runtime: u32) -> bool {
    // An eventfd that is full has been rung.
    with(runtime, |open| open.bell.as_ref().map(|bell| rustix::io::write(bell, &1_u64.to_ne_bytes()))).is_some()
}

/// Begins an orderly close; the end of the socket tells when it is over.
pub(crate) fn close(runtime: u32, grace: Duration) -> bool {
    let millis = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX - 1);
    let begun = with(runtime, |open| {
        open.shared.close.store(millis + 1, Ordering::Release);
        open.shared.ready.alarm.notify_one();
    });
    begun.is_some()
}

/// Gives a closed runtime's memory back: its pages now, its addresses only when nobody can look at them any more.
pub(crate) fn release(runtime: u32, unmap: bool) -> bool {
    if !unmap {
        return with(runtime, |open| open.region.discard().is_ok()) == Some(true);
    }
    // What the runtime still held is dropped after the lock is let go: it may be an author's own.
    let removed = runtimes().remove(&runtime);
    let known = removed.is_some();
    let _ = catch_drop(removed);
    known
}
