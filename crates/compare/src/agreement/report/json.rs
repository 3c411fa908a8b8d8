//! The report for programs.

use std::collections::BTreeMap;

use outcome::Ppm;
use serde::{Serialize, Serializer};

use super::AgreementReport;
use crate::agreement::{
    Account, ClassAgreement, Figure, Lag, Limits, Overhead, Pair, Row, Statuses, View, Word,
};
use crate::report::json::{Number, Table};

impl AgreementReport<'_> {
    /// The report as a JSON object of several lines.
    ///
    /// Latencies are integer ns; differences of latencies are relative and those of attainment
    /// shares of 1, so that 0.01 is one per cent or one point. `"inf"` and `"-inf"` stand for
    /// infinities and `null` for what is not known.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is numbers, text and lists")
    }
}

impl Serialize for AgreementReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document::new(*self).serialize(serializer)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    n: u64,
    runs: [usize; 2],
    span_ns: u64,
    a: Table<'a>,
    b: Vec<Table<'a>>,
    limits: Shares,
    overall: &'static str,
    warnings: &'a [String],
    metrics: Map<Metric>,
    statuses: Map<StatusCounts>,
    fates_that_differ: Map<Vec<Change>>,
    apart: Map<&'a [u64]>,
    accounts: Vec<RunAccount>,
}

/// The limits, as shares of 1.
#[derive(Serialize)]
struct Shares {
    latency: f64,
    slo_attainment: f64,
}

impl<'a> Document<'a> {
    fn new(report: AgreementReport<'a>) -> Self {
        let agreement = report.agreement;
        let limits = agreement.limits;
        let share = |ppm: Ppm| f64::from(ppm.0) / 1e6;
        Self {
            n: agreement.n,
            runs: [1, report.runs.len()],
            span_ns: report.simulated.span_ns(),
            a: Table::new(report.simulated),
            b: report.runs.iter().map(Table::new).collect(),
            limits: Shares {
                latency: share(limits.within),
                slo_attainment: share(limits.within_points),
            },
            overall: agreement.overall().name(),
            warnings: &agreement.warnings,
            metrics: report.metrics(),
            statuses: report.by_class(StatusCounts::new),
            fates_that_differ: report.by_class(changes),
            apart: report.by_class(|class| class.apart.as_slice()),
            accounts: agreement.accounts.iter().map(RunAccount::new).collect(),
        }
    }
}

impl<'a> AgreementReport<'a> {
    fn by_class<T>(self, of: impl Fn(&'a ClassAgreement) -> T) -> Map<T> {
        let classes = self.agreement.classes.iter();
        Map(classes.map(|class| (class.class.to_string(), of(class))).collect())
    }

    fn metrics(self) -> Map<Metric> {
        let of_class = |class: &'a ClassAgreement| {
            class.rows.iter().map(move |row| {
                let key = format!("{}/{}", class.class, row.measure.name());
                (key, Metric::new(class, row, &self.agreement.limits))
            })
        };
        Map(self.agreement.classes.iter().flat_map(of_class).collect())
    }
}

/// Pairs as an object, in the order of the report.
struct Map<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Map<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Serialize)]
struct Metric {
    n: u64,
    a: Figure,
    /// Of each run.
    b: Option<Vec<Figure>>,
    measured: Option<Differences>,
    without_lag: Option<Differences>,
    without_overhead: Option<Differences>,
    word: Option<&'static str>,
}

/// How far runs are from the simulation: the least, the middle, the most, and each.
#[derive(Serialize)]
struct Differences {
    least: Number,
    middle: Number,
    most: Number,
    runs: Vec<Number>,
}

impl Metric {
    fn new(class: &ClassAgreement, row: &Row, limits: &Limits) -> Self {
        Self {
            n: class.n,
            a: row.simulated,
            b: row.figures(View::Measured),
            measured: Differences::new(row, View::Measured),
            without_lag: Differences::new(row, View::WithoutLag),
            without_overhead: Differences::new(row, View::WithoutOverhead),
            word: class.word(row, limits).map(Word::name),
        }
    }
}

impl Differences {
    fn new(row: &Row, view: View) -> Option<Self> {
        let spread = row.spread(view)?;
        let number = |figure: Figure| Number(figure.difference(row.simulated));
        Some(Self {
            least: number(spread.least),
            middle: number(spread.middle),
            most: number(spread.most),
            runs: row.figures(view)?.into_iter().map(number).collect(),
        })
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Latency(latency) => latency.serialize(serializer),
            Self::Share { part, whole } => serializer.serialize_f64(part as f64 / whole as f64),
        }
    }
}

/// How many requests ended in each status.
#[derive(Serialize)]
struct StatusCounts {
    a: BTreeMap<&'static str, u64>,
    b: Vec<BTreeMap<&'static str, u64>>,
}

impl StatusCounts {
    fn new(class: &ClassAgreement) -> Self {
        let named = |counts: &Statuses| {
            counts.iter().map(|(status, &count)| (status.name(), count)).collect()
        };
        Self { a: named(&class.simulated), b: class.measured.iter().map(named).collect() }
    }
}

/// How many requests of each run had these fates.
#[derive(Serialize)]
struct Change {
    a: &'static str,
    b: &'static str,
    runs: Vec<u64>,
}

fn changes(class: &ClassAgreement) -> Vec<Change> {
    let fates = class.changed_fates().into_iter();
    fates.map(|(a, b)| Change { a: a.name(), b: b.name(), runs: class.changed((a, b)) }).collect()
}

#[derive(Serialize)]
struct RunAccount {
    lag: Option<Lag>,
    served_by_both: u64,
    did_not_wait: u64,
    overhead: Option<Overhead>,
    apart: u64,
    largest: Vec<Largest>,
}

#[derive(Serialize)]
struct Largest {
    request_id: i64,
    a_ns: i64,
    b_ns: i64,
    lag_ns: i64,
    unexplained_ns: i64,
}

impl RunAccount {
    fn new(account: &Account) -> Self {
        let largest = |pair: &Pair| Largest {
            request_id: pair.request_id.0,
            a_ns: pair.simulated_ns,
            b_ns: pair.measured_ns,
            lag_ns: pair.lag_ns,
            unexplained_ns: account.rest_ns(pair),
        };
        Self {
            lag: account.lag,
            served_by_both: account.paired,
            did_not_wait: account.unqueued,
            overhead: account.overhead,
            apart: account.apart,
            largest: account.largest.iter().map(largest).collect(),
        }
    }
}
