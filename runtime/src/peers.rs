//! Calls between the extensions of a host, by id.
//!
//! Instances belong to one host when they were started through one lane and with one host: a service is one, so two
//! services on one runtime do not see each other. The directory knows who is in service; the table of instances keeps
//! it up to date, so that it lets go of an instance when that begins to shut down.
//!
//! A call is polled where its caller is. It takes no lock while an extension's code runs, so two that call each other
//! cannot block each other. Calls of what is written in TypeScript go on in [`crate::host_calls`].

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ferrule::{Call, CallFuture, Context, Error, Method, Payload, Peers, scope};
use tokio::runtime::Handle as TokioHandle;
use tokio::sync::Semaphore;

use crate::alarm::Alarm;
use crate::host_calls::{HostCalls, Target};
use crate::messages::panic_error;
use crate::panics::{catch, catch_drop};
use crate::spans;
use crate::table::Instance;
use crate::visits::{Guard, Visits};

/// Calls within calls: each is polled on its caller's stack, and some kilobytes of that are an extension's own. Twin of
/// `NESTED_SLOT_COUNT` in the layout: each depth has a slot for the calls that TypeScript makes within them.
pub(crate) const DEPTH_MAX: u32 = 32;
const _: () = assert!(DEPTH_MAX == ferrule_ring::layout::NESTED_SLOT_COUNT);
/// Calls between extensions that block a thread each, at the same time.
pub(crate) const BLOCKING_MAX: usize = 256;

/// A host, of those that the process has: a lane, and a number in it. 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostKey {
    pub(crate) lane: u32,
    pub(crate) number: u32,
}

/// Who is in service, of a runtime.
pub(crate) struct Directory {
    hosts: Mutex<HashMap<HostKey, Members>>,
    alarm: Arc<Alarm>,
    /// What runs calls that may block.
    tokio: TokioHandle,
    blocking: Arc<Semaphore>,
}

#[derive(Default)]
struct Members {
    present: HashMap<String, Arc<Instance>>,
    /// Those that were shut down: for the error. Forgotten with the last of the present.
    past: HashSet<String>,
}

impl Directory {
    pub(crate) fn new(alarm: Arc<Alarm>, tokio: TokioHandle) -> Arc<Self> {
        Arc::new(Self { hosts: Mutex::default(), alarm, tokio, blocking: Arc::new(Semaphore::new(BLOCKING_MAX)) })
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<HostKey, Members>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance is in service.
    pub(crate) fn add(&self, instance: &Arc<Instance>) {
        if instance.host.number == 0 {
            return;
        }
        let id = instance.identity.id.clone();
        let mut hosts = self.hosts();
        let members = hosts.entry(instance.host).or_default();
        members.past.remove(&id);
        members.present.insert(id, Arc::clone(instance));
    }

    /// An instance begins to shut down.
    pub(crate) fn remove(&self, instance: &Arc<Instance>) {
        instance.visits.close(&self.alarm);
        let id = &instance.identity.id;
        let mut hosts = self.hosts();
        let Some(members) = hosts.get_mut(&instance.host) else { return };
        // A later one of the same id stays.
        if members.present.get(id).is_some_and(|present| Arc::ptr_eq(present, instance)) {
            members.present.remove(id);
            members.past.insert(id.clone());
        }
        if members.present.is_empty() {
            hosts.remove(&instance.host);
        }
    }

    /// `None` when it is not started, or not written in Rust.
    fn find(&self, host: HostKey, id: &str) -> Result<Option<Arc<Instance>>, Error> {
        let hosts = self.hosts();
        let Some(members) = hosts.get(&host) else { return Ok(None) };
        match members.present.get(id) {
            Some(instance) => Ok(Some(Arc::clone(instance))),
            None if members.past.contains(id) => Err(shut_down(id)),
            None => Ok(None),
        }
    }
}

pub(crate) fn refuse(code: &'static str, text: String) -> Error {
    Error::new(text).with_code(code).permanent()
}

fn shut_down(id: &str) -> Error {
    refuse("SHUT_DOWN", format!("extension {id} was shut down"))
}

pub(crate) fn aborted() -> Error {
    Error::new("the call was aborted: its context was cancelled").with_code("ABORTED")
}

pub(crate) fn late() -> Error {
    Error::new("the deadline passed").with_code("DEADLINE_EXCEEDED")
}

pub(crate) fn too_deep() -> Error {
    let text = format!("calls between extensions are {DEPTH_MAX} deep: do they call each other for ever?");
    refuse("CALLS_TOO_DEEP", text)
}

/// A host's extensions, as one of them reaches the others.
pub(crate) struct HostPeers {
    pub(crate) host: HostKey,
    pub(crate) directory: Arc<Directory>,
    /// Of the lane through which it was started.
    pub(crate) calls: Arc<HostCalls>,
}

impl Peers for HostPeers {
    fn call(&self, id: &str, method: &str, payload: Payload, context: &Context) -> CallFuture {
        let (host, directory, calls) = (self.host, Arc::clone(&self.directory), Arc::clone(&self.calls));
        let (id, method, context) = (id.to_owned(), method.to_owned(), context.clone());
        Box::pin(async move {
            let result = match directory.find(host, &id) {
                Ok(Some(instance)) => call(&directory, instance, &id, &method, payload, &context).await,
                Ok(None) => {
                    let target = Target::Extension { host: host.number, id: &id, method: &method };
                    calls.call(target, payload, &context).await
                }
                Err(error) => Err(error),
            };
            // What says of itself whom it concerns comes from further in.
            result.map_err(|error| if error.component_id().is_some() { error } else { error.of_component(&id) })
        })
    }

    fn call_function(&self, name: &str, payload: Payload, context: &Context) -> CallFuture {
        let (calls, name, context) = (Arc::clone(&self.calls), name.to_owned(), context.clone());
        Box::pin(async move { calls.call(Target::Function { function: &name }, payload, &context).await })
    }

    fn pull(&self, iterable: u32) -> CallFuture {
        self.calls.pull(iterable)
    }

    fn release(&self, iterable: u32) {
        self.calls.release(iterable);
    }
}

async fn call(
    directory: &Arc<Directory>,
    instance: Arc<Instance>,
    id: &str,
    method: &str,
    payload: Payload,
    context: &Context,
) -> Result<Payload, Error> {
    let may_begin = match () {
        () if context.is_cancelled() => Err(aborted()),
        () if context.deadline().is_some_and(|deadline| deadline <= Instant::now()) => Err(late()),
        () if context.depth() >= DEPTH_MAX => Err(too_deep()),
        () => Ok(()),
    };
    let entered = may_begin.and_then(|()| enter(&instance, id, method));
    let (found, guard) = match entered {
        Ok(entered) => entered,
        Err(error) => {
            let _ = catch_drop(instance); // it may be the last that holds it
            return Err(error);
        }
    };
    let inner = context.of_inner_call(Arc::clone(&instance.identity));
    let about = |error: Error| if error.method().is_some() { error } else { error.of_method(found.name) };
    let result = if found.blocking {
        let Ok(permit) = Arc::clone(&directory.blocking).try_acquire_owned() else {
            let _ = catch_drop(instance);
            let text = format!("{BLOCKING_MAX} calls between extensions block a thread each");
            return Err(Error::new(text).with_code("TOO_MANY_CALLS").retryable());
        };
        // Told when the caller goes: the thread cannot be.
        let _left = inner.cancellation().drop_guard();
        let handle = directory.tokio.clone();
        let run = async move { run(instance, guard, found, payload, inner).await };
        let job = directory.tokio.spawn_blocking(move || {
            let _permit = permit;
            catch(|| handle.block_on(run)).unwrap_or_else(|panic| Err(panic_error(&panic)))
        });
        job.await.unwrap_or_else(|_| Err(aborted()))
    } else {
        run(instance, guard, found, payload, inner).await
    };
    result.map_err(about)
}

fn enter(instance: &Arc<Instance>, id: &str, method: &str) -> Result<(&'static Method, Guard), Error> {
    if instance.is_poisoned() {
        return Err(refuse("POISONED", format!("extension {id} panicked before: it answers no calls")));
    }
    let Some(found) = instance.methods.iter().find(|known| known.name == method) else {
        let known: Vec<_> = instance.methods.iter().map(|known| known.name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let text = format!("extension {id} has no method \"{method}\"; its methods: {known}");
        return Err(refuse("UNKNOWN_METHOD", text));
    };
    let guard = Visits::enter(instance).ok_or_else(|| shut_down(id))?;
    Ok((found, guard))
}

/// Begins the method and polls it to its end, whichever end comes first.
async fn run(
    instance: Arc<Instance>,
    guard: Guard,
    method: &'static Method,
    payload: Payload,
    context: Context,
) -> Result<Payload, Error> {
    let identity = Arc::clone(&instance.identity);
    let poisoned = Arc::downgrade(&instance);
    let (deadline, cancellation) = (context.deadline(), context.cancellation());
    let visit = Arc::clone(&guard.visit);
    let begun = scope::within(&identity, || {
        catch(|| {
            let span = spans::span_of(&context, method.name);
            let _within = span.enter();
            let mut call = Call { method: method.name, payload, context };
            match instance.extension.call_now(&mut call) {
                Some(result) => visit.begin(Box::pin(std::future::ready(result))),
                None => visit.begin(spans::within(span.clone(), Arc::clone(&instance.extension).call(call))),
            }
        })
    });
    // Nothing but the work itself holds the instance from here on, and that can be taken away.
    let _ = scope::within(&identity, || catch_drop(instance));
    let late_at = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    let answered = match begun {
        Err(panic) => Some(Err(panic)),
        Ok(()) => tokio::select! {
            biased;
            () = cancellation.cancelled() => return Err(aborted()),
            () = visit.end.cancelled() => None,
            () = late_at => return Err(late()),
            answered = poll_fn(|context| visit.poll(context)) => answered,
        },
    };
    match answered {
        Some(Ok(result)) => result,
        Some(Err(panic)) => {
            if let Some(instance) = poisoned.upgrade() {
                instance.poison();
                let _ = scope::within(&identity, || catch_drop(instance));
            }
            Err(panic_error(&panic))
        }
        None => {
            let text = format!("it was cancelled: extension {} is shutting down", identity.id);
            Err(Error::new(text).with_code("CANCELLED"))
        }
    }
}
