//! The figures of both sides, class by class.

use outcome::{Latency, Outcome, Status};

use crate::join;
use crate::{Class, CompareError, Metric, MetricKind, RunTable, Value};

/// What two runs of one trace came to, side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Number of requests in the trace.
    pub n: u64,
    /// From the first scheduled arrival to the last, both included, ns.
    pub span_ns: u64,
    /// All metrics, in the order of the report.
    pub metrics: Vec<Metric>,
}

/// Sets the runs side by side: `a` is the baseline, `b` the candidate.
///
/// # Errors
/// Where they are not runs of the same trace. Verdicts are not looked at; see
/// [`check_verdicts`](crate::check_verdicts).
pub fn compare(a: &RunTable, b: &RunTable) -> Result<Comparison, CompareError> {
    join::check(a, b)?;
    let span_ns = a.span_ns();
    let mut metrics = Vec::new();
    for (class, members) in Class::of(a) {
        let [of_a, of_b] = [a, b].map(|table| Figures::new(table, &members));
        metrics.extend(of_class(&class, &of_a, &of_b, span_ns));
    }
    Ok(Comparison { n: a.rows().len() as u64, span_ns, metrics })
}

impl Comparison {
    /// The metric of a class by its name, for example `tier1`.
    #[must_use]
    pub fn metric(&self, class: &str, kind: MetricKind) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.kind == kind && metric.class.to_string() == class)
    }
}

/// What one side measures of one class.
struct Figures {
    /// Of every request, sorted; failures are infinite.
    latencies: Vec<Latency>,
    slo_met: u64,
    errors: u64,
}

impl Figures {
    fn new(table: &RunTable, members: &[usize]) -> Self {
        let rows = || members.iter().filter_map(|&index| table.rows().get(index));
        let count = |which: fn(&Outcome) -> bool| rows().filter(|row| which(row)).count() as u64;
        let mut latencies: Vec<_> = rows().map(Latency::of).collect();
        latencies.sort_unstable();
        let errors = count(|row| row.status != Status::Ok);
        Self { latencies, slo_met: count(Outcome::slo_met), errors }
    }

    /// `None` where there is nothing to measure it by.
    fn value(&self, kind: MetricKind, span_ns: u64) -> Option<Value> {
        let whole = self.latencies.len() as u64;
        match kind {
            MetricKind::P50 | MetricKind::P95 | MetricKind::P99 => {
                kind.quantile()?.of(&self.latencies).map(Value::Latency)
            }
            MetricKind::SloAttainment => Some(Value::Share { part: self.slo_met, whole }),
            MetricKind::ErrorRate => Some(Value::Share { part: self.errors, whole }),
            // One instant is no span to count a rate over.
            MetricKind::Goodput => {
                (span_ns > 1).then_some(Value::Rate { count: self.slo_met, span_ns })
            }
        }
    }
}

fn of_class(class: &Class, a: &Figures, b: &Figures, span_ns: u64) -> impl Iterator<Item = Metric> {
    use MetricKind::{ErrorRate, Goodput, P50, P95, P99, SloAttainment};
    // Goodput of a part of the requests follows from its attainment, so it is told of all alone.
    let kinds: &[_] = match class {
        Class::All => &[P50, P95, P99, SloAttainment, ErrorRate, Goodput],
        _ => &[P50, P95, P99, SloAttainment, ErrorRate],
    };
    kinds.iter().filter_map(move |&kind| {
        let (value_a, value_b) = (a.value(kind, span_ns)?, b.value(kind, span_ns)?);
        let n = a.latencies.len() as u64;
        Some(Metric { class: class.clone(), kind, n, a: value_a, b: value_b })
    })
}
