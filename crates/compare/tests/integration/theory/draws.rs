//! Normal numbers from fixed seeds, and comparisons of rows.

use std::f64::consts::TAU;

use compare::{BLOCKS_DEFAULT, Comparison, Row, Settings, compare, of_rows};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use request::{Moment, RequestId, Tier};

/// Standard normal numbers.
pub(crate) struct Normals(ChaCha8Rng);

impl Normals {
    /// Those of a draw of a test.
    fn new(label: &str, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_le_bytes());
        key[8..][..label.len()].copy_from_slice(label.as_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Box and Muller (1958), the cosine half.
    pub(crate) fn draw(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        radius * libm::cos(TAU * self.uniform())
    }

    /// In (0, 1]: its logarithm is finite.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// `count` comparisons of the runs that `sides` draws, baseline and candidate; `label` has at most
/// 24 letters.
pub(crate) fn compared(
    label: &str,
    count: u64,
    sides: impl Fn(&mut Normals) -> [Vec<Vec<Row>>; 2] + Sync,
) -> Vec<Comparison> {
    let one = |number| {
        let [a, b] = sides(&mut Normals::new(label, number));
        let (traffic, sides) = of_rows(&[("a", a), ("b", b)], BLOCKS_DEFAULT).unwrap();
        compare(&traffic, &sides[0], &sides[1], &Settings::default())
    };
    (0..count).into_par_iter().map(one).collect()
}

/// Request number `index`, which comes 100 ms after the one before; `None` of one that failed.
pub(crate) fn row(index: usize, tier: Tier, latency_ns: Option<f64>, slo_ns: f64) -> Row {
    Row {
        id: RequestId(index as i64),
        arrival: Moment::from_nanos(index as i64 * 100_000_000),
        tier,
        slo: 0,
        latency_ns: latency_ns.map(|latency| latency as u64),
        slo_met: latency_ns.is_some_and(|latency| latency <= slo_ns),
        lag_ns: None,
    }
}
