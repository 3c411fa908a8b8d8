//! The request message, with its tensor left as bytes.
//!
//! Protobuf cannot tell `repeated float`, packed, from a `bytes` field that holds little-endian
//! f32, so the encoding here is what generated code would give; the integration tests hold it
//! against prost's own. The generator is told to use this type in place of its own.

use std::fmt;

use bytes::{Buf, BufMut, Bytes};
use prost::encoding::{self, DecodeContext, WireType};
use prost::{DecodeError, Message};
use request::Tier;

use crate::tensor_bytes;

/// One inference call, as it came over the wire.
///
/// Two requests are equal where their tensors have the same bits, so a NaN equals itself and zero
/// differs from negative zero.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InferRequest {
    /// Priority, as sent: 1 to 3 where the sender keeps the contract. See [`InferRequest::tier`].
    pub tier: i32,
    /// When an answer stops being useful, Unix time in nanoseconds.
    pub deadline_ns: i64,
    /// The model it asks for.
    pub model_name: String,
    /// The tensor, flattened in row-major order: packed little-endian f32.
    ///
    /// A decoded tensor shares the buffer it was received in and keeps it alive.
    pub input_tensor: Bytes,
    /// The tensor's shape. Nothing has checked it against the tensor's length.
    pub input_shape: Vec<i32>,
}

/// Field numbers of the contract.
mod field {
    pub(super) const TIER: u32 = 1;
    pub(super) const DEADLINE_NS: u32 = 2;
    pub(super) const MODEL_NAME: u32 = 3;
    pub(super) const INPUT_TENSOR: u32 = 4;
    pub(super) const INPUT_SHAPE: u32 = 5;
}

impl InferRequest {
    /// Its priority, or `None` where the sender gave a number that names none.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        Tier::from_number(i64::from(self.tier))
    }

    /// The elements of the tensor.
    ///
    /// A tensor that was set by hand to no whole number of floats loses its incomplete last one; a
    /// decoded tensor has none.
    pub fn tensor(&self) -> impl ExactSizeIterator<Item = f32> + '_ {
        let (floats, _) = self.input_tensor.as_chunks();
        floats.iter().map(|float| f32::from_le_bytes(*float))
    }
}

impl Message for InferRequest {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        if self.tier != 0 {
            encoding::int32::encode(field::TIER, &self.tier, buf);
        }
        if self.deadline_ns != 0 {
            encoding::int64::encode(field::DEADLINE_NS, &self.deadline_ns, buf);
        }
        if !self.model_name.is_empty() {
            encoding::string::encode(field::MODEL_NAME, &self.model_name, buf);
        }
        if !self.input_tensor.is_empty() {
            encoding::bytes::encode(field::INPUT_TENSOR, &self.input_tensor, buf);
        }
        encoding::int32::encode_packed(field::INPUT_SHAPE, &self.input_shape, buf);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let (merged, name) = match tag {
            field::TIER => (encoding::int32::merge(wire_type, &mut self.tier, buf, ctx), "tier"),
            field::DEADLINE_NS => {
                (encoding::int64::merge(wire_type, &mut self.deadline_ns, buf, ctx), "deadline_ns")
            }
            field::MODEL_NAME => {
                (encoding::string::merge(wire_type, &mut self.model_name, buf, ctx), "model_name")
            }
            field::INPUT_TENSOR => {
                (tensor_bytes::merge(wire_type, &mut self.input_tensor, buf), "input_tensor")
            }
            field::INPUT_SHAPE => (
                encoding::int32::merge_repeated(wire_type, &mut self.input_shape, buf, ctx),
                "input_shape",
            ),
            _ => return encoding::skip_field(wire_type, tag, buf, ctx),
        };
        merged.map_err(|mut error| {
            error.push("InferRequest", name);
            error
        })
    }

    fn encoded_len(&self) -> usize {
        let mut len = encoding::int32::encoded_len_packed(field::INPUT_SHAPE, &self.input_shape);
        if self.tier != 0 {
            len += encoding::int32::encoded_len(field::TIER, &self.tier);
        }
        if self.deadline_ns != 0 {
            len += encoding::int64::encoded_len(field::DEADLINE_NS, &self.deadline_ns);
        }
        if !self.model_name.is_empty() {
            len += encoding::string::encoded_len(field::MODEL_NAME, &self.model_name);
        }
        if !self.input_tensor.is_empty() {
            len += encoding::bytes::encoded_len(field::INPUT_TENSOR, &self.input_tensor);
        }
        len
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Tells the tensor's length and not its elements: they would drown a log.
impl fmt::Debug for InferRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InferRequest")
            .field("tier", &self.tier)
            .field("deadline_ns", &self.deadline_ns)
            .field("model_name", &self.model_name)
            .field("input_tensor", &format_args!("{} floats", self.tensor().len()))
            .field("input_shape", &self.input_shape)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_dump_the_tensor() {
        let request = InferRequest {
            tier: 1,
            deadline_ns: 5,
            model_name: "m".into(),
            input_tensor: Bytes::from(vec![0; 4000]),
            input_shape: vec![1000],
        };
        assert_eq!(
            format!("{request:?}"),
            "InferRequest { tier: 1, deadline_ns: 5, model_name: \"m\", \
             input_tensor: 1000 floats, input_shape: [1000] }"
        );
    }

    #[test]
    fn a_number_that_names_no_tier_is_none() {
        let tier = |tier| InferRequest { tier, ..InferRequest::default() }.tier();
        assert_eq!(
            [tier(0), tier(1), tier(3), tier(4)],
            [None, Some(Tier::Vip), Some(Tier::Free), None]
        );
    }

    #[test]
    fn an_error_names_the_field() {
        let error = InferRequest::decode(&[0x22, 3, 0, 0, 0][..]).unwrap_err().to_string();
        assert!(error.contains("InferRequest.input_tensor: "), "{error}");
        assert!(error.contains("no whole number of floats"), "{error}");
    }
}
