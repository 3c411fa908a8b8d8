//! Random numbers that reach a file: one ChaCha8 stream for each class and purpose.
//!
//! Request `i` of a class takes the 64-bit number `i` of each of its streams, so that a draw added
//! for one purpose moves no other, and a class left out moves no other class.

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use request::Seed;

use crate::schema::VERSION;

/// What a stream is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Purpose {
    /// Gaps between arrivals.
    Arrival = 0,
    /// Which model a request asks for.
    Model = 1,
    /// Where a request's tensor begins.
    TensorSeed = 2,
    /// Which states a modulated rate passes through, and how long it stays.
    Environment = 3,
    /// How many requests come at once.
    BatchSize = 4,
    /// Which class an arrival belongs to, where classes do not arrive by themselves.
    Class = 5,
}

/// The class code of streams that belong to no class: tier 0, which no class has.
pub(crate) const SHARED: u32 = 0;

/// Keeps these streams apart from any other use of the same seed.
const DOMAIN: &[u8; 20] = b"reprise.trace\0\0\0\0\0\0\0";

/// The stream of a class for a purpose, at its beginning.
pub(crate) fn stream(seed: Seed, class: u32, purpose: Purpose) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.0.to_le_bytes());
    key[8..12].copy_from_slice(&VERSION.to_le_bytes());
    key[12..].copy_from_slice(DOMAIN);
    let mut stream = ChaCha8Rng::from_seed(key);
    stream.set_stream(u64::from(class) << 32 | u64::from(purpose as u32));
    stream
}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    #[test]
    fn number_i_of_a_stream_is_at_word_2i() {
        let mut in_order = stream(Seed(42), 7, Purpose::Model);
        for i in 0..100_u128 {
            let mut sought = stream(Seed(42), 7, Purpose::Model);
            sought.set_word_pos(2 * i);
            assert_eq!(in_order.next_u64(), sought.next_u64());
        }
    }

    #[test]
    fn streams_differ() {
        let first = |seed, class, purpose| stream(Seed(seed), class, purpose).next_u64();
        let drawn = [
            first(1, 0, Purpose::Arrival),
            first(2, 0, Purpose::Arrival),
            first(1, 1, Purpose::Arrival),
            first(1, 0, Purpose::Model),
            first(1, 0, Purpose::TensorSeed),
        ];
        let distinct: std::collections::BTreeSet<u64> = drawn.into_iter().collect();
        assert_eq!(distinct.len(), drawn.len());
    }
}
