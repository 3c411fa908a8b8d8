//! Traces out of what other programs have logged.
//!
//! [`read`] takes the bytes of a source and what is to be done with them, and gives an [`Import`]:
//! requests in order of arrival, and a description of where they came from. What the source does
//! not say (tier, SLO class, model, tensor seed) is drawn by the rule of [`Marks`]; what it does
//! say wins. Times are read as exact decimals, never as floats.
//!
//! All requests are in memory at once, in 40 bytes each, since a source need not be sorted.

mod array;
mod cell;
mod column_map;
mod columnar;
mod csv;
mod datetime;
mod decimal;
mod described;
mod error;
mod jsonl;
mod kind;
mod loadgen;
mod ordered;
mod record;
mod table;
mod time_scale;

use std::collections::BTreeMap;
use std::io::Write;

use bytes::Bytes;
use request::{Seed, Tier};

pub use cell::Unit;
pub use column_map::{Column, Field, Mapping, Time};
pub use error::{Flaw, ImportError, Place};
pub use kind::Kind;
pub use time_scale::{TimeScale, TimeScaleError};

use crate::format::Format;
use crate::header::Header;
use crate::marks::Marks;
use crate::provenance::Step;
use crate::row::TraceRow;
use crate::workload::Workload;
use crate::writer::{TraceWriter, Written};
use record::{Names, Reading, Records};

/// What is to be done with a source.
#[derive(Clone, Debug)]
pub struct Options {
    /// The kind of source; `None` to tell it by its content.
    pub kind: Option<Kind>,
    /// Which columns are used, beyond or instead of those that the kind is known for.
    pub map: Vec<Mapping>,
    /// Which times of a run are used, where the source has several; `None` for the usual ones:
    /// those of sending in tables of outcomes, those of the schedule in a log of LoadGen.
    pub time: Option<Time>,
    /// Which run of a table of outcomes.
    pub run: Option<i64>,
    /// What the source calls its priorities, beside 1, 2 and 3.
    pub tiers: BTreeMap<String, Tier>,
    /// Fills in what the source does not say.
    pub workload: Workload,
    /// Seed of what is filled in.
    pub seed: Seed,
    /// Name of the trace's own workload.
    pub name: String,
    /// Tensor of models that the workload does not have; `None` for that of its first model.
    pub tensor_shape: Option<Vec<i32>>,
    /// Leaves the first arrival where it is, rather than making it the start of the trace.
    pub keep_offset: bool,
    /// Stretches the time between arrivals. SLOs stay.
    pub time_scale: TimeScale,
    /// Requests to keep at most: the first to arrive.
    pub limit: Option<u64>,
}

impl Options {
    /// Everything by default: the kind told by the content, and what is missing filled in by
    /// `balanced` and seed 42.
    ///
    /// # Panics
    /// Never: the built-in workload exists.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            kind: None,
            map: Vec::new(),
            time: None,
            run: None,
            tiers: BTreeMap::new(),
            workload: Workload::built_in("balanced").expect("it is built in"),
            seed: Seed(42),
            name: name.to_owned(),
            tensor_shape: None,
            keep_offset: false,
            time_scale: TimeScale::ONE,
            limit: None,
        }
    }
}

/// The requests of a source, ready to be written.
#[derive(Debug)]
pub struct Import {
    /// In order of arrival, in ns of the trace.
    records: Vec<record::Record>,
    ids_are_mapped: bool,
    marks: Marks,
    /// SLO classes of the workload that fills in: positions below this are known to `marks`.
    marked_slos: usize,
    /// Lengths of all SLO classes, ns.
    slo_ns: Vec<i64>,
    workload: Workload,
    seed: Seed,
    step: Step,
    summary: Summary,
}

/// What was imported, for people.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Kind of the source.
    pub kind: &'static str,
    /// SHA-256 of its bytes.
    pub source_sha256: String,
    /// Rows that it holds.
    pub source_rows: u64,
    /// Requests that were imported.
    pub rows: u64,
    /// Time of the first arrival as the source counts it, ns.
    pub first_arrival_ns: i64,
    /// Last arrival, ns since the start of the trace.
    pub span_ns: i64,
    /// Requests per second of that span; `None` where it is 0.
    pub rate_per_s: Option<f64>,
    /// Standard deviation of the gaps between arrivals over their mean.
    pub gap_cv: Option<f64>,
    /// Columns that were used, as `FIELD=COLUMN:UNIT`.
    pub columns: Vec<String>,
    /// Columns that were not.
    pub not_kept: Vec<String>,
    /// What the source does not say and the workload filled in.
    pub assigned: Vec<&'static str>,
    /// Name of that workload.
    pub assigned_by: String,
    /// What a reader should know: rows left out, out of order, rounded.
    pub notes: Vec<String>,
}

/// Reads a source. `file` is its name in errors and in the trace's metadata.
///
/// `watch` is told now and then how many bytes have been read, and of how many; it says whether to
/// go on.
///
/// # Errors
/// Where the source does not read, does not say what is needed, or holds no request.
pub fn read(
    file: &str,
    bytes: &Bytes,
    options: &Options,
    mut watch: impl FnMut(u64, u64) -> bool,
) -> Result<Import, ImportError> {
    options.workload.validate()?;
    let mut import = || {
        let (kind, table) = Kind::open(options.kind, bytes)?;
        check_options(kind, options)?;
        let map = column_map::resolve(kind, options.time, &options.map, table.columns())?;
        let (time, run, tiers) = (options.time, options.run, &options.tiers);
        let reading = Reading { kind, time, map: &map, run, tiers };
        let slos = Names::new(options.workload.slos.iter().map(|slo| &slo.name));
        let models = Names::new(options.workload.models.iter().map(|model| &model.name));
        let records = Records::read(&*table, &reading, slos, models, &mut watch)?;
        ordered::finish(records, &reading, options, table.columns(), source_of(file, bytes))
    };
    import().map_err(|flaw: Flaw| flaw.within(file))
}

/// Reads bytes as a source of this kind, as [`read`] does with everything else by default: for
/// tests and fuzzing.
///
/// # Errors
/// As [`read`].
#[doc(hidden)]
pub fn read_bytes(
    kind: Option<Kind>,
    bytes: &[u8],
    map: &[Mapping],
) -> Result<Import, ImportError> {
    let options = Options { kind, map: map.to_vec(), ..Options::new("bytes") };
    read("bytes", &Bytes::copy_from_slice(bytes), &options, |_, _| true)
}

fn check_options(kind: Kind, options: &Options) -> Result<(), Flaw> {
    let of_a_run = matches!(kind, Kind::Outcome | Kind::Predecessor | Kind::Loadgen);
    if options.time.is_some() && !of_a_run {
        let problem = format!(
            "is read as {kind}, which has one time; --time is for outcome, predecessor and loadgen"
        );
        return Err(Flaw::new(problem));
    }
    if options.run.is_some() && kind != Kind::Outcome {
        return Err(Flaw::new(format!("is read as {kind}; --run is for outcome tables")));
    }
    Ok(())
}

/// What the trace says of its source; the number of rows is not known yet.
fn source_of(file: &str, bytes: &[u8]) -> crate::Source {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(bytes);
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    crate::Source {
        name: name.to_owned(),
        sha256: Some(digest.iter().map(|byte| format!("{byte:02x}")).collect()),
        ..crate::Source::default()
    }
}

impl Import {
    /// What the traffic looks like, for the trace's metadata.
    #[must_use]
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// Seed of what was filled in.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Where the requests come from, for the trace's metadata.
    #[must_use]
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// What was imported, for people.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The requests, in order.
    pub fn rows(&self) -> impl Iterator<Item = TraceRow> + '_ {
        let mut marks = self.marks.clone();
        (0_i64..).zip(&self.records).map(move |(index, record)| {
            let mut row = self.row(record, &mut marks);
            if !self.ids_are_mapped {
                row.request.id = request::RequestId(index);
            }
            row
        })
    }

    /// Writes the trace to `out`, in this format. `watch` is told how many requests have been
    /// written.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_as<W: Write + Send>(
        &self,
        format: Format,
        out: W,
        mut watch: impl FnMut(u64),
    ) -> Result<Written<W>, ImportError> {
        const CHUNK_ROWS: usize = 8192;
        let header = Header::new(&self.workload, self.seed, std::slice::from_ref(&self.step));
        let mut writer = TraceWriter::create_as(format, out, &header)?;
        let mut rows = self.rows();
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        let mut written = 0;
        loop {
            chunk.clear();
            chunk.extend(rows.by_ref().take(CHUNK_ROWS));
            if chunk.is_empty() {
                return Ok(writer.finish()?);
            }
            writer.push(&chunk)?;
            written += chunk.len() as u64;
            watch(written);
        }
    }
}
