//! A number that is worked out for each request, and its place in a protobuf message.

use bytes::BufMut;
use prost::encoding::{WireType, encode_varint, encoded_len_varint};
use prost_reflect::Kind;

use crate::facts::{Facts, Quantity};
use crate::map::Linear;

/// A quantity, or a line through one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Plain(Quantity),
    /// `scale` and `offset` are whole.
    Whole {
        of: Quantity,
        scale: i64,
        offset: i64,
    },
    Real {
        of: Quantity,
        scale: f64,
        offset: f64,
    },
}

/// How a number lies in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
}

impl Number {
    /// It as a whole number, rounded once. A part of a length of time is no more nothing than the
    /// length is.
    pub(crate) fn whole(self, facts: &Facts) -> i128 {
        match self {
            Self::Plain(of) => of.whole(facts),
            Self::Whole { of, scale, offset } => of.times(scale, facts) + i128::from(offset),
            #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is checked")]
            Self::Real { of, scale, offset } => {
                let whole = self.real(facts).round() as i128;
                if of.is_length() && scale > 0.0 && offset == 0.0 { whole.max(1) } else { whole }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a float field has no more digits")]
    pub(crate) fn real(self, facts: &Facts) -> f64 {
        match self {
            Self::Plain(of) => of.real(facts),
            Self::Whole { of, scale, offset } => of.real(facts) * scale as f64 + offset as f64,
            Self::Real { of, scale, offset } => of.real(facts) * scale + offset,
        }
    }
}

impl From<Linear> for Number {
    fn from(Linear { of, scale, offset }: Linear) -> Self {
        // Beyond 2^53 a float has no halves, and a scale is no scale any more.
        let is_whole = |number: f64| number.fract() == 0.0 && number.abs() < 9e15;
        if (scale, offset) == (1.0, 0.0) {
            Self::Plain(of)
        } else if is_whole(scale) && is_whole(offset) {
            #[expect(clippy::cast_possible_truncation, reason = "they are whole and within range")]
            let (scale, offset) = (scale as i64, offset as i64);
            Self::Whole { of, scale, offset }
        } else {
            Self::Real { of, scale, offset }
        }
    }
}

impl Scalar {
    /// `None` where a field of this kind holds no number.
    pub(crate) fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Int32 | Kind::Enum(_) => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Uint32 => Self::Uint32,
            Kind::Uint64 => Self::Uint64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Fixed64 => Self::Fixed64,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Sfixed64 => Self::Sfixed64,
            Kind::Float => Self::Float,
            Kind::Double => Self::Double,
            Kind::Bool | Kind::String | Kind::Bytes | Kind::Message(_) => return None,
        })
    }

    pub(crate) fn wire_type(self) -> WireType {
        match self {
            Self::Fixed32 | Self::Sfixed32 | Self::Float => WireType::ThirtyTwoBit,
            Self::Fixed64 | Self::Sfixed64 | Self::Double => WireType::SixtyFourBit,
            _ => WireType::Varint,
        }
    }

    /// The least and the greatest whole number that it holds; floats hold any.
    pub(crate) fn range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Int32 | Self::Sint32 | Self::Sfixed32 => (i32::MIN.into(), i32::MAX.into()),
            Self::Int64 | Self::Sint64 | Self::Sfixed64 => (i64::MIN.into(), i64::MAX.into()),
            Self::Uint32 | Self::Fixed32 => (0, u32::MAX.into()),
            Self::Uint64 | Self::Fixed64 => (0, u64::MAX.into()),
            Self::Float | Self::Double => return None,
        })
    }

    /// Appends the value without its key; false where it is the zero that proto3 leaves out, and
    /// nothing was appended.
    ///
    /// What does not fit is cut to the range; [`range`](Self::range) tells beforehand.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut to the range of the type first"
    )]
    pub(crate) fn put(self, number: Number, facts: &Facts, zero: bool, out: &mut Vec<u8>) -> bool {
        let Some((least, greatest)) = self.range() else {
            let real = number.real(facts);
            if real == 0.0 && !zero {
                return false;
            }
            match self {
                Self::Float => out.put_f32_le(real as f32),
                _ => out.put_f64_le(real),
            }
            return true;
        };
        let whole = number.whole(facts).clamp(least, greatest);
        if whole == 0 && !zero {
            return false;
        }
        match self {
            Self::Fixed32 | Self::Sfixed32 => out.put_u32_le(whole as u32),
            Self::Fixed64 | Self::Sfixed64 => out.put_u64_le(whole as u64),
            // A negative int32 is ten bytes long, as if it were an int64.
            Self::Sint32 | Self::Sint64 => encode_varint(zigzag(whole as i64), out),
            _ => encode_varint(whole as i64 as u64, out),
        }
        true
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Puts the length of what lies in `out` from `start` on, and of `more` bytes that will follow,
/// before it, where one byte was kept free.
pub(crate) fn put_len_before(start: usize, more: usize, out: &mut Vec<u8>) {
    let len = (out.len() - start + more) as u64;
    let width = encoded_len_varint(len);
    if width > 1 {
        let end = out.len();
        out.resize(end + width - 1, 0);
        out.copy_within(start..end, start + width - 1);
    }
    encode_varint(len, &mut &mut out[start - 1..start - 1 + width]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{EXAMPLE, Time, Unit};

    #[test]
    fn lines_are_exact_where_they_are_whole() {
        let line = |scale, offset| Number::from(Linear { of: Quantity::Tier, scale, offset });
        assert_eq!(line(1.0, 0.0), Number::Plain(Quantity::Tier));
        assert_eq!(line(-1.0, 4.0).whole(&EXAMPLE), 2);
        assert_eq!(line(0.25, 0.1).whole(&EXAMPLE), 1);
        assert_eq!(line(0.25, 0.1).real(&EXAMPLE), 0.6);
        let of = Quantity::Time(Time::Deadline, Unit::Nanos);
        let line = Number::from(Linear { of, scale: 3.0, offset: 1.0 });
        assert_eq!(line.whole(&EXAMPLE), 5_100_000_001_870_370_368);
    }

    /// Each width of a length, and the bytes behind it are where they were.
    #[test]
    fn a_length_of_any_width_is_put_before() {
        for (len, more) in [(0, 0), (1, 0), (127, 0), (128, 0), (3, 1 << 14), (200, 1 << 28)] {
            let mut out = vec![9, 0];
            out.extend((0..len).map(|index| index as u8));
            put_len_before(2, more, &mut out);
            let mut rest = &out[1..];
            let said = prost::encoding::decode_varint(&mut rest).unwrap();
            assert_eq!(said, (len + more) as u64);
            assert!(rest.iter().enumerate().all(|(index, byte)| *byte == index as u8));
            assert_eq!((out[0], rest.len()), (9, len));
        }
    }
}
