//! The input tensor of a request, as a function of its seed alone.
//!
//! Eight interleaved xoshiro128++ generators (Blackman and Vigna 2019), because eight 32-bit lanes
//! fill a 256-bit register. Element `j` comes from lane `j % 8`, step `j / 8`. FORMAT.md fixes the
//! algorithm with test vectors.

use request::Seed;

/// Generators beside each other.
const LANES: usize = 8;

/// Bytes of an element.
const ELEMENT: usize = size_of::<f32>();

/// The numbers that a request carries.
pub struct Tensor;

impl Tensor {
    /// Fills `out` with the tensor of this seed: little-endian f32 values in [0, 1), which is how a
    /// packed `repeated float` travels.
    ///
    /// A shorter tensor is a prefix of a longer one.
    ///
    /// # Panics
    /// Where the length of `out` is not a multiple of 4 bytes.
    pub fn fill(seed: Seed, out: &mut [u8]) {
        assert!(out.len().is_multiple_of(ELEMENT), "{} bytes are not whole floats", out.len());
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            #[expect(unsafe_code, reason = "AVX2 was detected in the line above")]
            // SAFETY: the function needs AVX2 and nothing else.
            unsafe {
                fill_avx2(seed, out);
            }
            return;
        }
        fill_portable(seed, out);
    }
}

/// The same code as everywhere, compiled for wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fill_avx2(seed: Seed, out: &mut [u8]) {
    fill_portable(seed, out);
}

/// Written so that the compiler turns each line over the lanes into one vector instruction.
#[inline(always)]
fn fill_portable(seed: Seed, out: &mut [u8]) {
    let mut lanes = Lanes::new(seed);
    let mut rows = out.chunks_exact_mut(LANES * ELEMENT);
    for row in &mut rows {
        for (element, value) in row.chunks_exact_mut(ELEMENT).zip(lanes.step()) {
            element.copy_from_slice(&value.to_le_bytes());
        }
    }
    for (element, value) in rows.into_remainder().chunks_exact_mut(ELEMENT).zip(lanes.step()) {
        element.copy_from_slice(&value.to_le_bytes());
    }
}

/// The state: word `k` of every lane beside each other.
struct Lanes([[u32; LANES]; 4]);

impl Lanes {
    /// Lane `l` starts from draws `2 l` and `2 l + 1` of the seed, low half first.
    ///
    /// No lane starts at the forbidden state of four zeros: different draws of a seed are
    /// different numbers, since SplitMix64's finaliser is a bijection.
    #[inline(always)]
    fn new(seed: Seed) -> Self {
        let mut state = [[0; LANES]; 4];
        for counter in 0..2 * LANES {
            let (lane, half) = (counter / 2, counter % 2);
            let drawn = seed.draw(counter as u64);
            state[2 * half][lane] = drawn as u32;
            state[2 * half + 1][lane] = (drawn >> 32) as u32;
        }
        Self(state)
    }

    /// One number from each lane.
    #[inline(always)]
    fn step(&mut self) -> [f32; LANES] {
        let [a, b, c, d] = &mut self.0;
        let mut values = [0.0; LANES];
        for lane in 0..LANES {
            let sum = a[lane].wrapping_add(d[lane]);
            let drawn = sum.rotate_left(7).wrapping_add(a[lane]);
            let shifted = b[lane] << 9;
            c[lane] ^= a[lane];
            d[lane] ^= b[lane];
            b[lane] ^= c[lane];
            a[lane] ^= d[lane];
            c[lane] ^= shifted;
            d[lane] = d[lane].rotate_left(11);
            values[lane] = unit(drawn);
        }
        values
    }
}

/// A float in [0, 1) from the upper 24 bits, exactly.
#[inline(always)]
fn unit(drawn: u32) -> f32 {
    const STEP: f32 = 1.0 / (1 << 24) as f32;
    // Signed, because registers convert signed integers to floats in one instruction.
    (drawn >> 8).cast_signed() as f32 * STEP
}

#[cfg(test)]
mod tests;
