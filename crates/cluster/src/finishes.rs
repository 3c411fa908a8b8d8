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
    /// When each worker finishes; `Moment::MAX` is never.
    Few(Vec<Moment>),
    /// The first on top. A worker that was stopped or lost leaves its old end here.
    Many(BinaryHeap<Reverse<(Moment, WorkerId)>>),
}

impl Finishes {
    pub(crate) fn new(worker_count: u32) -> Self {
        if worker_count <= FEW {
            Self::Few(vec![Moment::MAX; worker_count as usize])
        } else {
            Self::Many(BinaryHeap::new())
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, moment: Moment, worker: WorkerId) {
        match self {
            Self::Few(ends) => ends[worker.0 as usize] = moment,
            Self::Many(heap) => heap.push(Reverse((moment, worker))),
        }
    }

    /// When the first is; `Moment::MAX` where there is none.
    #[inline]
    pub(crate) fn next(&self) -> Moment {
        match self {
            Self::Few(ends) => ends.iter().copied().fold(Moment::MAX, Moment::min),
            Self::Many(heap) => heap.peek().map_or(Moment::MAX, |Reverse((at, _))| *at),
        }
    }

    /// Takes the first that is at `moment`, which is the next.
    #[inline]
    pub(crate) fn take(&mut self, moment: Moment) -> Option<WorkerId> {
        match self {
            Self::Few(ends) => {
                let position = ends.iter().position(|end| *end == moment)?;
                ends[position] = Moment::MAX;
                Some(WorkerId(u32::try_from(position).expect("there are few")))
            }
            Self::Many(heap) => heap.pop().map(|Reverse((_, worker))| worker),
        }
    }
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
                order.push((next, finishes.take(next).unwrap()));
            }
            order
        };
        let mut sorted = ends.clone();
        sorted.sort_unstable();
        assert_eq!(order(Finishes::new(FEW)), sorted);
        assert_eq!(order(Finishes::new(FEW + 1)), sorted);
    }
}
