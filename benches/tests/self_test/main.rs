//! `compare` on itself: does it cry wolf at two runs of one version, and does it find a slowdown?
//!
//! The figures over more studies, and what others would have said of the same runs, are printed by
//! `benches/scripts/self_test.sh`.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod noise;
mod queue;
mod rivals;
mod statistics;
mod study;
mod traffic;

use noise::Noise;
use study::{Study, Tally};
use traffic::Load;

/// Comparisons of versions that are alike.
const ALIKE: u64 = 200;

/// Comparisons with a planted slowdown.
const SLOWER: u64 = 100;

/// Asks a study, and says what to do about a surprise.
#[track_caller]
fn check(study: Study, count: u64, is_good: impl FnOnce(&Tally) -> bool) {
    let tally = Tally::of(&study.each(count, |compared| compared.comparison));
    if !is_good(&tally) {
        let shown = tally.regressed.first().map(|&number| study.compared(number).report());
        panic!(
            "{study}: {tally:?}\n\
            comparisons are drawn from their numbers; any of them is shown by\n\
            benches/scripts/self_test.sh {study} NUMBER\n{}",
            shown.unwrap_or_default()
        );
    }
}

/// At most 1 % may have the verdict `regressed`.
const REGRESSED_MAX: usize = 2;

/// At most so many may have a metric that is worse beyond chance after correction: 5 %, and what
/// the count of 200 may be above that by chance.
const ANY_HOLM_MAX: usize = 18;

fn is_quiet(tally: &Tally) -> bool {
    tally.regressed.len() <= REGRESSED_MAX && tally.any_holm <= ANY_HOLM_MAX
}

#[test]
fn one_version_by_blocks_is_not_a_regression() {
    check(Study { load: Load::MILD, noise: Noise::JITTER, runs: 1, slower: 0 }, ALIKE, is_quiet);
}

#[test]
fn one_version_by_runs_is_not_a_regression() {
    check(Study { load: Load::MILD, noise: Noise::RUNS, runs: 5, slower: 0 }, ALIKE, is_quiet);
}

#[test]
fn a_slowdown_of_five_per_cent_is_found_by_five_runs_a_side() {
    let is_found = |tally: &Tally| tally.regressed.len() as f64 >= 0.95 * tally.comparisons as f64;
    check(Study { load: Load::MILD, noise: Noise::RUNS, runs: 5, slower: 5 }, SLOWER, is_found);
}
