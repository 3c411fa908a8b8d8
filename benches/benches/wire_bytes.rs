//! A request's bytes: the tensor's, made ahead of time, and the head's, made for each request.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use request::Tier;
use trace::Tensor;
use wire::{PreparedTensor, encode_head};

use crate::traffic::SEED;

const SHAPE: [i32; 4] = [1, 3, 224, 224];

const DEADLINE_NS: i64 = 1_700_000_000_000_000_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let build = || PreparedTensor::build(&SHAPE, |floats| Tensor::fill(black_box(SEED), floats));
    let tail_len = build().expect("the shape is sound").len();
    let mut group = criterion.benchmark_group("wire");
    group.throughput(Throughput::Bytes(tail_len as u64));
    group.bench_function("PreparedTensor::build", |bencher| bencher.iter(build));
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode_head", |bencher| {
        bencher.iter(|| encode_head(Tier::Vip, black_box(DEADLINE_NS), "resnet50", tail_len));
    });
    group.finish();
}
