//! Every metric of one candidate: effect, interval, limit, verdict.

use outcome::Grid;
use outcome::units::grouped;

use crate::report::change::{change, limit, limits, p_value, unit, value};
use crate::{Comparison, Design, Family, Metric, Verdict};

/// The metrics by verdict, then by class; those of too few requests in one line.
pub(super) fn rows(comparison: &Comparison) -> String {
    let header = ["", "A", "B", "change", "95 % CI", "", "limit", "p(Holm)", "verdict", "needs"];
    let mut grid = Grid::new(&header).words(&[0, 5, 8, 9]);
    let mut told: Option<Verdict> = None;
    for verdict in Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::TooFew) {
        for metric in comparison.metrics.iter().filter(|metric| metric.verdict == verdict) {
            if told.is_some_and(|told| told != verdict) {
                grid.rule();
            }
            told = Some(verdict);
            grid.row(cells(metric, comparison.design));
        }
    }
    let mut text = grid.to_string();
    text.push_str(&too_few(comparison));
    if comparison.metrics.iter().any(|metric| metric.family != Family::Gate) {
        text.push_str("(shown)  does not gate, and does not count for the result\n");
    }
    text
}

fn cells(metric: &Metric, design: Design) -> [String; 10] {
    let kind = metric.kind;
    let Some(estimate) = &metric.estimate else { return Default::default() };
    let test = &estimate.test;
    let interval = test.interval.as_ref();
    [
        metric.key(),
        value(estimate.a, kind),
        value(estimate.b, kind),
        change(test.harm, kind),
        limits(interval, kind),
        interval.map_or("", |_| unit(kind)).into(),
        limit(metric),
        p_value(telling(metric), test.exact),
        match metric.family {
            Family::Gate => word(metric.verdict),
            Family::Slo | Family::None => format!("{} (shown)", word(metric.verdict)),
        },
        needs(metric, design),
    ]
}

/// The corrected p-value of the direction in which the metric moved.
fn telling(metric: &Metric) -> f64 {
    let Some(estimate) = &metric.estimate else { return 1.0 };
    let test = &estimate.test;
    let (worse, better) =
        metric.holm.map_or((test.p_worse, test.p_better), |holm| (holm.worse, holm.better));
    if test.harm < 0.0 { better } else { worse }
}

/// A verdict as it stands in a row; that of a regression in capitals.
pub(super) fn word(verdict: Verdict) -> String {
    let name = match verdict {
        Verdict::Regressed => "REGRESSED".to_owned(),
        Verdict::NoWorse => "no worse".into(),
        Verdict::TooFew => "too few".into(),
        verdict => verdict.name().into(),
    };
    format!("{name} {}", verdict.sign())
}

/// Beyond this the way to decide is another one.
const TIMES_MAX: f64 = 1_000.0;

/// What it would take to decide an inconclusive metric, if the change is what was found.
fn needs(metric: &Metric, design: Design) -> String {
    match (metric.verdict, metric.needed, design) {
        (Verdict::Inconclusive, Some(times), _) if times > TIMES_MAX => {
            "a change this near the limit is hard to tell".into()
        }
        (Verdict::Inconclusive, Some(times), Design::Runs) => {
            let [a, b] = [&metric.by_run[0], &metric.by_run[1]].map(Vec::len);
            let runs = a.min(b) as f64;
            format!("about {:.0} more runs a side", (runs * times - runs).ceil().max(1.0))
        }
        (Verdict::Inconclusive, Some(times), Design::Blocks) => {
            let n = metric.n as f64;
            let more = ((n * times - n).ceil().max(1.0)) as u64;
            format!("about {} more requests", grouped(rounded(more)))
        }
        (Verdict::Inconclusive, None, _) => "runs in which fewer requests fail".into(),
        _ => String::new(),
    }
}

/// To two digits, up: more would pretend to know.
fn rounded(count: u64) -> u64 {
    let digits = count.max(1).ilog10().saturating_sub(1);
    let unit = 10_u64.pow(digits);
    count.div_ceil(unit).saturating_mul(unit)
}

/// The metrics that nothing can be said of.
fn too_few(comparison: &Comparison) -> String {
    let few = comparison.metrics.iter().filter(|metric| metric.verdict == Verdict::TooFew);
    let keys: Vec<String> = few.map(Metric::key).collect();
    match keys.as_slice() {
        [] => String::new(),
        keys => format!("too few requests to judge: {}\n", keys.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn two_digits_are_enough() {
        assert_eq!([0, 1, 99, 101, 1_234, 56_789].map(rounded), [0, 1, 99, 110, 1_300, 57_000]);
    }
}
