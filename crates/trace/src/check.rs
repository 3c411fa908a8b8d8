//! Is a trace what its workload says?
//!
//! [`examine`] reads a trace once and holds it against the workload in its own metadata: laws that
//! every row keeps, and a battery of statistical tests, for each class and for the whole. Each test
//! finds another defect, so all are kept, and they are judged together: a sound trace fails one time
//! in `1 / alpha`, however many tests there are.
//!
//! No test knows the workload. The arrivals of a class become [`Residuals`], which are a Poisson
//! process of rate 1 exactly where the trace is sound (`check/rescale.rs`); all else is counts against
//! shares.
//!
//! Traces that were imported, recorded or made of others were not drawn from a law, so only the laws
//! of their rows are judged.

pub mod anderson_darling;
pub mod batches;
mod battery;
pub mod coincidence;
pub mod count;
pub mod dispersion;
mod ending;
mod evidence;
mod finding;
pub mod grid;
pub mod kolmogorov;
mod laws;
pub mod ljung_box;
pub mod mix;
mod report;
mod rescale;
mod residuals;
pub mod shared_gaps;
pub mod spacing;
#[cfg(test)]
mod testing;
pub mod transitions;

pub use battery::of_stream;
pub use finding::{Finding, NotApplicable, Outcome};
pub use laws::{Law, Verdict};
pub use report::{Judged, Report, Skipped};
pub use residuals::Residuals;

use crate::digest::TableDigest;
use crate::error::{Fault, TraceError};
use crate::header::Header;
use crate::reader::TraceReader;
use crate::workload::Process;
use evidence::Evidence;
use laws::{Violations, law};

/// Checks a trace against its own metadata. A sound trace fails with probability `alpha`, at most.
///
/// Memory grows with the rows: about 30 bytes each.
///
/// # Errors
/// Where the file cannot be read. A row that breaks a promise is no error, but in the report.
pub fn examine(trace: &TraceReader, alpha: f64) -> Result<Report, TraceError> {
    let header = trace.header();
    let mut violations = Violations::default();
    let not_drawn = not_drawn(header);
    if not_drawn.is_none()
        && let Err(error) = header.workload.validate()
    {
        violations.add(law::WORKLOAD, || error.to_string());
    }
    let is_judged = not_drawn.is_none() && !violations.is_broken(law::WORKLOAD);
    let mut evidence = is_judged.then(|| Evidence::new(header));
    read(trace, evidence.as_mut(), &mut violations)?;
    let outcomes = match evidence {
        Some(evidence) if violations.stopped().is_none() => {
            evidence.finish(&mut violations);
            battery::of_trace(evidence)
        }
        _ => Vec::new(),
    };
    let laws = violations.into_laws(not_drawn.as_deref());
    Ok(Report::new(alpha, header.rows, laws, outcomes))
}

/// Why the rows follow no law, if they do not.
fn not_drawn(header: &Header) -> Option<String> {
    if header.workload.arrivals.process == Process::Recorded {
        return Some("the arrivals were recorded, not drawn".to_owned());
    }
    let steps: Vec<&str> = header.provenance.iter().map(|step| step.operation.as_str()).collect();
    (!steps.is_empty())
        .then(|| format!("the rows were not drawn, but made by {}", steps.join(", ")))
}

/// Reads the rows up to the first that cannot be used, and compares the digest.
fn read(
    trace: &TraceReader,
    mut evidence: Option<&mut Evidence<'_>>,
    violations: &mut Violations,
) -> Result<(), TraceError> {
    let header = trace.header();
    let mut digest = TableDigest::new(&header.slos, &header.models);
    for batch in trace.batches() {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => return violations.add_error(error),
        };
        let gather = || {
            if let Some(evidence) = evidence.as_mut() {
                evidence.add(&batch, violations);
            }
        };
        rayon::join(|| digest.update(&batch), gather);
    }
    let (found, expected) = (digest.finish(), header.digest.clone());
    match found == expected {
        true => Ok(()),
        false => violations.add_error(Fault::Digest { found, expected }.within("")),
    }
}
