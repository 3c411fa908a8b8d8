//! What a trace needs of an `InferRequest`, read where it lies.
//!
//! [`wire::InferRequest`] wants a message in one buffer; a body of half a megabyte comes in forty.
//! Here the few small fields are read, and the tensor's bytes are shown in passing.

use bytes::{Buf, Bytes};
use prost::DecodeError;
use prost::encoding::{self, DecodeContext, WireType};

use crate::tally::Unrecorded;

/// Field numbers of the contract, `proto/scheduler.proto`.
const TIER: u32 = 1;
const DEADLINE_NS: u32 = 2;
const MODEL_NAME: u32 = 3;
const INPUT_TENSOR: u32 = 4;
const INPUT_SHAPE: u32 = 5;

const FLOAT_LEN: usize = size_of::<f32>();

/// The small fields of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) tier: i32,
    /// Unix ns; 0 where the client gave none.
    pub(crate) deadline_ns: i64,
    pub(crate) model: String,
    pub(crate) shape: Vec<i32>,
    /// Bytes of the tensor: four for each number.
    pub(crate) tensor_len: u64,
}

/// Reads the body of a unary call, and shows `on_floats` the tensor: packed little-endian f32, in
/// pieces of any length.
///
/// # Errors
/// Says why the request cannot be recorded.
pub(crate) fn read(pieces: &[Bytes], on_floats: impl FnMut(&[u8])) -> Result<Head, Unrecorded> {
    let mut body = Pieces::new(pieces);
    if body.remaining() < wire::FRAME_PREFIX_LEN {
        return Err(Unrecorded::Malformed);
    }
    let compression = body.get_u8();
    let len = body.get_u32() as usize;
    match compression {
        0 if len == body.remaining() => {
            read_message(&mut body, on_floats).map_err(|_| Unrecorded::Malformed)
        }
        1 => Err(Unrecorded::Compressed),
        _ => Err(Unrecorded::Malformed),
    }
}

/// Bytes that are not an `InferRequest`.
struct NotARequest;

impl From<DecodeError> for NotARequest {
    fn from(_: DecodeError) -> Self {
        Self
    }
}

fn read_message(buf: &mut impl Buf, mut on_floats: impl FnMut(&[u8])) -> Result<Head, NotARequest> {
    let mut head = Head::default();
    let ctx = DecodeContext::default;
    while buf.has_remaining() {
        let (field, wire_type) = encoding::decode_key(buf)?;
        match field {
            TIER => encoding::int32::merge(wire_type, &mut head.tier, buf, ctx())?,
            DEADLINE_NS => encoding::int64::merge(wire_type, &mut head.deadline_ns, buf, ctx())?,
            MODEL_NAME => encoding::string::merge(wire_type, &mut head.model, buf, ctx())?,
            INPUT_TENSOR => {
                let len = floats_len(wire_type, buf)?;
                head.tensor_len += len as u64;
                show(buf, len, &mut on_floats);
            }
            INPUT_SHAPE => {
                encoding::int32::merge_repeated(wire_type, &mut head.shape, buf, ctx())?;
            }
            _ => encoding::skip_field(wire_type, field, buf, ctx())?,
        }
    }
    Ok(head)
}

/// Length of one occurrence of the tensor: a packed run, or a single number.
fn floats_len(wire_type: WireType, buf: &mut impl Buf) -> Result<usize, NotARequest> {
    let len = match wire_type {
        WireType::LengthDelimited => {
            usize::try_from(encoding::decode_varint(buf)?).map_err(|_| NotARequest)?
        }
        WireType::ThirtyTwoBit => FLOAT_LEN,
        _ => return Err(NotARequest),
    };
    let is_whole = len.is_multiple_of(FLOAT_LEN) && len <= buf.remaining();
    is_whole.then_some(len).ok_or(NotARequest)
}

fn show(buf: &mut impl Buf, mut len: usize, on_floats: &mut impl FnMut(&[u8])) {
    while len > 0 {
        let piece = buf.chunk();
        let piece = &piece[..piece.len().min(len)];
        on_floats(piece);
        let shown = piece.len();
        len -= shown;
        buf.advance(shown);
    }
}

/// Several buffers read as one.
struct Pieces<'a> {
    /// The piece being read, and those behind it. None is empty but the last.
    pieces: &'a [Bytes],
    /// How much of the first is read.
    offset: usize,
    remaining: usize,
}

impl<'a> Pieces<'a> {
    fn new(pieces: &'a [Bytes]) -> Self {
        let mut this = Self { pieces, offset: 0, remaining: pieces.iter().map(Bytes::len).sum() };
        this.pass_read();
        this
    }

    fn pass_read(&mut self) {
        while let Some((first, rest)) = self.pieces.split_first()
            && self.offset == first.len()
        {
            (self.pieces, self.offset) = (rest, 0);
        }
    }
}

impl Buf for Pieces<'_> {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.first().map_or(&[], |first| &first[self.offset..])
    }

    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.remaining, "{count} bytes of {} are read", self.remaining);
        self.remaining -= count;
        while count > 0 {
            let step = count.min(self.chunk().len());
            self.offset += step;
            count -= step;
            self.pass_read();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;
    use wire::InferRequest;

    use super::*;

    fn body(message: &[u8]) -> Vec<u8> {
        [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
    }

    fn cut(body: &[u8], len: usize) -> Vec<Bytes> {
        body.chunks(len).map(Bytes::copy_from_slice).collect()
    }

    proptest! {
        #[test]
        fn it_reads_what_the_wire_crate_reads_however_it_is_cut(
            tier in any::<i32>(), deadline_ns in any::<i64>(), model_name in ".{0,9}",
            floats in prop::collection::vec(any::<u32>(), 0..20),
            input_shape in prop::collection::vec(any::<i32>(), 0..5),
            tail in prop::collection::vec(any::<u8>(), 0..6), len in 1..40_usize,
        ) {
            let tensor: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
            let request = InferRequest {
                tier, deadline_ns, model_name, input_tensor: tensor.into(), input_shape,
            };
            // Often no message any more, sometimes one with unknown or repeated fields.
            let message = [request.encode_to_vec(), tail].concat();
            let mut shown = Vec::new();
            let head = read(&cut(&body(&message), len), |floats| shown.extend_from_slice(floats));
            match InferRequest::decode(&message[..]) {
                Err(_) => prop_assert_eq!(head, Err(Unrecorded::Malformed)),
                Ok(read) => {
                    let head = head.unwrap();
                    prop_assert_eq!(head.tier, read.tier);
                    prop_assert_eq!(head.deadline_ns, read.deadline_ns);
                    prop_assert_eq!(head.model, read.model_name);
                    prop_assert_eq!(head.shape, read.input_shape);
                    prop_assert_eq!(head.tensor_len as usize, read.input_tensor.len());
                    prop_assert_eq!(shown, read.input_tensor);
                }
            }
        }
    }

    #[test]
    fn what_is_no_single_plain_message_is_told_apart() {
        let check = |bytes: &[u8], expected| {
            assert_eq!(read(&cut(bytes, 3), |_| ()), expected, "{bytes:?}");
        };
        check(&[], Err(Unrecorded::Malformed));
        check(&[0, 0, 0, 0], Err(Unrecorded::Malformed));
        check(&[0, 0, 0, 0, 1], Err(Unrecorded::Malformed));
        check(&[0, 0, 0, 0, 0, 0], Err(Unrecorded::Malformed));
        check(&[1, 0, 0, 0, 0], Err(Unrecorded::Compressed));
        check(&[2, 0, 0, 0, 0], Err(Unrecorded::Malformed));
        check(b"GET / HTTP", Err(Unrecorded::Malformed));
        check(&[0, 0, 0, 0, 0], Ok(Head::default()));
        // A tensor of single numbers, and one that claims more than there is.
        let single = body(&[0x25, 1, 2, 3, 4, 0x25, 5, 6, 7, 8]);
        check(&single, Ok(Head { tensor_len: 8, ..Head::default() }));
        check(&body(&[0x22, 0xff, 0xff, 0xff, 0xff, 0x0f]), Err(Unrecorded::Malformed));
        check(&body(&[0x22, 3, 0, 0, 0]), Err(Unrecorded::Malformed));
    }
}
