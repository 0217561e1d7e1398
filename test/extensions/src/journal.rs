//! What instances did, in one list for the whole process; gates at which they wait until a test lets them go on; and
//! a way to have an instance report while it waits, when no call reaches it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use ferrule::prelude::*;
use serde::Deserialize;
use tokio::sync::oneshot;

static JOURNAL: Mutex<Vec<String>> = Mutex::new(Vec::new());
static GATES: Mutex<BTreeMap<String, oneshot::Sender<Option<String>>>> = Mutex::new(BTreeMap::new());
static HOSTS: Mutex<BTreeMap<String, Host>> = Mutex::new(BTreeMap::new());

fn locked<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().expect("nobody panics with it")
}

/// Writes `step:name`, if there is a name.
pub fn write(name: Option<&str>, step: &str) {
    if let Some(name) = name {
        locked(&JOURNAL).push(format!("{step}:{name}"));
    }
}

/// What was written since the last time.
pub fn take() -> Vec<String> {
    std::mem::take(&mut *locked(&JOURNAL))
}

/// Waits until somebody opens the gate, and ends as they say.
pub async fn pass(gate: &str) -> Result<(), Error> {
    let (sender, opened) = oneshot::channel();
    locked(&GATES).insert(gate.to_owned(), sender);
    match opened.await {
        Ok(Some(text)) => Err(Error::new(text)),
        _ => Ok(()),
    }
}

/// How a gate is opened.
#[derive(Deserialize)]
pub struct Opening {
    gate: String,
    /// What the step fails with.
    fail: Option<String>,
}

/// False when nobody waits there yet, or any more.
pub fn open(opening: Opening) -> bool {
    let waiting = locked(&GATES).remove(&opening.gate);
    waiting.is_some_and(|waiting| waiting.send(opening.fail).is_ok())
}

/// Lets all go on that wait.
pub fn open_all() {
    for (_, waiting) in std::mem::take(&mut *locked(&GATES)) {
        let _ = waiting.send(None);
    }
}

/// Remembers the host of an instance, for [`report`].
pub fn remember(name: Option<&str>, host: &Host) {
    if let Some(name) = name {
        locked(&HOSTS).insert(name.to_owned(), host.clone());
    }
}

/// The instance is gone.
pub fn forget(name: Option<&str>) {
    if let Some(name) = name {
        drop(locked(&HOSTS).remove(name));
    }
}

/// What an instance is to report.
#[derive(Deserialize)]
pub struct Reported {
    name: String,
    /// `Name` or `Name:error`.
    status: String,
}

/// False when no instance of that name has begun its start.
pub fn report(reported: &Reported) -> bool {
    let host = locked(&HOSTS).get(&reported.name).cloned();
    host.map(|host| say(&host, &reported.status)).is_some()
}

/// Reports a status: `Name` or `Name:error`.
pub fn say(host: &Host, text: &str) {
    let (name, error) = text.split_once(':').map_or((text, None), |(name, error)| (name, Some(error)));
    let status = match name {
        "OK" => Status::Ok,
        "RecoverableError" => Status::RecoverableError,
        "PermanentError" => Status::PermanentError,
        _ => Status::FatalError,
    };
    host.report_status(status, error.map(str::to_owned));
}
