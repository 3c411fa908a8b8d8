//! For how long differences between two runs stay alike.

use crate::input::INFINITE;
use crate::traffic::part;
use crate::{Run, Traffic};

/// Parts of a block that differences are summed in; correlation shorter than one is not seen, and
/// needs not be.
const PARTS_OF_A_BLOCK: u32 = 10;

/// The integrated correlation time, ns, of the paired difference of latency; `None` where it
/// cannot be told.
///
/// Sokal's estimate: half a part, and a part for each unit of autocorrelation up to the first that
/// chance explains.
pub(super) fn time(traffic: &Traffic, a: &Run, b: &Run) -> Option<f64> {
    let part_count = traffic.block_count() * PARTS_OF_A_BLOCK;
    let parts = part_count as usize;
    let (first, span) = (traffic.first_ns(), traffic.span_ns());
    let mut sums = vec![0.0; parts];
    let pairs = traffic.arrivals.iter().zip(a.latencies.iter().zip(&b.latencies));
    for (arrival, (&a, &b)) in pairs {
        if a != INFINITE && b != INFINITE {
            let part = part(arrival.abs_diff(first), span, part_count);
            sums[part as usize] += b as f64 - a as f64;
        }
    }
    let mean = sums.iter().sum::<f64>() / parts as f64;
    sums.iter_mut().for_each(|sum| *sum -= mean);
    let variance: f64 = sums.iter().map(|sum| sum * sum).sum();
    if variance == 0.0 {
        return None;
    }
    let correlation =
        |lag: usize| sums.iter().zip(&sums[lag..]).map(|(one, other)| one * other).sum::<f64>();
    let by_chance = 2.0 / libm::sqrt(parts as f64);
    let beyond = (1..parts / 2)
        .map(|lag| correlation(lag) / variance)
        .take_while(|correlation| *correlation > by_chance);
    Some((0.5 + beyond.sum::<f64>()) * span as f64 / parts as f64)
}
