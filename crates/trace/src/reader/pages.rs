//! A mapped file, whose pages are given back once they have been read.
//!
//! Otherwise the whole file would come to count as memory of the program in the course of reading.
//! Pages that are needed again are there again.

use std::fs::File;
use std::sync::Arc;

use arrow_buffer::Buffer;
use bytes::Bytes;
use memmap2::Mmap;

use crate::error::Fault;
use crate::row::Batch;

/// The pages of a mapped file; none of what was in memory before.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Option<Arc<Mmap>>);

/// What keeps the map alive as long as buffers refer to it.
struct Owner(Arc<Mmap>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Maps a file into memory.
pub(super) fn map(file: &File) -> Result<(Buffer, Pages), Fault> {
    #[expect(unsafe_code, reason = "a file can be mapped in no other way")]
    // SAFETY: the map is only read. That nobody truncates the file meanwhile is asked of the
    // caller, in the documentation of `TraceReader::open`.
    let mapped = unsafe { Mmap::map(file) }.map_err(Fault::io("map"))?;
    let mapped = Arc::new(mapped);
    let buffer = Buffer::from(Bytes::from_owner(Owner(Arc::clone(&mapped))));
    Ok((buffer, Pages(Some(mapped))))
}

impl Pages {
    /// Gives back the pages of a batch.
    #[cfg(unix)]
    pub(super) fn release(&self, batch: &Batch) {
        let Some(map) = &self.0 else { return };
        let (first, last) = (batch.request_ids.inner(), batch.tensor_seeds.inner());
        let place = |address: *const u8| (address as usize).checked_sub(map.as_ptr() as usize);
        let (Some(start), Some(end)) = (place(first.as_ptr()), place(last.as_ptr())) else {
            return;
        };
        let end = end + last.len();
        if start >= end || end > map.len() {
            return;
        }
        #[expect(unsafe_code, reason = "advice that changes memory cannot be given otherwise")]
        // SAFETY: the map is of a file and is only read, so that the pages hold the same bytes
        // when they are looked at again.
        let advised = unsafe {
            map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start)
        };
        // Where the system does not take the advice, the pages stay.
        drop(advised);
    }

    #[cfg(not(unix))]
    pub(super) fn release(&self, _: &Batch) {}
}
