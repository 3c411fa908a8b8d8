//! What is not set beside a simulation, and what is only warned of.

use std::collections::BTreeMap;

use compare::agreement::{Limits, RunTable, agreement};
use outcome::RunInfo;

use super::model::{measured, model, replay_info, run, sim_info, simulated};

fn named(info: RunInfo, parameters: &[(&str, &str)]) -> RunInfo {
    let parameters = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    RunInfo { parameters: BTreeMap::from_iter(parameters), ..info }
}

#[test]
fn the_runs_must_be_measured_and_of_the_same_trace() {
    let refusal =
        |runs: &[RunTable]| agreement(&model(), runs, Limits::default()).unwrap_err().to_string();
    let good = run(measured(0, 0));
    let also_simulated = RunTable::new("b.arrow", sim_info(), simulated()).unwrap();
    let told = refusal(&[good.clone(), also_simulated]);
    assert!(told.starts_with("b.arrow: the run was simulated, and only measured ones"), "{told}");
    let told = refusal(&[good, run(measured(0, 0)[1..].to_vec())]);
    assert!(told.starts_with("runs are not of the same trace: in order of arrival"), "{told}");
}

#[test]
fn a_model_that_is_none_and_other_parameters_are_warned_of() {
    let warnings = |a: RunInfo, b: RunInfo| {
        let a = RunTable::new("a.arrow", a, simulated()).unwrap();
        let b = RunTable::new("b.arrow", b, measured(0, 0)).unwrap();
        agreement(&a, &[b], Limits::default()).unwrap().warnings
    };
    assert_eq!(warnings(sim_info(), replay_info()), Vec::<String>::new());
    assert_eq!(
        warnings(replay_info(), replay_info()),
        ["a.arrow is taken as the model, but it was made by `replay`, not by `sim`; name the \
          simulated table first"]
    );
    let a = named(sim_info(), &[("workers", "2"), ("profile", "one\ntwo"), ("limit", "7")]);
    let b = named(
        replay_info(),
        &[("workers", "4"), ("profile", "one\nthree"), ("policy", "fifo"), ("connections", "4")],
    );
    assert_eq!(
        warnings(a, b),
        [
            "`policy` is edf in a.arrow and fifo in b.arrow",
            "`profile` of a.arrow is not that of b.arrow",
            "`workers` is 2 in a.arrow and 4 in b.arrow",
        ]
    );
}
