//! Tensors: they are made while requests are due, so their speed bounds the rate of a replay.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use trace::Tensor;

use crate::traffic::SEED;

/// One image of 3 x 224 x 224 floats.
const TENSOR_BYTES: usize = 602_112;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tensor");
    group.throughput(Throughput::Bytes(TENSOR_BYTES as u64));
    let mut out = vec![0; TENSOR_BYTES];
    group.bench_function("fill", |bencher| {
        bencher.iter(|| Tensor::fill(black_box(SEED), black_box(&mut out)));
    });
    group.finish();
}
