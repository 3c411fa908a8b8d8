//! Comparisons, in requests per second of one side: reading and joining, and judging.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use cluster::Emulation;
use compare::{Files, Reading, Settings, compare, read};
use criterion::{BenchmarkId, Criterion, Throughput};
use request::Seed;
use sim::{Setting, TableRecorder, simulate_trace};
use trace::{RateScale, TraceReader};

use crate::traffic::{SEED, emulation, trace_bytes};

const ROWS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.expect("a folder for the tables");
    let sides: Vec<Files> = ["edf", "fifo"]
        .map(|policy| {
            let run = |run| table(folder.path(), policy, run);
            Files { name: None, paths: (0..3).map(run).collect() }
        })
        .into();
    let first_runs =
        || sides.iter().map(|side| Files { paths: side.paths[..1].into(), ..side.clone() });
    let one_run: Vec<Files> = first_runs().collect();

    let mut group = criterion.benchmark_group("compare");
    group.sample_size(20).throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("read and join 1 + 1", |bencher| {
        bencher.iter(|| read(black_box(&one_run), Reading::default()).expect("tables of ours"));
    });
    for (design, files) in [("blocks 1 + 1", &one_run), ("runs 3 + 3", &sides)] {
        let (traffic, sides) = read(files, Reading::default()).expect("tables of ours");
        group.bench_function(BenchmarkId::new("judge", design), |bencher| {
            bencher.iter(|| compare(&traffic, &sides[0], &sides[1], &Settings::default()));
        });
    }
    group.finish();
}

/// A simulated run of a policy, whose service times are drawn anew for each run.
fn table(folder: &Path, policy: &str, run: u64) -> PathBuf {
    let path = folder.join(format!("{policy}{run}.arrow"));
    let trace = TraceReader::from_bytes("bench", &trace_bytes(ROWS)).expect("a trace of our own");
    let emulation = Emulation { seed: Seed(SEED.0 + run), ..emulation() };
    let (rate_scale, limit) = (RateScale::ONE, Some(ROWS as u64));
    let setting = Setting { trace: &trace, rate_scale, limit, emulation: &emulation };
    let info = setting.run_info();
    let mut recorder = TableRecorder::create(&path, &info).expect("the folder is ours");
    let policy = policy::by_name(policy).expect("it is built in");
    simulate_trace(setting, policy, &mut [&mut recorder]).expect("the profile has a default");
    recorder.finish(&info).expect("room for the table");
    path
}
