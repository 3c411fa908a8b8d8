//! When workers finish. Which worker is which does not matter here: they are all alike.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Ends of service to come.
pub trait Completions {
    /// The next end; `i64::MAX` where every worker is idle.
    fn next(&self) -> i64;

    /// An idle worker starts, to finish then.
    fn start(&mut self, finish_ns: i64);

    /// The worker that ends next starts again at once, to finish then.
    fn start_again(&mut self, finish_ns: i64);

    /// The worker that ends next falls idle.
    fn stop(&mut self);
}

/// Up to `N` workers, looked through one by one.
pub struct Scan<const N: usize> {
    finishes: [i64; N],
    first: usize,
}

impl<const N: usize> Default for Scan<N> {
    fn default() -> Self {
        Self { finishes: [i64::MAX; N], first: 0 }
    }
}

impl<const N: usize> Scan<N> {
    #[inline]
    fn find_first(&mut self) {
        let mut first = 0;
        for worker in 1..N {
            if self.finishes[worker] < self.finishes[first] {
                first = worker;
            }
        }
        self.first = first;
    }
}

impl<const N: usize> Completions for Scan<N> {
    #[inline]
    fn next(&self) -> i64 {
        self.finishes[self.first]
    }

    #[inline]
    fn start(&mut self, finish_ns: i64) {
        let idle = self.finishes.iter().position(|&finish| finish == i64::MAX);
        self.finishes[idle.expect("the caller counts idle workers")] = finish_ns;
        self.find_first();
    }

    #[inline]
    fn start_again(&mut self, finish_ns: i64) {
        self.finishes[self.first] = finish_ns;
        self.find_first();
    }

    #[inline]
    fn stop(&mut self) {
        self.start_again(i64::MAX);
    }
}

/// Any number of workers in a heap.
#[derive(Default)]
pub struct Heap(BinaryHeap<Reverse<i64>>);

impl Completions for Heap {
    #[inline]
    fn next(&self) -> i64 {
        self.0.peek().map_or(i64::MAX, |Reverse(finish)| *finish)
    }

    #[inline]
    fn start(&mut self, finish_ns: i64) {
        self.0.push(Reverse(finish_ns));
    }

    #[inline]
    fn start_again(&mut self, finish_ns: i64) {
        if let Some(mut first) = self.0.peek_mut() {
            *first = Reverse(finish_ns);
        }
    }

    #[inline]
    fn stop(&mut self) {
        self.0.peek_mut().map(PeekMut::pop);
    }
}
