//! What writers promise and readers check: sound rows, and no request twice in a run.

use std::collections::BTreeMap;

use crate::by_run::ByRun;
use crate::row::Flaw;
use crate::{Outcome, RunInfo};

/// Checks the rows of one table, in any order, as they pass.
#[derive(Debug)]
pub(crate) struct Promises {
    slos: usize,
    models: usize,
    seen: ByRun<IdSet>,
}

impl Promises {
    pub(crate) fn new(info: &RunInfo) -> Self {
        Self { slos: info.slos.len(), models: info.models.len(), seen: ByRun::default() }
    }

    /// What is wrong with the next row, by itself or beside those before it.
    pub(crate) fn check(&mut self, row: &Outcome) -> Result<(), Flaw> {
        if let Some(flaw) = row.flaw() {
            return Err(flaw);
        }
        for (column, index, count) in
            [("slo", row.slo, self.slos), ("model", row.model, self.models)]
        {
            if usize::from(index) >= count {
                let problem = format!("index {index} is not among the {count} of the run");
                return Err(Flaw { column, problem });
            }
        }
        let id = row.request_id.0;
        if self.seen.of(row.run).insert(id) {
            return Ok(());
        }
        let problem = format!("request {id} is in run {} twice", row.run);
        Err(Flaw { column: "request_id", problem })
    }
}

/// A set of ids as intervals, so that the dense ids of a trace cost next to nothing, in whatever
/// order they come.
#[derive(Debug, Default)]
struct IdSet {
    /// First id of an interval to its last. Intervals neither overlap nor touch.
    intervals: BTreeMap<i64, i64>,
    /// The interval with the last id, taken out of the others because most tables go on there.
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    first: i64,
    last: i64,
    /// Ids below this one do not touch the next interval.
    limit: i64,
}

impl IdSet {
    /// Adds `id`; false where it was there already.
    #[inline]
    fn insert(&mut self, id: i64) -> bool {
        match &mut self.current {
            Some(current) if current.last.checked_add(1) == Some(id) && id < current.limit => {
                current.last = id;
                true
            }
            _ => self.insert_elsewhere(id),
        }
    }

    fn insert_elsewhere(&mut self, id: i64) -> bool {
        self.intervals.extend(self.current.take().map(|current| (current.first, current.last)));
        let below = self.intervals.range(..=id).next_back().map(|(&first, &last)| (first, last));
        if below.is_some_and(|(_, last)| last >= id) {
            return false;
        }
        // The neighbour that ends just before, and the one that begins just after, are joined.
        let first = match below {
            Some((first, last)) if last.checked_add(1) == Some(id) => first,
            _ => id,
        };
        self.intervals.remove(&first);
        let last = id.checked_add(1).and_then(|next| self.intervals.remove(&next)).unwrap_or(id);
        let next = self.intervals.range(id..).next();
        let limit = next.map_or(i64::MAX, |(&next, _)| next - 1);
        self.current = Some(Current { first, last, limit });
        true
    }

    #[cfg(test)]
    fn interval_count(&self) -> usize {
        self.intervals.len() + usize::from(self.current.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{answered, info};

    #[test]
    fn a_request_appears_once_in_a_run() {
        let mut promises = Promises::new(&info());
        assert_eq!(promises.check(&answered(7, 1)), Ok(()));
        assert_eq!(promises.check(&Outcome { run: 1, ..answered(7, 1) }), Ok(()));
        assert_eq!(promises.check(&answered(7, 2)).unwrap_err().column, "request_id");
    }

    #[test]
    fn a_class_must_be_listed() {
        let mut promises = Promises::new(&info());
        let flaw = promises.check(&Outcome { slo: 3, ..answered(7, 1) }).unwrap_err();
        assert_eq!(flaw.column, "slo");
        let flaw = promises.check(&Outcome { model: 2, ..answered(7, 1) }).unwrap_err();
        assert_eq!(flaw.column, "model");
    }

    #[test]
    fn dense_ids_are_one_interval() {
        let mut set = IdSet::default();
        for id in (0..1_000).rev().chain(1_000..2_000) {
            assert!(set.insert(id));
        }
        assert_eq!(set.interval_count(), 1);
    }

    proptest! {
        #[test]
        fn intervals_are_a_set(ids in prop::collection::vec(
            prop_oneof![-20_i64..20, Just(i64::MIN), Just(i64::MAX), Just(i64::MAX - 1)], 0..80,
        )) {
            let (mut set, mut reference) = (IdSet::default(), BTreeSet::new());
            for id in ids {
                prop_assert_eq!(set.insert(id), reference.insert(id));
            }
        }
    }
}
