//! Whether the scheduler's map among the examples is the one that is built in.

use std::fs;
use std::path::Path;

use request::Tier;
use targets::{Ask, Facts, Map, Method, ModelShape, Protocol, Refusal, Target, Traffic};

use super::readme::REPOSITORY;

/// Nobody to ask: all there is to know is built in, or in files.
struct Nobody;

impl Ask for Nobody {
    fn call(&mut self, path: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::NoAnswer(format!("nobody is asked for {path}")))
    }
}

/// The requests of two models, one of which has large tensors.
fn traffic() -> Traffic {
    let model = |name: &str, shape: &[i32]| ModelShape {
        name: name.to_owned(),
        shape: shape.to_vec(),
        used: true,
    };
    Traffic {
        models: vec![model("small", &[1, 4]), model("resnet50", &[1, 3, 224, 224])],
        slos: vec!["urgent".to_owned()],
        slo_ns_max: 100_000_000,
    }
}

fn facts(model: usize, tier: Tier) -> Facts {
    Facts {
        id: 7,
        tier,
        slo: 0,
        model,
        tensor_seed: 8,
        arrival_ns: 1_700_000_000_000_000_000,
        deadline_ns: 1_700_000_000_100_000_000,
        now_ns: 1_700_000_000_000_000_001,
    }
}

/// A whole request, its tensor of zeros.
fn message(protocol: &Protocol, facts: &Facts) -> Vec<u8> {
    let mut tail = vec![0; protocol.tail_len(facts.model)];
    protocol.tail(facts.model, &mut tail);
    [&protocol.head(facts)[..], &tail].concat()
}

#[test]
fn the_scheduler_s_map_is_the_one_that_is_built_in() {
    let repository = Path::new(REPOSITORY);
    let proto = repository.join("proto/scheduler.proto");
    let method = Method::from_files(&[proto], &[], "scheduler.SchedulerService/Infer").unwrap();
    let map = fs::read_to_string(repository.join("examples/targets/scheduler.toml")).unwrap();
    let map = Map::parse(&map, "scheduler.toml").unwrap();
    let bind = |target: Target| target.bind(&traffic(), &mut Nobody).unwrap();
    let (example, built_in) =
        (bind(Target::proto(method, map)), bind(Target::scheduler(Map::default())));
    assert_eq!(example.path(), built_in.path());
    assert_eq!(example.header_names().count(), 0);
    for (model, tier) in [(0, Tier::Vip), (1, Tier::Premium), (0, Tier::Free)] {
        let facts = facts(model, tier);
        assert_eq!(message(&example, &facts), message(&built_in, &facts));
        let echo = built_in.echo(&facts);
        assert_eq!(example.echo(&facts), echo);
        // Success, nothing at all, the deadline of another request, no answer.
        let replies: [(i32, &[u8]); 4] =
            [(0, &[0, 0, 0, 0, 2, 16, 1]), (0, &[0; 5]), (0, &[0, 0, 0, 0, 2, 8, 9]), (14, &[])];
        for (grpc, reply) in replies {
            let end = built_in.end(grpc, "", reply, echo);
            assert_eq!(example.end(grpc, "", reply, echo), end, "{grpc} {reply:?}");
        }
    }
}
