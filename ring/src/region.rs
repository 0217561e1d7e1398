//! A lane's memory: a sealed memfd, reserved in full, mapped once.
//!
//! Reserved, because a page that cannot be had at its first touch is a SIGBUS; sealed, because memory that the other
//! side truncates is one too. Nobody finds it by a path, and the kernel frees it with its last user.

use std::os::fd::OwnedFd;

use memmap2::{Advice, MmapOptions, MmapRaw, UncheckedAdvice};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use thiserror::Error;

use crate::header::{self, First, Limits};
use crate::layout::REGION_SIZE;
use crate::memory::{Memory, copy_words_in, copy_words_out};
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
    pub fn create(epoch: u32, first: First, limits: Limits) -> Result<Self, RegionError> {
        let file = reserve()?;
        let map = MmapOptions::new()
            .len(REGION_SIZE as usize)
            .map_raw(&file)
            .map_err(|source| RegionError { step: "map", source })?;
        // A forked child must not share a lane: it would be a second writer of every word.
        map.advise(Advice::DontFork).map_err(|source| RegionError { step: "protect", source })?;
        // The mapping keeps the memory; nobody needs the descriptor any more.
        let region = Self { map };
        header::initialise(&region, epoch, first, limits);
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

impl Region {
    /// A pointer to so many bytes of the mapping.
    fn pointer(&self, offset: u32, length: u32) -> *mut u8 {
        let inside = offset.checked_add(length).is_some_and(|end| end <= REGION_SIZE);
        assert!(inside && offset.is_multiple_of(4), "offset {offset} is no word of the region");
        // SAFETY: the assertion keeps the sum inside the mapping, which is REGION_SIZE bytes long.
        unsafe { self.map.as_mut_ptr().add(offset as usize) }
    }
}

/// Payloads from here on are copied by the processor's own string instruction, which moves 32 bytes and more in a
/// cycle; for shorter ones its start costs more than it saves.
const WIDE_COPY_MIN: usize = 256;

/// Copies bytes of which one side is memory that the peer may be changing: the compiler sees no access that it could
/// split, repeat or reason about, only instructions with an effect on memory.
///
/// # Safety
/// Both pointers must be valid for so many bytes, and must not overlap.
unsafe fn copy_wide(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the calling convention.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") length => _,
            inout("rsi") from => _,
            inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
}

impl Memory for Region {
    #[inline]
    fn word(&self, offset: u32) -> &AtomicU32 {
        let pointer = self.pointer(offset, 4);
        // SAFETY: the mapping starts on a page, so a multiple of 4 is aligned; it lives as long as `self`; and every
        // access to it, by this process or the other side, is an atomic one or a copy through this very type.
        unsafe { AtomicU32::from_ptr(pointer.cast()) }
    }

    #[inline]
    fn words(&self, offset: u32, count: u32) -> &[AtomicU32] {
        let pointer = self.pointer(offset, count * 4);
        // SAFETY: as in word(), for `count` words in a row; an AtomicU32 has the size and alignment of its word.
        unsafe { std::slice::from_raw_parts(pointer.cast::<AtomicU32>(), count as usize) }
    }

    fn copy_in(&self, offset: u32, bytes: &[u8]) {
        if bytes.len() < WIDE_COPY_MIN {
            return copy_words_in(self, offset, bytes);
        }
        let length = u32::try_from(bytes.len()).expect("a payload is far shorter than its ring");
        let to = self.pointer(offset, length);
        // SAFETY: pointer() checked the range; private bytes never lie inside the mapping.
        unsafe { copy_wide(bytes.as_ptr(), to, bytes.len()) }
    }

    fn copy_out(&self, offset: u32, length: u32, bytes: &mut Vec<u8>) {
        if (length as usize) < WIDE_COPY_MIN {
            return copy_words_out(self, offset, length, bytes);
        }
        let from = self.pointer(offset, length);
        bytes.reserve(length as usize);
        let to = bytes.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: pointer() checked the range; the reserve made room for as many bytes behind what stands there.
        unsafe { copy_wide(from, to, length as usize) };
        // SAFETY: the copy has initialised that many bytes.
        unsafe { bytes.set_len(bytes.len() + length as usize) };
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
        let region = Region::create(7, NEAR_WRAP, Limits::default()).unwrap();
        assert_eq!(header::check(&region), Ok(NEAR_WRAP));
        assert_eq!(region.word(OFFSET_EPOCH).load(Ordering::Relaxed), 7);
    }

    #[test]
    fn a_field_that_differs_is_named_with_both_values() {
        let region = Region::create(1, First::default(), Limits::default()).unwrap();
        region.word(OFFSET_LAYOUT_VERSION).store(99, Ordering::Relaxed);
        let mismatch = header::check(&region).unwrap_err();
        assert_eq!(mismatch.to_string(), "region layout version is 0x63, this side has 0x3");
    }

    #[test]
    fn its_file_cannot_be_truncated_nor_its_seals_be_changed() {
        let file = reserve().unwrap();
        assert_eq!(rustix::fs::ftruncate(&file, 0), Err(Errno::PERM));
        assert_eq!(fcntl_add_seals(&file, SealFlags::WRITE), Err(Errno::PERM));
    }

    #[test]
    fn discarded_memory_reads_as_zeros() {
        let region = Region::create(1, First::default(), Limits::default()).unwrap();
        region.discard().unwrap();
        assert_eq!(region.word(OFFSET_MAGIC).load(Ordering::Relaxed), 0);
    }

    #[test]
    fn bytes_of_every_length_cross_whole_and_touch_nothing_else() {
        let region = Region::create(1, First::default(), Limits::default()).unwrap();
        for length in (0..40).chain(250..270).chain([4_095, 65_537]) {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 + length) as u8 | 1).collect();
            region.words(OFFSET_REQUEST_BYTES, 20_000).iter().for_each(|word| word.store(0, Ordering::Relaxed));
            region.copy_in(OFFSET_REQUEST_BYTES + 8, &bytes);
            let mut out = vec![7];
            region.copy_out(OFFSET_REQUEST_BYTES + 8, u32::try_from(length).unwrap(), &mut out);
            assert_eq!(out[0], 7);
            assert_eq!(out[1..], bytes);
            assert_eq!(region.word(OFFSET_REQUEST_BYTES + 4).load(Ordering::Relaxed), 0);
            let behind = OFFSET_REQUEST_BYTES + 8 + u32::try_from(length).unwrap().next_multiple_of(4);
            assert_eq!(region.word(behind).load(Ordering::Relaxed), 0);
        }
    }

    #[test]
    #[should_panic(expected = "is no word of the region")]
    fn an_offset_outside_is_refused() {
        let _ = Region::create(1, First::default(), Limits::default()).unwrap().word(REGION_SIZE);
    }
}
