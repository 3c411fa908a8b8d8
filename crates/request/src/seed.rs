//! Seeds, and counter-based numbers drawn from them.

use std::fmt;

/// Where a stream of random numbers begins.
///
/// One seed never serves two purposes: [`Seed::derive`] makes one for each, so that a draw added
/// in one place moves nothing elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// 2^64 / golden ratio, odd: the step of SplitMix64.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Seed {
    /// The seed of the purpose that `label` names.
    ///
    /// Each byte of the label is folded in through the SplitMix64 finaliser.
    #[must_use]
    pub fn derive(self, label: &str) -> Self {
        let folded = label.bytes().fold(self.0, |state, byte| {
            finalise(state.wrapping_add(GOLDEN_GAMMA) ^ u64::from(byte))
        });
        Self(folded)
    }

    /// The `counter`-th number of this seed's stream: SplitMix64 (Steele, Lea and Flood 2014) at
    /// position `counter`, reached at once.
    ///
    /// It depends on nothing but the two arguments: not on order, thread or machine.
    #[inline]
    #[must_use]
    pub fn draw(self, counter: u64) -> u64 {
        finalise(self.0.wrapping_add(GOLDEN_GAMMA.wrapping_mul(counter.wrapping_add(1))))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Mixes 64 bits so that each output bit depends on every input bit.
#[inline]
fn finalise(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference SplitMix64 for seed 1234567.
    #[test]
    fn draws_are_splitmix64() {
        let drawn: Vec<u64> = (0..3).map(|counter| Seed(1_234_567).draw(counter)).collect();
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn labels_give_different_seeds() {
        let seed = Seed(42);
        assert_eq!(seed.derive("service"), seed.derive("service"));
        assert_ne!(seed.derive("service"), seed.derive("arrival"));
        assert_ne!(seed.derive("ab"), seed.derive("ba"));
        assert_ne!(Seed(42).derive("service"), Seed(43).derive("service"));
    }
}
