//! Workloads, their seeded generation, and the trace file.
//!
//! A [`Workload`] says what traffic looks like. [`generate()`] makes it concrete: the same workload
//! and seed give the same requests on any machine and any number of threads. A trace file holds
//! them as a table in any [`Format`]; [`TraceReader`] uses an Arrow file where it lies, and believes
//! nothing in it. [`mod@edit`] makes traces of other traces. The numbers that a request carries are
//! not in the file: [`Tensor`] makes them from a seed.
//!
//! ```
//! use request::Seed;
//! use trace::{TraceReader, Workload, generate_to};
//!
//! let workload = Workload::built_in("urgent_heavy")?.with_tensor_shape(&[1, 4]);
//! let written = generate_to(Vec::new(), &workload, Seed(42), 1, |_, _| {})?;
//!
//! let reader = TraceReader::from_bytes("example", &written.out)?;
//! assert_eq!(reader.header().workload, workload);
//! assert_eq!(reader.header().rows, written.rows);
//! for row in reader.rows() {
//!     let row = row?;
//!     assert!(row.request.deadline > row.request.arrival);
//! }
//! reader.verify_digest()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounded;
pub mod check;
mod checks;
mod choice;
mod digest;
pub mod edit;
mod error;
mod format;
mod generate;
mod header;
mod ids;
pub mod import;
mod marks;
mod plot;
mod provenance;
mod rate_scale;
mod reader;
mod row;
mod schema;
mod stats;
mod stream;
mod tensor;
mod workload;
mod writer;

pub use error::{Fault, TraceError};
pub use format::{Format, UnknownFormat, sidecar_path};
pub use generate::{GenerateError, GenerateToError, Generator, generate, generate_as, generate_to};
pub use header::Header;
pub use marks::{Mark, Marks};
pub use plot::Plot;
pub use provenance::{Source, Step};
pub use rate_scale::{RateScale, RateScaleError};
pub use reader::{Salvage, TraceReader};
pub use row::{Batch, TraceRow};
pub use stats::{
    ClassStats, ModelLoad, ModelStats, OfferedLoad, ServiceMeans, ServiceMeansError, Stats,
    WindowStats,
};
pub use tensor::Tensor;
pub use workload::{
    Amounts, Arrivals, ArrivalsText, BatchSize, Class, DwellLaw, Length, LengthError, ModelShare,
    ModelSpec, Process, RatePoint, RateShape, RateText, Slo, SpecError, State, Workload,
    WorkloadError, WorkloadFile, workload_schema,
};
pub use writer::{TraceWriter, Written};
