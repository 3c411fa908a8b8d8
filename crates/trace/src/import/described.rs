//! The workload that an imported trace gives as its own.

use std::collections::BTreeMap;
use std::time::Duration;

use request::Tier;

use super::{Import, Options};
use crate::workload::{Arrivals, Class, ModelShare, ModelSpec, Process, Slo, Workload};

/// Describes what was imported. Classes are those of the workload that filled in, unless the
/// source says a part of them itself: then they are counted.
pub(super) fn describe(
    import: &Import,
    options: &Options,
    slos: Vec<Slo>,
    models: Vec<ModelSpec>,
    class_is_known: bool,
) -> Workload {
    let span_ns = import.records.last().map_or(0, |record| record.time_ns);
    let duration = Duration::from_nanos(span_ns.cast_unsigned().saturating_add(1));
    let rate = import.records.len() as f64 / (duration.as_nanos() as f64 / 1e9);
    let classes = match class_is_known {
        true => counted(import, &slos, &models),
        false => options.workload.classes.clone(),
    };
    Workload {
        name: options.name.clone(),
        // One arrival in a nanosecond is the most that a workload can say.
        total_qps: rate.min(1e9),
        duration,
        min_query_count: 0,
        count: None,
        arrivals: Arrivals::of(Process::Recorded),
        rate: None,
        slos,
        models,
        classes,
    }
    .recorded()
}

/// Shares and weights as they are among the requests.
fn counted(import: &Import, slos: &[Slo], models: &[ModelSpec]) -> Vec<Class> {
    let mut counts: BTreeMap<(Tier, u16), BTreeMap<u16, u64>> = BTreeMap::new();
    for row in import.rows() {
        let class = counts.entry((row.request.tier, row.slo)).or_default();
        *class.entry(row.request.model.0).or_default() += 1;
    }
    let rows = import.records.len() as f64;
    let class = |((tier, slo), asked): ((Tier, u16), BTreeMap<u16, u64>)| {
        let count = asked.values().sum::<u64>() as f64;
        let share = |(model, asked): (u16, u64)| ModelShare {
            model: models[usize::from(model)].name.clone(),
            weight: asked as f64 / count,
        };
        Class {
            tier,
            slo: slos[usize::from(slo)].name.clone(),
            share: count / rows,
            arrivals: None,
            rate: None,
            models: asked.into_iter().map(share).collect(),
        }
    };
    counts.into_iter().map(class).collect()
}
