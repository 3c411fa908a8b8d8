//! The time change: from arrivals in a file to residuals, by the law of the workload.
//!
//! This is the only part of the battery that knows laws of arrivals.

use request::Seed;

use super::residuals::Residuals;
use crate::workload::{Class, Workload};

/// Residuals of one class.
///
/// `arrivals_ns` are all that it has, in order; `dither` is a seed of the class's own.
pub(super) fn residuals_of_class(
    workload: &Workload,
    class: &Class,
    arrivals_ns: Vec<i64>,
    dither: Seed,
) -> Residuals {
    let duration_ns = workload.duration.as_nanos() as i64;
    // A class goes on past the duration only to reach its count, and then ends with its last
    // arrival; see `generate`.
    let ends_at_count = arrivals_ns.last().is_some_and(|&last| last >= duration_ns);
    let mean_ns = mean_gap_ns(workload, class);
    let times = dithered(arrivals_ns, mean_ns, dither);
    match ends_at_count {
        true => Residuals::up_to_last(times),
        false => Residuals::over(times, duration_ns as f64 / mean_ns),
    }
}

/// Residuals of all classes together, up to the duration: past it only some classes go on.
///
/// The sum of independent Poisson streams is one, of the summed rate.
pub(super) fn residuals_of_all(workload: &Workload, classes: &[(&Class, &Residuals)]) -> Residuals {
    let duration_ns = workload.duration.as_nanos() as f64;
    let rate: f64 = classes.iter().map(|(class, _)| 1.0 / mean_gap_ns(workload, class)).sum();
    let mut all = Vec::with_capacity(classes.iter().map(|(_, class)| class.times().len()).sum());
    for (class, residuals) in classes {
        let mean_ns = mean_gap_ns(workload, class);
        let times = residuals.times().iter().map(|time| time * mean_ns);
        all.extend(times.take_while(|&time| time < duration_ns).map(|time| time * rate));
    }
    Residuals::over(all, duration_ns * rate)
}

fn mean_gap_ns(workload: &Workload, class: &Class) -> f64 {
    1e9 / (workload.total_qps * class.share)
}

/// Times in units of the mean gap, each gap drawn anew within the nanosecond that it was rounded
/// to, as the exponential law has it there.
///
/// So the gaps are exactly exponential again, at any rate: the law within `[a, b)` is
/// `a - ln(1 - u (1 - exp(a - b)))`, `u` uniform. Without this, the grain of whole ns is found from
/// about a million gaps of a microsecond on.
fn dithered(arrivals_ns: Vec<i64>, mean_ns: f64, seed: Seed) -> Vec<f64> {
    let part_of = |width_ns: f64| -libm::expm1(-width_ns / mean_ns);
    let (whole, half) = (part_of(1.0), part_of(0.5));
    let (mut last_ns, mut time) = (0, 0.0);
    let rescale = |(counter, arrival_ns): (u64, i64)| {
        let gap_ns = arrival_ns - last_ns;
        last_ns = arrival_ns;
        let uniform = (seed.draw(counter) >> 11) as f64 / (1_u64 << 53) as f64;
        // Gaps are rounded to the nearest ns, so half a ns ends up at 0.
        let (start_ns, part) = if gap_ns > 0 { (gap_ns as f64 - 0.5, whole) } else { (0.0, half) };
        time += start_ns / mean_ns - libm::log1p(-uniform * part);
        time
    };
    (0..).zip(arrivals_ns).map(rescale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::anderson_darling;

    /// A workload of one class, of this rate and length.
    fn workload(total_qps: f64, seconds: u64, min_query_count: u64) -> Workload {
        let mut workload = Workload::built_in("balanced").unwrap();
        workload.classes.truncate(1);
        workload.classes[0].share = 1.0;
        let duration = std::time::Duration::from_secs(seconds);
        Workload { total_qps, duration, min_query_count, ..workload }
    }

    #[test]
    fn a_class_ends_with_the_time_or_with_its_count() {
        let workload = workload(2.0, 10, 3);
        let residuals = |arrivals_ns: &[i64]| {
            residuals_of_class(&workload, &workload.classes[0], arrivals_ns.to_vec(), Seed(1))
        };
        let by_time = residuals(&[1_000_000_000, 2_000_000_000, 3_000_000_000]);
        assert!(!by_time.ends_at_count());
        assert_eq!(by_time.length(), 20.0);
        assert!((by_time.times()[1] - 4.0).abs() < 1e-6);
        let by_count = residuals(&[1_000_000_000, 2_000_000_000, 30_000_000_000]);
        assert!(by_count.ends_at_count());
        assert!((by_count.length() - 60.0).abs() < 1e-6);
        let all = residuals_of_all(&workload, &[(&workload.classes[0], &by_count)]);
        assert_eq!((all.times().len(), all.length()), (2, 20.0));
    }

    /// Gaps of 4 ns on average: without the draw within the ns, one in eight would be 0.
    #[test]
    fn the_grain_of_the_file_does_not_show() {
        let mean_ns = 4.0;
        let mut arrival_ns = 0;
        let arrivals = (0..200_000).map(|i| {
            let uniform = ((Seed(5).draw(i) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
            arrival_ns += (-libm::log(uniform) * mean_ns + 0.5) as i64;
            arrival_ns
        });
        let times = dithered(arrivals.collect(), mean_ns, Seed(6));
        let finding = anderson_darling::rate_known(&Residuals::up_to_last(times)).unwrap();
        assert!(finding.p > 0.001, "{finding:?}");
    }
}
