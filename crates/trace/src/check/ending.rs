//! When a stream of arrivals stops, and whether it stopped when it should.

use crate::workload::{Class, Process, Workload};

/// Follows a stream, arrival after arrival.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    rule: Rule,
    duration_ns: i64,
    count_min: u64,
    /// Arrivals so far, and those before the instant of the last one.
    count: u64,
    count_before: u64,
    last_ns: i64,
}

/// What stops a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// It goes on while there is time or the count is not met; an arrival after that is no part.
    Drawn,
    /// LoadGen's: the arrival after the time that also completes the count is the last one.
    Scheduled,
    /// Somebody else stops it.
    Elsewhere,
}

/// For how long a stream was watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// Up to, but not with, a moment in ns, however many came.
    Until(i64),
    /// Until so many had come.
    UpToLast,
}

impl Ending {
    /// The ending of a class of a valid workload.
    pub(super) fn of_class(workload: &Workload, class: &Class) -> Self {
        let rule = match workload.arrivals_of(class).process {
            _ if workload.count.is_some() => Rule::Elsewhere,
            _ if workload.is_one_schedule() => Rule::Elsewhere,
            Process::Loadgen { .. } => Rule::Scheduled,
            _ => Rule::Drawn,
        };
        Self::new(rule, workload, class.count_min(workload))
    }

    /// The ending of the whole, where it is not that of its classes.
    pub(super) fn of_whole(workload: &Workload) -> Option<Self> {
        if let Some(count) = workload.count {
            // Time never ends it, and the arrival that completes the count is the last one.
            let mut ending = Self::new(Rule::Scheduled, workload, count);
            ending.duration_ns = 0;
            return Some(ending);
        }
        let count_min = workload.min_query_count;
        workload.is_one_schedule().then(|| Self::new(Rule::Scheduled, workload, count_min))
    }

    fn new(rule: Rule, workload: &Workload, count_min: u64) -> Self {
        let duration_ns = workload.duration.as_nanos() as i64;
        Self { rule, duration_ns, count_min, count: 0, count_before: 0, last_ns: -1 }
    }

    /// Adds the next arrival, not earlier than the last. False where the stream had ended.
    pub(super) fn add(&mut self, arrival_ns: i64) -> bool {
        if arrival_ns != self.last_ns {
            self.count_before = self.count;
        }
        let is_due = match self.rule {
            Rule::Elsewhere => true,
            // A batch comes whole.
            Rule::Drawn => arrival_ns < self.duration_ns || self.count_before < self.count_min,
            Rule::Scheduled => self.last_ns < self.duration_ns || self.count < self.count_min,
        };
        self.count += 1;
        self.last_ns = arrival_ns;
        is_due
    }

    /// After the last arrival: how many are missing, of how many; `None` where none is.
    pub(super) fn missing(&self) -> Option<(u64, u64)> {
        let has_time = self.rule != Rule::Scheduled || self.last_ns >= self.duration_ns;
        let is_whole = has_time && self.count >= self.count_min;
        (self.rule != Rule::Elsewhere && !is_whole).then_some((self.count, self.count_min))
    }

    pub(super) fn count_min(&self) -> u64 {
        self.count_min
    }

    /// After the last arrival: for how long the stream was watched.
    pub(super) fn watch(&self) -> Watch {
        let by_count = match self.rule {
            Rule::Drawn => self.last_ns >= self.duration_ns,
            // The last one came for the time alone where the count was met before it.
            Rule::Scheduled => self.count <= self.count_min,
            Rule::Elsewhere => false,
        };
        if by_count { Watch::UpToLast } else { Watch::Until(self.duration_ns) }
    }

    /// After the last arrival: when the classes of this whole stop to be watched.
    pub(super) fn classes_until_ns(&self) -> i64 {
        match self.watch() {
            Watch::Until(end_ns) => end_ns,
            Watch::UpToLast => self.last_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::workload::Arrivals;

    /// One class for 10 ns, of at least three requests.
    fn workload(process: Process, count: Option<u64>) -> Workload {
        let mut workload = Workload::built_in("balanced").unwrap();
        workload.classes.truncate(1);
        workload.classes[0].share = 1.0;
        let duration = Duration::from_nanos(10);
        let arrivals = Arrivals::of(process);
        Workload { total_qps: 1e8, duration, min_query_count: 3, count, arrivals, ..workload }
    }

    fn follow(mut ending: Ending, arrivals: &[i64]) -> (Vec<bool>, Ending) {
        let due = arrivals.iter().map(|&arrival| ending.add(arrival)).collect();
        (due, ending)
    }

    #[test]
    fn a_drawn_class_ends_with_time_and_count() {
        let workload = workload(Process::Poisson, None);
        let ending = Ending::of_class(&workload, &workload.classes[0]);
        let (due, after) = follow(ending.clone(), &[1, 5, 12, 13]);
        assert_eq!(due, [true, true, true, false]);
        let (_, after_time) = follow(ending.clone(), &[1, 5, 8, 9]);
        assert_eq!(after_time.watch(), Watch::Until(10));
        assert_eq!((after.watch(), after.missing()), (Watch::UpToLast, None));
        assert_eq!(follow(ending.clone(), &[1, 2]).1.missing(), Some((2, 3)));
        // A batch that begins before the count is met comes whole.
        assert_eq!(follow(ending, &[1, 12, 12, 12, 12]).0, [true; 5]);
    }

    #[test]
    fn a_schedule_ends_with_the_arrival_past_the_time() {
        let workload = workload(Process::Loadgen { schedule_seed: 0 }, None);
        assert!(matches!(Ending::of_class(&workload, &workload.classes[0]).rule, Rule::Elsewhere));
        let ending = Ending::of_whole(&workload).unwrap();
        let (due, after) = follow(ending.clone(), &[0, 5, 9, 11]);
        assert_eq!((due, after.missing()), (vec![true; 4], None));
        assert_eq!((after.watch(), after.classes_until_ns()), (Watch::Until(10), 10));
        assert_eq!(follow(ending.clone(), &[0, 5, 9, 11, 12]).0.last(), Some(&false));
        assert_eq!(follow(ending.clone(), &[0, 5, 9]).1.missing(), Some((3, 3)));
        let (_, by_count) = follow(ending, &[0, 11, 12]);
        assert_eq!((by_count.watch(), by_count.classes_until_ns()), (Watch::UpToLast, 12));
    }

    #[test]
    fn a_count_is_exact() {
        let workload = workload(Process::Poisson, Some(4));
        let ending = Ending::of_whole(&workload).unwrap();
        let (due, after) = follow(ending.clone(), &[1, 2, 30, 40]);
        assert_eq!((due, after.missing()), (vec![true; 4], None));
        assert_eq!(after.classes_until_ns(), 40);
        assert_eq!(follow(ending.clone(), &[1, 2, 3, 4, 5]).0.last(), Some(&false));
        assert_eq!(follow(ending, &[1, 2, 3]).1.missing(), Some((3, 4)));
    }
}
