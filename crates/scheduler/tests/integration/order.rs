//! The order in which one worker serves what waits.

use std::time::Duration;

use scheduler::Config;
use tokio::sync::mpsc;
use tonic::Request;
use wire::InferRequest;

use crate::support::{Fixture, config, in_future, profile, request};

/// Service time: all requests of a test come while the first one runs.
const SERVICE_MS: u32 = 250;

/// Serves a first request and, while it runs, lets the others come in this order; gives back their
/// numbers in the order of their replies.
fn replies(policy: &str, requests: Vec<InferRequest>) -> Vec<usize> {
    let profile = profile(&[("m", SERVICE_MS), ("quick", 20)]);
    let fixture = Fixture::new(Config { policy: policy.into(), profile, ..config() });
    fixture.runtime.block_on(async {
        let first = fixture.client.send(request(1, "m"));
        // A refusal shows that what was sent before it has come: one connection keeps the order.
        fixture.client.ask(Request::new(request(9, "m"))).await.unwrap_err();
        let (sender, mut replies) = mpsc::unbounded_channel();
        for (number, request) in requests.into_iter().enumerate() {
            let (client, sender) = (fixture.client.clone(), sender.clone());
            tokio::spawn(async move {
                assert!(client.ask(Request::new(request)).await.unwrap().success);
                sender.send(number).unwrap();
            });
        }
        drop(sender);
        let mut order = Vec::new();
        while let Some(number) = replies.recv().await {
            order.push(number);
        }
        assert!(first.await.unwrap().unwrap().success);
        order
    })
}

#[test]
fn priority_serves_tiers_strictly() {
    let order = replies("priority", [3, 2, 3, 1, 2, 1].map(|tier| request(tier, "quick")).into());
    let tiers: Vec<_> = order.iter().map(|&number| [3, 2, 3, 1, 2, 1][number]).collect();
    assert_eq!(tiers, [1, 1, 2, 2, 3, 3], "numbers in order of reply: {order:?}");
}

#[test]
fn edf_serves_deadlines_whatever_the_tier() {
    let deadlines = [(1, 3_000), (2, 1_000), (3, 2_000)];
    let requests = deadlines.map(|(tier, seconds)| InferRequest {
        deadline_ns: in_future(Duration::from_secs(seconds)),
        ..request(tier, "quick")
    });
    assert_eq!(replies("edf", requests.into()), [1, 2, 0]);
}
