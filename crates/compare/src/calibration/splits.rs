//! Ways to deal the runs of one version to two sides, which then differ by chance alone.

/// Label assignments that are compared at most: all of ten runs.
const ASSIGNMENTS_MAX: u128 = 252;
/// Runs that can be dealt: their ways are counted in 128 bits.
pub(crate) const RUNS_MAX: usize = 100;

/// One way: positions of the runs on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) a: Vec<usize>,
    pub(super) b: Vec<usize>,
}

/// Some ways to deal runs to two sides.
#[derive(Debug)]
pub(super) struct Splits {
    /// Each without its mirror image, which follows from it; the first deals the runs in order.
    pub(super) splits: Vec<Split>,
    /// Whether these are all.
    pub(super) complete: bool,
}

/// The ways to deal 2 to [`RUNS_MAX`] runs to two sides as even as can be, in lexicographic order:
/// all of them, or as many as are compared, evenly spaced.
pub(super) fn splits(runs: usize) -> Splits {
    let a = runs / 2;
    // With two equal sides the second half of all ways mirrors the first, where run 0 is on side A.
    let all = match runs.is_multiple_of(2) {
        true => ways(runs, a) / 2,
        false => ways(runs, a),
    };
    let taken = all.min(ASSIGNMENTS_MAX / 2);
    let splits = (0..taken).map(|index| split(runs, a, index * all / taken)).collect();
    Splits { splits, complete: taken == all }
}

/// Number `index`, in lexicographic order, of the ways to put `of_a` of the runs on side A.
fn split(runs: usize, of_a: usize, mut index: u128) -> Split {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let with_run = match of_a.checked_sub(a.len() + 1) {
            Some(missing) => ways(runs - run - 1, missing),
            None => 0,
        };
        if index < with_run {
            a.push(run);
        } else {
            index -= with_run;
            b.push(run);
        }
    }
    Split { a, b }
}

/// How many ways there are to choose some of all.
fn ways(all: usize, some: usize) -> u128 {
    (0..some as u128).fold(1, |ways, taken| ways * (all as u128 - taken) / (taken + 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_few_runs_are_dealt_in_every_way() {
        for (runs, count) in [(2, 1), (3, 3), (4, 3), (5, 10), (6, 10), (7, 35), (8, 35), (10, 126)]
        {
            let Splits { splits, complete } = splits(runs);
            assert!(complete, "{runs} runs");
            assert_eq!(splits.len(), count, "{runs} runs");
            let both = |split: &Split| [split.a.clone(), split.b.clone()];
            let labelled: BTreeSet<Vec<usize>> = splits.iter().flat_map(both).collect();
            assert_eq!(labelled.len(), 2 * count, "{runs} runs: an assignment is there twice");
        }
    }

    #[test]
    fn every_run_is_on_one_side() {
        for runs in [2, 3, 6, 11, 12, 99, RUNS_MAX] {
            for split in splits(runs).splits {
                assert_eq!((split.a.len(), split.b.len()), (runs / 2, runs - runs / 2));
                let mut all = [split.a, split.b].concat();
                all.sort_unstable();
                assert_eq!(all, (0..runs).collect::<Vec<_>>());
            }
        }
    }

    /// Under exchange of the labels a set of ways is the same set, with no way lost.
    #[test]
    fn with_even_sides_the_first_run_stays_where_it_is() {
        for runs in [2, 4, 10, 12, RUNS_MAX] {
            assert!(splits(runs).splits.iter().all(|split| split.a[0] == 0), "{runs} runs");
        }
    }

    #[test]
    fn of_many_ways_some_are_taken_evenly() {
        for runs in [11, 12, 20, RUNS_MAX] {
            let Splits { splits, complete } = splits(runs);
            assert!(!complete);
            assert_eq!(splits.len() as u128, ASSIGNMENTS_MAX / 2);
            assert!(splits.is_sorted_by(|one, next| one.a < next.a), "{runs} runs");
            assert_eq!(splits[0].a, (0..runs / 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ways_are_counted() {
        for (all, some, count) in [(5, 0, 1), (5, 2, 10), (10, 5, 252), (20, 10, 184_756)] {
            assert_eq!(ways(all, some), count);
        }
        assert_eq!(ways(RUNS_MAX, RUNS_MAX / 2), 100_891_344_545_564_193_334_812_497_256);
    }
}
