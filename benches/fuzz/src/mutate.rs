//! Mutations of files that are read from a frame inwards.
//!
//! Bytes changed at random leave a file without its magic or with a footer that is not where its
//! length says, and its reader looks no further. These keep the frame in most inputs, and change
//! numbers in place, since inserted bytes move all that offsets refer to.

use libfuzzer_sys::fuzzer_mutate;

/// How a kind of file is framed.
#[derive(Clone, Copy)]
pub struct Frame {
    /// What it begins with.
    pub start: &'static [u8],
    /// What it ends with; before it stands the length of the footer, in four bytes.
    pub end: &'static [u8],
}

/// Arrow IPC file.
pub const ARROW: Frame = Frame { start: b"ARROW1\0\0", end: b"ARROW1" };
/// Arrow IPC stream, which has no footer.
pub const STREAM: Frame = Frame { start: &[0xff; 4], end: b"" };
/// Parquet.
pub const PARQUET: Frame = Frame { start: b"PAR1", end: b"PAR1" };

/// Numbers that readers trip over.
const NUMBERS: [i64; 16] = [
    0,
    1,
    -1,
    2,
    7,
    8,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0xffff,
    i32::MAX as i64,
    1 << 31,
    1 << 40,
    i64::MAX,
    i64::MIN,
];

/// Mutates a file, and mostly gives it back its frame. For `fuzz_mutator!`.
pub fn framed(data: &mut [u8], size: usize, max_size: usize, seed: u32, frames: &[Frame]) -> usize {
    let mut dice = Dice(u64::from(seed) << 1 | 1);
    let begun = frames.iter().find(|frame| data[..size].starts_with(frame.start)).copied();
    let footer = begun.and_then(|frame| footer_len(&data[..size], frame));
    let new_size = match dice.below(3) {
        0 => fuzzer_mutate(data, size, max_size),
        _ => {
            for _ in 0..=dice.below(3) {
                put_number(&mut data[..size], &mut dice);
            }
            size
        }
    };
    if let Some(frame) = begun.filter(|_| dice.below(8) > 0) {
        // What was inserted or removed is taken to lie before the footer.
        repair(&mut data[..new_size], frame, footer);
    }
    new_size
}

fn put_number(data: &mut [u8], dice: &mut Dice) {
    let width = [1, 2, 4, 8][dice.below(4)];
    if data.len() < width {
        return;
    }
    let mut place = dice.below(data.len() - width + 1);
    if dice.below(2) == 0 {
        place -= place % width;
    }
    let field = &mut data[place..place + width];
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(field);
    let old = i64::from_le_bytes(bytes);
    let new = match dice.below(4) {
        0 => old.wrapping_add(dice.below(17) as i64 - 8),
        1 => old ^ 1 << dice.below(8 * width),
        2 => data.len() as i64 - dice.below(64) as i64,
        _ => NUMBERS[dice.below(NUMBERS.len())],
    };
    data[place..place + width].copy_from_slice(&new.to_le_bytes()[..width]);
}

fn footer_len(data: &[u8], frame: Frame) -> Option<u32> {
    if frame.end.is_empty() || !data.ends_with(frame.end) {
        return None;
    }
    let end = data.len() - frame.end.len();
    let start = end.checked_sub(4)?;
    Some(u32::from_le_bytes(data[start..end].try_into().expect("it is four bytes")))
}

fn repair(data: &mut [u8], frame: Frame, footer: Option<u32>) {
    if data.len() < frame.start.len() + frame.end.len() + 4 {
        return;
    }
    data[..frame.start.len()].copy_from_slice(frame.start);
    if let Some(footer) = footer {
        let end = data.len() - frame.end.len();
        data[end..].copy_from_slice(frame.end);
        data[end - 4..end].copy_from_slice(&footer.to_le_bytes());
    }
}

/// SplitMix64: libFuzzer gives a seed for each mutation.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % bound.max(1) as u64) as usize
    }
}
