use std::collections::BTreeSet;

use cluster::Profile;
use proptest::prelude::*;

use super::*;
use crate::sweep::{Parameter, variants};
use crate::testing::trace_of_seed;

/// A plan of small traces and of so many values on each axis.
pub(crate) fn plan(traces: u64, means: usize, workers: u32, rates: u32, seeds: u64) -> Plan {
    let values = (1..=means).map(|mean| mean.to_string()).collect();
    let parameter = Parameter { name: "default.mean_ms".to_owned(), values };
    let choice =
        |count: u32| WorkersChoice { label: count.to_string(), workers: Workers::equal(count) };
    Plan {
        traces: (0..traces).map(trace_of_seed).collect(),
        variants: variants(&Profile::default(), &[parameter]).unwrap(),
        workers: (1..=workers).map(choice).collect(),
        rate_scales: (1..=rates).map(|rate| rate.to_string().parse().unwrap()).collect(),
        policies: vec!["edf".to_owned(), "fifo".to_owned()],
        seeds: (1..=seeds).map(Seed).collect(),
        limit: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Every combination once, in the order of the axes, under a key of its own.
    #[test]
    fn a_plan_is_every_combination_once(
        traces in 1u64..3, means in 1usize..3, workers in 1u32..4, rates in 1u32..4, seeds in 1u64..4,
    ) {
        let plan = plan(traces, means, workers, rates, seeds);
        let cells = plan.cells();
        prop_assert_eq!(cells.len(), plan.cell_count());
        prop_assert!(cells.is_sorted_by(|one, next| one < next));
        let keys: BTreeSet<String> = cells.iter().map(|&cell| plan.key(cell)).collect();
        prop_assert_eq!(keys.len(), cells.len());
        prop_assert_eq!(plan.check(), Ok(()));
    }
}

/// Whatever changes a cell's figures changes its key; what does not, does not.
#[test]
fn a_key_is_of_what_the_figures_depend_on() {
    let cell = Cell { trace: 0, variant: 0, workers: 0, rate_scale: 0, policy: 0, seed: 0 };
    let mut plan = plan(1, 1, 1, 1, 1);
    let key = plan.key(cell);
    plan.seeds.push(Seed(9));
    plan.workers[0].label = "fleet.toml".to_owned();
    assert_eq!(plan.key(cell), key, "other cells and names change nothing");
    plan.limit = Some(7);
    assert_ne!(plan.key(cell), key);
}

#[test]
fn a_value_that_stands_twice_is_refused() {
    let mut plan = plan(1, 1, 2, 1, 1);
    plan.seeds.push(Seed(1));
    assert_eq!(plan.check().unwrap_err().to_string(), "--seeds names '1' twice");
    plan.seeds.pop();
    plan.workers[1] = WorkersChoice { label: "one.toml".to_owned(), workers: Workers::equal(1) };
    assert_eq!(plan.check().unwrap_err().to_string(), "--workers names 'one.toml' twice");
}

#[test]
fn more_cells_than_anybody_could_wait_for_are_refused() {
    let mut plan = plan(1, 1, 1, 1, 1);
    plan.seeds = (0..600_000).map(Seed).collect();
    let error = plan.check().unwrap_err().to_string();
    assert_eq!(error, "the values combine to 1200000 cells; at most 1000000 are simulated");
}
