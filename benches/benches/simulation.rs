//! The engine: policy, cluster and agenda in virtual time, in requests per second.

use std::hint::black_box;

use cluster::{Cluster, Violation};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use request::Request;
use sim::{Fates, simulate};
use trace::generate;

use crate::traffic::{SEED, emulation, workload};

const REQUESTS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let emulation = emulation();
    let model = emulation.profile.model("any").expect("the profile has a default");
    let rows = generate(&workload(REQUESTS), SEED, 1).expect("the workload is valid").flatten();
    let requests: Vec<Request> =
        rows.map(|row| Request { model, ..row.request }).take(REQUESTS).collect();
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(20).throughput(Throughput::Elements(requests.len() as u64));
    for name in ["fifo", "priority", "edf"] {
        let cluster = || {
            let policy = policy::by_name(name).expect("the policy is built in");
            Cluster::new(policy, &emulation)
        };
        let run = |mut cluster| {
            let arrivals = requests.iter().copied().zip(0u32..).map(Ok::<_, Violation>);
            let mut fates = Fates(|row, fate| {
                black_box((row, fate));
            });
            simulate(arrivals, &mut cluster, &mut fates).expect("the policy keeps the rules");
        };
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_batched(cluster, run, BatchSize::LargeInput);
        });
    }
    group.finish();
}
