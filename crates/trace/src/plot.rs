//! Pictures of a trace: its rate over time, its gaps, its mix and its bursts, each against what the
//! workload asks for.
//!
//! A plot is text: SVG by hand, with a table of figures beside each chart, in one file that needs
//! nothing else. Equal traces give equal bytes. Memory does not grow with the rows: gaps become a
//! histogram, and times become bins.

mod bins;
mod bursts;
mod classes;
mod gaps;
mod histogram;
mod meant;
mod measure;
mod mix;
mod page;
mod panel;
mod rates;
mod sample;

use drawing::{length, optional};

use crate::error::TraceError;
use crate::header::Header;
use crate::reader::TraceReader;
use crate::stats::Stats;
use measure::Measured;
use page::Section;

/// What is shown of a trace.
#[derive(Clone, Debug)]
pub struct Plot {
    section: Section,
}

impl Plot {
    /// Reads all rows of a trace, twice. `name` is what the trace is called.
    ///
    /// # Errors
    /// Where a row breaks a promise of the format.
    pub fn of(name: &str, trace: &TraceReader) -> Result<Self, TraceError> {
        let stats = Stats::of(trace)?;
        let measured = Measured::of(trace, &stats)?;
        let panels = vec![
            rates::stacked(&measured),
            rates::by_class(&measured),
            gaps::whole(&measured),
            gaps::by_class(&measured),
            mix::panel(&measured, &stats),
            bursts::panel(&measured),
        ];
        let title = name.to_owned();
        Ok(Self { section: Section { title, facts: facts(trace.header(), &stats), panels } })
    }

    /// A page of HTML with these plots below each other, in light or dark as its reader likes it.
    #[must_use]
    pub fn html(plots: &[Self]) -> String {
        page::html(&sections(plots))
    }

    /// One SVG picture with these plots below each other.
    #[must_use]
    pub fn svg(plots: &[Self]) -> String {
        page::svg(&sections(plots))
    }
}

fn sections(plots: &[Plot]) -> Vec<Section> {
    plots.iter().map(|plot| plot.section.clone()).collect()
}

/// Where the rows come from, and how many there are.
fn facts(header: &Header, stats: &Stats) -> Vec<(&'static str, String)> {
    let workload = &header.workload;
    let mut facts = vec![("workload", format!("{}, seed {}", workload.name, header.seed))];
    facts.extend(workload.arrivals_in_words().into_iter().map(|line| ("arrivals", line)));
    facts.extend(header.provenance.iter().map(|step| ("made by", step.to_string())));
    facts.push((
        "requests",
        format!(
            "{} up to {}, {}/s, gap CV {}",
            stats.rows,
            length(stats.span_ns),
            optional(stats.rate_per_s),
            optional(stats.gap_cv)
        ),
    ));
    facts.push(("digest", header.digest.clone()));
    facts.push(("written by", header.tool.clone()));
    facts
}

#[cfg(test)]
mod tests;
