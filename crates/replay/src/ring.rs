//! Tensors made ahead of time, in the order of the trace, bounded in bytes.
//!
//! Each worker thread fills a lane of its own with every so-manieth request, and the firing thread
//! takes from all lanes. Neither ever waits for the other: a worker without room looks again a
//! little later, and what is not ready when it is due is asked for again. So a slow worker delays
//! the requests of its lane alone, and the firing thread never makes a call to wake anybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rtrb::{Consumer, Producer, RingBuffer};

/// The most tensors ahead, over all lanes, however small they are.
const TENSORS_MAX: usize = 16 * 1024;

/// Pause of a worker without room: many fit into what is made ahead.
const PAUSE: Duration = Duration::from_micros(500);

/// A request's position in the run, and its tensor.
type Slot = (usize, Bytes);

/// What both ends of a lane look at.
#[derive(Debug, Default)]
struct Lane {
    bytes: AtomicUsize,
    /// Requests before this position are not asked for any more.
    wanted: AtomicUsize,
    /// Whether the lane has been full, or complete.
    primed: AtomicBool,
}

/// The end that a worker fills.
pub(crate) struct Filler {
    first: usize,
    step: usize,
    total: usize,
    bytes_max: usize,
    lane: Arc<Lane>,
    slots: Producer<Slot>,
}

/// The end that the firing thread takes from.
pub(crate) struct Taker {
    lanes: Vec<(Arc<Lane>, Consumer<Slot>)>,
}

/// Knows when enough is made ahead to begin.
pub(crate) struct Primed(Vec<Arc<Lane>>);

/// Lanes for `total` tensors that hold `bytes_max` at a time together, or one tensor each where
/// that is more.
pub(crate) fn ring(
    total: usize,
    lane_count: usize,
    bytes_max: usize,
) -> (Vec<Filler>, Taker, Primed) {
    let lane_count = lane_count.max(1);
    let capacity = (TENSORS_MAX / lane_count).min(total.div_ceil(lane_count)).max(1);
    let (mut fillers, mut lanes, mut primed) = (Vec::new(), Vec::new(), Vec::new());
    for first in 0..lane_count {
        let (slots, taken) = RingBuffer::new(capacity);
        let lane = Arc::new(Lane::default());
        let bytes_max = bytes_max / lane_count;
        primed.push(Arc::clone(&lane));
        lanes.push((Arc::clone(&lane), taken));
        fillers.push(Filler { first, step: lane_count, total, bytes_max, lane, slots });
    }
    (fillers, Taker { lanes }, Primed(primed))
}

/// Calls a lane primed when it is dropped.
struct PrimedAtTheEnd(Arc<Lane>);

impl Drop for PrimedAtTheEnd {
    fn drop(&mut self) {
        self.0.primed.store(true, Ordering::Release);
    }
}

impl Filler {
    /// Makes tensors with `prepare` until none is left to make, or the other end is gone.
    pub(crate) fn fill(mut self, prepare: impl Fn(usize) -> Bytes) {
        // However it ends, whoever waits for it to be primed waits no longer.
        let _primed = PrimedAtTheEnd(Arc::clone(&self.lane));
        for index in (self.first..self.total).step_by(self.step) {
            if index < self.lane.wanted.load(Ordering::Relaxed) {
                continue;
            }
            let tensor = prepare(index);
            if !self.wait_for_room(tensor.len()) {
                return;
            }
            self.lane.bytes.fetch_add(tensor.len(), Ordering::Relaxed);
            // There is room, and nobody else fills this lane.
            let _ = self.slots.push((index, tensor));
        }
    }

    /// False where the other end is gone.
    fn wait_for_room(&self, len: usize) -> bool {
        loop {
            let bytes = self.lane.bytes.load(Ordering::Relaxed);
            let fits = bytes == 0 || bytes.saturating_add(len) <= self.bytes_max;
            if self.slots.is_abandoned() {
                return false;
            }
            if fits && !self.slots.is_full() {
                return true;
            }
            self.lane.primed.store(true, Ordering::Release);
            std::thread::sleep(PAUSE);
        }
    }
}

impl Taker {
    /// The tensor of the request at `index`, or `None` where it is not ready. Within a lane,
    /// requests must be asked for in order.
    pub(crate) fn take(&mut self, index: usize) -> Option<Bytes> {
        let lane_count = self.lanes.len();
        let (lane, slots) = &mut self.lanes[index % lane_count];
        loop {
            let (front, _) = slots.peek().ok()?;
            if *front > index {
                return None;
            }
            let (front, tensor) = slots.pop().ok()?;
            lane.bytes.fetch_sub(tensor.len(), Ordering::Relaxed);
            if front == index {
                return Some(tensor);
            }
        }
    }

    /// How many lanes there are; the request at `index` is in lane `index % lane_count`.
    pub(crate) fn lane_count(&self) -> usize {
        self.lanes.len()
    }

    /// Lets the worker know that neither this request nor those before it will be asked for.
    pub(crate) fn give_up(&self, index: usize) {
        let (lane, _) = &self.lanes[index % self.lanes.len()];
        lane.wanted.fetch_max(index + 1, Ordering::Relaxed);
    }
}

impl Primed {
    /// Waits until no more fits, or everything is made.
    pub(crate) fn wait(&self, stopped: impl Fn() -> bool) {
        let primed = |lane: &Arc<Lane>| lane.primed.load(Ordering::Acquire);
        while !stopped() && !self.0.iter().all(primed) {
            std::thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(index: usize) -> Bytes {
        (index as f32).to_le_bytes().to_vec().into()
    }

    fn patiently(taker: &mut Taker, index: usize) -> Bytes {
        loop {
            if let Some(tensor) = taker.take(index) {
                return tensor;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn tensors_come_in_order_from_any_number_of_workers() {
        for workers in 1..4 {
            let (fillers, mut taker, _) = ring(200, workers, 35 * workers);
            std::thread::scope(|scope| {
                fillers.into_iter().for_each(|filler| drop(scope.spawn(|| filler.fill(tensor))));
                for index in 0..200 {
                    assert_eq!(patiently(&mut taker, index), tensor(index));
                }
            });
        }
    }

    #[test]
    fn no_more_than_the_bound_is_made_ahead_and_the_worker_ends_with_the_run() {
        let made = AtomicUsize::new(0);
        let size = tensor(0).len();
        let (mut fillers, taker, primed) = ring(100, 1, 3 * size);
        std::thread::scope(|scope| {
            let filler = fillers.pop().unwrap();
            scope.spawn(|| {
                filler.fill(|index| {
                    made.fetch_add(1, Ordering::SeqCst);
                    tensor(index)
                });
            });
            primed.wait(|| false);
            // Three lie ready, and one is in the worker's hands.
            assert_eq!(made.load(Ordering::SeqCst), 4);
            drop(taker);
        });
    }

    #[test]
    fn a_tensor_larger_than_the_bound_still_passes() {
        let (mut fillers, mut taker, _) = ring(2, 1, 1);
        std::thread::scope(|scope| {
            let filler = fillers.pop().unwrap();
            scope.spawn(|| filler.fill(tensor));
            patiently(&mut taker, 0);
            patiently(&mut taker, 1);
        });
    }

    #[test]
    fn what_was_given_up_is_neither_made_nor_in_the_way() {
        let (mut fillers, mut taker, _) = ring(4, 1, 1000);
        assert_eq!(taker.take(0), None);
        taker.give_up(1);
        fillers.pop().unwrap().fill(|index| {
            assert!(index > 1, "nobody asks for {index}");
            tensor(index)
        });
        assert_eq!(taker.take(1), None);
        assert_eq!(taker.take(3), Some(tensor(3)));
    }
}
