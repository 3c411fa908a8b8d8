//! A run as a page of HTML: which policy is better, where and when.
//!
//! The page is one file that needs neither network nor script. Charts are SVG by hand, with a table
//! of figures beside those that have any of their own. Equal simulations give equal bytes. What is
//! drawn is gathered while the simulations run, in memory that does not grow with the trace.

mod chart;
mod charts;
mod histogram;
mod page;
mod recorder;
mod series;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;

use crate::Simulation;
use crate::draft::Draft;
use chart::Drawn;
pub use recorder::ReportRecorder;

/// A report on its way.
#[derive(Debug)]
pub struct Report {
    draft: Draft,
}

impl Report {
    /// Starts a report at `path`.
    ///
    /// # Errors
    /// Where nothing can be written there.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { draft: Draft::create(path)? })
    }

    /// Completes it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(
        mut self,
        simulations: &[Simulation],
        records: &[ReportRecorder],
    ) -> io::Result<()> {
        self.draft.write_all(html(simulations, records).as_bytes())?;
        self.draft.publish()
    }
}

/// The page. Simulations are of one trace, with what was recorded of each.
#[must_use]
pub fn html(simulations: &[Simulation], records: &[ReportRecorder]) -> String {
    let policies = simulations.iter().zip(records).enumerate();
    let policies: Vec<_> =
        policies.map(|(index, (simulation, record))| Drawn { index, simulation, record }).collect();
    page::html(simulations, &policies, &charts::all(&policies))
}
