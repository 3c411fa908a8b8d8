//! Plain tables in CSV: the six columns that a comparison cannot do without, from any program.
//!
//! `request_id`, `arrival_ns` (or `sched_ns`), `tier`, `latency_ns`, `ok` and `slo_met`, of one run.
//! Other columns are left alone. `latency_ns` has no meaning where `ok` is 0, and may be empty.

use std::path::Path;
use std::sync::Arc;

use outcome::RunInfo;
use request::{Moment, RequestId, Tier};

use super::Columns;
use super::columns::Row;
use crate::CompareError;

/// A column that outcome tables have and plain ones do not.
const OUTCOME_COLUMN: &str = "deadline_ns";

/// Whether the CSV file at `path` is a plain table; what cannot be read is not.
pub(super) fn is_plain(path: &Path) -> bool {
    let header = csv::Reader::from_path(path).and_then(|mut reader| reader.headers().cloned());
    header.is_ok_and(|header| {
        header.iter().all(|column| column != OUTCOME_COLUMN) && !header.is_empty()
    })
}

/// The run in the table at `path`; requests that arrive before `from_ns` are left out.
///
/// # Errors
/// Where a column is missing or a row cannot be understood.
pub(super) fn read(path: &Path, from_ns: i64) -> Result<Columns, CompareError> {
    let unreadable = |error: csv::Error| CompareError::bad_table(path, error.to_string());
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let places = Places::new(reader.headers().map_err(unreadable)?)
        .map_err(|problem| CompareError::bad_table(path, problem))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let info = Arc::new(RunInfo {
        producer: "plain table".into(),
        subject: name.unwrap_or_default(),
        ..RunInfo::default()
    });
    let mut columns = Columns::new(0, &info);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = places.row(&record);
        let row = row
            .map_err(|problem| CompareError::bad_table(path, format!("line {line}, {problem}")))?;
        if row.arrival.as_nanos() >= from_ns {
            columns.push(&row);
        }
    }
    columns.check_ids(path)?;
    Ok(columns)
}

/// Where the columns stand in the file.
struct Places {
    request_id: usize,
    arrival: usize,
    tier: usize,
    latency: usize,
    ok: usize,
    slo_met: usize,
}

impl Places {
    fn new(header: &csv::StringRecord) -> Result<Self, String> {
        let place = |names: &[&str]| {
            let named = |(_, column): &(usize, &str)| names.contains(column);
            let mut found = header.iter().enumerate().filter(named);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (None, _) => Err(format!(
                    "neither an outcome table nor a plain one: column {} is missing from the \
                    header",
                    names.join(" or ")
                )),
                (Some(_), Some(_)) => Err(format!("column {} is in the header twice", names[0])),
            }
        };
        Ok(Self {
            request_id: place(&["request_id"])?,
            arrival: place(&["arrival_ns", "sched_ns"])?,
            tier: place(&["tier"])?,
            latency: place(&["latency_ns"])?,
            ok: place(&["ok"])?,
            slo_met: place(&["slo_met"])?,
        })
    }

    fn row(&self, record: &csv::StringRecord) -> Result<Row, String> {
        let text = |place: usize| record.get(place).unwrap_or_default();
        let integer = |name: &str, place: usize| {
            let problem = || format!("column {name}: `{}` is not an integer", text(place));
            text(place).parse::<i64>().map_err(|_| problem())
        };
        let bool = |name: &str, place: usize| match text(place) {
            "1" | "true" | "True" => Ok(true),
            "0" | "false" | "False" => Ok(false),
            other => Err(format!("column {name}: `{other}` is neither 1 nor 0")),
        };
        let tier = integer("tier", self.tier)?;
        let tier = Tier::from_number(tier)
            .ok_or_else(|| format!("column tier: {tier} is not 1, 2 or 3"))?;
        let arrival = integer("arrival_ns", self.arrival)?;
        if arrival < 0 {
            return Err(format!("column arrival_ns: {arrival} is before the start of the trace"));
        }
        let ok = bool("ok", self.ok)?;
        let latency_ns = match ok {
            false => None,
            true => Some(integer("latency_ns", self.latency)?),
        };
        let negative = |latency: i64| format!("column latency_ns: {latency} is negative");
        let latency_ns = latency_ns
            .map(|latency| u64::try_from(latency).map_err(|_| negative(latency)))
            .transpose()?;
        let slo_met = bool("slo_met", self.slo_met)?;
        if slo_met && !ok {
            return Err("column slo_met: is 1 although ok is 0".into());
        }
        Ok(Row {
            id: RequestId(integer("request_id", self.request_id)?),
            arrival: Moment::from_nanos(arrival),
            tier,
            slo: 0,
            latency_ns,
            slo_met,
            lag_ns: None,
        })
    }
}
