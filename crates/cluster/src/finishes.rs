//! When workers finish.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::WorkerId;
use request::Moment;

/// Up to so many workers, looking at each is faster than a heap.
const FEW: u32 = 16;

/// The ends of the batches that run, the first of them by (moment, worker).
#[derive(Clone, Debug)]
pub(crate) enum Finishes {
    /// When each worker finishes, `Moment::MAX` is never; and the first of them.
    Few { ends: Vec<Moment>, first: (Moment, WorkerId) },
    /// The first on top. A worker that was stopped or lost leaves its old end here.
    Many(BinaryHeap<Reverse<(Moment, WorkerId)>>),
}

impl Finishes {
    pub(crate) fn new(worker_count: u32) -> Self {
        if worker_count <= FEW {
            let ends = vec![Moment::MAX; worker_count as usize];
            Self::Few { ends, first: (Moment::MAX, WorkerId(0)) }
        } else {
            Self::Many(BinaryHeap::new())
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, moment: Moment, worker: WorkerId) {
        match self {
            Self::Few { ends, first } => {
                ends[worker.0 as usize] = moment;
                // It may have been the first, and be later now.
                *first =
                    if first.1 == worker { least(ends) } else { (*first).min((moment, worker)) };
            }
            Self::Many(heap) => heap.push(Reverse((moment, worker))),
        }
    }

    /// When the first is; `Moment::MAX` where there is none.
    #[inline]
    pub(crate) fn next(&self) -> Moment {
        match self {
            Self::Few { first, .. } => first.0,
            Self::Many(heap) => heap.peek().map_or(Moment::MAX, |Reverse((at, _))| *at),
        }
    }

    /// Takes the first. There is one, or this may name any worker.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<WorkerId> {
        match self {
            Self::Few { ends, first } => {
                let worker = first.1;
                ends[worker.0 as usize] = Moment::MAX;
                *first = least(ends);
                Some(worker)
            }
            Self::Many(heap) => heap.pop().map(|Reverse((_, worker))| worker),
        }
    }
}

/// The first end, of equal ones that of the first worker.
#[inline]
fn least(ends: &[Moment]) -> (Moment, WorkerId) {
    let mut first = (Moment::MAX, WorkerId(0));
    for (worker, &end) in (0..).zip(ends) {
        if end < first.0 {
            first = (end, WorkerId(worker));
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_tell_the_same_order() {
        let seed = request::Seed(1);
        let ends: Vec<_> = (0..FEW)
            .map(|worker| {
                // Few distinct moments, so that ties are common.
                let moment = seed.draw(worker.into()) % 5;
                (Moment::from_nanos(moment.cast_signed()), WorkerId(worker))
            })
            .collect();
        let order = |mut finishes: Finishes| {
            ends.iter().for_each(|&(moment, worker)| finishes.add(moment, worker));
            let mut order = Vec::new();
            while finishes.next() < Moment::MAX {
                let next = finishes.next();
                order.push((next, finishes.take().unwrap()));
            }
            order
        };
        let mut sorted = ends.clone();
        sorted.sort_unstable();
        assert_eq!(order(Finishes::new(FEW)), sorted);
        assert_eq!(order(Finishes::new(FEW + 1)), sorted);
    }
}
