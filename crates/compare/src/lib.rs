//! Did it get better or worse, on exactly the same traffic?
//!
//! Reads two outcome tables of the same trace, joins them request by request and sets their
//! figures side by side. It cannot tell a simulated table from a measured one, except by what the
//! tables say of themselves.
//!
//! The numbers ([`compare`] and what it returns) are kept apart from how they are shown
//! ([`Report`]). No significance is computed: a difference here is what was seen, not what would be
//! seen again. Another question, and so a module of its own, is how far a simulation is from what
//! was measured ([`agreement`]).
//!
//! ```
//! # use outcome::{Outcome, OutcomeWriter, RunInfo, Status};
//! # use request::{Moment, RequestId, Tier};
//! use compare::{MetricKind, Report, RunTable, compare};
//!
//! # let folder = tempfile::tempdir()?;
//! # let info = RunInfo {
//! #     slos: vec!["urgent".into()],
//! #     models: vec!["resnet50".into()],
//! #     ..RunInfo::default()
//! # };
//! # let paths = ["base.arrow", "cand.arrow"].map(|name| folder.path().join(name));
//! # for (path, done) in paths.iter().zip([10_000_000, 12_000_000]) {
//! #     let mut writer = OutcomeWriter::create(path, &info)?;
//! #     writer.push(&Outcome {
//! #         run: 0,
//! #         request_id: RequestId(0),
//! #         tier: Tier::Vip,
//! #         slo: 0,
//! #         model: 0,
//! #         arrival: Moment::ZERO,
//! #         deadline: Moment::from_nanos(100_000_000),
//! #         sent: None,
//! #         started: None,
//! #         done: Some(Moment::from_nanos(done)),
//! #         status: Status::Ok,
//! #         worker: None,
//! #         batch: None,
//! #         code: None,
//! #         first_byte: None,
//! #         held_ns: None,
//! #     })?;
//! #     writer.finish(&info)?;
//! # }
//! let (base, cand) = (RunTable::read(&paths[0])?, RunTable::read(&paths[1])?);
//! let comparison = compare(&base, &cand)?;
//! let p99 = comparison.metric("all", MetricKind::P99).expect("every class has a p99");
//! assert_eq!(p99.difference(), Some(2_000_000.0));
//! println!("{}", Report::new(&base, &cand, &comparison));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod agreement;
mod class;
mod comparison;
mod error;
mod join;
mod metric;
mod report;
mod table;

pub use class::Class;
pub use comparison::{Comparison, compare};
pub use error::CompareError;
pub use metric::{Metric, MetricKind, Value};
pub use report::Report;
pub use table::{RunTable, check_verdicts};
