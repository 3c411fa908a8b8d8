//! Parquet files.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use trace::TraceReader;

fuzz_target!(|data: &[u8]| {
    fuzz::sound::read_through(TraceReader::from_bytes("t", data));
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate::framed(data, size, max_size, seed, &[fuzz::mutate::PARQUET])
});
