//! The order in which the requests of one moment come.

use proptest::prelude::*;
use request::Request;
use sim::Fate;

use super::clusters::away_at_first;
use super::{Row, patient, requests, rows};
use crate::theory::lab::Lab;

/// Shuffles the requests within each moment, by a number of each.
fn shuffled(mut requests: Vec<Request>, numbers: &[u32]) -> Vec<Request> {
    let number = |request: &Request| numbers[usize::try_from(request.id.0).unwrap()];
    requests.sort_by_key(|request| (request.arrival, number(request)));
    requests
}

/// With deadlines of which no two are equal.
fn distinct(rows: &[Row]) -> Vec<Row> {
    let row = |(number, row): (u32, &Row)| (row.0, 1_000 + number * 61 - row.0, row.2, row.3);
    (0..).zip(rows).map(row).collect()
}

fn by_id(lab: &Lab, policy: &str, requests: Vec<Request>) -> Vec<(i64, Fate)> {
    let run = lab.run(policy, requests);
    let mut fates: Vec<_> = run.requests.iter().map(|r| r.id.0).zip(run.fates).collect();
    fates.sort_unstable_by_key(|(id, _)| *id);
    fates
}

proptest! {
    /// While every worker is away or busy, the order of those that come at one moment means
    /// nothing to a policy that can tell them apart by their deadlines.
    #[test]
    fn the_order_within_a_moment_means_nothing_while_no_worker_is_idle(
        rows in rows(1),
        numbers in prop::collection::vec(any::<u32>(), 60),
        workers in 1u32..4,
    ) {
        let lab = away_at_first(workers, 60, &["law = \"lognormal\"\nmean_ms = 0.01\ncv = 1"]);
        for policy in ["edf", "tier-edf", "least-slack", "shed", "batch-edf", "clockwork"] {
            let requests = requests(&distinct(&rows));
            let other = shuffled(requests.clone(), &numbers);
            prop_assert_eq!(by_id(&lab, policy, requests), by_id(&lab, policy, other), "{}", policy);
        }
    }

    /// Under FIFO it is the place that counts, and not who has it: of equal requests, the first
    /// that comes is the first that runs, for any number of idle workers.
    #[test]
    fn places_within_a_moment_are_served_in_order_under_fifo(
        rows in rows(1),
        numbers in prop::collection::vec(any::<u32>(), 60),
        workers in 1u32..4,
    ) {
        let lab = super::constant(&[9], workers);
        let requests = patient(&rows);
        let other = shuffled(requests.clone(), &numbers);
        prop_assert_eq!(lab.run("fifo", requests).fates, lab.run("fifo", other).fates);
    }
}
