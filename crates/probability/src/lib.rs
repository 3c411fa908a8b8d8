//! From a statistic to a probability, and back.
//!
//! Tails are computed as tails, never as 1 - x, so that a probability of 1e-14 keeps its digits.
//! All of it stands on `libm`, so that a verdict is the same on every machine.
//!
//! ```
//! use probability::Student;
//!
//! // Two sides of five runs each: eight degrees of freedom.
//! let law = Student::new(8);
//! let limit = law.quantile(0.975);
//! assert_eq!(format!("{limit:.4}"), "2.3060");
//! assert!((law.above(limit) - 0.025).abs() < 1e-14);
//! assert_eq!(format!("{:.3e}", law.above(40.0)), "8.393e-11");
//! ```

mod binomial;
mod chi_square;
mod fraction;
mod gamma;
mod holm;
mod kolmogorov;
mod limit;
mod poisson;
mod student;
#[cfg(test)]
mod testing;

pub use binomial::binomial_at_least;
pub use chi_square::{chi_square_above, chi_square_below};
pub use gamma::gamma_upper;
pub use holm::holm;
pub use kolmogorov::{kolmogorov_above, kolmogorov_multiple};
pub use limit::limit;
pub use poisson::{poisson_at_least, poisson_at_most};
pub use student::Student;
