//! Who waits, and which worker is idle.

use std::collections::BTreeMap;

use policy::{Ticket, WorkerId};
use request::{Moment, Request};

/// A request inside the cluster, with what its driver wants back when it is answered.
#[derive(Debug)]
struct Job<T> {
    request: Request,
    payload: T,
    waiting: bool,
}

/// What has been done for a request that was preempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// When it first ran.
    pub(crate) started: Moment,
    /// How many of its model's steps are done.
    pub(crate) steps_done: u32,
}

/// The jobs between arrival and answer, by ticket. Tickets are used again.
#[derive(Debug)]
pub(crate) struct Jobs<T> {
    slots: Vec<Option<Job<T>>>,
    free: Vec<Ticket>,
    waiting_count: usize,
    /// Of the few requests that were preempted; apart, so that the others do not carry it.
    progress: BTreeMap<Ticket, Progress>,
}

impl<T> Jobs<T> {
    pub(crate) const fn new() -> Self {
        let progress = BTreeMap::new();
        Self { slots: Vec::new(), free: Vec::new(), waiting_count: 0, progress }
    }

    /// Adds a job, which waits.
    #[inline]
    pub(crate) fn insert(&mut self, request: Request, payload: T) -> Ticket {
        let job = Some(Job { request, payload, waiting: true });
        self.waiting_count += 1;
        if let Some(ticket) = self.free.pop() {
            self.slots[ticket.0 as usize] = job;
            return ticket;
        }
        let ticket = Ticket(u32::try_from(self.slots.len()).expect("fewer than 2^32 jobs wait"));
        self.slots.push(job);
        ticket
    }

    /// The request of a job that waits.
    pub(crate) fn waiting(&self, ticket: Ticket) -> Option<&Request> {
        let job = self.slots.get(ticket.0 as usize)?.as_ref()?;
        job.waiting.then_some(&job.request)
    }

    /// The request of a job, waiting or running.
    pub(crate) fn request(&self, ticket: Ticket) -> Option<&Request> {
        self.slots.get(ticket.0 as usize)?.as_ref().map(|job| &job.request)
    }

    /// Marks a waiting job as running, and says how many of its steps are done.
    pub(crate) fn start(&mut self, ticket: Ticket) -> u32 {
        self.job(ticket).waiting = false;
        self.waiting_count -= 1;
        if self.progress.is_empty() {
            return 0;
        }
        self.progress.get(&ticket).map_or(0, |progress| progress.steps_done)
    }

    /// Running jobs wait again: their batch stopped after `progress`; without it, before its first
    /// step.
    pub(crate) fn stopped(&mut self, batch: &[Ticket], progress: Option<Progress>) {
        for &ticket in batch {
            self.wait(ticket);
            if let Some(progress) = progress {
                let known = self.progress.entry(ticket).or_insert(progress);
                // A request that had come further than its batch keeps what it has.
                known.steps_done = known.steps_done.max(progress.steps_done);
            }
        }
    }

    /// A running job waits again, and what was done for it is lost.
    pub(crate) fn wait_from_start(&mut self, ticket: Ticket) {
        self.wait(ticket);
        self.progress.remove(&ticket);
    }

    /// Takes a job out of the books, and what was done for it before its last batch.
    ///
    /// # Panics
    /// Where there is no such job: the caller has checked the ticket.
    #[inline]
    pub(crate) fn remove(&mut self, ticket: Ticket) -> (Request, T, Option<Progress>) {
        let job = self.slots[ticket.0 as usize].take().expect("the ticket was checked");
        self.waiting_count -= usize::from(job.waiting);
        self.free.push(ticket);
        let progress = if self.progress.is_empty() { None } else { self.progress.remove(&ticket) };
        (job.request, job.payload, progress)
    }

    pub(crate) fn waiting_count(&self) -> usize {
        self.waiting_count
    }

    /// How many jobs are in the books, waiting or running.
    pub(crate) fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn wait(&mut self, ticket: Ticket) {
        self.job(ticket).waiting = true;
        self.waiting_count += 1;
    }

    fn job(&mut self, ticket: Ticket) -> &mut Job<T> {
        self.slots[ticket.0 as usize].as_mut().expect("the ticket was checked")
    }
}

/// Which workers are idle, as a bit set: finding one looks at 64 at a time.
#[derive(Clone, Debug)]
pub(crate) struct IdleSet {
    words: Vec<u64>,
}

impl IdleSet {
    /// `count` workers, all idle.
    pub(crate) fn all(count: u32) -> Self {
        let mut set = Self { words: vec![0; (count as usize).div_ceil(64)] };
        (0..count).for_each(|worker| set.insert(WorkerId(worker)));
        set
    }

    pub(crate) fn insert(&mut self, worker: WorkerId) {
        self.words[worker.0 as usize / 64] |= 1 << (worker.0 % 64);
    }

    pub(crate) fn remove(&mut self, worker: WorkerId) {
        self.words[worker.0 as usize / 64] &= !(1 << (worker.0 % 64));
    }

    pub(crate) fn contains(&self, worker: WorkerId) -> bool {
        self.words[worker.0 as usize / 64] >> (worker.0 % 64) & 1 == 1
    }

    /// The first idle worker that is not below `from`.
    #[inline]
    pub(crate) fn first_from(&self, from: WorkerId) -> Option<WorkerId> {
        // Few clusters have more than one word of workers.
        if let ([word], 0..64) = (self.words.as_slice(), from.0) {
            let candidates = word & (u64::MAX << from.0);
            return (candidates != 0).then(|| WorkerId(candidates.trailing_zeros()));
        }
        self.first_of_many(from)
    }

    fn first_of_many(&self, from: WorkerId) -> Option<WorkerId> {
        let first_word = from.0 as usize / 64;
        let mut mask = u64::MAX << (from.0 % 64);
        for (index, word) in self.words.iter().enumerate().skip(first_word) {
            let candidates = word & mask;
            if candidates != 0 {
                let base = u32::try_from(index * 64).expect("positions of workers fit u32");
                return Some(WorkerId(base + candidates.trailing_zeros()));
            }
            mask = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn idle_workers_are_found_across_words() {
        let mut idle = IdleSet::all(130);
        let mut expected: BTreeSet<u32> = (0..130).collect();
        for gone in [0, 1, 63, 64, 65, 127, 128] {
            idle.remove(WorkerId(gone));
            expected.remove(&gone);
        }
        idle.insert(WorkerId(64));
        expected.insert(64);
        let few = IdleSet::all(3);
        assert_eq!(
            [0, 2, 3, 64, 70].map(|from| few.first_from(WorkerId(from)).is_some()),
            [true, true, false, false, false]
        );
        for from in 0..140 {
            let found = idle.first_from(WorkerId(from)).map(|worker| worker.0);
            assert_eq!(found, expected.range(from..).next().copied(), "from {from}");
        }
        assert!(idle.contains(WorkerId(64)) && !idle.contains(WorkerId(63)));
    }
}
