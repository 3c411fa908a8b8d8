//! The outcome table, in rows per second: what a run has to write.

use criterion::{Criterion, Throughput};
use outcome::{OutcomeWriter, RunInfo};
use sim::{Simulation, read_rows, simulate_trace};
use trace::{RateScale, TraceReader};

use crate::traffic::{trace_bytes, workers};

const ROWS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let Simulation { info, outcomes } = simulation();
    let folder = tempfile::tempdir().expect("a folder for the table");
    let path = folder.path().join("run.arrow");
    let mut group = criterion.benchmark_group("outcome");
    group.sample_size(20).throughput(Throughput::Elements(outcomes.len() as u64));
    group.bench_function("write arrow", |bencher| {
        bencher.iter(|| {
            let mut writer = OutcomeWriter::create(&path, &info).expect("the folder is ours");
            for outcome in &outcomes {
                writer.push(outcome).expect("a simulated outcome keeps the format's promises");
            }
            writer.finish(&info).expect("room for the table");
        });
    });
    group.finish();
}

/// A run as a user would have it: rows of every class, with workers and times.
fn simulation() -> Simulation {
    let trace = TraceReader::from_bytes("bench", &trace_bytes(ROWS)).expect("a trace of our own");
    let rows = read_rows(&trace, RateScale::ONE, Some(ROWS)).expect("the rows are sound");
    let header = trace.header();
    let info = RunInfo {
        slos: header.slos.clone(),
        models: header.models.iter().map(|model| model.name.clone()).collect(),
        ..RunInfo::default()
    };
    simulate_trace(&trace, &rows, "edf", &workers(), info).expect("the profile has a default")
}
