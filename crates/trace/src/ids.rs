//! A set of ids that is small while they come in a row.

use std::collections::BTreeMap;

/// Which ids have been seen, kept as runs of neighbours: a trace whose ids count up costs one run,
/// and any other costs at most one run for each id.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSet {
    /// First to last id of each run, inclusive; runs neither overlap nor touch, except for
    /// `current`, which may touch others.
    runs: BTreeMap<i64, i64>,
    /// The run that grew last, kept out of the map because it is likely to grow again.
    current: Option<(i64, i64)>,
}

impl IdSet {
    /// Adds an id. False where it was there.
    pub(crate) fn insert(&mut self, id: i64) -> bool {
        if let Some((first, last)) = self.current {
            if (first..=last).contains(&id) {
                return false;
            }
            if !self.in_runs(id) {
                if last.checked_add(1) == Some(id) {
                    self.current = Some((first, id));
                } else {
                    self.runs.insert(first, last);
                    self.current = Some(self.joined_below(id));
                }
                return true;
            }
            return false;
        }
        self.current = Some((id, id));
        true
    }

    fn in_runs(&self, id: i64) -> bool {
        self.runs.range(..=id).next_back().is_some_and(|(_, &last)| last >= id)
    }

    /// Takes out the run that `id` continues, or starts one.
    fn joined_below(&mut self, id: i64) -> (i64, i64) {
        let below = self.runs.range(..id).next_back().map(|(&first, &last)| (first, last));
        match below {
            Some((first, last)) if last.checked_add(1) == Some(id) => {
                self.runs.remove(&first);
                (first, id)
            }
            _ => (id, id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_plain_set(ids in prop::collection::vec(-8_i64..8, 0..40)) {
            let (mut set, mut plain) = (IdSet::default(), BTreeSet::new());
            for id in ids {
                prop_assert_eq!(set.insert(id), plain.insert(id), "{}", id);
            }
        }
    }

    #[test]
    fn ids_that_count_up_cost_one_run() {
        let mut set = IdSet::default();
        assert!((0..1000).all(|id| set.insert(id)));
        assert!(set.runs.is_empty());
        assert!(set.insert(i64::MAX) && set.insert(i64::MIN) && !set.insert(i64::MAX));
    }
}
