//! What two traces do not have in common.

mod fields;

use std::collections::BTreeMap;

use request::Tier;
use serde::Serialize;

use crate::error::TraceError;
use crate::reader::TraceReader;
use crate::row::TraceRow;
use crate::schema::column;

/// What is different between two traces. In each pair the first belongs to the first trace.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Whether rows and tensors are the same, by the digests, which have been verified.
    pub equal: bool,
    /// The digests.
    pub digests: [String; 2],
    /// Numbers of rows.
    pub rows: [u64; 2],
    /// Rows that are not the same at the same position, or are in one trace only.
    pub differing_rows: u64,
    /// In how many of the rows that both have each column differs, without the columns that never
    /// do.
    pub differing_columns: BTreeMap<&'static str, u64>,
    /// The first row that differs, and in it the first column.
    pub first: Option<RowDifference>,
    /// The classes of either trace, by tier and name.
    pub classes: Vec<ClassDifference>,
    /// What the headers say differently: workload, seed, shapes, provenance.
    pub header: Vec<FieldDifference>,
}

/// A value of a row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// Position of the row, from 0.
    pub row: u64,
    /// Name of the column.
    pub column: &'static str,
    /// The values, `None` where the trace has ended.
    pub values: [Option<String>; 2],
}

/// A class in both traces.
#[derive(Clone, Debug, Serialize)]
pub struct ClassDifference {
    /// Its priority: 1, 2 or 3.
    pub tier: u8,
    /// Its SLO class.
    pub slo: String,
    /// What each trace has of it.
    pub sides: [Side; 2],
}

/// A class in one trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Side {
    /// Number of rows.
    pub rows: u64,
    /// Rows per second up to the trace's last arrival; `None` where that is at 0.
    pub rate_per_s: Option<f64>,
    /// Mean time between arrivals; `None` of fewer than two.
    pub mean_gap_ns: Option<f64>,
}

/// A field of the headers that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldDifference {
    /// Where it is, such as `workload.total_qps`.
    pub field: String,
    /// The values as JSON; null where there is none.
    pub values: [serde_json::Value; 2],
}

/// Compares two traces, row by row in the order of the files, in memory that does not grow with
/// them. `progress` is told (rows so far, rows at most).
///
/// # Errors
/// Where a trace is damaged.
pub fn difference(
    first: &TraceReader,
    second: &TraceReader,
    mut progress: impl FnMut(u64, u64),
) -> Result<Difference, TraceError> {
    let traces = [first, second];
    for trace in traces {
        trace.verify_digest()?;
    }
    let headers = traces.map(TraceReader::header);
    let rows_max = headers[0].rows.max(headers[1].rows);
    let mut comparison = Comparison::new(traces);
    let (mut left, mut right) = (first.rows(), second.rows());
    loop {
        let pair = [left.next().transpose()?, right.next().transpose()?];
        if pair == [None, None] {
            break;
        }
        comparison.add(pair);
        if comparison.row.is_multiple_of(PROGRESS_ROWS) {
            progress(comparison.row, rows_max);
        }
    }
    Ok(Difference {
        equal: headers[0].digest == headers[1].digest,
        digests: headers.map(|header| header.digest.clone()),
        rows: headers.map(|header| header.rows),
        differing_rows: comparison.differing_rows,
        differing_columns: comparison.columns(),
        classes: comparison.classes(),
        first: comparison.first,
        header: fields::differences(headers),
    })
}

/// Rows between two reports of progress.
const PROGRESS_ROWS: u64 = 65_536;

/// The comparison while rows come by.
struct Comparison<'a> {
    traces: [&'a TraceReader; 2],
    row: u64,
    differing_rows: u64,
    differing: [u64; column::ALL.len()],
    first: Option<RowDifference>,
    classes: BTreeMap<(u8, &'a str), [Arrivals; 2]>,
    last_ns: [i64; 2],
}

/// The arrivals of one class in one trace.
#[derive(Clone, Copy, Default)]
struct Arrivals {
    rows: u64,
    first_ns: i64,
    last_ns: i64,
}

/// A row as the file's columns, with names for positions.
type Values<'a> = [Value<'a>; column::ALL.len()];

#[derive(Clone, Copy, PartialEq)]
enum Value<'a> {
    Number(i64),
    Name(&'a str),
}

impl<'a> Comparison<'a> {
    fn new(traces: [&'a TraceReader; 2]) -> Self {
        Self {
            traces,
            row: 0,
            differing_rows: 0,
            differing: [0; column::ALL.len()],
            first: None,
            classes: BTreeMap::new(),
            last_ns: [0; 2],
        }
    }

    /// Adds the rows at one position.
    fn add(&mut self, pair: [Option<TraceRow>; 2]) {
        let values = [0, 1].map(|side| pair[side].map(|row| self.values(side, &row)));
        let differs = |column: &usize| match &values {
            [Some(left), Some(right)] => left[*column] != right[*column],
            _ => true,
        };
        let mut columns = (0..column::ALL.len()).filter(differs).peekable();
        if let Some(&column) = columns.peek() {
            self.differing_rows += 1;
            let text = |values: &Option<Values<'_>>| values.map(|values| values[column].text());
            self.first.get_or_insert_with(|| RowDifference {
                row: self.row,
                column: column::ALL[column],
                values: [text(&values[0]), text(&values[1])],
            });
        }
        if let [Some(_), Some(_)] = &values {
            columns.for_each(|column| self.differing[column] += 1);
        }
        for (side, row) in pair.iter().enumerate() {
            if let Some(row) = row {
                self.count(side, row);
            }
        }
        self.row += 1;
    }

    fn values(&self, side: usize, row: &TraceRow) -> Values<'a> {
        let header = self.traces[side].header();
        [
            Value::Number(row.request.id.0),
            Value::Number(row.request.arrival.as_nanos()),
            Value::Number(row.request.tier.number().into()),
            Value::Name(&header.slos[usize::from(row.slo)]),
            Value::Number(row.request.deadline.as_nanos()),
            Value::Name(&header.models[usize::from(row.request.model.0)].name),
            Value::Number(row.tensor_seed.0.cast_signed()),
        ]
    }

    fn count(&mut self, side: usize, row: &TraceRow) {
        let arrival_ns = row.request.arrival.as_nanos();
        let slo = &self.traces[side].header().slos[usize::from(row.slo)];
        let class = self.classes.entry((row.request.tier.number(), slo)).or_default();
        let arrivals = &mut class[side];
        if arrivals.rows == 0 {
            arrivals.first_ns = arrival_ns;
        }
        arrivals.rows += 1;
        arrivals.last_ns = arrival_ns;
        self.last_ns[side] = arrival_ns;
    }

    fn columns(&self) -> BTreeMap<&'static str, u64> {
        let counts = column::ALL.into_iter().zip(self.differing);
        counts.filter(|&(_, count)| count > 0).collect()
    }

    fn classes(&self) -> Vec<ClassDifference> {
        let side = |arrivals: &[Arrivals; 2], side: usize| {
            let Arrivals { rows, first_ns, last_ns } = arrivals[side];
            let span_s = self.last_ns[side] as f64 / 1e9;
            let gaps = rows.saturating_sub(1);
            Side {
                rows,
                rate_per_s: (span_s > 0.0).then(|| rows as f64 / span_s),
                mean_gap_ns: (gaps > 0).then(|| (last_ns - first_ns) as f64 / gaps as f64),
            }
        };
        let class = |(&(tier, slo), arrivals): (&(u8, &str), &[Arrivals; 2])| ClassDifference {
            tier,
            slo: slo.to_owned(),
            sides: [side(arrivals, 0), side(arrivals, 1)],
        };
        debug_assert!(
            self.classes.keys().all(|&(tier, _)| Tier::from_number(tier.into()).is_some())
        );
        self.classes.iter().map(class).collect()
    }
}

impl Value<'_> {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name.to_owned(),
        }
    }
}
