//! The examples of `examples/targets`: the commands of their README, run as they stand there, at
//! servers that write down what arrives.

mod alike;
mod readme;
mod reference;
mod seen;

use outcome::{Code, Outcome, Status};
use request::Tier;
use serde_json::{Value, json};

use crate::programs::{Server, outcomes};
use readme::Walk;
use seen::Seen;

const TRAFFIC: &str = "Traffic to try it with";
const LIKE_OURS: &str = "A proto like ours";
const OWN: &str = "A proto of your own";
const GATEWAY: &str = "A gateway that reads headers";
const TRITON: &str = "Triton";

#[test]
fn all_commands_of_the_readme_are_tested() {
    assert_eq!(Walk::new().headings(), [TRAFFIC, LIKE_OURS, OWN, GATEWAY, TRITON]);
}

#[test]
fn a_proto_like_ours_is_fired_at_the_reference_scheduler() {
    let walk = Walk::new();
    walk.run(TRAFFIC, &["trace"], &[]);
    let scheduler = Server::scheduler(walk.folder(), &["--workers", "64"]);
    walk.run(LIKE_OURS, &["replay"], &[("localhost:50051", &scheduler.address)]);
    let (_, outcomes) = outcomes(&walk.folder().join("like-ours.arrow"));
    assert!(!outcomes.is_empty());
    assert!(outcomes.iter().all(|outcome| outcome.status == Status::Ok), "{outcomes:?}");
}

#[test]
fn a_proto_of_one_s_own_is_sent_what_the_map_says() {
    let Some(run) = Seen::of(OWN, "localhost:50052", "tiny", "own") else { return };
    for (row, seen, outcome) in run.requests() {
        let (slo, slo_ms) = run.slo(row);
        let tier = row.request.tier.number();
        let by_tier = |values: [Value; 3]| values[usize::from(tier) - 1].clone();
        let expected = json!({
            "model": "small-v2",
            "priority": by_tier(["HIGH", "MEDIUM", "LOW"].map(Value::from)),
            "deadline_ns": run.deadline_ns(row),
            "weight": by_tier([1.5, 1.0, 0.5].map(Value::from)),
            "labels": { "class": format!("tier-{tier}/{slo}"), "client": "reprise" },
            "dtype": "FP32",
            "shape": [1, 4],
            "data": run.tensor(row),
        });
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&seen[field], value, "{field} of {seen}");
        }
        let timeout_ms = seen["timeout_ms"].as_i64().unwrap();
        assert!((1..=slo_ms).contains(&timeout_ms), "{seen}");
        assert_eq!(seen["headers"]["x-class"], format!("{tier}/{slo}"));

        // The server ends them by turns.
        let end = match row.request.id.0 % 5 {
            0 => (Status::Ok, None),
            1 => (Status::Rejected, None),
            2 => (Status::Expired, None),
            3 => (Status::Error, None),
            _ => (Status::Rejected, Some(Code::ResourceExhausted)),
        };
        assert_eq!((outcome.status, outcome.code), end, "{outcome:?}");
    }
}

#[test]
fn a_gateway_is_sent_headers() {
    let Some(run) = Seen::of(GATEWAY, "localhost:8081", "tiny", "gateway") else { return };
    for (row, seen, outcome) in run.requests() {
        let (_, slo_ms) = run.slo(row);
        let tier = usize::from(row.request.tier.number());
        let id = row.request.id.0.to_string();
        for (header, value) in [
            ("x-gateway-inference-objective", ["vip", "premium", "free"][tier - 1].to_owned()),
            ("x-priority", (4 - tier).to_string()),
            ("x-slo-ttft-ms", slo_ms.to_string()),
            ("x-request-id", id.clone()),
            ("request-id", id),
        ] {
            assert_eq!(seen["headers"][header], value, "{header}");
        }
        assert_eq!((&seen["parameters"], &seen["data"]), (&json!({}), &json!(run.tensor(row))));
        assert_eq!(outcome.status, Status::Ok);
    }
}

/// What it is sent; that it heeds it is for the tests at a real one to show.
#[test]
fn triton_is_sent_priority_and_timeout() {
    let Some(run) = Seen::of(TRITON, "localhost:8001", "overload", "triton") else { return };
    for (row, seen, outcome) in run.requests() {
        let parameters = &seen["parameters"];
        assert_eq!(parameters["priority"], row.request.tier.number());
        let timeout_us = parameters["timeout"].as_i64().unwrap();
        assert!((1..=1_000 * run.slo(row).1).contains(&timeout_us), "{seen}");
        assert_eq!((&seen["model"], &seen["data"]), (&json!("sleeper"), &json!(run.tensor(row))));
        assert_eq!(outcome.status, Status::Ok);
    }
}

/// Of the overload the first tier is saved by priority, and the last one's short deadlines by none.
#[test]
fn the_overload_parts_the_tiers_in_virtual_time() {
    let walk = Walk::new();
    walk.run(TRITON, &["trace", "sim"], &[]);
    let table = |name: &str| outcomes(&walk.folder().join("triton-sim").join(name)).1;
    let attainment = |outcomes: &[Outcome], tier: Tier| {
        let of_tier = outcomes.iter().filter(|outcome| outcome.tier == tier);
        let met: Vec<bool> = of_tier.map(Outcome::slo_met).collect();
        100 * met.iter().filter(|met| **met).count() / met.len()
    };
    let (priority, fifo) = (table("priority-late-drop.arrow"), table("fifo.arrow"));
    assert_eq!([Tier::Vip, Tier::Premium].map(|tier| attainment(&priority, tier)), [100, 100]);
    assert!(attainment(&priority, Tier::Free) < 50);
    assert!(attainment(&fifo, Tier::Vip) < 50);
    assert!(priority.iter().any(|outcome| outcome.status == Status::Expired));
}
