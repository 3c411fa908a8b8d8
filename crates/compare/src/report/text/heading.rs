//! What stands above the numbers: which runs, of which trace, how judged, and what to know first.

use outcome::Grid;
use outcome::units::{grouped, millis};

use crate::report::{Report, letter};
use crate::{Comparison, Design, Run, Side, Traffic};

pub(super) fn heading(report: Report<'_>) -> String {
    let mut text = grid(report).to_string();
    text.push_str(&format!("\n{}\n{}\n", trace(report.traffic), design(&report.comparisons[0])));
    let mut cautions: Vec<&String> =
        report.comparisons.iter().flat_map(|comparison| &comparison.cautions).collect();
    let mut said = Vec::new();
    cautions.retain(|caution| {
        !said.contains(caution) && {
            said.push(*caution);
            true
        }
    });
    if !cautions.is_empty() {
        text.push('\n');
        cautions.iter().for_each(|caution| text.push_str(&format!("CAUTION  {caution}\n")));
    }
    text
}

/// The sides, a line each.
fn grid(report: Report<'_>) -> Grid {
    let header = ["", "side", "runs", "by", "timing", "lag_p50_ms", "lag_p99_ms", "tables"];
    let mut grid = Grid::new(&header).words(&[0, 1, 3, 4, 7]);
    for (index, side) in report.sides.iter().enumerate() {
        let of_runs = |of: &dyn Fn(&Run) -> String| listed(side.runs().map(of));
        let lag = |of: fn(&crate::Lag) -> i64| {
            let worst = side.runs().filter_map(|run| run.lag.as_ref().map(of)).max();
            worst.map_or_else(|| "-".into(), |lag| millis(lag.into()))
        };
        grid.row([
            letter(index),
            side.name.clone(),
            side.run_count().to_string(),
            of_runs(&|run| run.info.producer.clone()),
            timing(side),
            lag(|lag| lag.p50_ns),
            lag(|lag| lag.p99_ns),
            tables(side),
        ]);
    }
    grid
}

/// The worst timing verdict of the runs.
fn timing(side: &Side) -> String {
    let worst = side.runs().map(|run| run.timing).max().unwrap_or_default();
    worst.name().into()
}

/// The files: the first of many, and how many more.
fn tables(side: &Side) -> String {
    let mut paths: Vec<_> = side.runs().map(|run| run.path.display().to_string()).collect();
    paths.dedup();
    match paths.as_slice() {
        [first, _, _, ..] => format!("{first} and {} more", paths.len() - 1),
        _ => paths.join(", "),
    }
}

/// Different texts, each once.
fn listed(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts.join(", ")
}

/// The line that tells of the trace.
pub(crate) fn trace(traffic: &Traffic) -> String {
    let digest: String = traffic.digest.chars().take(12).collect();
    let named = [traffic.name.as_str(), &digest];
    let named: Vec<_> = named.into_iter().filter(|part| !part.is_empty()).collect();
    let name = if named.is_empty() { "without a name".into() } else { named.join(" ") };
    let span = millis(i128::from(traffic.span_ns()) / 1_000);
    format!("trace   {name}  ·  {} requests  ·  {span} s", grouped(traffic.len() as u64))
}

fn design(comparison: &Comparison) -> String {
    let unit = match comparison.design {
        Design::Runs => "runs: does it regress on this trace?".to_owned(),
        Design::Blocks => format!(
            "{} blocks of scheduled time: would other traffic like this show it too?",
            comparison.n_blocks
        ),
    };
    let family = comparison.gating_count();
    let calibrated = comparison.calibration.as_ref().map_or_else(String::new, |calibration| {
        format!("  ·  thresholds calibrated by {} runs", calibration.runs)
    });
    format!("design  {unit}  ·  alpha 5 %, Holm over {family}{calibrated}")
}
