//! A rate from a column of a CSV file.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::bounded::Bounded;
use crate::workload::validate::rate::POINTS_MAX;
use crate::workload::{RatePoint, decimal};

/// Names of the columns, and the unit of the times.
pub(super) struct Names<'a> {
    pub(super) time: &'a str,
    pub(super) rate: &'a str,
    pub(super) unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Seconds.
    #[default]
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl Unit {
    /// Decimal digits down to a ns.
    fn digits(self) -> usize {
        match self {
            Self::S => 9,
            Self::Ms => 6,
            Self::Us => 3,
            Self::Ns => 0,
        }
    }
}

/// Reads the points of a file, in its order.
pub(super) fn read(path: &Path, names: &Names<'_>) -> Result<Vec<RatePoint>, String> {
    let file = path.display();
    let opened = regular(path).map_err(|error| format!("names {file}, which {error}"))?;
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(Bounded::new(opened));
    let headers = reader.headers().map_err(|error| format!("names {file}: {error}"))?.clone();
    let position = |name: &str| {
        headers.iter().position(|header| header == name).ok_or_else(|| {
            let there: Vec<&str> = headers.iter().collect();
            format!("names {file}, which has no column `{name}`; it has {}", there.join(", "))
        })
    };
    let (time, rate) = (position(names.time)?, position(names.rate)?);
    let mut points = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        reader.get_mut().next_record();
        let more = reader.read_record(&mut record);
        if !more.map_err(|error| format!("names {file}: {error}"))? {
            break;
        }
        if points.len() == POINTS_MAX {
            return Err(format!("names {file}, which has over {POINTS_MAX} rows; give fewer"));
        }
        let line = record.position().map_or(0, csv::Position::line);
        let field = |index: usize| record.get(index).unwrap_or_default();
        let at = nanos(field(time), names.unit).ok_or_else(|| {
            let problem = "no time since the start in at most whole ns";
            format!("names {file}:{line}: `{}` is {problem}", field(time))
        })?;
        let rate: f64 = field(rate)
            .parse()
            .map_err(|_| format!("names {file}:{line}: `{}` is no rate", field(rate)))?;
        points.push(RatePoint { at, rate });
    }
    match points.is_empty() {
        true => Err(format!("names {file}, which has no rows")),
        false => Ok(points),
    }
}

/// What is not a file could go on for ever.
fn regular(path: &Path) -> Result<File, String> {
    let kind = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !kind.is_file() {
        return Err("is not a regular file".to_owned());
    }
    File::open(path).map_err(|error| format!("cannot be read: {error}"))
}

fn nanos(text: &str, unit: Unit) -> Option<Duration> {
    decimal::parse(text, unit.digits()).and_then(decimal::duration)
}
