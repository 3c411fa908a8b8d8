//! Arrivals and rates as they are typed, alone and in a workload: a byte for the amounts, the
//! arrivals, a zero byte, the rate.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use trace::{Amounts, ArrivalsText, RateText, WorkloadFile};

fuzz_target!(|data: &[u8]| {
    let [amounts, rest @ ..] = data else { return };
    let (arrivals, rate) = fuzz::halves(rest);
    let (Ok(arrivals), Ok(rate)) = (str::from_utf8(arrivals), str::from_utf8(rate)) else { return };
    let arrivals = arrivals.parse::<ArrivalsText>().map_err(fuzz::sound::show).ok();
    let rate = rate.parse::<RateText>().map_err(fuzz::sound::show).ok();
    let amounts = usize::from(*amounts);
    let amounts = Amounts {
        total_qps: [None, Some(0.5), Some(1000.0), Some(1e9)][amounts & 3],
        duration: [None, Some(1), Some(1_000_000), Some(1 << 53)][amounts >> 2 & 3]
            .map(Duration::from_nanos),
        min_query_count: [None, Some(1000)][amounts >> 4 & 1],
        count: [None, Some(5), Some(5000), Some(1 << 53)][amounts >> 5 & 3],
        arrivals,
        rate,
    };
    let name = ["balanced", "batch_heavy"][usize::from(data[0]) >> 7];
    let file = WorkloadFile::built_in(name).expect("it is built in");
    if let Ok(workload) = file.workload(&amounts).map_err(fuzz::sound::show) {
        fuzz::generated::check(&workload, None);
    }
});
