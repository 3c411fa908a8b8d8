//! Measured times of one request, as a law: each is as likely as any other.

use std::sync::Arc;

use super::whole_ns;

/// Times in ns, sorted; at least one.
///
/// Shared, because every simulation of a sweep has its own profile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Samples {
    sorted_ns: Arc<[u64]>,
    mean_ns: f64,
}

impl Samples {
    /// From times in ms, in any order.
    ///
    /// # Panics
    /// Where there are none: the caller refuses that by name.
    pub(crate) fn of_ms(times_ms: &[f64]) -> Self {
        assert!(!times_ms.is_empty(), "the reader refuses a law of no samples");
        let mut sorted_ns: Vec<u64> = times_ms.iter().map(|&ms| whole_ns(ms)).collect();
        sorted_ns.sort_unstable();
        let sum: u128 = sorted_ns.iter().copied().map(u128::from).sum();
        let mean_ns = sum as f64 / sorted_ns.len() as f64;
        Self { sorted_ns: sorted_ns.into(), mean_ns }
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted_ns.len()
    }

    pub(crate) fn mean_ns(&self) -> f64 {
        self.mean_ns
    }

    /// Nearest rank: the smallest sample that at least this share of all does not exceed.
    pub(crate) fn quantile_ns(&self, share: f64) -> f64 {
        let count = self.sorted_ns.len();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let rank = libm::ceil(share * count as f64) as usize;
        self.sorted_ns[rank.clamp(1, count) - 1] as f64
    }

    pub(crate) fn share_within(&self, time_ns: f64) -> f64 {
        let within = self.sorted_ns.partition_point(|&sample| sample as f64 <= time_ns);
        within as f64 / self.count() as f64
    }

    /// The samples as a profile's text holds them: whole ns, in ms.
    pub(crate) fn to_toml(&self) -> String {
        let ms = |ns: &u64| format!("{}.{:06}", ns / 1_000_000, ns % 1_000_000);
        format!("[{}]", self.sorted_ns.iter().map(ms).collect::<Vec<_>>().join(", "))
    }

    /// FNV-1a (Fowler, Noll and Vo 1991) over the sorted times: tells one set of samples from
    /// another, and is no defence against whoever wants two to look alike.
    pub(crate) fn digest(&self) -> String {
        let bytes = self.sorted_ns.iter().flat_map(|ns| ns.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}
