//! Columns to rows: the checks that need more than one value's type.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, StringArray,
};
use request::{Moment, RequestId, Tier};

use super::{Batch, at};
use crate::row::Flaw;
use crate::schema::COLUMNS;
use crate::{Code, Outcome, OutcomeError, Place, RunInfo, Status};

/// The rows of a batch whose first row is number `first_row` of the file, counted from 1. Each is
/// decoded when it is asked for, so that no row waits in memory for its turn.
pub(super) fn rows(
    path: &Path,
    batch: &RecordBatch,
    info: &RunInfo,
    first_row: u64,
) -> Result<Batch, OutcomeError> {
    let columns = Columns::new(path, batch, info)?;
    let (path, rows) = (path.to_owned(), 0..batch.num_rows());
    Ok(Box::new(rows.map(move |index| {
        let place = Place::Row(first_row + index as u64);
        match columns.row(index) {
            Ok(row) => Ok((place, row)),
            Err(flaw) => Err(at(&path, place, flaw)),
        }
    })))
}

/// The columns of one batch, with their types.
struct Columns {
    run: Numbers<Int32Type>,
    request_id: Numbers<Int64Type>,
    tier: Numbers<Int8Type>,
    slo: Names<u16>,
    model: Names<u16>,
    arrival: Numbers<Int64Type>,
    deadline: Numbers<Int64Type>,
    sent: Numbers<Int64Type>,
    started: Numbers<Int64Type>,
    done: Numbers<Int64Type>,
    status: Names<Status>,
    latency: Numbers<Int64Type>,
    slo_met: BooleanArray,
    worker: Numbers<Int32Type>,
    batch: Numbers<Int32Type>,
    code: Names<Code>,
    /// A table of version 1 has none.
    first_byte: Option<Numbers<Int64Type>>,
    held: Option<Numbers<Int64Type>>,
}

impl Columns {
    fn new(path: &Path, batch: &RecordBatch, info: &RunInfo) -> Result<Self, OutcomeError> {
        let source = Source { path, batch };
        let slo = |name: &str| position(&info.slos, name);
        let model = |name: &str| position(&info.models, name);
        Ok(Self {
            run: source.numbers("run")?,
            request_id: source.numbers("request_id")?,
            tier: source.numbers("tier")?,
            slo: source.names("slo", slo)?,
            model: source.names("model", model)?,
            arrival: source.numbers("arrival_ns")?,
            deadline: source.numbers("deadline_ns")?,
            sent: source.numbers("sent_ns")?,
            started: source.numbers("started_ns")?,
            done: source.numbers("done_ns")?,
            status: source.names("status", Status::from_name)?,
            latency: source.numbers("latency_ns")?,
            slo_met: source
                .column("slo_met")?
                .as_boolean_opt()
                .cloned()
                .ok_or_else(|| source.mistyped("slo_met"))?,
            worker: source.numbers("worker")?,
            batch: source.numbers("batch")?,
            code: source.names("code", Code::from_name)?,
            first_byte: source.later_numbers("first_byte_ns")?,
            held: source.later_numbers("held_ns")?,
        })
    }

    #[inline]
    fn row(&self, index: usize) -> Result<Outcome, Flaw> {
        let moment = |nanos: Option<i64>| nanos.map(Moment::from_nanos);
        let row = Outcome {
            run: self.run.required(index)?,
            request_id: RequestId(self.request_id.required(index)?),
            tier: tier(i64::from(self.tier.required(index)?))?,
            slo: self.slo.required(index)?,
            model: self.model.required(index)?,
            arrival: Moment::from_nanos(self.arrival.required(index)?),
            deadline: Moment::from_nanos(self.deadline.required(index)?),
            sent: moment(self.sent.optional(index)),
            started: moment(self.started.optional(index)),
            done: moment(self.done.optional(index)),
            status: self.status.required(index)?,
            worker: count(&self.worker, index)?,
            batch: count(&self.batch, index)?,
            code: self.code.optional(index)?,
            first_byte: moment(self.first_byte.as_ref().and_then(|times| times.optional(index))),
            held_ns: self.held.as_ref().and_then(|lengths| lengths.optional(index)),
        };
        if self.slo_met.is_null(index) {
            return Err(empty("slo_met"));
        }
        check_derived(&row, self.latency.optional(index), self.slo_met.value(index))?;
        Ok(row)
    }
}

/// The tier of this number.
pub(super) fn tier(number: i64) -> Result<Tier, Flaw> {
    let problem = || format!("{number} is not 1, 2 or 3");
    Tier::from_number(number).ok_or_else(|| Flaw { column: "tier", problem: problem() })
}

/// Checks the two columns that follow from the others. They are stored so that a query needs no
/// arithmetic, and would mislead if they could disagree.
#[inline]
pub(super) fn check_derived(
    row: &Outcome,
    latency_ns: Option<i64>,
    slo_met: bool,
) -> Result<(), Flaw> {
    let text = |value: Option<i64>| value.map_or("empty".into(), |value| value.to_string());
    // A row that breaks another promise has no latency to compare with; that promise is reported.
    if latency_ns != row.latency_ns() && row.flaw().is_none() {
        let (found, expected) = (text(latency_ns), text(row.latency_ns()));
        let problem = format!("is {found}, and by the other columns it is {expected}");
        return Err(Flaw { column: "latency_ns", problem });
    }
    if slo_met != row.slo_met() && row.flaw().is_none() {
        let problem = format!("is {slo_met}, and by the other columns it is {}", row.slo_met());
        return Err(Flaw { column: "slo_met", problem });
    }
    Ok(())
}

/// A value that every row must have.
pub(super) fn empty(column: &'static str) -> Flaw {
    Flaw { column, problem: "is empty".into() }
}

/// A name that is not in the list that it should be from.
pub(super) fn unlisted(column: &'static str, name: &str) -> Flaw {
    let list = match column {
        "slo" => "the SLO classes of the table's metadata",
        "model" => "the models of the table's metadata",
        _ => "the names of this format version",
    };
    Flaw { column, problem: format!("`{name}` is not among {list}") }
}

/// Where `name` stands in `names`.
pub(super) fn position(names: &[String], name: &str) -> Option<u16> {
    let index = names.iter().position(|listed| listed == name)?;
    u16::try_from(index).ok()
}

#[inline]
fn count(column: &Numbers<Int32Type>, index: usize) -> Result<Option<u32>, Flaw> {
    let Some(value) = column.optional(index) else { return Ok(None) };
    let problem = || format!("{value} is negative");
    let value = u32::try_from(value);
    value.map(Some).map_err(|_| Flaw { column: column.name, problem: problem() })
}

/// A batch and the file it is from.
struct Source<'a> {
    path: &'a Path,
    batch: &'a RecordBatch,
}

impl Source<'_> {
    fn column(&self, name: &'static str) -> Result<&dyn Array, OutcomeError> {
        let column = self.batch.column_by_name(name).map(AsRef::as_ref);
        column.ok_or_else(|| self.wrong(name, "is missing".into()))
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        name: &'static str,
    ) -> Result<Numbers<T>, OutcomeError> {
        let values = self.column(name)?.as_primitive_opt().ok_or_else(|| self.mistyped(name))?;
        Ok(Numbers { name, values: values.clone() })
    }

    /// A column that not every version has. That its own has it was checked with the schema.
    fn later_numbers<T: ArrowPrimitiveType>(
        &self,
        name: &'static str,
    ) -> Result<Option<Numbers<T>>, OutcomeError> {
        self.batch.column_by_name(name).map(|_| self.numbers(name)).transpose()
    }

    /// Looks every dictionary value up once, so that no row compares text.
    fn names<M>(
        &self,
        name: &'static str,
        meaning: impl Fn(&str) -> Option<M>,
    ) -> Result<Names<M>, OutcomeError> {
        let column = self.column(name)?.as_dictionary_opt::<Int16Type>();
        let column = column.ok_or_else(|| self.mistyped(name))?;
        let texts: &StringArray =
            column.values().as_string_opt().ok_or_else(|| self.mistyped(name))?;
        let meanings = texts.iter().map(|text| meaning(text?)).collect();
        Ok(Names { name, keys: column.keys().clone(), texts: texts.clone(), meanings })
    }

    fn mistyped(&self, name: &'static str) -> OutcomeError {
        let found = self.batch.column_by_name(name).map(|column| column.data_type().to_string());
        let expected = COLUMNS.iter().find(|column| column.name == name);
        let expected = expected.map(|column| column.kind.data_type().to_string());
        let (found, expected) = (found.unwrap_or_default(), expected.unwrap_or_default());
        self.wrong(name, format!("has type {found}, and {expected} is needed"))
    }

    fn wrong(&self, name: &str, problem: String) -> OutcomeError {
        OutcomeError::Column { path: self.path.into(), column: name.into(), problem }
    }
}

/// A column of integers.
struct Numbers<T: ArrowPrimitiveType> {
    name: &'static str,
    values: PrimitiveArray<T>,
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    #[inline]
    fn optional(&self, index: usize) -> Option<T::Native> {
        self.values.is_valid(index).then(|| self.values.value(index))
    }

    #[inline]
    fn required(&self, index: usize) -> Result<T::Native, Flaw> {
        self.optional(index).ok_or_else(|| empty(self.name))
    }
}

/// A column of names out of a list, and what each name of its dictionary means.
struct Names<M> {
    name: &'static str,
    keys: PrimitiveArray<Int16Type>,
    texts: StringArray,
    meanings: Vec<Option<M>>,
}

impl<M: Copy> Names<M> {
    #[inline]
    fn optional(&self, index: usize) -> Result<Option<M>, Flaw> {
        if self.keys.is_null(index) {
            return Ok(None);
        }
        let key = usize::try_from(self.keys.value(index)).ok();
        let Some(key) = key.filter(|&key| key < self.meanings.len()) else {
            let problem = "points outside its dictionary".into();
            return Err(Flaw { column: self.name, problem });
        };
        if self.texts.is_null(key) {
            return Ok(None);
        }
        let meaning = self.meanings[key];
        meaning.map(Some).ok_or_else(|| unlisted(self.name, self.texts.value(key)))
    }

    #[inline]
    fn required(&self, index: usize) -> Result<M, Flaw> {
        self.optional(index)?.ok_or_else(|| empty(self.name))
    }
}
