//! A request's bytes made ahead of time, so that firing it is handing over two buffers.
//!
//! The tail (tensor and shape) is dear and known long before; the head (prefix, tier, deadline,
//! model) is a few dozen bytes. Sent one after the other they are one gRPC message, and the tensor
//! is never copied: its elements are written where they will be sent from.

use bytes::{BufMut, Bytes};
use prost::encoding::{self, WireType};
use request::Tier;
use thiserror::Error;

use crate::frame::{FRAME_PREFIX_LEN, MESSAGE_LEN_MAX, frame_prefix};
use crate::infer_request::field;

const FLOAT_LEN: usize = size_of::<f32>();

/// Why a request cannot be put into bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PrepareError {
    /// The shape is empty.
    #[error("the tensor's shape has no dimensions; give at least one, such as [1]")]
    NoDimensions,
    /// A size is zero or negative.
    #[error("dimension {index} of the tensor's shape {shape:?} is {size}; sizes start at 1")]
    SizeNotPositive {
        /// The whole shape.
        shape: Vec<i32>,
        /// Position of the first bad size, from 0.
        index: usize,
        /// The bad size.
        size: i32,
    },
    /// The message would be longer than receivers read.
    #[error(
        "a message of {len} bytes passes the {MESSAGE_LEN_MAX} that a gRPC message may have; use \
         a smaller tensor"
    )]
    TooLong {
        /// Its length in bytes; `u64::MAX` stands for more than can be counted.
        len: u64,
    },
}

/// The tail of a request: its tensor and shape, encoded in one buffer.
///
/// A clone shares the buffer, so requests may share a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedTensor {
    /// Key, length and packed floats of `input_tensor`, then the whole `input_shape` field.
    encoded: Bytes,
}

impl PreparedTensor {
    /// Encodes a tensor of this shape, whose elements `fill` writes as little-endian f32.
    ///
    /// `fill` receives four bytes for each element, all zero.
    ///
    /// # Errors
    /// Where the shape is empty, has a size below 1, or gives a message longer than
    /// [`MESSAGE_LEN_MAX`]. `fill` is not called then, and nothing was allocated.
    pub fn build(shape: &[i32], fill: impl FnOnce(&mut [u8])) -> Result<Self, PrepareError> {
        Self::build_in(Vec::new(), shape, fill, Bytes::from)
    }

    /// The same in a buffer that may have had another use: fresh pages from the system cost more
    /// than a tensor. `share` makes bytes of the full buffer, for example with
    /// [`Bytes::from_owner`], which can take the buffer back when the bytes are done with.
    ///
    /// `fill` receives what the buffer held before.
    ///
    /// # Errors
    /// As [`build`](Self::build); the buffer is dropped then.
    pub fn build_in(
        mut buffer: Vec<u8>,
        shape: &[i32],
        fill: impl FnOnce(&mut [u8]),
        share: impl FnOnce(Vec<u8>) -> Bytes,
    ) -> Result<Self, PrepareError> {
        let layout = Layout::of(shape)?;
        if buffer.capacity() < layout.len {
            // A large zeroed buffer is fresh pages from the system: nothing is written twice.
            buffer = vec![0; layout.len];
        }
        buffer.resize(layout.len, 0);
        let (mut key, rest) = buffer.split_at_mut(layout.floats_at);
        let (floats, mut shape_field) = rest.split_at_mut(layout.floats_len);
        encoding::encode_key(field::INPUT_TENSOR, WireType::LengthDelimited, &mut key);
        encoding::encode_varint(layout.floats_len as u64, &mut key);
        encoding::int32::encode_packed(field::INPUT_SHAPE, shape, &mut shape_field);
        debug_assert!(key.is_empty() && shape_field.is_empty(), "the parts fill the buffer");
        fill(floats);
        Ok(Self { encoded: share(buffer) })
    }

    /// Length in bytes of a tensor of this shape, without building it.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn len_of(shape: &[i32]) -> Result<usize, PrepareError> {
        Ok(Layout::of(shape)?.len)
    }

    /// Its length in bytes, as [`encode_head`] wants it.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.encoded.len()
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// Its buffer, to be sent after a head.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.encoded
    }
}

/// Where the parts of an encoded tensor lie.
struct Layout {
    floats_at: usize,
    floats_len: usize,
    len: usize,
}

impl Layout {
    fn of(shape: &[i32]) -> Result<Self, PrepareError> {
        let floats_len = floats_len(shape)?;
        let key_len = encoding::key_len(field::INPUT_TENSOR);
        let floats_at = key_len + encoding::encoded_len_varint(floats_len as u64);
        let shape_len = encoding::int32::encoded_len_packed(field::INPUT_SHAPE, shape);
        let len = checked_len(floats_at + shape_len, floats_len)?;
        Ok(Self { floats_at, floats_len, len })
    }
}

/// Encodes the head of a request: the gRPC prefix, tier, deadline (Unix ns) and model.
///
/// It must be followed by `tail_len` bytes of tail: its prefix has promised them.
///
/// # Errors
/// Where head and tail give a message longer than [`MESSAGE_LEN_MAX`].
pub fn encode_head(
    tier: Tier,
    deadline_ns: i64,
    model_name: &str,
    tail_len: usize,
) -> Result<Bytes, PrepareError> {
    let tier = i32::from(tier.number());
    let model_len = match model_name.len() {
        0 => 0,
        len => {
            encoding::key_len(field::MODEL_NAME) + encoding::encoded_len_varint(len as u64) + len
        }
    };
    let deadline_len = match deadline_ns {
        0 => 0,
        deadline => encoding::int64::encoded_len(field::DEADLINE_NS, &deadline),
    };
    let fields_len = encoding::int32::encoded_len(field::TIER, &tier) + deadline_len + model_len;
    let prefix = frame_prefix(checked_len(fields_len, tail_len)?)
        .expect("checked_len refuses what the prefix cannot say");

    let mut head = Vec::with_capacity(FRAME_PREFIX_LEN + fields_len);
    head.put_slice(&prefix);
    encoding::int32::encode(field::TIER, &tier, &mut head);
    if deadline_ns != 0 {
        encoding::int64::encode(field::DEADLINE_NS, &deadline_ns, &mut head);
    }
    if !model_name.is_empty() {
        encoding::encode_key(field::MODEL_NAME, WireType::LengthDelimited, &mut head);
        encoding::encode_varint(model_name.len() as u64, &mut head);
        head.put_slice(model_name.as_bytes());
    }
    debug_assert_eq!(head.len(), FRAME_PREFIX_LEN + fields_len, "the fields fill the buffer");
    Ok(head.into())
}

/// Length of the packed floats of a tensor of this shape, in bytes.
fn floats_len(shape: &[i32]) -> Result<usize, PrepareError> {
    if shape.is_empty() {
        return Err(PrepareError::NoDimensions);
    }
    if let Some(index) = shape.iter().position(|&size| size < 1) {
        let size = shape[index];
        return Err(PrepareError::SizeNotPositive { shape: shape.to_vec(), index, size });
    }
    let elements = shape
        .iter()
        .try_fold(1u64, |product, size| product.checked_mul(size.unsigned_abs().into()));
    let len = elements.and_then(|elements| elements.checked_mul(FLOAT_LEN as u64));
    let len = len.unwrap_or(u64::MAX);
    usize::try_from(len)
        .ok()
        .filter(|&len| len <= MESSAGE_LEN_MAX)
        .ok_or(PrepareError::TooLong { len })
}

/// The sum of two parts of a message, where a message may be that long.
fn checked_len(one: usize, other: usize) -> Result<usize, PrepareError> {
    let len = one.saturating_add(other);
    if len <= MESSAGE_LEN_MAX { Ok(len) } else { Err(PrepareError::TooLong { len: len as u64 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(shape: &[i32]) -> PrepareError {
        PreparedTensor::build(shape, |_| panic!("nothing to fill")).unwrap_err()
    }

    #[test]
    fn the_tail_is_tensor_then_shape() {
        let tensor = PreparedTensor::build(&[2, 1], |floats| floats.fill(9)).unwrap();
        assert_eq!(
            tensor.as_bytes(),
            [0x22, 8, 9, 9, 9, 9, 9, 9, 9, 9, 0x2a, 2, 2, 1],
            "key, length, floats, key, length, sizes"
        );
    }

    #[test]
    fn a_clone_shares_the_buffer() {
        let tensor = PreparedTensor::build(&[4], |_| ()).unwrap();
        let sent = tensor.clone().into_bytes();
        assert_eq!(sent.as_ptr(), tensor.as_bytes().as_ptr());
    }

    #[test]
    fn a_shape_without_elements_is_refused() {
        assert_eq!(refused(&[]), PrepareError::NoDimensions);
        assert_eq!(
            refused(&[1, 0]).to_string(),
            "dimension 1 of the tensor's shape [1, 0] is 0; sizes start at 1"
        );
        assert!(matches!(refused(&[-1, -1]), PrepareError::SizeNotPositive { index: 0, .. }));
        assert!(matches!(refused(&[i32::MIN]), PrepareError::SizeNotPositive { .. }));
    }

    #[test]
    fn a_message_that_nobody_reads_is_refused() {
        assert_eq!(refused(&[1 << 29]), PrepareError::TooLong { len: 1 << 31 });
        // The floats alone would fit; their key and shape do not.
        assert!(matches!(refused(&[(1 << 29) - 1]), PrepareError::TooLong { .. }));
        assert_eq!(refused(&[i32::MAX; 9]), PrepareError::TooLong { len: u64::MAX });
        for tail_len in [MESSAGE_LEN_MAX, usize::MAX] {
            let head = encode_head(Tier::Vip, 0, "", tail_len);
            assert!(matches!(head, Err(PrepareError::TooLong { .. })), "{tail_len}");
        }
    }

    /// A used buffer gives the same bytes as a fresh one, whatever it held and however long.
    #[test]
    fn a_buffer_can_be_used_again() {
        let fill = |floats: &mut [u8]| floats.fill(7);
        let fresh = PreparedTensor::build(&[2, 3], fill).unwrap();
        assert_eq!(PreparedTensor::len_of(&[2, 3]), Ok(fresh.len()));
        for used in [vec![9; 1000], vec![9; 10], vec![9; fresh.len()]] {
            let again = PreparedTensor::build_in(used, &[2, 3], fill, Bytes::from).unwrap();
            assert_eq!(again, fresh);
        }
    }
}
