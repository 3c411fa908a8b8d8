//! A line every ten seconds of the run, for logs. A run that is shorter has none.

use std::io::Write;

use request::Moment;

use super::{Watch, facts};
use crate::progress::Progress;

/// From line to line, ns.
const EVERY_NS: i64 = 10_000_000_000;

/// Writes lines to `out`.
pub(super) struct Lines<W> {
    out: W,
    run: i32,
    next: Moment,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, run: 0, next: Moment::from_nanos(EVERY_NS) }
    }
}

impl<W: Write + Send> Watch for Lines<W> {
    fn look(&mut self, progress: &Progress) {
        if progress.run != self.run {
            (self.run, self.next) = (progress.run, Moment::from_nanos(EVERY_NS));
        }
        if progress.now >= self.next {
            // Nobody is told that nobody reads.
            let _ = writeln!(self.out, "{}", line(progress));
            let periods = progress.now.as_nanos() / EVERY_NS + 1;
            self.next = Moment::from_nanos(periods.saturating_mul(EVERY_NS));
        }
    }

    fn close(&mut self) {}
}

fn line(progress: &Progress) -> String {
    let run = facts::run(progress)
        .map(|run| format!("{run} ({}), ", facts::subject(progress)))
        .unwrap_or_default();
    let tiers = facts::attainment(progress).enumerate();
    let attainment = tiers.map(|(index, share)| format!("tier {} {share}", index + 1));
    format!(
        "replay: {run}{} of {}: sent {} of {} due, {}, {} in flight; lag {}; in SLO {}; errors {}",
        facts::clock(progress.now),
        facts::clock(progress.last_arrival),
        facts::count(progress.sent),
        facts::count(progress.due),
        facts::rates(progress),
        facts::count(progress.in_flight),
        facts::lag(progress.lag),
        attainment.collect::<Vec<_>>().join(", "),
        facts::errors(progress),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::testing::progress;

    fn lines(looks: impl IntoIterator<Item = (i32, i64)>) -> String {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out);
        for (run, millis) in looks {
            let now = Moment::from_nanos(millis * 1_000_000);
            lines.look(&Progress { run, now, ..progress() });
        }
        lines.close();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_has_all_facts() {
        snapbox::assert_data_eq!(
            lines([(1, 12_500)]),
            snapbox::str![[r#"
replay: run 2 of 3 (localhost:50051), 0:12 of 0:19: sent 12,251 of 12,501 due, 980/s of 1,000/s, 1,250 in flight; lag p50 0.015 ms, p99 3.000 ms, max 3.000 ms; in SLO tier 1 86.69 % of 3,750, tier 2 86.64 % of 3,750, tier 3 86.67 % of 3,751; errors 250 unavailable

"#]]
        );
    }

    #[test]
    fn a_line_comes_every_ten_seconds_of_each_run() {
        let at = |looks: &[(i32, i64)]| {
            let text = lines(looks.iter().copied());
            text.lines().map(|line| line.split(", ").nth(1).unwrap()[..4].to_owned()).collect()
        };
        let short: Vec<String> = at(&[(0, -20), (0, 100), (0, 9_999)]);
        assert!(short.is_empty());
        let long: Vec<String> =
            at(&[(0, 9_990), (0, 10_090), (0, 10_190), (0, 35_000), (0, 39_000), (0, 40_000)]);
        assert_eq!(long, ["0:10", "0:35", "0:40"]);
        let several: Vec<String> = at(&[(0, 12_000), (1, 0), (1, 9_000), (1, 11_000)]);
        assert_eq!(several, ["0:12", "0:11"]);
    }
}
