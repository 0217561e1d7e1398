//! Takes requests from the lanes, runs them, and sleeps when there is nothing to do. One task, on one thread.
//!
//! On a call's path: `request_ring` comes before, [`crate::table`] and [`crate::slots`] are next, [`crate::lane`]
//! writes the outcome.

mod ending;
mod occupant;
mod outcomes;
mod requests;
mod shared;
mod spinner;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferrule::{ExtensionFactory, scope};
use ferrule_ring::layout::*;
use tokio::runtime::Handle as TokioHandle;

pub(crate) use self::occupant::Occupant;
pub(crate) use self::shared::{LaneShared, Refused, Shared};
use self::spinner::{Looked, Spinner};
use crate::alarm::Alarm;
use crate::bell::Bell;
use crate::closing::Closing;
use crate::peers::Directory;
use crate::steps::{RELIEF, Steps};
use crate::table::ExtensionTable;

/// Turns with work in a row before other tasks get theirs.
const TURNS_PER_YIELD: u32 = 8;
/// Turns after which it is counted anew which lanes are busy.
const TURNS_PER_COUNT: u32 = 256;

/// What the lanes of a runtime have in common.
pub(crate) struct Core {
    table: ExtensionTable,
    directory: Arc<Directory>,
    factories: Vec<&'static dyn ExtensionFactory>,
    shared: Arc<Shared>,
    lifecycle: TokioHandle,
    steps: Arc<Steps>,
    /// When to look whether a step still waits for a thread, and how many had been taken.
    relief: Option<(Instant, u64)>,
    /// Calls run on tokio's workers instead of here.
    workers: bool,
    /// The runtime is closing, and past the stage in which requests may still begin.
    refuses: bool,
    /// A shutdown waits for its instance's calls: look whether it still must.
    shutdowns_due: bool,
    /// Requests begun.
    begun: u32,
}

pub(crate) struct Drain {
    core: Core,
    lanes: Vec<Occupant>,
    closing: Option<Closing>,
    door_closed: bool,
    cores: usize,
    spinner: Spinner,
}

/// What a drain is told.
pub(crate) struct Settings {
    /// Calls run on tokio's workers instead of here.
    pub(crate) workers: bool,
    /// It looks for requests before it sleeps.
    pub(crate) polling: bool,
    /// Of the extension table.
    pub(crate) first_generation: u32,
}

/// What the drain's thread does when it has ended.
pub(crate) struct Ended {
    /// How long its threads may take to end.
    pub(crate) join: Duration,
    /// What keeps the sockets open, whose end tells TypeScript that nothing comes any more.
    pub(crate) lanes: Vec<Occupant>,
}

impl Drain {
    pub(crate) fn new(shared: Arc<Shared>, lifecycle: TokioHandle, steps: Arc<Steps>, settings: Settings) -> Self {
        let Settings { workers, polling, first_generation } = settings;
        // Who never polls behaves as on a machine with one core.
        let cores = if polling { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 };
        let directory = Directory::new(Arc::clone(&shared.alarm), lifecycle.clone());
        Self {
            core: Core {
                table: ExtensionTable::new(first_generation, Arc::clone(&directory)),
                directory,
                factories: crate::registry::factories(),
                shared,
                lifecycle,
                steps,
                relief: None,
                workers,
                refuses: false,
                shutdowns_due: false,
                begun: 0,
            },
            lanes: Vec::new(),
            closing: None,
            door_closed: false,
            cores,
            spinner: Spinner::new(cores > 1),
        }
    }

    /// Runs until the runtime has closed.
    pub(crate) async fn run(mut self, bell: Bell) -> Ended {
        let alarm = Arc::clone(&self.core.shared.alarm);
        let mut turns: u32 = 0;
        while !self.is_finished() {
            // Always at an await: a turn that finds tokio's budget spent does nothing, and only a yield renews it.
            if !tokio::task::coop::has_budget_remaining() {
                tokio::task::yield_now().await;
            }
            if self.turn(&alarm) {
                turns = turns.wrapping_add(1);
                if turns.is_multiple_of(TURNS_PER_COUNT) {
                    self.count_busy_lanes();
                }
                // A yield asks the system for I/O, which costs as much as some calls: other tasks get theirs now and
                // then.
                if turns.is_multiple_of(TURNS_PER_YIELD) {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            scope::set_current(None);
            let lanes = &self.lanes;
            let found = || alarm.has_rung() || lanes.iter().any(|occupant| occupant.lane.has_requests());
            let looked = self.spinner.look(found, || lanes.iter().any(|occupant| occupant.lane.is_caller_awake()));
            match looked {
                Looked::Found => (),
                Looked::Again => tokio::task::yield_now().await,
                Looked::Sleep => self.sleep(&bell, &alarm).await,
            }
        }
        self.end()
    }

    async fn sleep(&mut self, bell: &Bell, alarm: &Alarm) {
        for occupant in &self.lanes {
            occupant.lane.announce_sleep();
        }
        if !self.has_reason(alarm) {
            for occupant in &self.lanes {
                occupant.lane.count(OFFSET_COUNTER_PARKS, 1);
            }
            self.count_busy_lanes();
            rest(bell, alarm, self.next_due()).await;
        }
        for occupant in &self.lanes {
            occupant.lane.wake_up();
        }
    }

    /// Says to each lane whether more threads are busy than there are cores, and looks for requests only if not.
    fn count_busy_lanes(&mut self) {
        let busy =
            self.lanes.iter_mut().filter_map(|occupant| (std::mem::take(&mut occupant.recent) > 0).then_some(()));
        let crowded = busy.count().max(1) + 1 > self.cores;
        self.spinner.enable(!crowded);
        for occupant in &self.lanes {
            occupant.lane.gauge(OFFSET_CROWDED, u32::from(crowded));
        }
    }

    fn end(mut self) -> Ended {
        let requests: u32 = self.lanes.iter().map(|occupant| occupant.slots.running()).sum();
        let instances = self.core.table.len();
        if requests + instances > 0 {
            let stuck: Vec<String> = self.lanes.iter().map(|occupant| occupant.slots.stuck()).collect();
            let stuck = stuck.into_iter().filter(|stuck| !stuck.is_empty()).collect::<Vec<_>>().join(", ");
            tracing::warn!(requests, instances, stuck, "closed with work that did not end in time");
        }
        self.drop_instances(None);
        for occupant in &mut self.lanes {
            occupant.close(self.core.table.len());
        }
        Ended { join: self.closing.map_or(Duration::ZERO, |closing| closing.join()), lanes: self.lanes }
    }

    fn next_due(&self) -> Option<Instant> {
        let lanes = self.lanes.iter();
        let shutdowns = lanes.clone().flat_map(|occupant| &occupant.waiting_shutdowns);
        let ends = lanes.filter_map(|occupant| occupant.closing).chain(self.closing);
        let ends = ends.map(|closing| closing.stage_until());
        let relief = self.core.relief.map(|(due, _)| due);
        shutdowns.map(|waiting| waiting.calls_until).chain(ends).chain(relief).min()
    }

    fn has_reason(&mut self, alarm: &Alarm) -> bool {
        alarm.has_rung()
            || self.next_due().is_some_and(|due| due <= Instant::now())
            || self.lanes.iter_mut().any(|occupant| !occupant.faulted && occupant.lane.has_reason())
    }

    /// Does some of everything that there is to do. Returns whether there was anything.
    fn turn(&mut self, alarm: &Alarm) -> bool {
        // First, and published at once: somebody waits for each of them.
        let mut worked = self.take_requests();
        if worked {
            self.spinner.busy();
        }
        if alarm.take() {
            self.let_in();
            self.core.shutdowns_due = true;
            worked |= self.take_ends();
            worked |= self.take_done();
            for occupant in &mut self.lanes {
                worked |= occupant.poll_ready();
            }
        }
        let (handles, lanes) = (self.core.table.len(), u32::try_from(self.lanes.len()).unwrap_or(u32::MAX));
        for occupant in &mut self.lanes {
            worked |= occupant.finish_turn(handles, lanes);
        }
        if self.core.shutdowns_due || self.closing.is_some() || self.next_due().is_some() {
            self.core.shutdowns_due = false;
            worked |= self.advance_shutdowns();
            worked |= self.take_ends();
            worked |= self.advance_closing();
            worked |= self.advance_lane_ends();
        }
        if self.core.relief.is_some() || self.core.steps.has_waiting() {
            self.relieve_steps();
        }
        worked
    }

    /// A step that has waited for a thread gets one.
    fn relieve_steps(&mut self) {
        let Core { steps, relief, .. } = &mut self.core;
        if !steps.has_waiting() {
            *relief = None;
            return;
        }
        match *relief {
            Some((due, _)) if due > Instant::now() => return,
            Some((_, taken)) if taken == steps.taken() => steps.add_thread(),
            Some(_) | None => (),
        }
        *relief = Some((Instant::now() + RELIEF, steps.taken()));
    }

    fn take_requests(&mut self) -> bool {
        let mut worked = false;
        for occupant in &mut self.lanes {
            worked |= occupant.take_requests(&mut self.core);
        }
        worked
    }

    /// Lanes that have come.
    fn let_in(&mut self) {
        let arrivals = self.core.shared.take_arrivals();
        if arrivals.is_empty() {
            return;
        }
        self.lanes.extend(arrivals);
        self.count_busy_lanes();
    }
}

/// Sleeps until the bell, the alarm, or the next time that something is due.
async fn rest(bell: &Bell, alarm: &Alarm, due: Option<Instant>) {
    let timer = async {
        match due {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = bell.rung() => (),
        () = alarm.sounded() => (),
        () = timer => (),
    }
}
