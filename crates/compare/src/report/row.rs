//! A metric as it stands in the rows of every report for people: its cells, its sentence, and what
//! it needs.

use outcome::units::grouped;

use super::change::{change, limit, limits, p_value, value};
use crate::method::requests_min;
use crate::{Class, Comparison, Design, Family, Metric, Status, Verdict};

/// What stands above the cells of a row of candidate `letter`.
pub(crate) const fn titles(letter: &str) -> [&str; 8] {
    ["", "A", letter, "change", "95 % CI", "limit", "p Holm", "verdict"]
}

/// What a verdict in parentheses means.
pub(crate) const SHOWN: &str = "shown: does not gate or count for the result, and its p is not \
    corrected together with those that do";

/// The cells of a metric: effect, interval, limit, verdict. `None` of one that nothing was found of.
pub(crate) fn cells(metric: &Metric) -> Option<[String; 8]> {
    let kind = metric.kind;
    let estimate = metric.estimate.as_ref()?;
    let test = &estimate.test;
    Some([
        metric.key(),
        value(estimate.a, kind),
        value(estimate.b, kind),
        change(test.harm, kind),
        limits(test.interval.as_ref(), kind),
        limit(metric),
        p_value(telling(metric), test.exact),
        shown(metric, word(metric.verdict)),
    ])
}

/// The same as a sentence, without its key and verdict: `+7.1 % (15.50 ms to 16.60 ms), 95 % CI
/// [+6.0, +8.2], limit +5.0 %`.
pub(crate) fn sentence(metric: &Metric) -> String {
    let Some([_, a, b, change, interval, limit, ..]) = cells(metric) else {
        return too_few(metric);
    };
    let interval = match interval.as_str() {
        "-" => String::new(),
        interval => format!(", 95 % CI {interval}"),
    };
    format!("{change} ({a} to {b}){interval}, limit {limit}")
}

/// Why nothing can be said of a metric.
fn too_few(metric: &Metric) -> String {
    match requests_min(metric.kind) {
        enough if metric.n < enough => {
            format!("{} requests are too few: it takes {}", grouped(metric.n), grouped(enough))
        }
        _ => "a run met no deadline at all, and rates are compared by their ratio".into(),
    }
}

/// The corrected p-value of the direction in which the metric moved.
fn telling(metric: &Metric) -> f64 {
    let Some(estimate) = &metric.estimate else { return 1.0 };
    let test = &estimate.test;
    let (worse, better) =
        metric.holm.map_or((test.p_worse, test.p_better), |holm| (holm.worse, holm.better));
    if test.harm < 0.0 { better } else { worse }
}

/// What is told of a metric's verdict, in parentheses where it does not count: in every report.
pub(crate) fn shown(metric: &Metric, verdict: impl Into<String>) -> String {
    let verdict = verdict.into();
    match metric.family {
        Family::Gate => verdict,
        Family::Slo | Family::None => format!("({verdict})"),
    }
}

/// A verdict with its sign; that of a regression in capitals.
pub(crate) fn word(verdict: Verdict) -> String {
    let name = match verdict {
        Verdict::Regressed => "REGRESSED".to_owned(),
        Verdict::NoWorse => "no worse".into(),
        Verdict::TooFew => "too few".into(),
        verdict => verdict.name().into(),
    };
    format!("{name} {}", verdict.sign())
}

impl Comparison {
    /// The metrics of which something was found, as they want to be read: those that gate first,
    /// by verdict, then by class. Each group is of one verdict.
    pub(crate) fn groups(&self) -> Vec<Vec<&Metric>> {
        let group = |gates: bool, verdict: Verdict| {
            let of_group = |metric: &&Metric| metric.gating() == gates && metric.verdict == verdict;
            self.metrics.iter().filter(of_group).collect::<Vec<_>>()
        };
        let told = || Verdict::ALL.into_iter().filter(|verdict| *verdict != Verdict::TooFew);
        [true, false]
            .into_iter()
            .flat_map(|gates| told().map(move |verdict| group(gates, verdict)))
            .filter(|group| !group.is_empty())
            .collect()
    }

    /// What is not judged, a sentence for each reason.
    pub(crate) fn unjudged(&self) -> Vec<String> {
        unjudged(self.metrics.iter().filter(|metric| metric.verdict == Verdict::TooFew))
    }

    /// Whether metrics are shown that do not count.
    pub(crate) fn shows_more_than_gates(&self) -> bool {
        self.metrics.iter().any(|metric| !metric.gating() && metric.estimate.is_some())
    }

    /// What it takes to decide each inconclusive metric that counts, and which metrics that is true of.
    pub(crate) fn needs(&self) -> Vec<(String, Vec<String>)> {
        let mut needs: Vec<(String, Vec<String>)> = Vec::new();
        for metric in self.groups().into_iter().flatten() {
            let Some(what) = needed(metric, self.design) else { continue };
            match needs.iter_mut().find(|(said, _)| *said == what) {
                Some((_, keys)) => keys.push(metric.key()),
                None => needs.push((what, vec![metric.key()])),
            }
        }
        needs
    }
}

/// Why nothing can be said of these metrics, a sentence for each reason.
pub(crate) fn unjudged<'a>(metrics: impl Iterator<Item = &'a Metric> + Clone) -> Vec<String> {
    let listed = |few: bool| {
        let of_reason = |metric: &&Metric| (metric.n < requests_min(metric.kind)) == few;
        metrics.clone().filter(of_reason).map(Metric::key).collect::<Vec<_>>().join(", ")
    };
    [(true, "too few requests to judge"), (false, "a run met no deadline, so no ratio of")]
        .into_iter()
        .map(|(few, reason)| (reason, listed(few)))
        .filter(|(_, keys)| !keys.is_empty())
        .map(|(reason, keys)| format!("{reason} {keys}"))
        .collect()
}

/// Beyond this the way to decide is another one.
const TIMES_MAX: f64 = 1_000.0;

/// What it would take to decide an inconclusive metric, if the change is what was found; `None` of
/// one that is decided, or does not count.
pub(crate) fn needed(metric: &Metric, design: Design) -> Option<String> {
    if metric.verdict != Verdict::Inconclusive || !metric.gating() {
        return None;
    }
    Some(match (metric.needed, design) {
        (None, _) => match metric.estimate.as_ref().map(|estimate| estimate.status) {
            Some(Status::Censored) => "runs in which fewer requests fail".into(),
            _ => "a longer trace".into(),
        },
        (Some(times), _) if times > TIMES_MAX => "a change farther from the limit".into(),
        (Some(times), Design::Runs) => {
            let [a, b] = [&metric.by_run[0], &metric.by_run[1]].map(Vec::len);
            format!("{} a side", more(missing(a.min(b) as u64, times), "run"))
        }
        (Some(times), Design::Blocks) => {
            let of = match metric.class {
                Class::All => String::new(),
                ref class => format!(" of {class}"),
            };
            format!("{}{of}", more(rounded(missing(metric.n, times)), "request"))
        }
    })
}

/// How many more make so many times as many.
fn missing(count: u64, times: f64) -> u64 {
    let count = count as f64;
    (count * times - count).ceil().max(1.0) as u64
}

fn more(count: u64, unit: &str) -> String {
    match count {
        1 => format!("about one more {unit}"),
        _ => format!("about {} more {unit}s", grouped(count)),
    }
}

/// To two digits, up: more would pretend to know.
fn rounded(count: u64) -> u64 {
    let digits = count.max(1).ilog10().saturating_sub(1);
    let unit = 10_u64.pow(digits);
    count.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_enough() {
        assert_eq!([0, 1, 99, 101, 1_234, 56_789].map(rounded), [0, 1, 99, 110, 1_300, 57_000]);
    }
    #[test]
    fn one_is_one() {
        let needed = |count, times| more(missing(count, times), "run");
        assert_eq!(needed(3, 1.1), "about one more run");
        assert_eq!(needed(3, 0.9), "about one more run");
        assert_eq!(needed(3, 1.4), "about 2 more runs");
        assert_eq!(needed(1_000, 3.0), "about 2,000 more runs");
    }
}
