//! Threads for lifecycle steps, which calls cannot occupy.
//!
//! ```text
//!     drain --step--> queue --> a thread polls it once --ready--> done
//!                                       |--not ready--> a thread of its own, until it is
//!                                       '--blocks: after a millisecond the drain adds a thread for those behind it
//! ```
//!
//! Most steps are ready at their first poll, and one thread does them one after the other: a thread for each costs more
//! than they do. A step that blocks its thread still holds up nobody for long.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::lifecycle::DoneResult;
use crate::messages::Outcome;
use crate::panics::catch;

/// How long a step may wait for a thread before there is one more.
pub(crate) const RELIEF: Duration = Duration::from_millis(1);
/// A thread that had nothing to do for so long ends.
const IDLE_MAX: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// A runtime's threads for steps.
pub(crate) struct Steps {
    tokio: Handle,
    threads_max: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Steps that no thread has taken: what the drain looks at.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    taken: u64,
    closed: bool,
}

impl Steps {
    /// What steps spawn runs on the given tokio, and so do steps that are not ready at once.
    pub(crate) fn new(tokio: Handle, threads_max: usize) -> Arc<Self> {
        let (queue, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { tokio, threads_max, queue, changed, waiting: AtomicUsize::new(0) })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a step. `finish` gets what it answers, whatever happens: a panic that no entry caught is an outcome too.
    pub(crate) fn run(
        self: &Arc<Self>,
        step: impl Future<Output = DoneResult> + Send + 'static,
        panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
        finish: impl FnOnce(DoneResult) + Send + 'static,
    ) {
        let tokio = self.tokio.clone();
        self.push(Box::new(move || poll_first(&tokio, step, panicked, finish)));
    }

    /// The same on the caller's thread, until the step's first poll has ended.
    pub(crate) fn run_here(
        &self,
        step: impl Future<Output = DoneResult> + Send + 'static,
        panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
        finish: impl FnOnce(DoneResult) + Send + 'static,
    ) {
        poll_first(&self.tokio, step, panicked, finish);
    }

    fn push(self: &Arc<Self>, job: Job) {
        let mut queue = self.queue();
        queue.jobs.push_back(job);
        self.waiting.store(queue.jobs.len(), Ordering::Release);
        let needs_thread = queue.threads == 0;
        if queue.idle > 0 {
            self.changed.notify_one();
        }
        drop(queue);
        if needs_thread {
            self.add_thread();
        }
    }

    /// Whether steps wait for a thread.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// How many steps were ever taken.
    pub(crate) fn taken(&self) -> u64 {
        self.queue().taken
    }

    /// One more thread, unless as many sleep as steps wait: those were woken, and a busy machine has not let them run
    /// yet. More of them would not run sooner either, and would stay, since each has its turn at the queue. When the
    /// system refuses it, the steps wait for those that there are.
    pub(crate) fn add_thread(self: &Arc<Self>) {
        let mut queue = self.queue();
        if queue.threads >= self.threads_max || queue.idle >= queue.jobs.len().max(1) {
            return;
        }
        queue.threads += 1;
        drop(queue);
        let steps = Arc::clone(self);
        let spawned = std::thread::Builder::new().name("ferrule-step".to_owned()).spawn(move || steps.work());
        if spawned.is_err() {
            self.queue().threads -= 1;
        }
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
        self.changed.notify_all();
    }

    /// `None` when the thread is needed no longer: it does not count any more.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        let until = Instant::now() + IDLE_MAX;
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                queue.taken += 1;
                self.waiting.store(queue.jobs.len(), Ordering::Release);
                return Some(job);
            }
            let left = until.saturating_duration_since(Instant::now());
            if queue.closed || left.is_zero() {
                queue.threads -= 1;
                return None;
            }
            queue.idle += 1;
            queue = self.changed.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
            queue.idle -= 1;
        }
    }

    /// Lets the threads end, and waits for them, but not for long: one that is stuck is left behind.
    pub(crate) fn close(&self, at_most: Duration) {
        let mut queue = self.queue();
        queue.closed = true;
        self.changed.notify_all();
        let _ended = self.changed.wait_timeout_while(queue, at_most, |queue| queue.threads > 0);
    }
}

fn poll_first(
    tokio: &Handle,
    step: impl Future<Output = DoneResult> + Send + 'static,
    panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
    finish: impl FnOnce(DoneResult) + Send + 'static,
) {
    let mut step = Box::pin(step);
    let first = catch(|| {
        let _inside = tokio.enter();
        step.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    });
    match first {
        Ok(Poll::Ready(done)) => finish(done),
        Ok(Poll::Pending) => {
            let handle = tokio.clone();
            // Polled anew at once, with a waker that is heard.
            tokio.spawn_blocking(move || {
                let done = catch(|| handle.block_on(step));
                finish(done.unwrap_or_else(|panic| panicked(Outcome::panicked(&panic))));
            });
        }
        Err(panic) => finish(panicked(Outcome::panicked(&panic))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use ferrule_ring::completion_ring::Status;

    use super::*;

    fn steps() -> (tokio::runtime::Runtime, Arc<Steps>) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let steps = Steps::new(runtime.handle().clone(), 8);
        (runtime, steps)
    }

    fn answered() -> DoneResult {
        DoneResult::Answered(Outcome::bare(Status::Ok))
    }

    #[test]
    fn steps_that_are_ready_share_a_thread_and_others_get_their_own() {
        let (_runtime, steps) = steps();
        let (sender, receiver) = mpsc::channel();
        for number in 0..50 {
            let sender = sender.clone();
            let step = async move {
                if number % 10 == 0 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                answered()
            };
            steps.run(step, DoneResult::Answered, move |_| sender.send(number).unwrap());
        }
        let mut done: Vec<i32> = receiver.iter().take(50).collect();
        done.sort_unstable();
        assert_eq!(done, (0..50).collect::<Vec<_>>());
        assert_eq!(steps.queue().threads, 1);
        steps.close(Duration::from_secs(10));
        assert_eq!(steps.queue().threads, 0);
    }

    #[test]
    fn a_step_that_blocks_is_passed_by_the_next_once_there_is_a_thread() {
        let (_runtime, steps) = steps();
        let (release, blocked) = mpsc::channel::<()>();
        let (sender, receiver) = mpsc::channel();
        let (first, second) = (sender.clone(), sender);
        let block = async move {
            let _ = blocked.recv();
            answered()
        };
        steps.run(block, DoneResult::Answered, move |_| first.send("blocked").unwrap());
        steps.run(async { answered() }, DoneResult::Answered, move |_| second.send("quick").unwrap());
        while steps.taken() == 0 {
            std::thread::yield_now();
        }
        assert!(steps.has_waiting());
        steps.add_thread();
        assert_eq!(receiver.recv().unwrap(), "quick");
        release.send(()).unwrap();
        assert_eq!(receiver.recv().unwrap(), "blocked");
    }

    #[test]
    fn a_step_whose_thread_is_still_waking_needs_no_other() {
        let (_runtime, steps) = steps();
        let (sender, receiver) = mpsc::channel();
        let done = sender.clone();
        steps.run(async { answered() }, DoneResult::Answered, move |_| done.send("first").unwrap());
        assert_eq!(receiver.recv().unwrap(), "first");
        while steps.queue().idle == 0 {
            std::thread::yield_now();
        }
        // As `push` leaves it until the machine lets the thread run: the step waits, and the thread sleeps.
        steps.queue().jobs.push_back(Box::new(move || sender.send("second").unwrap()));
        steps.add_thread();
        assert_eq!(steps.queue().threads, 1);
        steps.changed.notify_one();
        assert_eq!(receiver.recv().unwrap(), "second");
    }

    #[test]
    fn a_step_that_panics_is_an_outcome() {
        let (_runtime, steps) = steps();
        let (sender, receiver) = mpsc::channel();
        for wait in [false, true] {
            let sender = sender.clone();
            let step = async move {
                if wait {
                    tokio::task::yield_now().await;
                }
                panic!("no")
            };
            steps.run(step, DoneResult::Answered, move |result| {
                let DoneResult::Answered(outcome) = result else { return };
                sender.send(outcome.status).unwrap();
            });
        }
        assert_eq!(receiver.iter().take(2).collect::<Vec<_>>(), [Status::Panicked, Status::Panicked]);
    }
}
