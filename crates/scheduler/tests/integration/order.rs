//! The order in which one worker serves what waits.

use std::time::Duration;

use scheduler::Config;
use tokio::sync::mpsc;
use wire::InferRequest;

use crate::support::{Fixture, config, in_future, one_worker, profile, request};

/// Long enough for all requests to come while the first one runs, as a rule.
const SERVICE_MS: u32 = 200;

/// Sends all requests at once to one worker; gives back their numbers in the order of their
/// replies. The first of them is whichever came first; the rest is the policy's choice.
fn replies(policy: &str, requests: &[InferRequest]) -> Vec<usize> {
    (0..20).find_map(|_| attempt(policy, requests)).expect("a machine that is not always too busy")
}

/// As [`replies`]; nothing where a request was served before the last one had come.
fn attempt(policy: &str, requests: &[InferRequest]) -> Option<Vec<usize>> {
    let profile = profile(&[("m", SERVICE_MS)]);
    let in_flight_max = requests.len();
    let fixture = Fixture::new(Config {
        policy: policy.into(),
        emulation: one_worker(profile),
        in_flight_max,
        ..config()
    });
    fixture.runtime.block_on(async {
        let (sender, mut replies) = mpsc::unbounded_channel();
        for (number, request) in requests.iter().cloned().enumerate() {
            let (client, sender) = (fixture.client.clone(), sender.clone());
            tokio::spawn(async move {
                assert!(client.send(request).await.unwrap().unwrap().success);
                // Nobody listens to an attempt that is void.
                let _ = sender.send(number);
            });
        }
        drop(sender);
        tokio::select! {
            biased;
            first = replies.recv() => {
                first.expect("every request is served");
                return None;
            }
            () = fixture.wait_full() => {}
        }
        let mut order = Vec::new();
        while let Some(number) = replies.recv().await {
            order.push(number);
        }
        assert_eq!(order.len(), requests.len(), "every request is served");
        Some(order)
    })
}

#[test]
fn priority_serves_tiers_strictly() {
    let tiers = [3, 2, 3, 1, 2, 1];
    let order = replies("priority", &tiers.map(|tier| request(tier, "m")));
    let served: Vec<_> = order[1..].iter().map(|&number| tiers[number]).collect();
    assert!(served.is_sorted(), "tiers in order of reply, after the first: {served:?}");
}

#[test]
fn edf_serves_deadlines_whatever_the_tier() {
    let seconds = [3_000, 1_000, 4_000, 2_000];
    let requests = [1, 2, 3, 1].iter().zip(seconds).map(|(&tier, seconds)| InferRequest {
        deadline_ns: in_future(Duration::from_secs(seconds)),
        ..request(tier, "m")
    });
    let order = replies("edf", &requests.collect::<Vec<_>>());
    let served: Vec<_> = order[1..].iter().map(|&number| seconds[number]).collect();
    assert!(served.is_sorted(), "deadlines in order of reply, after the first: {served:?}");
}
