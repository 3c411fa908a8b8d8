//! Reading `repeated float` into the bytes it is.
//!
//! The usual message carries one packed run of floats, taken from the receive buffer without a
//! copy. Protobuf also allows several packed runs, and floats one by one, in any mixture; those are
//! appended, which copies.

use bytes::{Buf, Bytes, BytesMut};
use prost::DecodeError;
use prost::encoding::{self, DecodeContext, WireType};

const FLOAT_LEN: usize = size_of::<f32>();

/// Reads one occurrence of the field and appends it to `tensor`.
pub(crate) fn merge(
    wire_type: WireType,
    tensor: &mut Bytes,
    buf: &mut impl Buf,
) -> Result<(), DecodeError> {
    let floats = match wire_type {
        WireType::LengthDelimited => take_packed(buf)?,
        _ => take_single(wire_type, buf)?,
    };
    append(tensor, floats);
    Ok(())
}

/// Takes the run off the buffer.
///
/// `Buf::copy_to_bytes` is a copy in name only where the buffer is made of `Bytes` or `BytesMut`,
/// as tonic's is: it hands out a share of the same memory.
fn take_packed(buf: &mut impl Buf) -> Result<Bytes, DecodeError> {
    let mut floats = Bytes::new();
    // The merge of a `bytes` field checks the length against what is left.
    encoding::bytes::merge(WireType::LengthDelimited, &mut floats, buf, DecodeContext::default())?;
    if floats.len().is_multiple_of(FLOAT_LEN) { Ok(floats) } else { Err(not_whole(floats.len())) }
}

fn take_single(wire_type: WireType, buf: &mut impl Buf) -> Result<Bytes, DecodeError> {
    let mut float = 0.0;
    encoding::float::merge(wire_type, &mut float, buf, DecodeContext::default())?;
    Ok(Bytes::copy_from_slice(&float.to_le_bytes()))
}

/// Appends without copying where there is nothing to append to.
///
/// A tensor that came in pieces owns its buffer from the second piece on and grows it in place, so
/// a message of single floats costs time linear in its length.
fn append(tensor: &mut Bytes, floats: Bytes) {
    if tensor.is_empty() {
        *tensor = floats;
    } else if !floats.is_empty() {
        let mut joined = std::mem::take(tensor)
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        joined.extend_from_slice(&floats);
        *tensor = joined.freeze();
    }
}

#[expect(
    deprecated,
    reason = "prost offers no other way to say what was wrong; its own errors would say `buffer \
              underflow`"
)]
fn not_whole(len: usize) -> DecodeError {
    DecodeError::new(format!("{len} bytes are no whole number of floats of {FLOAT_LEN} bytes"))
}

#[cfg(test)]
mod tests {
    use prost::encoding::{encode_key, encode_varint};

    use super::*;

    const KEY_PACKED: u8 = 0x22;
    const KEY_SINGLE: u8 = 0x25;

    /// Reads a sequence of occurrences of the field, key and all.
    fn read(mut message: impl Buf) -> Result<Bytes, DecodeError> {
        let mut tensor = Bytes::new();
        while message.has_remaining() {
            let (_, wire_type) = encoding::decode_key(&mut message)?;
            merge(wire_type, &mut tensor, &mut message)?;
        }
        Ok(tensor)
    }

    #[test]
    fn one_packed_run_is_not_copied() {
        let mut message = vec![KEY_PACKED, 8];
        message.extend_from_slice(&[7; 8]);
        let message = Bytes::from(message);
        let tensor = read(message.clone()).unwrap();
        assert_eq!(tensor.as_ptr(), message[2..].as_ptr());
    }

    #[test]
    fn runs_and_single_floats_are_joined_in_order() {
        let message = [
            &[KEY_PACKED, 4, 1, 1, 1, 1][..],
            &[KEY_SINGLE, 2, 2, 2, 2],
            &[KEY_PACKED, 0],
            &[KEY_PACKED, 8, 3, 3, 3, 3, 4, 4, 4, 4],
        ]
        .concat();
        let joined = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4];
        assert_eq!(read(&message[..]).unwrap(), joined[..]);
    }

    /// Appending leaves whoever else holds the buffer alone.
    #[test]
    fn a_shared_first_run_is_not_written_to() {
        let message = Bytes::from_static(&[KEY_PACKED, 4, 1, 1, 1, 1, KEY_SINGLE, 2, 2, 2, 2]);
        let tensor = read(message.clone()).unwrap();
        assert_eq!(tensor, [1, 1, 1, 1, 2, 2, 2, 2][..]);
        assert_eq!(message[2..6], [1; 4]);
    }

    /// Quadratic copying would move 80 GB here.
    #[test]
    fn many_single_floats_are_read_in_linear_time() {
        let mut message = BytesMut::new();
        for float in 0..200_000u32 {
            encode_key(4, WireType::ThirtyTwoBit, &mut message);
            message.extend_from_slice(&float.to_le_bytes());
        }
        let tensor = read(message.freeze()).unwrap();
        assert!(
            tensor.chunks(4).zip(0..200_000u32).all(|(bytes, float)| bytes == float.to_le_bytes())
        );
    }

    #[test]
    fn what_is_cut_short_or_of_another_type_is_refused() {
        let mut too_long = vec![KEY_PACKED];
        encode_varint(u64::MAX, &mut too_long);
        for message in [
            &[KEY_PACKED][..],
            &[KEY_PACKED, 8, 0, 0, 0, 0],
            &[KEY_PACKED, 5, 0, 0, 0, 0, 0],
            &[KEY_SINGLE, 0, 0, 0],
            &[0x20, 1],
            &too_long,
        ] {
            assert!(read(message).is_err(), "{message:?}");
        }
    }
}
