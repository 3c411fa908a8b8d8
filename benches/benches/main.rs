//! The benchmarks: a module for each subject, and one Criterion over all of them.

mod comparison;
mod message;
mod outcome_table;
mod policy;
mod simulation;
mod tensor;
mod trace_file;
mod traffic;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    tensor::bench(&mut criterion);
    trace_file::bench(&mut criterion);
    policy::bench(&mut criterion);
    simulation::bench(&mut criterion);
    outcome_table::bench(&mut criterion);
    comparison::bench(&mut criterion);
    message::bench(&mut criterion);
    criterion.final_summary();
}
