//! The report on a terminal.

use std::fmt;

use outcome::Grid;
use outcome::units::{grouped, per_second, percent};

use super::Report;
use super::heading::heading;
use super::signed::signed;
use crate::{Class, Metric, MetricKind, Value};

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", heading(&self.sides()))?;
        writeln!(f, "{}", self.metrics_grid())?;
        writeln!(
            f,
            "No significance is computed: one run a side shows what happened, not whether"
        )?;
        writeln!(f, "it would happen again. Failures count as infinite latency (inf).")
    }
}

impl Report<'_> {
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
