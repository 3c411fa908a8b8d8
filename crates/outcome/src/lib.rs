//! The one table of what happened: schema, reader, writer, and the summary by class.
//!
//! Whatever runs a trace, in real or in virtual time, writes this table, and whatever judges a run
//! reads nothing else. A row tells how one request ended in one run, a [`RunInfo`] what is to be
//! known of the run as a whole. Tables are Arrow files, Parquet or CSV, by their extension; all
//! three hold the same and give it back the same. While a run goes on its rows gather in a
//! [`Journal`], so that little is lost of a run that is killed.
//!
//! ```
//! use outcome::{Outcome, OutcomeReader, OutcomeWriter, RunInfo, Status, Summary};
//! use request::{Moment, RequestId, Tier};
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("run.arrow");
//! let info = RunInfo {
//!     producer: "sim".into(),
//!     subject: "edf".into(),
//!     slos: vec!["urgent".into()],
//!     models: vec!["resnet50".into()],
//!     ..RunInfo::default()
//! };
//! let mut writer = OutcomeWriter::create(&path, &info)?;
//! writer.push(&Outcome {
//!     run: 0,
//!     request_id: RequestId(0),
//!     tier: Tier::Vip,
//!     slo: 0,
//!     model: 0,
//!     arrival: Moment::ZERO,
//!     deadline: Moment::from_nanos(100_000_000),
//!     sent: Some(Moment::ZERO),
//!     started: None,
//!     done: Some(Moment::from_nanos(12_500_000)),
//!     status: Status::Ok,
//!     worker: None,
//!     batch: None,
//!     code: None,
//!     first_byte: None,
//!     held_ns: None,
//! })?;
//! writer.finish(&info)?;
//!
//! let mut reader = OutcomeReader::open(&path)?;
//! let rows = reader.rows().collect::<Result<Vec<_>, _>>()?;
//! assert!(rows[0].slo_met());
//! println!("{}", Summary::new(&info, &rows));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_run;
mod draft;
mod error;
mod format;
mod grid;
mod info;
mod journal;
mod metrics;
mod promises;
mod quantile;
mod reader;
mod row;
mod schema;
mod status;
mod summary;
#[cfg(test)]
mod testing;
pub mod units;
mod writer;

pub use error::{OutcomeError, Place};
pub use format::{Format, sidecar};
pub use grid::Grid;
pub use info::{Floor, RunInfo, RunRecord, Verdict};
pub use journal::Journal;
pub use metrics::MetricsCsv;
pub use quantile::{Latency, Ppm};
pub use reader::{OutcomeReader, Rows};
pub use row::Outcome;
pub use status::{Code, Status};
pub use summary::{Class, ClassSummary, LagSummary, Spread, Summary, Tally};
pub use writer::OutcomeWriter;
