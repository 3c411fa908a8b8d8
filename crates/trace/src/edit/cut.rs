//! A part of a trace: a stretch of time, some classes, the first so many rows.

use std::collections::BTreeMap;
use std::time::Duration;

use request::{Moment, Tier};

use super::workload::{Change, workload_of_derived};
use super::{Derived, EditError};
use crate::header::Header;
use crate::provenance::Step;
use crate::reader::TraceReader;
use crate::row::TraceRow;

/// Which rows are kept. The default keeps all; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Arrivals from here on.
    pub from: Option<Moment>,
    /// Arrivals before this.
    pub to: Option<Moment>,
    /// Whether times stay as they are; otherwise they count from `from`.
    pub keep_times: bool,
    /// Only these tiers; any where there is none.
    pub tiers: Vec<Tier>,
    /// Only these SLO classes; any where there is none.
    pub slos: Vec<String>,
    /// Only these models; any where there is none.
    pub models: Vec<String>,
    /// At most this many rows.
    pub limit: Option<u64>,
}

impl Cut {
    /// The part of a trace. Rows keep their ids, so that outcomes of both can be joined.
    ///
    /// # Errors
    /// Where there is no such time, SLO class or model, or the source is damaged.
    pub fn of<'a>(&self, trace: &'a TraceReader) -> Result<Derived<'a>, EditError> {
        let header = trace.header();
        let filter = Filter::new(self, header)?;
        let provenance = header.provenance.iter().cloned().chain([self.step(trace)]).collect();
        let change = Change::Cut { span: self.span(trace, &filter)?, cut: self };
        let workload = workload_of_derived(&[&header.workload], &change);
        let header = Header { provenance, workload, ..header.clone() };
        let shift = self.shift();
        let rows_max = self.limit.unwrap_or(u64::MAX).min(header.rows);
        let limit = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let rows =
            filter.apply(trace).take(limit).map(move |row| row.map(|row| earlier(row, shift)));
        Ok(Derived { header, rows: Box::new(rows), rows_max, same_as: None })
    }

    /// Whether some rows are left out for what they are.
    pub(super) fn chooses_classes(&self) -> bool {
        !(self.tiers.is_empty() && self.slos.is_empty() && self.models.is_empty())
    }

    /// Whether rows of this tier, SLO class and model are kept.
    pub(super) fn keeps(&self, tier: Tier, slo: &str, model: &str) -> bool {
        let named = |names: &[String], name| names.is_empty() || names.iter().any(|n| n == name);
        let tier = self.tiers.is_empty() || self.tiers.contains(&tier);
        tier && named(&self.slos, slo) && named(&self.models, model)
    }

    /// What times lose.
    fn shift(&self) -> i64 {
        match (self.keep_times, self.from) {
            (false, Some(from)) => from.as_nanos(),
            _ => 0,
        }
    }

    /// How long the part lasts, where that is another time than the whole.
    fn span(&self, trace: &TraceReader, filter: &Filter) -> Result<Option<Duration>, EditError> {
        let whole = trace.header().workload.duration;
        let whole = i64::try_from(whole.as_nanos()).unwrap_or(i64::MAX);
        let mut end = self.to.map(|to| to.as_nanos().min(whole));
        if let Some(limit) = self.limit.filter(|&limit| limit < trace.header().rows) {
            let last = limit.checked_sub(1).and_then(|last| usize::try_from(last).ok());
            let last = last.and_then(|last| filter.clone().apply(trace).nth(last)).transpose();
            let last = last.map_err(EditError::Read)?;
            end = last.map(|row| row.request.arrival.as_nanos().saturating_add(1)).or(end);
        }
        if end.is_none() && self.from.is_none() {
            return Ok(None);
        }
        let span = end.unwrap_or(whole).saturating_sub(self.shift()).max(1);
        Ok(Some(Duration::from_nanos(span.unsigned_abs())))
    }

    fn step(&self, trace: &TraceReader) -> Step {
        let nanos = |moment: Moment| moment.as_nanos().to_string();
        let list = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
        let tiers: Vec<String> = self.tiers.iter().map(Tier::to_string).collect();
        let parameters = [
            ("from_ns", self.from.map(nanos)),
            ("to_ns", self.to.map(nanos)),
            ("keep_times", self.keep_times.then(|| "true".to_owned())),
            ("tier", list(&tiers)),
            ("slo", list(&self.slos)),
            ("model", list(&self.models)),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        let parameters: BTreeMap<String, String> = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        Step { operation: "cut".to_owned(), parameters, sources: vec![trace.source()] }
    }
}

/// The conditions, looked up once.
#[derive(Clone)]
struct Filter {
    from: Moment,
    to: Option<Moment>,
    tiers: [bool; 3],
    slos: Vec<bool>,
    models: Vec<bool>,
}

impl Filter {
    fn new(cut: &Cut, header: &Header) -> Result<Self, EditError> {
        let from = cut.from.unwrap_or(Moment::ZERO);
        if let Some(to) = cut.to.filter(|&to| to <= from) {
            let problem = format!("nothing lies between {from} and {to}; give a later end");
            return Err(EditError::Refused(problem));
        }
        let models: Vec<String> = header.models.iter().map(|model| model.name.clone()).collect();
        Ok(Self {
            from,
            to: cut.to,
            tiers: Tier::ALL.map(|tier| cut.tiers.is_empty() || cut.tiers.contains(&tier)),
            slos: chosen("SLO class", &cut.slos, &header.slos)?,
            models: chosen("model", &cut.models, &models)?,
        })
    }

    fn apply(
        self,
        trace: &TraceReader,
    ) -> impl Iterator<Item = Result<TraceRow, crate::TraceError>> + '_ {
        let to = self.to;
        // Rows are in order of arrival, so that nothing is missed after the first that is too late.
        let is_before = move |row: &Result<TraceRow, _>| match (row, to) {
            (Ok(row), Some(to)) => row.request.arrival < to,
            _ => true,
        };
        let keeps =
            move |row: &Result<TraceRow, _>| row.as_ref().map_or(true, |row| self.keeps(row));
        trace.rows().take_while(is_before).filter(keeps)
    }

    fn keeps(&self, row: &TraceRow) -> bool {
        self.tiers[usize::from(row.request.tier.number()) - 1]
            && self.slos[usize::from(row.slo)]
            && self.models[usize::from(row.request.model.0)]
            && row.request.arrival >= self.from
    }
}

/// For each name there is, whether it is among those asked for.
fn chosen(what: &str, asked: &[String], known: &[String]) -> Result<Vec<bool>, EditError> {
    if let Some(name) = asked.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        let problem = format!("the trace has no {what} `{name}`; it has {known}");
        return Err(EditError::Refused(problem));
    }
    Ok(known.iter().map(|name| asked.is_empty() || asked.contains(name)).collect())
}

fn earlier(mut row: TraceRow, shift: i64) -> TraceRow {
    let earlier = |moment: Moment| Moment::from_nanos(moment.as_nanos() - shift);
    row.request.arrival = earlier(row.request.arrival);
    row.request.deadline = earlier(row.request.deadline);
    row
}
