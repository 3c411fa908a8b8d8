//! What runs of one version differ by among themselves: measured once, used by later comparisons.
//!
//! No comparison of single runs can see noise between runs. So runs of one version are dealt to two
//! sides in many ways ([`calibrate`]): what they differ by is noise, and whatever is called a change
//! is a false alarm. It is kept beside the thresholds that it suggests ([`Calibration`]).

mod cautions;
mod measure;
mod report;
mod splits;
mod stored;

pub use measure::{Calibrated, CalibratedMetric, FalseAlarms, calibrate};
pub use report::CalibrationReport;
pub(crate) use splits::RUNS_MAX;
pub use stored::Calibration;
