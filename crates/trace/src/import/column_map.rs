//! Which column holds what.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::cell::Unit;
use super::error::Flaw;
use super::kind::Kind;
use super::loadgen;

/// What a column can say about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// When it came.
    Arrival,
    /// Its priority.
    Tier,
    /// Its SLO class.
    Slo,
    /// Its model.
    Model,
    /// When an answer stops being useful, counted as the arrival is.
    Deadline,
    /// How long after the arrival an answer is useful.
    SloLength,
    /// Its id.
    Id,
}

/// One entry of a column map, as in `arrival=TIMESTAMP:datetime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What is said.
    pub field: Field,
    /// By which column; `None` where no column is to say it.
    pub column: Option<Column>,
}

/// A column, and what its numbers count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `None` where the name tells, as that of `sent_ns` does, or the source knows.
    pub unit: Option<Unit>,
}

/// Which times of a run are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// When requests were scheduled to arrive.
    Arrival,
    /// When they were sent.
    Sent,
}

/// The columns that are used, by what they say.
pub(crate) type ColumnMap = BTreeMap<Field, Column>;

impl Field {
    const NAMED: [(&'static str, Self); 7] = [
        ("arrival", Self::Arrival),
        ("tier", Self::Tier),
        ("slo", Self::Slo),
        ("model", Self::Model),
        ("deadline", Self::Deadline),
        ("slo_length", Self::SloLength),
        ("id", Self::Id),
    ];

    /// Its name, as it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMED.into_iter().find(|&(_, field)| field == self).expect("every field is named").0
    }

    fn is_time(self) -> bool {
        matches!(self, Self::Arrival | Self::Deadline | Self::SloLength)
    }
}

impl Column {
    fn new(name: &str, unit: Option<Unit>) -> Self {
        // As in our own tables, a name may end with its unit.
        let suffix = name.rsplit_once('_').and_then(|(_, suffix)| Unit::from_name(suffix));
        Self { name: name.to_owned(), unit: unit.or(suffix) }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.unit.map_or(Ok(()), |unit| write!(f, ":{}", unit.name()))
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, column) =
            text.split_once('=').ok_or("give FIELD=COLUMN, as in tier=priority")?;
        let named = Field::NAMED.into_iter().find(|&(name, _)| name == field.trim());
        let (_, field) = named.ok_or_else(|| {
            let names = Field::NAMED.map(|(name, _)| name).join(", ");
            format!("there is no field `{field}`; there are {names}")
        })?;
        if matches!(column, "" | "-") {
            return Ok(Self { field, column: None });
        }
        // A name may hold a colon, so only a unit behind the last one is one.
        let parted = column.rsplit_once(':').filter(|_| field.is_time());
        let parted = parted.and_then(|(name, unit)| Some((name, Unit::from_name(unit)?)));
        let column = match parted {
            Some((name, unit)) => Column::new(name, Some(unit)),
            None if field.is_time() => Column::new(column, None),
            None => Column { name: column.to_owned(), unit: None },
        };
        Ok(Self { field, column: Some(column) })
    }
}

/// The columns that are used of a source of this kind: those that it is known for, changed by what
/// was asked for.
pub(crate) fn resolve(
    kind: Kind,
    time: Option<Time>,
    asked: &[Mapping],
    columns: &[String],
) -> Result<ColumnMap, Flaw> {
    let mut map = known(kind, time, columns);
    for Mapping { field, column } in asked {
        // The two say the same thing in two ways.
        match field {
            Field::Deadline => map.remove(&Field::SloLength),
            Field::SloLength => map.remove(&Field::Deadline),
            _ => None,
        };
        match column {
            Some(column) => map.insert(*field, column.clone()),
            None => map.remove(field),
        };
    }
    let there = || match columns.len() {
        0..=40 => columns.join(", "),
        many => format!("{} and {} more", columns[..40].join(", "), many - 40),
    };
    if !map.contains_key(&Field::Arrival) {
        let problem = format!(
            "say which column holds the arrival, and its unit, as in --map arrival=COLUMN:ms; the \
             columns are {}",
            there()
        );
        return Err(Flaw::new(problem));
    }
    for (field, column) in &map {
        let hidden = kind == Kind::Loadgen && column.name == loadgen::SENT;
        if !hidden && !columns.contains(&column.name) {
            let problem =
                format!("is not there to say the {}; the columns are {}", field.name(), there());
            return Err(Flaw::new(problem).within_column(&column.name));
        }
    }
    Ok(map)
}

/// What the columns of a known program mean.
fn known(kind: Kind, time: Option<Time>, columns: &[String]) -> ColumnMap {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let mut map = ColumnMap::new();
    let mut add =
        |field, name: &str, unit| map.insert(field, Column { name: name.to_owned(), unit });
    match kind {
        Kind::AzureLlm2023 => {
            add(Field::Arrival, "TIMESTAMP", Some(Unit::DateTime));
        }
        Kind::Mooncake => {
            add(Field::Arrival, "timestamp", Some(Unit::Milliseconds));
        }
        Kind::BurstGpt => {
            add(Field::Arrival, "Timestamp", Some(Unit::Seconds));
            add(Field::Model, "Model", None);
        }
        Kind::Loadgen => {
            match time {
                Some(Time::Sent) => add(Field::Arrival, loadgen::SENT, Some(Unit::Nanoseconds)),
                _ => add(Field::Arrival, loadgen::SCHEDULED, Some(Unit::Microseconds)),
            };
        }
        Kind::Predecessor => {
            let ours = has("arrival_ns") && has("deadline_ns") && has("sent_ns");
            match time {
                Some(Time::Arrival) => add(Field::Arrival, "arrival_ns", Some(Unit::Nanoseconds)),
                _ => add(Field::Arrival, "timestamp_issued", Some(Unit::Seconds)),
            };
            add(Field::Tier, "tier", None);
            add(Field::Slo, "slo", None);
            add(Field::Model, "model", None);
            if ours {
                // Its ids are addresses, which repeat; ours are those of the trace.
                add(Field::Id, "sample_id", None);
            }
        }
        Kind::Outcome => {
            let arrival = if time == Some(Time::Arrival) { "arrival_ns" } else { "sent_ns" };
            add(Field::Arrival, arrival, Some(Unit::Nanoseconds));
            add(Field::Tier, "tier", None);
            add(Field::Slo, "slo", None);
            add(Field::Model, "model", None);
            add(Field::Id, "request_id", None);
        }
        Kind::Csv | Kind::JsonLines | Kind::Parquet | Kind::Arrow => {}
    }
    map
}

/// The two columns whose difference is the SLO of a row in a table of ours: there the deadline
/// counts from the scheduled arrival, whichever time is imported.
pub(crate) const SCHEDULE: [&str; 2] = ["arrival_ns", "deadline_ns"];

/// Whether the SLO of a row is that of the schedule in the same row.
pub(crate) fn has_schedule(kind: Kind, map: &ColumnMap, columns: &[String]) -> bool {
    matches!(kind, Kind::Outcome | Kind::Predecessor)
        && !map.contains_key(&Field::Deadline)
        && !map.contains_key(&Field::SloLength)
        && SCHEDULE.iter().all(|name| columns.iter().any(|column| column == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_are_typed() {
        for (text, expected) in [
            ("arrival=t:ms", "arrival t:ms"),
            ("arrival=sent_ns", "arrival sent_ns:ns"),
            ("arrival=a:b:datetime", "arrival a:b:datetime"),
            ("arrival=a:b", "arrival a:b"),
            ("tier=x:ms", "tier x:ms"),
            ("slo_length=limit:s", "slo_length limit:s"),
            ("model=-", "model none"),
        ] {
            let Mapping { field, column } = text.parse().unwrap();
            let column = column.map_or("none".to_owned(), |column| column.to_string());
            assert_eq!(format!("{} {column}", field.name()), expected, "{text}");
        }
        assert!("arrival".parse::<Mapping>().unwrap_err().contains("FIELD=COLUMN"));
        assert!("time=t".parse::<Mapping>().unwrap_err().contains("slo_length"));
    }
}
