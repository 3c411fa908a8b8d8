//! Where numbers come from: which runs, of which trace, how judged, and what to know first.

use outcome::units::{grouped, millis};

use super::{Report, letter};
use crate::legible::legible;
use crate::{Comparison, Design, Lag, Run, Side, Traffic};

/// What stands above the cells of a side.
pub(crate) const SIDE_TITLES: [&str; 8] =
    ["", "side", "runs", "by", "timing", "lag_p50_ms", "lag_p99_ms", "tables"];

/// The cells of each side, the baseline first.
pub(crate) fn sides(report: Report<'_>) -> impl Iterator<Item = [String; 8]> {
    report.sides.iter().enumerate().map(|(index, side)| {
        let lag = |of: fn(&Lag) -> i64| {
            side.worst_lag(of).map_or_else(|| "-".into(), |lag| millis(lag.into()))
        };
        [
            letter(index),
            side.name.clone(),
            side.run_count().to_string(),
            producers(side),
            side.timing().name().into(),
            lag(|lag| lag.p50_ns),
            lag(|lag| lag.p99_ns),
            tables(side),
        ]
    })
}

/// What made the runs, each once.
fn producers(side: &Side) -> String {
    let mut producers: Vec<_> = side.runs().map(|run| legible(&run.info.producer)).collect();
    producers.sort();
    producers.dedup();
    producers.join(", ")
}

/// The files: the first of many, and how many more.
pub(crate) fn tables(side: &Side) -> String {
    let mut paths: Vec<_> = side.runs().map(Run::file).collect();
    paths.dedup();
    match paths.as_slice() {
        [first, _, _, ..] => format!("{first} and {} more", paths.len() - 1),
        _ => paths.join(", "),
    }
}

/// Which traffic all runs share.
pub(crate) fn trace(traffic: &Traffic) -> String {
    let digest: String = traffic.digest.chars().take(12).collect();
    let named = [traffic.name.as_str(), &digest];
    let named: Vec<_> = named.into_iter().filter(|part| !part.is_empty()).collect();
    let name = if named.is_empty() { "without a name".into() } else { named.join(" ") };
    let span = millis(i128::from(traffic.span_ns()) / 1_000);
    format!("{name} · {} requests · {span} s", grouped(traffic.len() as u64))
}

/// How a candidate was judged, and so which question is answered.
fn design(comparison: &Comparison) -> String {
    let unit = match comparison.design {
        Design::Runs => "runs: does it regress on this trace?".to_owned(),
        Design::Blocks => {
            format!("{} blocks: would other traffic like this show it too?", comparison.n_blocks)
        }
    };
    let calibrated = comparison.calibration.as_ref().map_or_else(String::new, |calibration| {
        format!(" · thresholds calibrated by {} runs", calibration.runs)
    });
    format!("{unit} · alpha 5 %, Holm over {}{calibrated}", comparison.gating_count())
}

/// How each candidate was judged; see [`by_candidate`].
pub(crate) fn designs(report: Report<'_>) -> Vec<String> {
    by_candidate(report, |comparison| vec![design(comparison)])
}

/// What to know first; see [`by_candidate`].
pub(crate) fn cautions(report: Report<'_>) -> Vec<String> {
    by_candidate(report, |comparison| comparison.cautions.clone())
}

/// What is said of the candidates, each sentence once. One that is not true of all begins with the
/// letters of those it is true of.
fn by_candidate(report: Report<'_>, of: impl Fn(&Comparison) -> Vec<String>) -> Vec<String> {
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for (letter, _, comparison) in report.candidates() {
        for sentence in of(comparison) {
            match said.iter_mut().find(|(text, _)| *text == sentence) {
                Some((_, letters)) if letters.contains(&letter) => {}
                Some((_, letters)) => letters.push(letter.clone()),
                None => said.push((sentence, vec![letter.clone()])),
            }
        }
    }
    let all = report.comparisons.len();
    let told = |(text, letters): (String, Vec<String>)| match letters.len() == all {
        true => text,
        false => format!("{}: {text}", letters.join(", ")),
    };
    said.into_iter().map(told).collect()
}
