//! Tensors made ahead of time, in the order of the trace, bounded in bytes.
//!
//! Worker threads claim requests in order, so that the ring always holds the next ones; the pacing
//! thread takes them in order. A tensor is made once and never copied on its way to the socket.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wire::PreparedTensor;

/// A ring of prepared tensors.
pub(crate) struct Ring {
    state: Mutex<State>,
    changed: Condvar,
    /// Length of each request's tensor, in order.
    sizes: Vec<usize>,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    /// The next request that nobody works on.
    claimed: usize,
    /// The first request of `slots`.
    taken: usize,
    /// What is claimed and not taken; `None` while it is being made.
    slots: VecDeque<Option<PreparedTensor>>,
    bytes: usize,
    closed: bool,
}

impl Ring {
    /// A ring for tensors of these sizes, which holds `bytes_max` at a time, or one tensor where
    /// that is larger.
    pub(crate) fn new(sizes: Vec<usize>, bytes_max: usize) -> Self {
        let (state, changed) = (Mutex::new(State::default()), Condvar::new());
        Self { state, changed, sizes, bytes_max }
    }

    /// Makes tensors with `prepare` until none is left to make or the ring is closed.
    pub(crate) fn fill(&self, prepare: impl Fn(usize) -> PreparedTensor) {
        while let Some(index) = self.claim() {
            let tensor = prepare(index);
            let mut state = self.lock();
            // A request that was given up while its tensor was being made has no slot.
            if let Some(slot) = index.checked_sub(state.taken) {
                state.slots[slot] = Some(tensor);
            }
            self.changed.notify_all();
        }
    }

    /// Takes the tensor of the next request; `None` where it is not ready within `patience`. Either
    /// way the request after it is next.
    pub(crate) fn take(&self, patience: Duration) -> Option<PreparedTensor> {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience, |state| {
                !state.closed && !matches!(state.slots.front(), Some(Some(_)))
            })
            .unwrap_or_else(PoisonError::into_inner);
        let size = self.sizes.get(state.taken).copied().unwrap_or(0);
        let tensor = match state.slots.pop_front() {
            Some(slot) => {
                state.bytes -= size;
                slot
            }
            // Nobody has claimed it; nobody shall.
            None => {
                state.claimed += 1;
                None
            }
        };
        state.taken += 1;
        self.changed.notify_all();
        tensor
    }

    /// Waits until no more fits, or everything is made.
    pub(crate) fn wait_full(&self, stopped: impl Fn() -> bool) {
        let mut state = self.lock();
        while !state.closed && !stopped() && !self.is_full(&state) {
            let tick = Duration::from_millis(20);
            let waited = self.changed.wait_timeout(state, tick);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the workers and whoever waits.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next request to make, once there is room for it.
    fn claim(&self) -> Option<usize> {
        let no_room = |state: &mut State| !state.closed && !self.has_room(state);
        let waited = self.changed.wait_while(self.lock(), no_room);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let index = state.claimed;
        let size = *self.sizes.get(index).filter(|_| !state.closed)?;
        state.claimed += 1;
        state.bytes += size;
        state.slots.push_back(None);
        Some(index)
    }

    fn has_room(&self, state: &State) -> bool {
        let fits = |size: &usize| state.slots.is_empty() || state.bytes + size <= self.bytes_max;
        self.sizes.get(state.claimed).is_none_or(fits)
    }

    fn is_full(&self, state: &State) -> bool {
        let all_claimed = state.claimed == self.sizes.len() || !self.has_room(state);
        all_claimed && state.slots.iter().all(Option::is_some)
    }

    /// A panic elsewhere does not make the state wrong: each change is complete under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const PATIENCE: Duration = Duration::from_secs(60);

    fn tensor(index: usize) -> PreparedTensor {
        let value = index as f32;
        PreparedTensor::build(&[1], |bytes| bytes.copy_from_slice(&value.to_le_bytes())).unwrap()
    }

    #[test]
    fn tensors_come_in_order_from_any_number_of_workers() {
        for workers in 1..4 {
            let ring = Ring::new(vec![10; 200], 35);
            std::thread::scope(|scope| {
                (0..workers).for_each(|_| drop(scope.spawn(|| ring.fill(tensor))));
                for index in 0..200 {
                    let taken = ring.take(PATIENCE).unwrap();
                    assert_eq!(taken.as_bytes(), tensor(index).as_bytes());
                }
            });
        }
    }

    #[test]
    fn no_more_than_the_bound_is_made_ahead() {
        let made = AtomicUsize::new(0);
        let ring = Ring::new(vec![10; 100], 35);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                ring.fill(|index| {
                    made.fetch_add(1, Ordering::SeqCst);
                    tensor(index)
                });
            });
            ring.wait_full(|| false);
            assert_eq!(made.load(Ordering::SeqCst), 3);
            ring.close();
        });
    }

    #[test]
    fn a_tensor_larger_than_the_bound_still_passes() {
        let ring = Ring::new(vec![100, 100], 35);
        std::thread::scope(|scope| {
            scope.spawn(|| ring.fill(tensor));
            assert!(ring.take(PATIENCE).is_some());
            assert!(ring.take(PATIENCE).is_some());
        });
    }

    #[test]
    fn a_request_whose_tensor_is_not_ready_is_passed_over() {
        let ring = Ring::new(vec![10; 3], 100);
        assert!(ring.take(Duration::ZERO).is_none());
        std::thread::scope(|scope| {
            scope.spawn(|| ring.fill(tensor));
            assert_eq!(ring.take(PATIENCE).unwrap().as_bytes(), tensor(1).as_bytes());
            assert_eq!(ring.take(PATIENCE).unwrap().as_bytes(), tensor(2).as_bytes());
        });
    }
}
