//! Laws that hold to the nanosecond on any run, however short.
//!
//! Events of one moment come in an order: completions, then arrivals, one by one. So a request that
//! comes while a worker is idle has that worker, though a more urgent one comes at the same moment;
//! laws that are told for requests that are all there from the start are tested on workers that
//! come back when all have arrived.

mod blind;
mod clusters;
mod endings;
mod optimal;
mod paths;
mod scale;
mod ties;
mod undisturbed;

use std::time::Duration;

use cluster::Workers;
use policy::{ParameterSpec, PolicySpec, Registry, Values};
use proptest::prelude::*;
use proptest::sample::Index;
use request::{ModelId, Moment, Request, RequestId, Tier};

use super::lab::Lab;

/// Arrival, SLO, tier and model; times in us.
type Row = (u32, u32, i64, u16);

prop_compose! {
    /// Few distinct moments, so that ties are common.
    fn rows(models: u16)(
        mut rows in prop::collection::vec((0u32..60, 1u32..80, 1i64..=3, 0..models), 1..60)
    ) -> Vec<Row> {
        rows.sort_by_key(|row| row.0);
        rows
    }
}

fn requests(rows: &[Row]) -> Vec<Request> {
    let request = |(id, &(arrival, slo, tier, model)): (i64, &Row)| {
        let arrival = Moment::from_nanos(i64::from(arrival) * 1_000);
        let deadline = arrival + Duration::from_micros(u64::from(slo));
        let tier = Tier::from_number(tier).unwrap();
        Request { id: RequestId(id), arrival, deadline, tier, model: ModelId(model) }
    };
    (0..).zip(rows).map(request).collect()
}

/// The same with deadlines that are a day later: nobody is late, and the order is the same.
fn patient(rows: &[Row]) -> Vec<Request> {
    let mut requests = requests(rows);
    for request in &mut requests {
        request.deadline = request.deadline + Duration::from_secs(86_400);
    }
    requests
}

/// Two models of constant times, in us.
const TIMES_US: [u32; 2] = [7, 13];

/// Equal workers for models of constant times.
fn constant(times_us: &[u32], workers: u32) -> Lab {
    Lab::new(Workers::equal(workers), super::lab::profile(&constant_models(times_us)))
}

fn constant_models(times_us: &[u32]) -> Vec<String> {
    times_us.iter().map(|time| format!("law = \"constant\"\nmean_ms = {time}e-3")).collect()
}

/// The same, and a batch can stop at each ns.
fn stoppable(times_us: &[u32], workers: u32) -> Lab {
    let models = constant_models(times_us).into_iter().zip(times_us);
    let models = models.map(|(model, time)| format!("{model}\nsteps = {}", time * 1_000));
    Lab::new(Workers::equal(workers), super::lab::profile(&models.collect::<Vec<_>>()))
}

/// Equal workers for one model whose times vary.
fn varied(workers: u32) -> Lab {
    Lab::of_one_model(workers, "law = \"lognormal\"\nmean_ms = 0.01\ncv = 1")
}

/// A built-in policy with some of its parameters, as one would write it.
fn policies() -> impl Strategy<Value = String> {
    let told = prop::collection::vec(any::<Option<(Index, u32)>>(), 8);
    (any::<Index>(), told).prop_map(|(policy, told)| {
        let registry = Registry::built_in();
        let specs: Vec<&PolicySpec> = registry.iter().collect();
        let spec = policy.get(&specs);
        let told = spec.parameters.iter().zip(&told);
        let parameters: Vec<_> =
            told.filter_map(|(spec, told)| Some(spell(spec, (*told)?))).collect();
        format!("{}:{}", spec.name, parameters.join(","))
    })
}

/// One of the values that a parameter may have, small ones and the ends more often than not.
fn spell(spec: &ParameterSpec, (index, number): (Index, u32)) -> String {
    let value = match spec.values {
        Values::Words(words) => (*index.get(words)).to_owned(),
        Values::Number { min, max } => {
            (min + [0, 1, 3, 50, max - min][index.index(5)].min(max - min)).to_string()
        }
        Values::Millis { min, .. } => format!("{min}.{:06}", number % 100_000),
    };
    format!("{}={value}", spec.name)
}
