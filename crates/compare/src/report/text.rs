//! The report on a terminal.

use std::fmt;

use outcome::units::{grouped, millis, per_second, percent};
use outcome::{Grid, Verdict};

use super::Report;
use crate::table::reasons;
use crate::{Class, Metric, MetricKind, RunTable, Value};

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sides_grid())?;
        writeln!(f, "\n{}\n", self.trace_line())?;
        let banners = self.banners();
        for banner in &banners {
            writeln!(f, "{banner}")?;
        }
        if !banners.is_empty() {
            writeln!(f)?;
        }
        writeln!(f, "{}", self.metrics_grid())?;
        writeln!(
            f,
            "No significance is computed: one run a side shows what happened, not whether"
        )?;
        writeln!(f, "it would happen again. Failures count as infinite latency (inf).")
    }
}

impl Report<'_> {
    /// Where the two sides come from.
    fn sides_grid(self) -> Grid {
        let mut grid =
            Grid::new(&["", "run", "by", "subject", "tool", "verdict"]).words(&[0, 1, 2, 3, 4, 5]);
        for (letter, table) in self.sides() {
            let info = &table.info;
            grid.row([
                letter,
                &table.path.display().to_string(),
                &info.producer,
                &info.subject,
                &info.tool,
                info.verdict.name(),
            ]);
        }
        grid
    }

    fn trace_line(self) -> String {
        let info = &self.a.info;
        let digest: String = info.trace_digest.chars().take(12).collect();
        let named = [info.trace_name.as_str(), &digest];
        let mut parts: Vec<_> =
            named.into_iter().filter(|part| !part.is_empty()).map(String::from).collect();
        if parts.is_empty() {
            parts.push("without a name".into());
        }
        let span = millis(i128::from(self.comparison.span_ns) / 1_000);
        let size = format!("{} requests  ·  {span} s", grouped(self.comparison.n));
        format!("trace {}  ·  {size}", parts.join(" "))
    }

    /// What a reader must know before any number.
    fn banners(self) -> Vec<String> {
        let of_side = |(letter, table): (&str, &RunTable)| {
            let info = &table.info;
            let timing = match info.verdict {
                Verdict::Valid => None,
                Verdict::Degraded => Some(format!("DEGRADED  {letter}: {}", reasons(info))),
                Verdict::Invalid => Some(format!("INVALID  {letter}: {}", reasons(info))),
            };
            let cut = info
                .cut_short
                .then(|| format!("CUT SHORT  {letter}: the run ended before its trace did"));
            [timing, cut].into_iter().flatten().collect::<Vec<_>>()
        };
        self.sides().into_iter().flat_map(of_side).collect()
    }

    fn metrics_grid(self) -> Grid {
        let header = ["class", "requests", "metric", "A", "B", "B - A", "change_%"];
        let mut grid = Grid::new(&header).words(&[0, 2]);
        let mut last: Option<&Class> = None;
        for metric in &self.comparison.metrics {
            let begins = last != Some(&metric.class);
            if begins && last.is_some() {
                grid.rule();
            }
            last = Some(&metric.class);
            grid.row(cells(metric, begins));
        }
        grid
    }
}

fn cells(metric: &Metric, begins: bool) -> [String; 7] {
    let [class, requests] = if begins {
        [metric.class.to_string(), grouped(metric.n)]
    } else {
        [String::new(), String::new()]
    };
    let relative = metric.relative().map(|relative| signed(relative * 100.0, 2));
    [
        class,
        requests,
        label(metric.kind).into(),
        shown(metric.a),
        shown(metric.b),
        difference(metric),
        relative.unwrap_or_else(|| "-".into()),
    ]
}

/// The metric with the unit of its row.
const fn label(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::P50 => "p50_ms",
        MetricKind::P95 => "p95_ms",
        MetricKind::P99 => "p99_ms",
        MetricKind::SloAttainment => "slo_attainment_%",
        MetricKind::ErrorRate => "error_rate_%",
        MetricKind::Goodput => "goodput_/s",
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Latency(latency) => latency.to_string(),
        Value::Share { part, whole } => percent(part, whole),
        Value::Rate { count, span_ns } => per_second(count, span_ns.into()),
    }
}

/// B - A in the unit of the row; of shares, percentage points.
fn difference(metric: &Metric) -> String {
    let Some(difference) = metric.difference() else { return "-".into() };
    match metric.a {
        Value::Latency(_) => signed(difference / 1e6, 3),
        Value::Share { .. } => signed(difference * 100.0, 2),
        Value::Rate { .. } => signed(difference, 2),
    }
}

/// A number with its sign, and no sign of a zero.
fn signed(number: f64, decimals: usize) -> String {
    let text = format!("{number:+.decimals$}");
    if text.trim_start_matches(['+', '-']).chars().all(|digit| matches!(digit, '0' | '.')) {
        return text.trim_start_matches(['+', '-']).into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::signed;

    #[test]
    fn a_zero_has_no_sign() {
        for (number, text) in [
            (0.0, "0.00"),
            (-0.004, "0.00"),
            (0.004, "0.00"),
            (-0.006, "-0.01"),
            (7.126, "+7.13"),
            (f64::INFINITY, "+inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(signed(number, 2), text);
        }
    }
}
