//! Buffers that go round: from a worker, through the socket, back to a worker.
//!
//! A fresh buffer of 600 KB is 147 page faults, which cost more than the numbers that fill it.

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use request::Seed;
use wire::{PrepareError, PreparedTensor};

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

    /// The tensor of `seed`, `len` bytes in wire format.
    ///
    /// # Errors
    /// As [`PreparedTensor::build`].
    pub(crate) fn tensor(
        &self,
        shape: &[i32],
        len: usize,
        seed: Seed,
    ) -> Result<PreparedTensor, PrepareError> {
        let fill = |bytes: &mut [u8]| trace::Tensor::fill(seed, bytes);
        if len < LEN_MIN {
            return PreparedTensor::build(shape, fill);
        }
        let buffer = self.idle.try_recv().unwrap_or_default();
        let home = self.home.clone();
        PreparedTensor::build_in(buffer, shape, fill, |buffer| {
            Bytes::from_owner(Lent { buffer, home })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_and_the_next_tensor_is_as_if_it_were_fresh() {
        let buffers = Buffers::new();
        for (shape, seed) in [([300, 100], 1), ([200, 100], 2), ([300, 200], 3)] {
            let len = PreparedTensor::len_of(&shape).unwrap();
            let seed = Seed(seed);
            let fresh =
                PreparedTensor::build(&shape, |bytes| trace::Tensor::fill(seed, bytes)).unwrap();
            let tensor = buffers.tensor(&shape, len, seed).unwrap();
            assert_eq!(tensor, fresh);
            assert!(buffers.idle.is_empty(), "it is in use");
            drop(tensor);
            assert_eq!(buffers.idle.len(), 1);
        }
    }
}
