//! Is a trace what its workload says?
//!
//! Each test finds another defect, so all are kept. None knows the workload:
//! the arrivals of each class become [`Residuals`], which are a Poisson process of rate 1 exactly
//! where the trace is sound, and everything else is counts against shares.

pub mod anderson_darling;
pub mod batches;
pub mod coincidence;
pub mod count;
pub mod dispersion;
mod finding;
pub mod grid;
pub mod kolmogorov;
pub mod ljung_box;
pub mod mix;
mod residuals;
pub mod shared_gaps;
pub(crate) mod special;
#[cfg(test)]
mod testing;
pub mod transitions;

pub use finding::{Finding, NotApplicable, Outcome};
pub use residuals::Residuals;
