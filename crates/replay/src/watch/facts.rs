//! The facts of a run in words, the same for a terminal and for lines.

use outcome::Status;
use outcome::units::{grouped, millis, percent};
use request::Moment;

use crate::progress::{Lags, Progress};

/// `1:05` or `2:00:00`; before the start of the run `-0:01`.
pub(super) fn clock(moment: Moment) -> String {
    let seconds = moment.as_nanos().div_euclid(1_000_000_000);
    let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

/// Which run of several; `None` of one.
pub(super) fn run(progress: &Progress) -> Option<String> {
    let Progress { run, runs, .. } = *progress;
    (runs > 1).then(|| format!("run {} of {runs}", i64::from(run) + 1))
}

/// Without what could move a cursor.
pub(super) fn subject(progress: &Progress) -> String {
    progress.subject.chars().filter(|letter| !letter.is_control()).collect()
}

/// `998/s of 1,000/s`.
pub(super) fn rates(progress: &Progress) -> String {
    let rate = progress.rate;
    format!("{} of {}", per_second(rate.achieved_per_s), per_second(rate.intended_per_s))
}

fn per_second(rate: f64) -> String {
    // Below a hundred the first decimal still tells something.
    if rate < 100.0 { format!("{rate:.1}/s") } else { format!("{}/s", count(rate as usize)) }
}

/// `p50 0.012 ms, p99 0.340 ms, max 3.000 ms`.
pub(super) fn lag(lag: Option<Lags>) -> String {
    let Some(Lags { p50_ns, p99_ns, max_ns }) = lag else { return "-".into() };
    let [p50, p99, max] = [p50_ns, p99_ns, max_ns].map(|nanos| millis(nanos.into()));
    format!("p50 {p50} ms, p99 {p99} ms, max {max} ms")
}

/// `99.90 % of 3,750` of each tier, or `- of 0`.
pub(super) fn attainment(progress: &Progress) -> impl Iterator<Item = String> {
    progress.tiers.iter().map(|tier| {
        let share = percent(tier.met as u64, tier.ended as u64);
        let unit = if tier.ended == 0 { "" } else { " %" };
        format!("{share}{unit} of {}", count(tier.ended))
    })
}

/// `250 unavailable, 3 timeout`, or `none`.
pub(super) fn errors(progress: &Progress) -> String {
    let counts = Status::ALL.iter().zip(progress.statuses);
    let errors = counts.filter(|&(&status, count)| status != Status::Ok && count > 0);
    let errors: Vec<_> =
        errors.map(|(status, number)| format!("{} {status}", count(number))).collect();
    if errors.is_empty() { "none".into() } else { errors.join(", ") }
}

/// Digits in groups of three.
pub(super) fn count(count: usize) -> String {
    grouped(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_from_the_start_of_the_run() {
        let text = |nanos| clock(Moment::from_nanos(nanos));
        assert_eq!(text(0), "0:00");
        assert_eq!(text(-1), "-0:01");
        assert_eq!(text(65_999_999_999), "1:05");
        assert_eq!(text(7_200_000_000_000), "2:00:00");
    }

    #[test]
    fn rates_have_decimals_where_they_matter() {
        assert_eq!(per_second(0.0), "0.0/s");
        assert_eq!(per_second(99.94), "99.9/s");
        assert_eq!(per_second(60_000.0), "60,000/s");
    }
}
