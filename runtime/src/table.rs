//! Instances by handle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ferrule::{Extension, Identity, Method, scope};
use ferrule_ring::cursor::next_generation;
use tokio_util::sync::CancellationToken;

use crate::panics::catch;
use crate::peers::{Directory, HostKey};
use crate::visits::Visits;

/// Index and generation. A stale one finds nothing, never another instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// A started instance.
pub(crate) struct Instance {
    pub(crate) extension: Arc<dyn Extension>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) methods: &'static [Method],
    /// Its steps may begin on the drain's thread.
    pub(crate) has_quick_steps: bool,
    /// Ends its background tasks.
    pub(crate) life: CancellationToken,
    /// Whose extension it is.
    pub(crate) host: HostKey,
    /// Calls of other extensions.
    pub(crate) visits: Visits,
    /// A panicked instance answers no calls; it can only be shut down.
    poisoned: AtomicBool,
}

impl Instance {
    pub(crate) fn new(
        extension: Arc<dyn Extension>,
        identity: Arc<Identity>,
        methods: &'static [Method],
        has_quick_steps: bool,
        life: CancellationToken,
        host: HostKey,
    ) -> Self {
        let (visits, poisoned) = (Visits::default(), AtomicBool::new(false));
        Self { extension, identity, methods, has_quick_steps, life, host, visits, poisoned }
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Relaxed);
    }

    /// Its shutdown was asked for: calls that wait for long end by themselves.
    pub(crate) fn stopping(&self) {
        let _ = scope::within(&self.identity, || catch(|| self.extension.stopping()));
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Relaxed)
    }
}

struct Entry {
    generation: u32,
    /// Taken out by its shutdown, which drops it; the entry is free only after that.
    instance: Option<Arc<Instance>>,
    free: bool,
    /// Through which it was started.
    lane: u32,
    /// When it started, among all of the table's.
    order: u64,
}

/// The table. Only the drain has it.
pub(crate) struct ExtensionTable {
    entries: Vec<Entry>,
    free: Vec<u32>,
    first_generation: u32,
    started: u64,
    directory: Arc<Directory>,
}

impl ExtensionTable {
    pub(crate) fn new(first_generation: u32, directory: Arc<Directory>) -> Self {
        Self { entries: Vec::new(), free: Vec::new(), first_generation, started: 0, directory }
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.entries.len() - self.free.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn insert(&mut self, instance: Arc<Instance>) -> Handle {
        let index = self.free.pop().unwrap_or_else(|| {
            let generation = self.first_generation;
            self.entries.push(Entry { generation, instance: None, free: true, lane: 0, order: 0 });
            u32::try_from(self.entries.len() - 1).expect("fewer instances than a u32 counts")
        });
        self.started += 1;
        self.directory.add(&instance);
        let entry = &mut self.entries[index as usize];
        entry.generation = next_generation(entry.generation);
        entry.lane = instance.identity.lane;
        entry.instance = Some(instance);
        entry.free = false;
        entry.order = self.started;
        Handle { index, generation: entry.generation }
    }

    fn entry(&mut self, handle: Handle) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(handle.index as usize)?;
        (entry.generation == handle.generation && !entry.free).then_some(entry)
    }

    /// An instance that takes calls.
    pub(crate) fn get(&self, handle: Handle) -> Option<&Arc<Instance>> {
        let entry = self.entries.get(handle.index as usize)?;
        if entry.generation == handle.generation { entry.instance.as_ref() } else { None }
    }

    /// Takes an instance out of service; its entry stays until [`ExtensionTable::remove`]. `None` when it is gone, or
    /// on its way already.
    pub(crate) fn begin_shutdown(&mut self, handle: Handle) -> Option<Arc<Instance>> {
        let instance = self.entry(handle)?.instance.take()?;
        self.directory.remove(&instance);
        Some(instance)
    }

    /// Frees the entry of an instance whose shutdown has ended.
    pub(crate) fn remove(&mut self, handle: Handle) {
        if let Some(entry) = self.entry(handle) {
            entry.free = true;
            self.free.push(handle.index);
        }
    }

    /// Entries that a lane's instances have: those on their way out included.
    pub(crate) fn count_of(&self, lane: u32) -> u32 {
        let count = self.entries.iter().filter(|entry| !entry.free && entry.lane == lane).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The instances in service; of one lane, or of all.
    pub(crate) fn in_service(&self, lane: Option<u32>) -> impl Iterator<Item = &Arc<Instance>> {
        let entries = self.entries.iter().filter(move |entry| lane.is_none_or(|lane| lane == entry.lane));
        entries.filter_map(|entry| entry.instance.as_ref())
    }

    /// The instance in service that started last; of one lane, or of all.
    pub(crate) fn last_started(&self, lane: Option<u32>) -> Option<Handle> {
        let belongs = |entry: &Entry| entry.instance.is_some() && lane.is_none_or(|lane| lane == entry.lane);
        let living = (0..).zip(&self.entries).filter(|(_, entry)| belongs(entry));
        let (index, entry) = living.max_by_key(|(_, entry)| entry.order)?;
        Some(Handle { index, generation: entry.generation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;
    impl Extension for Nothing {}

    fn instance() -> Arc<Instance> {
        let identity =
            Identity { id: "nothing".into(), component_type: "nothing".into(), name: String::new(), lane: 1 };
        let host = HostKey { lane: 1, number: 1 };
        Arc::new(Instance::new(Arc::new(Nothing), Arc::new(identity), &[], false, CancellationToken::new(), host))
    }

    fn table(first_generation: u32) -> (tokio::runtime::Runtime, ExtensionTable) {
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = Directory::new(Arc::default(), tokio.handle().clone());
        (tokio, ExtensionTable::new(first_generation, directory))
    }

    #[test]
    fn a_stale_handle_finds_nothing_also_across_the_wrap() {
        let (_tokio, mut table) = table(u32::MAX - 1);
        let mut last = None;
        for generation in [u32::MAX, 1, 2] {
            let handle = table.insert(instance());
            assert_eq!(handle, Handle { index: 0, generation });
            assert!(table.get(handle).is_some());
            assert!(last.is_none_or(|last| table.get(last).is_none()), "the entry is another's now");
            last = Some(handle);
            assert!(table.begin_shutdown(handle).is_some());
            table.remove(handle);
            table.remove(handle);
            assert!(table.get(handle).is_none() && table.begin_shutdown(handle).is_none());
        }
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_closing_instance_takes_no_calls_and_keeps_its_entry() {
        let (_tokio, mut table) = table(0);
        let handle = table.insert(instance());
        assert!(table.begin_shutdown(handle).is_some());
        assert!(table.get(handle).is_none() && table.begin_shutdown(handle).is_none());
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn the_last_started_comes_first() {
        let (_tokio, mut table) = table(0);
        let (first, second) = (table.insert(instance()), table.insert(instance()));
        table.begin_shutdown(first);
        table.remove(first);
        let third = table.insert(instance());
        assert_eq!(table.last_started(None), Some(third));
        table.begin_shutdown(third);
        assert_eq!(table.last_started(Some(1)), Some(second));
        assert_eq!((table.last_started(Some(2)), table.count_of(1), table.count_of(2)), (None, 2, 0));
    }
}
