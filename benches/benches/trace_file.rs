//! Traces: drawn, written and read, in rows per second.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use trace::{TraceReader, TraceRow, TraceWriter, generate};

use crate::traffic::{SEED, trace_bytes, workload};

const ROWS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workload = workload(ROWS);
    let draw = || generate(&workload, SEED, 1).expect("the workload is valid").flatten();
    let rows: Vec<TraceRow> = draw().collect();
    let mut group = criterion.benchmark_group("trace");
    group.sample_size(20).throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("generate/1 thread", |bencher| {
        bencher.iter(|| draw().map(black_box).count());
    });
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            let mut writer = TraceWriter::create(Vec::new(), &workload, SEED)
                .expect("the workload has valid labels");
            writer.push(&rows).expect("memory takes the rows");
            writer.finish().expect("memory takes the footer")
        });
    });
    let folder = tempfile::tempdir().expect("a folder for the trace");
    let path = folder.path().join("t.arrow");
    std::fs::write(&path, trace_bytes(ROWS)).expect("room for the trace");
    // Mapped, every row checked.
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let reader = TraceReader::open(&path).expect("the file was written above");
            for row in reader.rows() {
                black_box(row).expect("a row of our own is sound");
            }
        });
    });
    group.finish();
}
