//! A lane's memory: a sealed memfd, reserved in full, mapped once.
//!
//! Reserved, because a page that cannot be had at its first touch is a SIGBUS; sealed, because memory that the other
//! side truncates is one too. Nobody finds it by a path, and the kernel frees it with its last user.

use std::os::fd::OwnedFd;

use memmap2::{Advice, MmapOptions, MmapRaw, UncheckedAdvice};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use thiserror::Error;

use crate::header::{self, First};
use crate::layout::REGION_SIZE;
use crate::memory::Memory;
use crate::sync::AtomicU32;

/// A mapped region.
#[derive(Debug)]
pub struct Region {
    map: MmapRaw,
}

/// Why a region could not be made.
#[derive(Debug, Error)]
#[error("cannot {step} the shared memory of {REGION_SIZE} bytes: {source}")]
pub struct RegionError {
    step: &'static str,
    source: std::io::Error,
}

impl Region {
    /// Reserves, seals and maps a region, and writes its header.
    ///
    /// # Errors
    /// When the system refuses: no memory, no descriptors.
    pub fn create(epoch: u32, first: First) -> Result<Self, RegionError> {
        let file = reserve()?;
        let map = MmapOptions::new()
            .len(REGION_SIZE as usize)
            .map_raw(&file)
            .map_err(|source| RegionError { step: "map", source })?;
        // A forked child must not share a lane: it would be a second writer of every word.
        map.advise(Advice::DontFork).map_err(|source| RegionError { step: "protect", source })?;
        // The mapping keeps the memory; nobody needs the descriptor any more.
        let region = Self { map };
        header::initialise(&region, epoch, first);
        Ok(region)
    }

    /// Where it is mapped.
    pub fn address(&self) -> usize {
        self.map.as_mut_ptr() as usize
    }

    /// Gives the pages back to the system but keeps the addresses: whoever still holds a view reads zeros.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn discard(&self) -> Result<(), RegionError> {
        // SAFETY: what is read afterwards is zeros, and every access is an atomic one or a copy: nothing relies on a
        // value.
        let discarded = unsafe { self.map.unchecked_advise(UncheckedAdvice::Remove) };
        discarded.map_err(|source| RegionError { step: "discard", source })
    }
}

fn reserve() -> Result<OwnedFd, RegionError> {
    let at = |step| move |source: Errno| RegionError { step, source: source.into() };
    let file = create_file().map_err(at("create"))?;
    fallocate(&file, FallocateFlags::empty(), 0, u64::from(REGION_SIZE)).map_err(at("reserve"))?;
    fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL).map_err(at("seal"))?;
    Ok(file)
}

fn create_file() -> Result<OwnedFd, Errno> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create("ferrule-lane", flags | MemfdFlags::NOEXEC_SEAL) {
        // A kernel before 6.3 does not know the flag.
        Err(Errno::INVAL) => memfd_create("ferrule-lane", flags),
        other => other,
    }
}

impl Memory for Region {
    #[inline]
    fn word(&self, offset: u32) -> &AtomicU32 {
        assert!(offset < REGION_SIZE && offset.is_multiple_of(4), "offset {offset} is no word of the region");
        // SAFETY: the assertion keeps the sum inside the mapping, which is REGION_SIZE bytes long.
        let pointer = unsafe { self.map.as_mut_ptr().add(offset as usize) };
        // SAFETY: the mapping starts on a page, so a multiple of 4 is aligned; it lives as long as `self`; and every
        // access to it, by this process or the other side, is an atomic one or a copy through this very type.
        unsafe { AtomicU32::from_ptr(pointer.cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::*;
    use crate::sync::Ordering;

    const NEAR_WRAP: First = First { cursor: u32::MAX - 499, byte_cursor: u32::MAX - 511, generation: u32::MAX - 499 };

    #[test]
    fn a_fresh_region_proves_its_identity() {
        let region = Region::create(7, NEAR_WRAP).unwrap();
        assert_eq!(header::check(&region), Ok(NEAR_WRAP));
        assert_eq!(region.word(OFFSET_EPOCH).load(Ordering::Relaxed), 7);
    }

    #[test]
    fn a_field_that_differs_is_named_with_both_values() {
        let region = Region::create(1, First::default()).unwrap();
        region.word(OFFSET_LAYOUT_VERSION).store(99, Ordering::Relaxed);
        let mismatch = header::check(&region).unwrap_err();
        assert_eq!(mismatch.to_string(), "region layout version is 0x63, this side has 0x1");
    }

    #[test]
    fn its_file_cannot_be_truncated_nor_its_seals_be_changed() {
        let file = reserve().unwrap();
        assert_eq!(rustix::fs::ftruncate(&file, 0), Err(Errno::PERM));
        assert_eq!(fcntl_add_seals(&file, SealFlags::WRITE), Err(Errno::PERM));
    }

    #[test]
    fn discarded_memory_reads_as_zeros() {
        let region = Region::create(1, First::default()).unwrap();
        region.discard().unwrap();
        assert_eq!(region.word(OFFSET_MAGIC).load(Ordering::Relaxed), 0);
    }

    #[test]
    #[should_panic(expected = "is no word of the region")]
    fn an_offset_outside_is_refused() {
        let _ = Region::create(1, First::default()).unwrap().word(REGION_SIZE);
    }
}
