//! A calibration as it is shown.

mod json;
mod text;

use super::Calibrated;
use crate::{Side, Traffic};

/// Everything that is shown of a calibration.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationReport<'a> {
    /// What all runs share.
    pub traffic: &'a Traffic,
    /// The runs.
    pub side: &'a Side,
    /// What was found.
    pub calibrated: &'a Calibrated,
}
