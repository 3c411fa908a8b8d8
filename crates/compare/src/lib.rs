//! Did it get better or worse, on exactly the same traffic?
//!
//! Reads outcome tables of the same trace, joins them request by request, and judges each candidate
//! against the baseline: quantiles, attainment, errors and goodput, by tier and overall, with
//! thresholds of what matters and a correction for their number. It cannot tell a simulated table
//! from a measured one, except by what the tables say of themselves.
//!
//! [`read`] makes [`Traffic`] and [`Side`]s of files, [`compare`] a [`Comparison`] of two sides, and
//! [`Report`] shows it. The method is in METHODOLOGY.md; nothing in it draws a random number.
//! Another question, and so a module of its own, is how far a simulation is from what was measured
//! ([`agreement`]).
//!
//! ```
//! use compare::{Files, Overall, Reading, Report, Settings, compare, read};
//! # let folder = tempfile::tempdir()?;
//! # for (name, slower) in [("base.csv", 0), ("cand.csv", 20)] {
//! #     let mut text = String::from("request_id,arrival_ns,tier,latency_ns,ok,slo_met\n");
//! #     for id in 0_u64..400 {
//! #         let latency = 1_000_000 + id * 7_919 % 1_000 * 1_000;
//! #         text += &format!("{id},{},1,{},1,1\n", id * 200_000_000, latency * (100 + slower) / 100);
//! #     }
//! #     std::fs::write(folder.path().join(name), text)?;
//! # }
//!
//! // Twenty per cent slower, in plain CSV: any program can write it.
//! let files = |name: &str| Files { name: None, paths: vec![folder.path().join(name)] };
//! let (traffic, sides) = read(&[files("base.csv"), files("cand.csv")], Reading::default())?;
//! let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
//! assert_eq!(comparison.overall, Overall::Regressed);
//! println!("{}", Report::new(&traffic, &sides, &[comparison]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod agreement;
mod calibration;
mod cautions;
mod class;
mod comparison;
mod error;
mod input;
mod lag_gap;
mod legible;
mod method;
mod metric;
mod power;
mod report;
mod run;
mod side;
mod thresholds;
mod traffic;
mod verdict;

pub use calibration::{
    Calibrated, CalibratedMetric, Calibration, CalibrationReport, FalseAlarms, calibrate,
};
pub use class::Class;
pub use comparison::{Comparison, Design, RUNS_MIN_DEFAULT, Settings, compare};
pub use error::CompareError;
pub use input::{BLOCKS_DEFAULT, Files, Reading, Row, expand, of_rows, read};
pub use lag_gap::check_lags;
pub use method::{Estimate, Interval, Status, TTest};
pub use metric::{Family, Holm, Metric, MetricKind, Unit};
pub use report::{Report, Terminal, letter};
pub use run::{BLOCKS_MAX, LATENCY_NS_LIMIT, Lag, LagBlock, Run};
pub use side::{Side, check_timing};
pub use thresholds::{Pattern, Size, Thresholds, ThresholdsError};
pub use traffic::Traffic;
pub use verdict::{ALPHA, Overall, Verdict};
