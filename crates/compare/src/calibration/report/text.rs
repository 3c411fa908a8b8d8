//! The calibration on a terminal.

use std::fmt;

use outcome::Grid;
use outcome::units::{grouped, percent};

use super::CalibrationReport;
use crate::calibration::{CalibratedMetric, FalseAlarms};
use crate::method::mean;
use crate::report::change::{size, value};
use crate::report::trace;
use crate::{Design, Unit};

impl fmt::Display for CalibrationReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calibrated = self.calibrated;
        writeln!(f, "runs    {} of {}", calibrated.runs, self.side.name)?;
        writeln!(f, "trace   {}", trace(self.traffic))?;
        writeln!(f, "{}\n", self.design())?;
        for caution in &calibrated.cautions {
            writeln!(f, "CAUTION  {caution}")?;
        }
        if !calibrated.cautions.is_empty() {
            writeln!(f)?;
        }
        write!(f, "{}", self.grid())?;
        let few: Vec<String> = self.metrics(false).map(CalibratedMetric::key).collect();
        if !few.is_empty() {
            writeln!(f, "too few requests to judge: {}", few.join(", "))?;
        }
        writeln!(f, "\n{}", self.alarms())
    }
}

impl<'a> CalibrationReport<'a> {
    fn metrics(&self, judged: bool) -> impl Iterator<Item = &'a CalibratedMetric> {
        self.calibrated.metrics.iter().filter(move |metric| metric.judged == judged)
    }

    fn design(&self) -> String {
        let calibrated = self.calibrated;
        let unit = match calibrated.design {
            Design::Runs => "runs",
            Design::Blocks => "blocks of scheduled time",
        };
        let which = if calibrated.complete { "all" } else { "evenly spaced" };
        format!(
            "design  {unit}, {} against {} in {} assignments ({which})  ·  alpha 5 %, Holm over {}",
            calibrated.runs / 2,
            calibrated.runs - calibrated.runs / 2,
            calibrated.assignments,
            calibrated.gating_count
        )
    }

    fn grid(&self) -> Grid {
        let header =
            ["", "mean", "run_sd", "p<=5%", "regressed", "threshold", "runs a side to find"];
        let mut grid = Grid::new(&header).words(&[0, 6]);
        let mut last = None;
        for metric in self.metrics(true) {
            if last.is_some_and(|class| class != &metric.class) {
                grid.rule();
            }
            last = Some(&metric.class);
            grid.row(self.cells(metric));
        }
        grid
    }

    fn cells(&self, metric: &CalibratedMetric) -> [String; 7] {
        let kind = metric.kind;
        [
            metric.key(),
            value(mean(&metric.by_run), kind),
            metric.spread.map_or_else(|| "-".into(), |spread| size(spread, kind)),
            self.share(metric.alarms.significant),
            self.share(metric.alarms.regressed),
            size(metric.suggested.harm(), kind),
            needed(metric),
        ]
    }

    /// A share of the assignments.
    fn share(&self, count: usize) -> String {
        format!("{} %", percent(count as u64, self.calibrated.assignments as u64))
    }

    fn alarms(&self) -> String {
        let FalseAlarms { significant, regressed, remaining } = self.calibrated.alarms;
        format!(
            "ANY     p<=5% in {} of the assignments, regressed in {}; with these thresholds in {}\n\
            \x20       run_sd: standard deviation from run to run. p<=5% and regressed: false alarms, \
            as shares of the assignments.\n\
            \x20       To find is to call a change real 4 times in 5; to be a regression it must \
            reach its threshold too.",
            self.share(significant),
            self.share(regressed),
            self.share(remaining)
        )
    }
}

/// The runs a side for each wished change.
fn needed(metric: &CalibratedMetric) -> String {
    if metric.spread.is_none() {
        return "-: requests fail in too many runs".into();
    }
    let told = metric.needed.iter().map(|(change, runs)| {
        let runs = runs.map_or_else(|| "over 1,000".into(), |runs| grouped(runs as u64));
        format!("{change}: {runs}")
    });
    let told: Vec<_> = told.collect();
    match (told.as_slice(), metric.kind.unit()) {
        ([], Unit::Share) => "-: no change in pp is wished".into(),
        ([], Unit::Latency | Unit::Rate) => "-: no change in % is wished".into(),
        (told, _) => told.join(", "),
    }
}
