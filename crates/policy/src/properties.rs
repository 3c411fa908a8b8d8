//! What must be true of every policy, whatever happens to it and whatever it is told.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use request::{ModelId, Moment, RequestId, Tier};

use crate::testing::{Model, Outage, Run, Scene, Worker, at};
use crate::{Policy, PolicySpec, Registry, Values};

/// A built-in policy with some of its parameters, as one would write it.
fn policies() -> impl Strategy<Value = String> {
    let parameter = (any::<Index>(), any::<Option<(Index, u64)>>());
    (any::<Index>(), prop::collection::vec(parameter, 8)).prop_map(|(policy, told)| {
        let registry = Registry::built_in();
        let specs: Vec<&PolicySpec> = registry.iter().collect();
        let spec = policy.get(&specs);
        let parameters = spec.parameters.iter().zip(&told).filter_map(|(parameter, (_, told))| {
            let (index, number) = (*told)?;
            let value = match parameter.values {
                Values::Words(words) => (*index.get(words)).to_owned(),
                Values::Number { min, max } => {
                    (min + [0, 1, 3, 50, max - min][index.index(5)].min(max - min)).to_string()
                }
                Values::Millis { min, .. } => format!("{min}.{:06}", number % 300),
            };
            Some(format!("{}={value}", parameter.name))
        });
        let parameters: Vec<_> = parameters.collect();
        format!("{}:{}", spec.name, parameters.join(","))
    })
}

fn models() -> impl Strategy<Value = Vec<Model>> {
    let nanos = Duration::from_nanos;
    let model = (0u64..20, 0u64..20, 100u32..300, 0u32..=60, 1u32..5, 0u64..40, 0u64..15);
    let model = model.prop_map(move |(fixed, each, worst, spread, size_max, wait, load)| Model {
        fixed: nanos(fixed),
        each: nanos(each),
        worst_percent: worst,
        spread_percent: spread,
        batch_size_max: size_max,
        // Often none of either, which is the common case and another way through the code.
        batch_wait: nanos(wait.saturating_sub(20)),
        load: nanos(load.saturating_sub(10)),
    });
    prop::collection::vec(model, 1..4)
}

fn workers() -> impl Strategy<Value = Vec<Worker>> {
    let unlike = (prop::sample::select(vec![50u32, 100, 300]), 1usize..3, any::<Option<bool>>());
    let unlike = unlike.prop_map(|(speed, slots, pinned)| {
        let pinned = pinned.map_or(vec![], |both| if both { vec![0, 1] } else { vec![0] });
        Worker { speed, slots, pinned: pinned.into_iter().map(ModelId).collect() }
    });
    prop_oneof![
        (1usize..5).prop_map(|count| vec![Worker::default(); count]),
        prop::collection::vec(unlike, 1..5),
    ]
}

prop_compose! {
    /// Few distinct moments, so that ties are common.
    fn scenes()(
        models in models(),
        workers in workers(),
        rows in prop::collection::vec((0i64..120, 1i64..=3, 0i64..200, any::<Index>()), 0..40),
        outages in prop::collection::vec((any::<Index>(), 0i64..200, any::<Option<u8>>()), 0..4),
        lost_wait_again in any::<bool>(),
    ) -> Scene {
        let mut rows = rows;
        rows.sort_by_key(|row| row.0);
        let request = |(id, (arrival, tier, slo, model)): (i64, (i64, i64, i64, Index))| {
            request::Request {
                id: RequestId(id),
                arrival: at(arrival),
                // Past 190 it has none.
                deadline: if slo > 190 { Moment::MAX } else { at(arrival + slo) },
                tier: Tier::from_number(tier).unwrap(),
                model: ModelId(u16::try_from(model.index(models.len())).unwrap()),
            }
        };
        let outage = |(worker, from, length): (Index, i64, Option<u8>)| Outage {
            worker: u32::try_from(worker.index(workers.len())).unwrap(),
            from: at(from),
            until: length.map(|length| at(from + 1 + i64::from(length))),
        };
        Scene {
            requests: (0..).zip(rows).map(request).collect(),
            outages: outages.into_iter().map(outage).collect(),
            models,
            workers,
            lost_wait_again,
            fresh_tickets: false,
        }
    }
}

/// The scene as far as it goes before `end`.
fn before(scene: &Scene, end: Moment) -> Scene {
    let mut scene = scene.clone();
    scene.requests.retain(|request| request.arrival < end);
    scene.outages.retain(|outage| outage.from < end);
    for outage in &mut scene.outages {
        outage.until = outage.until.filter(|until| *until < end);
    }
    scene
}

fn log_before(run: &Run, end: Moment) -> Vec<String> {
    let log = run.log.iter().filter(|(now, _)| *now < end);
    log.map(|step| format!("{step:?}")).collect()
}

/// Whether the policy's own definition lets it keep a request waiting for another worker, or count
/// what fills a batch otherwise than the cluster does.
fn may_idle(policy: &str, scene: &Scene) -> bool {
    let first = &scene.workers[0];
    let alike = |worker: &Worker| worker.speed == first.speed && worker.pinned == first.pinned;
    let are_alike =
        scene.workers.iter().all(alike) && scene.models.iter().all(|model| model.load.is_zero());
    let waits = scene.models.iter().any(|model| !model.batch_wait.is_zero());
    let is = |name: &str| policy.starts_with(name);
    ((is("clockwork") || is("batch-edf")) && !are_alike) || (is("drr") && waits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// The small cluster checks that actions are legal and that nobody is answered twice.
    #[test]
    fn every_request_is_answered_once_by_legal_actions(scene in scenes(), policy in policies()) {
        let run = scene.run(&policy);
        prop_assert_eq!(&run.starved, &Vec::<i64>::new());
        let pinned = scene.workers.iter().any(|worker| !worker.pinned.is_empty());
        if !pinned && scene.outages.iter().all(|outage| outage.until.is_some()) {
            prop_assert_eq!(run.fates.len(), scene.requests.len());
        }
    }

    /// Equal scenes give equal runs, whatever tickets stand for the requests.
    #[test]
    fn a_run_depends_on_nothing_but_its_scene(scene in scenes(), policy in policies()) {
        let run = scene.run(&policy);
        prop_assert_eq!(&run, &scene.run(&policy));
        let fresh = Scene { fresh_tickets: true, ..scene };
        prop_assert_eq!(&run, &fresh.run(&policy));
    }

    #[test]
    fn no_policy_sees_the_future(scene in scenes(), policy in policies(), end in 0i64..200) {
        let (whole, end) = (scene.run(&policy), at(end));
        let part = before(&scene, end).run(&policy);
        prop_assert_eq!(log_before(&whole, end), log_before(&part, end));
    }

    #[test]
    fn no_worker_idles_while_a_request_waits(scene in scenes(), policy in policies()) {
        if !may_idle(&policy, &scene) {
            prop_assert_eq!(scene.run(&policy).idled, None);
        }
    }

    /// A model alone, whose requests run one at a time, has a way of its own through the code; a
    /// second model of which nothing comes closes that way.
    #[test]
    fn a_model_alone_is_served_like_one_of_several(scene in scenes(), policy in policies()) {
        let mut alone = scene;
        alone.models.truncate(1);
        alone.models[0].batch_size_max = 1;
        alone.requests.iter_mut().for_each(|request| request.model = ModelId(0));
        alone.workers.iter_mut().for_each(|worker| worker.pinned.clear());
        let mut other = alone.clone();
        other.models.push(alone.models[0].clone());
        other.requests.iter_mut().for_each(|request| request.model = ModelId(1));
        prop_assert_eq!(alone.run(&policy), other.run(&policy));
    }

    /// A name makes its policy again: it has the same name and does the same.
    #[test]
    fn a_name_makes_the_same_policy_again(scene in scenes(), text in policies()) {
        let made: Box<dyn Policy> = crate::by_name(&text).unwrap();
        let name = made.name();
        prop_assert_eq!(&crate::by_name(&name).unwrap().name(), &name);
        prop_assert!(!name.ends_with(':') && name.len() <= text.len());
        prop_assert_eq!(scene.run_under(made), scene.run(&name));
    }
}
