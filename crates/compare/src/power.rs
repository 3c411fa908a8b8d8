//! What a comparison can show: the least change that it would find, and what an open question
//! still needs.

use probability::Student;

use crate::TTest;
use crate::verdict::ALPHA;

/// How often the least detectable change is found.
const POWER: f64 = 0.8;

/// The least harm that a test with this spread finds four times in five, where it is one of
/// `family` tests; `None` where its spread is not known.
///
/// Found is what passes the first step of Holm's correction: `(t[1 - alpha / family] + t[0.8])`
/// standard errors, the usual sum for the power of a t test.
pub(crate) fn detectable(test: &TTest, family: usize) -> Option<f64> {
    // Where nothing spreads, that is no promise for the next time.
    let error = standard_error(test).filter(|error| *error > 0.0)?;
    Some(errors_to_find(test.df, family) * error)
}

/// The standard errors that an effect must have to be found four times in five.
fn errors_to_find(df: u64, family: usize) -> f64 {
    let student = Student::new(df);
    student.quantile(1.0 - ALPHA / family.max(1) as f64) + student.quantile(POWER)
}

/// How many times the information it takes to decide whether harm of `delta` is there, if the harm
/// is what was found; `None` where nothing can be said.
///
/// Standard errors shrink with the root of the number of runs, or of blocks.
pub(crate) fn needed(test: &TTest, delta: f64, family: usize) -> Option<f64> {
    let times = if test.harm >= delta {
        // To be called a regression it must pass the correction.
        let critical = Student::new(test.df).quantile(1.0 - ALPHA / family.max(1) as f64);
        (critical / test.t).powi(2)
    } else {
        // To be called no worse its upper limit must come below.
        let above = test.interval?.hi90 - test.harm;
        (above / (delta - test.harm)).powi(2)
    };
    times.is_finite().then_some(times.max(1.0))
}

/// Runs a side beyond which the way to find a change is another one.
const RUNS_MAX: usize = 1_000;

/// The fewest runs a side, from `runs_min` on, that find this harm four times in five, where runs
/// have this spread and the test is one of `family`; `None` where not even a thousand do.
pub(crate) fn runs_needed(spread: f64, harm: f64, family: usize, runs_min: usize) -> Option<usize> {
    let finds = |runs: usize| {
        let error = spread * libm::sqrt(2.0 / runs as f64);
        errors_to_find(2 * runs as u64 - 2, family) * error <= harm
    };
    let (mut fewest, mut enough) = (runs_min, RUNS_MAX.max(runs_min));
    if !finds(enough) {
        return None;
    }
    while fewest < enough {
        let middle = fewest.midpoint(enough);
        match finds(middle) {
            true => enough = middle,
            false => fewest = middle + 1,
        }
    }
    Some(enough)
}

/// The standard error that the limits of a test tell of.
pub(crate) fn standard_error(test: &TTest) -> Option<f64> {
    let interval = test.interval?;
    let width = interval.hi90 - interval.lo90;
    let error = width / 2.0 / Student::new(test.df).quantile(1.0 - ALPHA);
    error.is_finite().then_some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With 5 runs a side and 21 metrics, 3.0 standard deviations of a run; with one metric 1.7;
    /// with 3 runs 5.4 and 2.5: the method's own table.
    #[test]
    fn the_least_change_is_that_of_the_table() {
        for (runs, family, deviations) in [
            (3, 21, 5.4),
            (3, 1, 2.5),
            (4, 21, 3.7),
            (4, 1, 2.0),
            (5, 21, 3.0),
            (5, 1, 1.7),
            (5, 9, 2.6),
            (7, 21, 2.3),
            (7, 1, 1.4),
            (10, 21, 1.8),
            (10, 1, 1.2),
        ] {
            let error = libm::sqrt(2.0 / f64::from(runs));
            let test = TTest::of_effect(0.0, error, 2 * u64::from(runs as u32) - 2);
            let found = detectable(&test, family).unwrap();
            assert!((found - deviations).abs() < 0.1, "{runs} runs, {family} metrics: {found}");
        }
    }

    /// The method's own table, read the other way.
    #[test]
    fn as_many_runs_are_needed_as_the_table_says() {
        for (harm, family, runs) in
            [(5.5, 21, 3), (3.8, 21, 4), (3.1, 21, 5), (1.75, 1, 5), (1.9, 21, 10), (100.0, 21, 3)]
        {
            assert_eq!(runs_needed(0.01, harm * 0.01, family, 3), Some(runs), "{harm} {family}");
        }
        // Without spread, as few as are allowed; of nothing, none are enough.
        assert_eq!(runs_needed(0.0, 0.03, 21, 3), Some(3));
        assert_eq!(runs_needed(0.01, 0.0, 21, 3), None);
        // Large numbers go by the normal law: 2 (2.82 + 0.84)^2 spread^2 / harm^2.
        let many = runs_needed(0.1, 0.03, 21, 3).unwrap() as f64;
        assert!((many / (2.0 * 3.664_f64.powi(2) / 0.09) - 1.0).abs() < 0.02, "{many}");
    }

    #[test]
    fn what_is_near_the_threshold_needs_much() {
        let needs = |harm| needed(&TTest::of_effect(harm, 0.02, 38), 0.05, 21).unwrap();
        assert!(needs(0.04) > needs(0.0));
        assert!(needs(0.049_99) > 1e4);
        // Beyond it, less the farther.
        assert!(needs(0.051) > needs(0.06));
        assert_eq!(needs(1.0), 1.0);
    }

    #[test]
    fn without_limits_nothing_is_known() {
        let unknown = TTest::of_effect(0.1, f64::INFINITY, 1);
        assert_eq!((detectable(&unknown, 21), needed(&unknown, 0.05, 21)), (None, None));
    }
}
