//! The engine: policy, cluster and agenda in virtual time, in requests per second.

use std::hint::black_box;

use cluster::Cluster;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use request::Request;
use sim::simulate;
use trace::generate;

use crate::traffic::{SEED, workers, workload};

const REQUESTS: usize = 100_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = workers();
    let model = workers.profile.model("any").expect("the profile has a default");
    let rows = generate(&workload(REQUESTS), SEED, 1).expect("the workload is valid").flatten();
    let requests: Vec<Request> =
        rows.map(|row| Request { model, ..row.request }).take(REQUESTS).collect();
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(20).throughput(Throughput::Elements(requests.len() as u64));
    for name in ["fifo", "priority", "edf"] {
        let cluster = || {
            let policy = policy::by_name(name).expect("the policy is built in");
            Cluster::new(policy, workers.profile.clone(), workers.count, workers.seed)
        };
        let run = |cluster| {
            simulate(requests.iter().copied(), cluster, |row, fate| {
                black_box((row, fate));
            })
            .expect("the policy keeps the rules");
        };
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_batched(cluster, run, BatchSize::LargeInput);
        });
    }
    group.finish();
}
