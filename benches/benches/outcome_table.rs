//! The outcome table, in rows per second: what a run has to write and to sum up, and what reads it.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput};
use outcome::{Outcome, OutcomeReader, OutcomeWriter, RunInfo, Tally};
use sim::{Recorder, Setting, simulate_trace};
use trace::{RateScale, TraceReader};

use crate::traffic::{emulation, trace_bytes};

const ROWS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let (info, outcomes) = simulation();
    // In memory where there is such a folder: the disk is not what is measured.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.expect("a folder for the table");
    let path = folder.path().join("run.arrow");
    let mut group = criterion.benchmark_group("outcome");
    group.sample_size(20).throughput(Throughput::Elements(outcomes.len() as u64));
    group.bench_function("write arrow", |bencher| {
        bencher.iter(|| write(&path, &info, &outcomes));
    });
    write(&path, &info, &outcomes);
    group.bench_function("read arrow", |bencher| {
        bencher.iter(|| {
            let mut reader = OutcomeReader::open(&path).expect("the table was written above");
            let rows = reader.rows().map(|row| row.expect("our own table is sound"));
            rows.filter(|row| black_box(row).slo_met()).count()
        });
    });
    // It soon holds more rows than it keeps one by one, as that of a long simulation.
    let mut tally = Tally::default();
    group.bench_function("tally", |bencher| {
        bencher.iter(|| outcomes.iter().for_each(|outcome| tally.push(black_box(outcome))));
    });
    group.finish();
}

fn write(path: &Path, info: &RunInfo, outcomes: &[Outcome]) {
    let mut writer = OutcomeWriter::create(path, info).expect("the folder is ours");
    for outcome in outcomes {
        writer.push(outcome).expect("a simulated outcome keeps the format's promises");
    }
    writer.finish(info).expect("room for the table");
}

/// A run as a user would have it: rows of every class, with workers and times.
fn simulation() -> (RunInfo, Vec<Outcome>) {
    struct Keep(Vec<Outcome>);
    impl Recorder for Keep {
        fn ended(&mut self, _: u64, outcome: &Outcome) {
            self.0.push(*outcome);
        }
    }
    let trace = TraceReader::from_bytes("bench", &trace_bytes(ROWS)).expect("a trace of our own");
    let (rate_scale, limit) = (RateScale::ONE, Some(ROWS as u64));
    let setting = Setting { trace: &trace, rate_scale, limit, emulation: &emulation() };
    let policy = policy::by_name("edf").expect("it is built in");
    let mut kept = Keep(Vec::new());
    simulate_trace(setting, policy, &mut [&mut kept]).expect("the profile has a default");
    (setting.run_info(), kept.0)
}
