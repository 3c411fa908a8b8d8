//! The tensor against an independent implementation, and both compilations against each other.

use super::*;

/// xoshiro128++ as its authors print it, one lane at a time.
struct Reference([u32; 4]);

impl Reference {
    fn of_lane(seed: u64, lane: u64) -> Self {
        let mut counter = 2 * lane;
        let mut splitmix = || {
            counter += 1;
            let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(counter));
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let (low, high) = (splitmix(), splitmix());
        Self([low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32])
    }

    fn next(&mut self) -> u32 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(7).wrapping_add(s[0]);
        let t = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(11);
        result
    }
}

fn filled(seed: u64, elements: usize) -> Vec<f32> {
    let mut bytes = vec![0xff; elements * ELEMENT];
    Tensor::fill(Seed(seed), &mut bytes);
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

/// The first outputs of the authors' code for the state 1, 2, 3, 4.
#[test]
fn the_reference_is_xoshiro128plusplus() {
    let mut reference = Reference([1, 2, 3, 4]);
    let drawn: Vec<u32> = (0..4).map(|_| reference.next()).collect();
    assert_eq!(drawn, [641, 1_573_767, 3_222_811_527, 3_517_856_514]);
}

#[test]
fn every_lane_is_the_reference() {
    for seed in [0, 1, 42, u64::MAX] {
        let tensor = filled(seed, 8 * 100);
        for lane in 0..8 {
            let mut reference = Reference::of_lane(seed, lane);
            for step in 0..100 {
                let expected = f64::from(reference.next() >> 8) / 16_777_216.0;
                let found = tensor[8 * step + lane as usize];
                assert_eq!(f64::from(found), expected, "seed {seed} lane {lane} step {step}");
                assert!((0.0..1.0).contains(&found));
            }
        }
    }
}

#[test]
fn wide_and_narrow_code_give_the_same_bytes() {
    for elements in [0, 1, 7, 8, 9, 150_528] {
        let (mut chosen, mut portable) = (vec![0; elements * 4], vec![1; elements * 4]);
        Tensor::fill(Seed(7), &mut chosen);
        fill_portable(Seed(7), &mut portable);
        assert_eq!(chosen, portable, "{elements} elements");
    }
}

#[test]
fn a_shorter_tensor_is_a_prefix() {
    let long = filled(3, 100);
    for elements in 0..100 {
        assert_eq!(filled(3, elements), long[..elements]);
    }
}

#[test]
fn elements_are_uniform() {
    let tensor = filled(11, 150_528);
    let mean = tensor.iter().copied().map(f64::from).sum::<f64>() / tensor.len() as f64;
    // Four standard errors of a mean of 150,528 uniform numbers.
    assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0_f64 / 150_528.0).sqrt(), "{mean}");
}

#[test]
#[should_panic(expected = "not whole floats")]
fn half_a_float_is_refused() {
    Tensor::fill(Seed(1), &mut [0; 6]);
}
