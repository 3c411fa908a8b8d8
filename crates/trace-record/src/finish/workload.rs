//! The workload that a recording's metadata tells: what was measured.

use std::collections::BTreeMap;
use std::time::Duration;

use request::Tier;
use trace::{Arrivals, Class, ModelShare, ModelSpec, Process, Slo, TraceRow, Workload};

use super::rows::Settled;
use crate::journal::JournalHeader;
use crate::slo::{LONGER, NONE, NONE_NS, Place};

/// The workload of the rows: their rate, and the shares of their classes and models.
///
/// It says what the traffic was like on the whole; the arrivals themselves follow no process that
/// it could name.
pub(super) fn measured(header: &JournalHeader, settled: &Settled) -> Workload {
    let slos = slos(header, settled);
    let models: Vec<ModelSpec> = settled
        .models
        .iter()
        .map(|(name, shape)| ModelSpec { name: name.clone(), shape: shape.clone() })
        .collect();
    let rows = settled.rows.len() as f64;
    let last = settled.rows.last().map_or(0, |row| row.request.arrival.as_nanos());
    // Requests arrive before the end of the duration; a lone one has no rate to speak of.
    let duration = Duration::from_nanos(last.unsigned_abs() + 1).max(DURATION_MIN);
    Workload {
        name: header.name.clone(),
        total_qps: rows / duration.as_secs_f64(),
        duration,
        min_query_count: 0,
        count: None,
        arrivals: Arrivals::of(Process::Recorded),
        rate: None,
        classes: classes(&settled.rows, &slos, &models),
        slos,
        models,
    }
}

/// Shorter recordings are taken to last this long, so that their rate is one.
const DURATION_MIN: Duration = Duration::from_millis(1);

fn slos(header: &JournalHeader, settled: &Settled) -> Vec<Slo> {
    let named =
        header.slo.iter().map(|class| Slo { name: class.name.clone(), target: class.target() });
    let beside = settled.beside.iter().map(|place| match place {
        Place::None => {
            Slo { name: NONE.to_owned(), target: Duration::from_nanos(NONE_NS.unsigned_abs()) }
        }
        _ => Slo { name: LONGER.to_owned(), target: longest(settled) },
    });
    // Positions are those that the rows have.
    named.chain(beside).collect()
}

/// The longest time that a request with a deadline had.
fn longest(settled: &Settled) -> Duration {
    let left = settled.rows.iter().map(|row| row.request.deadline - row.request.arrival);
    let day = Duration::from_nanos(NONE_NS.unsigned_abs());
    left.filter(|left| *left < day).max().unwrap_or(day)
}

fn classes(rows: &[TraceRow], slos: &[Slo], models: &[ModelSpec]) -> Vec<Class> {
    let mut counts: BTreeMap<(Tier, u16), BTreeMap<u16, u64>> = BTreeMap::new();
    for row in rows {
        let class = counts.entry((row.request.tier, row.slo)).or_default();
        *class.entry(row.request.model.0).or_default() += 1;
    }
    let class = |((tier, slo), by_model): (&(Tier, u16), &BTreeMap<u16, u64>)| {
        let count: u64 = by_model.values().sum();
        let share = |(&model, &of_model): (&u16, &u64)| ModelShare {
            model: models[usize::from(model)].name.clone(),
            weight: of_model as f64 / count as f64,
        };
        Class {
            tier: *tier,
            slo: slos[usize::from(*slo)].name.clone(),
            share: count as f64 / rows.len() as f64,
            arrivals: None,
            rate: None,
            models: by_model.iter().map(share).collect(),
        }
    };
    counts.iter().map(class).collect()
}

/// Requests by (tier, position of the SLO class), and by position of the model.
pub(super) fn counts(rows: &[TraceRow], models_len: usize) -> (BTreeMap<(u8, u16), u64>, Vec<u64>) {
    let mut classes = BTreeMap::new();
    let mut models = vec![0; models_len];
    for row in rows {
        *classes.entry((row.request.tier.number(), row.slo)).or_default() += 1;
        models[usize::from(row.request.model.0)] += 1;
    }
    (classes, models)
}
