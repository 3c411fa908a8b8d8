//! What a source says of each request, gathered from its cells.

use std::collections::BTreeMap;

use request::Tier;

use super::cell::{Cell, Unit, shorten};
use super::column_map::{Column, ColumnMap, Field, SCHEDULE, Time, has_schedule};
use super::error::{Flaw, Place};
use super::kind::Kind;
use super::table::Table;

/// A request as far as its source tells it: 40 bytes, since all are sorted in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// As the source counts it, ns.
    pub(crate) time_ns: i64,
    /// Only where ids are mapped.
    pub(crate) id: i64,
    /// Its SLO in ns; 0 where the source does not tell.
    pub(crate) length_ns: i64,
    /// Line or row in the source.
    pub(crate) number: u64,
    /// Position of its SLO class, or [`NO_NAME`].
    pub(crate) slo: u16,
    /// Position of its model, or [`NO_NAME`].
    pub(crate) model: u16,
    /// Its tier, or 0.
    pub(crate) tier: u8,
}

/// Stands for a name that a source does not tell.
pub(crate) const NO_NAME: u16 = u16::MAX;

/// A list of names that grows by those a source adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) list: Vec<String>,
    positions: BTreeMap<String, u16>,
}

/// All that a source says.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) records: Vec<Record>,
    /// SLO classes: those of the workload, then the source's own.
    pub(crate) slos: Names,
    /// Models: likewise.
    pub(crate) models: Names,
    /// Rows of the source, used or not.
    pub(crate) rows: u64,
    /// Rows without the time that was asked for: requests that were never sent.
    pub(crate) unsent: u64,
    /// Rows of other runs.
    pub(crate) other_runs: u64,
    /// Times with digits below 1 ns.
    pub(crate) rounded: u64,
    /// Places are rows rather than lines.
    pub(crate) in_rows: bool,
}

/// How a source is read.
#[derive(Clone, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) kind: Kind,
    pub(crate) time: Option<Time>,
    pub(crate) map: &'a ColumnMap,
    pub(crate) run: Option<i64>,
    pub(crate) tiers: &'a BTreeMap<String, Tier>,
}

/// The column that tells runs apart.
const RUN: &str = "run";

/// Where the wanted cells stand.
struct Places {
    names: Vec<String>,
    fields: BTreeMap<Field, usize>,
    schedule: Option<[usize; 2]>,
    run: Option<usize>,
}

impl Places {
    fn new(reading: &Reading<'_>, columns: &[String]) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut place = |name: &str| {
            names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        };
        let fields = reading.map.iter().map(|(field, column)| (*field, place(&column.name)));
        let fields = fields.collect();
        let schedule = has_schedule(reading.kind, reading.map, columns);
        let schedule = schedule.then(|| SCHEDULE.map(&mut place));
        let has_runs = reading.kind == Kind::Outcome && columns.iter().any(|name| name == RUN);
        let run = has_runs.then(|| place(RUN));
        Self { names, fields, schedule, run }
    }
}

impl Records {
    /// Reads all of a table. `watch` is told how many bytes have been read, and of how many.
    pub(crate) fn read(
        table: &dyn Table,
        reading: &Reading<'_>,
        slos: Names,
        models: Names,
        watch: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self, Flaw> {
        /// Rows between two looks at the watcher.
        const WATCHED_ROWS: u64 = 8192;
        let places = Places::new(reading, table.columns());
        let wanted: Vec<&str> = places.names.iter().map(String::as_str).collect();
        let mut all = Self {
            records: Vec::new(),
            slos,
            models,
            rows: 0,
            unsent: 0,
            other_runs: 0,
            rounded: 0,
            in_rows: false,
        };
        let mut run_seen = reading.run;
        table.for_each(&wanted, &mut |place, behind, cells| {
            if all.rows.is_multiple_of(WATCHED_ROWS) && !watch(behind, table.size()) {
                return Err(Flaw::stopped());
            }
            all.rows += 1;
            let row = Row { reading, places: &places, place, cells };
            if !row.is_of_run(&mut run_seen)? {
                all.other_runs += 1;
                return Ok(());
            }
            match row.record(&mut all)? {
                Some(record) => all.records.push(record),
                None => all.unsent += 1,
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Where a record stands in the source.
    pub(crate) fn place(&self, record: &Record) -> Place {
        self.place_of(record.number)
    }

    /// The line or row of this number.
    pub(crate) fn place_of(&self, number: u64) -> Place {
        match self.in_rows {
            true => Place::Row(number),
            false => Place::Line(number),
        }
    }
}

/// One row, of which a record is made.
struct Row<'a> {
    reading: &'a Reading<'a>,
    places: &'a Places,
    place: Place,
    cells: &'a [Cell<'a>],
}

impl Row<'_> {
    /// Whether the row belongs to the run that is read. A table of several runs needs a choice.
    fn is_of_run(&self, run_seen: &mut Option<i64>) -> Result<bool, Flaw> {
        let Some(place) = self.places.run else { return Ok(true) };
        let run = self.cells[place].integer().map_err(|problem| self.flaw(problem, RUN))?;
        let seen = *run_seen.get_or_insert(run);
        match (seen == run, self.reading.run) {
            (true, _) => Ok(true),
            (false, Some(_)) => Ok(false),
            (false, None) => {
                let problem = format!("is {run}, and {seen} before; choose a run with --run {run}");
                Err(self.flaw(problem, RUN))
            }
        }
    }

    /// `None` where the request was never sent.
    fn record(&self, all: &mut Records) -> Result<Option<Record>, Flaw> {
        let number = match self.place {
            Place::Line(number) => number,
            Place::Row(number) => {
                all.in_rows = true;
                number
            }
        };
        let (cell, column) = self.cell(Field::Arrival).expect("the arrival is always mapped");
        let of_a_run = matches!(self.reading.kind, Kind::Outcome | Kind::Predecessor);
        if cell.is_empty() && of_a_run && self.reading.time != Some(Time::Arrival) {
            return Ok(None);
        }
        let time_ns = self.nanos(Field::Arrival, cell, column, all)?;
        let counted = column.unit != Some(Unit::DateTime) && !matches!(cell, Cell::Instant(_));
        // A request may be sent a little before its time.
        if time_ns < 0 && counted && self.reading.kind != Kind::Outcome {
            let problem = format!("`{}` is before the start", shorten(&cell.text()));
            return Err(self.flaw(problem, &column.name));
        }
        let id = match self.cell(Field::Id) {
            Some((cell, column)) => {
                cell.integer().map_err(|problem| self.flaw(problem, &column.name))?
            }
            None => 0,
        };
        Ok(Some(Record {
            time_ns,
            id,
            length_ns: self.length(time_ns, all)?,
            number,
            slo: self.name(Field::Slo, &mut all.slos)?,
            model: self.name(Field::Model, &mut all.models)?,
            tier: self.tier()?,
        }))
    }

    fn cell(&self, field: Field) -> Option<(&Cell<'_>, &Column)> {
        let place = *self.places.fields.get(&field)?;
        Some((&self.cells[place], &self.reading.map[&field]))
    }

    fn nanos(
        &self,
        field: Field,
        cell: &Cell<'_>,
        column: &Column,
        all: &mut Records,
    ) -> Result<i64, Flaw> {
        let unit = match (column.unit, cell) {
            (Some(unit), _) => unit,
            (None, Cell::Instant(_)) => Unit::Nanoseconds,
            (None, _) => {
                let names = Unit::NAMED.map(|(name, _)| name).join(", ");
                let name = &column.name;
                let field = field.name();
                let problem =
                    format!("say its unit, as in --map {field}={name}:ms; units are {names}");
                return Err(Flaw::new(problem).within_column(name));
            }
        };
        let whole = cell.nanos(unit).map_err(|problem| self.flaw(problem, &column.name))?;
        all.rounded += u64::from(!whole.exact);
        Ok(whole.value)
    }

    /// The SLO in ns, or 0 where nothing tells it.
    fn length(&self, time_ns: i64, all: &mut Records) -> Result<i64, Flaw> {
        if let Some([arrival, deadline]) = self.places.schedule {
            let nanos = |place: usize| {
                let number = self.cells[place].integer();
                number.map_err(|problem| self.flaw(problem, &self.places.names[place]))
            };
            let (arrival, deadline) = (nanos(arrival)?, nanos(deadline)?);
            return self.span(arrival, deadline, SCHEDULE[1]);
        }
        if let Some((cell, column)) = self.cell(Field::Deadline) {
            let deadline_ns = self.nanos(Field::Deadline, cell, column, all)?;
            return self.span(time_ns, deadline_ns, &column.name);
        }
        let Some((cell, column)) = self.cell(Field::SloLength) else { return Ok(0) };
        let length_ns = self.nanos(Field::SloLength, cell, column, all)?;
        self.span(0, length_ns, &column.name)
    }

    fn span(&self, start_ns: i64, end_ns: i64, column: &str) -> Result<i64, Flaw> {
        let length = end_ns.checked_sub(start_ns).filter(|&length| length > 0);
        length.ok_or_else(|| {
            let problem = match start_ns {
                0 => format!("is {end_ns} ns; give at least 1 ns"),
                _ => format!("is {end_ns} ns, which is not after the arrival at {start_ns} ns"),
            };
            self.flaw(problem, column)
        })
    }

    fn name(&self, field: Field, names: &mut Names) -> Result<u16, Flaw> {
        let Some((cell, column)) = self.cell(field) else { return Ok(NO_NAME) };
        let text = cell.text();
        names.position(text.trim_ascii()).map_err(|problem| self.flaw(problem, &column.name))
    }

    fn tier(&self) -> Result<u8, Flaw> {
        let Some((cell, column)) = self.cell(Field::Tier) else { return Ok(0) };
        let text = cell.text();
        let named = self.reading.tiers.get(text.trim_ascii()).copied();
        let tier = named.or_else(|| cell.tier()).ok_or_else(|| {
            let shown = shorten(&text);
            let problem = format!(
                "`{shown}` is not 1, 2 or 3; say which tier it is with --tier-map {shown}=1"
            );
            self.flaw(problem, &column.name)
        });
        tier.map(Tier::number)
    }

    fn flaw(&self, problem: impl Into<String>, column: &str) -> Flaw {
        Flaw::at(self.place, problem).within_column(column)
    }
}

impl Names {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a String>) -> Self {
        let list: Vec<String> = names.cloned().collect();
        let positions = list.iter().cloned().zip(0..).collect();
        Self { list, positions }
    }

    /// Where the name stands; it is added where it is new.
    fn position(&mut self, name: &str) -> Result<u16, String> {
        if let Some(&position) = self.positions.get(name) {
            return Ok(position);
        }
        if name.is_empty() || name.contains(char::is_control) {
            return Err(format!("holds `{}`; a name of one line is needed", shorten(name)));
        }
        // The positions of a trace are 16 bits with a sign.
        let position = u16::try_from(self.list.len()).ok().filter(|&count| count < 32_767);
        let position = position.ok_or("holds more than 32767 names; is it a name?")?;
        self.list.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        Ok(position)
    }
}
