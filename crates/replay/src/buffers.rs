//! Buffers that go round: from a worker, through the socket, back to a worker.
//!
//! A fresh buffer of 600 KB is 147 page faults, which cost more than the numbers that fill it.

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};

/// Smaller buffers come from the allocator without a page fault.
const LEN_MIN: usize = 32 * 1024;

/// Buffers that lie idle at most: as many as a usual ring holds.
const IDLE_MAX: usize = 128;

/// Places that are never filled.
const SPARE: usize = 16;

/// Buffers that wait for their next tensor.
#[derive(Clone, Debug)]
pub(crate) struct Buffers {
    home: Sender<Vec<u8>>,
    idle: Receiver<Vec<u8>>,
}

/// A buffer on its way; dropped, it goes home.
struct Lent {
    buffer: Vec<u8>,
    home: Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Where enough are idle already, the allocator takes it: the firing thread is here, and must
        // not meet a worker that is just taking the last one.
        if self.home.len() + SPARE < IDLE_MAX {
            let _ = self.home.try_send(std::mem::take(&mut self.buffer));
        }
    }
}

impl Buffers {
    pub(crate) fn new() -> Self {
        let (home, idle) = crossbeam_channel::bounded(IDLE_MAX);
        Self { home, idle }
    }

    /// A buffer of `len` bytes, which `fill` fills. It holds anything before.
    pub(crate) fn fill(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> Bytes {
        if len < LEN_MIN {
            let mut buffer = vec![0; len];
            fill(&mut buffer);
            return buffer.into();
        }
        let mut buffer = self.idle.try_recv().unwrap_or_default();
        if buffer.capacity() < len {
            // A large zeroed buffer is fresh pages from the system: nothing is written twice.
            buffer = vec![0; len];
        }
        buffer.resize(len, 0);
        fill(&mut buffer);
        Bytes::from_owner(Lent { buffer, home: self.home.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_and_is_filled_anew() {
        let buffers = Buffers::new();
        for (len, value) in [(120_000, 1), (80_000, 2), (240_000, 3)] {
            let bytes = buffers.fill(len, |buffer| buffer.fill(value));
            assert_eq!(bytes, vec![value; len]);
            assert!(buffers.idle.is_empty(), "it is in use");
            drop(bytes);
            assert_eq!(buffers.idle.len(), 1);
        }
    }
}
