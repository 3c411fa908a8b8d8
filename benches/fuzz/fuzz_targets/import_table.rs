//! Arrow and Parquet files of any columns, as sources.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use trace::import::{Mapping, Options};

fuzz_target!(|data: &[u8]| {
    // Of tables of outcomes the columns are known; of others these are tried.
    let maps: [&[&str]; 3] = [&[], &["arrival=t:ms", "tier=x"], &["arrival=d", "model=x", "slo=y"]];
    for map in maps {
        let map = map.iter().map(|entry| entry.parse::<Mapping>().expect("it is one")).collect();
        fuzz::imported::check(data, &Options { map, ..Options::new("t") });
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    use fuzz::mutate::{ARROW, PARQUET, framed};
    framed(data, size, max_size, seed, &[ARROW, PARQUET])
});
