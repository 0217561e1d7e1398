//! Takes requests from the ring, runs them, and sleeps when there is nothing to do. One task, on one thread.
//!
//! On a call's path: `request_ring` comes before, [`crate::table`] and [`crate::slots`] are next, [`crate::lane`]
//! writes the outcome.

mod ending;
mod outcomes;
mod requests;
mod shared;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ferrule::{ExtensionFactory, Request as CallerRequest, scope};
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use tokio::runtime::Handle as TokioHandle;
use tokio::sync::Notify;

pub(crate) use self::shared::Shared;
use crate::bell::Bell;
use crate::closing::Closing;
use crate::lane::Lane;
use crate::lifecycle::Limits;
use crate::messages::Outcome;
use crate::panics::catch_drop;
use crate::slots::Slots;
use crate::table::{ExtensionTable, Handle, Instance};

/// Turns with work in a row before other tasks get theirs.
const TURNS_PER_YIELD: u32 = 8;
/// How long the drain looks for the next request before it sleeps: about what waking it costs.
const SPIN: Duration = Duration::from_micros(50);
/// A shutdown that lets calls finish first.
struct WaitingShutdown {
    slot: u32,
    handle: Handle,
    instance: Arc<Instance>,
    request: CallerRequest,
    limits: Limits,
    calls_until: Instant,
}

pub(crate) struct Drain {
    lane: Lane,
    slots: Slots,
    table: ExtensionTable,
    factories: Vec<&'static dyn ExtensionFactory>,
    shared: Arc<Shared>,
    lifecycle: TokioHandle,
    waiting_shutdowns: Vec<WaitingShutdown>,
    closing: Option<Closing>,
    faulted: bool,
    /// The lane's JavaScript thread has gone.
    orphaned: bool,
    spins: bool,
}

impl Drain {
    pub(crate) fn new(lane: Lane, shared: Arc<Shared>, lifecycle: TokioHandle, first_generation: u32) -> Self {
        Self {
            lane,
            slots: Slots::new(&shared.ready),
            table: ExtensionTable::new(first_generation),
            factories: crate::registry::factories(),
            shared,
            lifecycle,
            waiting_shutdowns: Vec::new(),
            closing: None,
            faulted: false,
            orphaned: false,
            spins: std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1),
        }
    }

    /// Runs until the runtime has closed. Returns how long its threads may take to end.
    pub(crate) async fn run(mut self, bell: Bell) -> Duration {
        let ready = Arc::clone(&self.shared.ready);
        let mut spin_until = None;
        let mut turns: u32 = 0;
        while !self.is_finished() {
            if self.turn() {
                spin_until = None;
                turns += 1;
                // A yield asks the system for I/O, which costs as much as some calls: other tasks get theirs now and
                // then.
                if turns.is_multiple_of(TURNS_PER_YIELD) {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            if self.spins && self.spin(&mut spin_until) {
                tokio::task::yield_now().await;
                continue;
            }
            self.lane.announce_sleep();
            if self.has_reason() {
                // Always at an await: a turn that found tokio's budget spent did nothing, and only a yield renews it.
                tokio::task::yield_now().await;
            } else {
                self.lane.count(OFFSET_COUNTER_PARKS, 1);
                let due = self.next_due();
                sleep(&bell, &ready.alarm, due).await;
            }
            self.lane.wake_up();
            spin_until = None;
        }
        let stuck = self.slots.stuck();
        if self.slots.running() + self.table.len() > 0 {
            let (requests, instances) = (self.slots.running(), self.table.len());
            tracing::warn!(requests, instances, stuck, "closed with work that did not end in time");
        }
        self.drop_instances();
        self.lane.gauge(OFFSET_COUNTER_HANDLES, self.table.len());
        self.lane.gauge(OFFSET_COUNTER_RUNNING, self.slots.running());
        self.lane.write_events();
        self.lane.publish();
        if !self.faulted {
            self.lane.set_state(STATE_CLOSED);
        }
        self.closing.map_or(Duration::ZERO, |closing| closing.join())
    }

    /// Instances that there was no time to shut down are dropped, which may panic.
    fn drop_instances(&mut self) {
        while let Some(handle) = self.table.last_started() {
            let Some(instance) = self.table.begin_shutdown(handle) else { break };
            instance.life.cancel();
            let identity = Arc::clone(&instance.identity);
            let _ = scope::within(&identity, || catch_drop(instance));
            self.table.remove(handle);
        }
    }

    /// Looks for requests for about a microsecond. False when it has looked for long enough.
    fn spin(&self, until: &mut Option<Instant>) -> bool {
        const LOOKS: u32 = 64;
        let until = *until.get_or_insert_with(|| Instant::now() + SPIN);
        for _ in 0..LOOKS {
            if self.lane.has_requests() {
                return true;
            }
            std::hint::spin_loop();
        }
        Instant::now() < until
    }

    fn next_due(&self) -> Option<Instant> {
        let shutdowns = self.waiting_shutdowns.iter().map(|waiting| waiting.calls_until);
        shutdowns.chain(self.closing.map(|closing| closing.stage_until())).min()
    }

    fn has_reason(&mut self) -> bool {
        let shared = &self.shared;
        shared.ready.has_more()
            || !shared.done.is_empty()
            || (self.closing.is_none() && shared.close.load(Ordering::Acquire) != 0)
            || (!self.orphaned && shared.lease_ended.load(Ordering::Acquire))
            || self.next_due().is_some_and(|due| due <= Instant::now())
            || (!self.faulted && self.lane.has_reason())
    }

    /// Does some of everything that there is to do. Returns whether there was anything.
    fn turn(&mut self) -> bool {
        let mut worked = self.take_close();
        worked |= self.take_done();
        worked |= self.take_requests();
        worked |= self.take_cancels();
        worked |= self.poll_ready();
        worked |= self.advance_shutdowns();
        worked |= self.advance_closing();
        worked |= self.lane.write_waiting();
        worked |= self.lane.write_events();
        if worked {
            self.lane.count(OFFSET_COUNTER_BATCHES, 1);
            self.lane.gauge(OFFSET_COUNTER_HANDLES, self.table.len());
            self.lane.gauge(OFFSET_COUNTER_RUNNING, self.slots.running());
        }
        self.lane.publish();
        worked
    }

    fn complete(&mut self, slot: u32, generation: u32, first_poll: bool, outcome: Outcome) {
        match outcome.status {
            Status::Panicked => self.lane.count(OFFSET_COUNTER_PANICS, 1),
            Status::Cancelled => self.lane.count(OFFSET_COUNTER_CANCELS, 1),
            _ => (),
        }
        self.lane.complete(slot, generation, first_poll, outcome);
    }
}

/// Sleeps until the bell, the alarm, or the next time that something is due.
async fn sleep(bell: &Bell, alarm: &Notify, due: Option<Instant>) {
    let timer = async {
        match due {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = bell.rung() => (),
        () = alarm.notified() => (),
        () = timer => (),
    }
}
