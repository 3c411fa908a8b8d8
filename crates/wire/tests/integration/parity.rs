//! The hand-written encodings against the ones that prost derives.

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;
use prost::encoding::{self, WireType};
use wire::{InferRequest, InferResponse, framed, reply_message};

/// What the generator would make of the message.
#[derive(Clone, PartialEq, Message)]
struct Generated {
    #[prost(int32, tag = "1")]
    tier: i32,
    #[prost(int64, tag = "2")]
    deadline_ns: i64,
    #[prost(string, tag = "3")]
    model_name: String,
    #[prost(float, repeated, tag = "4")]
    input_tensor: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    input_shape: Vec<i32>,
}

impl Generated {
    /// Itself as our type; floats keep their bits, as the two encodings must.
    fn as_ours(&self) -> InferRequest {
        let floats = self.input_tensor.iter().flat_map(|float| float.to_le_bytes());
        InferRequest {
            tier: self.tier,
            deadline_ns: self.deadline_ns,
            model_name: self.model_name.clone(),
            input_tensor: floats.collect(),
            input_shape: self.input_shape.clone(),
        }
    }
}

/// Any message, defaults and NaNs among them.
fn generated() -> impl Strategy<Value = Generated> {
    let float = any::<u32>().prop_map(f32::from_bits);
    let fields = (
        prop_oneof![Just(0), any::<i32>()],
        prop_oneof![Just(0), any::<i64>()],
        ".{0,12}",
        prop::collection::vec(float, 0..40),
        prop::collection::vec(any::<i32>(), 0..6),
    );
    fields.prop_map(|(tier, deadline_ns, model_name, input_tensor, input_shape)| Generated {
        tier,
        deadline_ns,
        model_name,
        input_tensor,
        input_shape,
    })
}

/// Any field of the message as some sender may write it: packed or single, known or unknown.
fn occurrence() -> impl Strategy<Value = Vec<u8>> {
    let packed = prop::collection::vec(any::<f32>(), 0..8)
        .prop_map(|floats| encoded(|buf| encoding::float::encode_packed(4, &floats, buf)));
    let single =
        any::<f32>().prop_map(|float| encoded(|buf| encoding::float::encode(4, &float, buf)));
    let size = any::<i32>().prop_map(|size| encoded(|buf| encoding::int32::encode(5, &size, buf)));
    let other = generated().prop_map(|message| message.encode_to_vec());
    let unknown = (6..99u32, any::<u64>()).prop_map(|(tag, value)| {
        encoded(|buf| {
            encoding::encode_key(tag, WireType::Varint, buf);
            encoding::encode_varint(value, buf);
        })
    });
    prop_oneof![packed, single, size, other, unknown]
}

fn encoded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut buf = Vec::new();
    write(&mut buf);
    buf
}

proptest! {
    #[test]
    fn both_write_the_same_bytes_and_read_what_the_other_wrote(message in generated()) {
        let ours = message.as_ours();
        let bytes = message.encode_to_vec();
        prop_assert_eq!(ours.encoded_len(), bytes.len());
        prop_assert_eq!(&ours.encode_to_vec(), &bytes);
        prop_assert_eq!(&InferRequest::decode(&bytes[..]).unwrap(), &ours);
        let bits = |floats: &mut dyn Iterator<Item = f32>| floats.map(f32::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(
            bits(&mut ours.tensor()),
            bits(&mut message.input_tensor.iter().copied())
        );
    }

    #[test]
    fn fields_in_any_order_and_packing_mean_the_same_to_both(
        occurrences in prop::collection::vec(occurrence(), 0..12),
    ) {
        let bytes = Bytes::from(occurrences.concat());
        let theirs = Generated::decode(bytes.clone()).unwrap();
        prop_assert_eq!(&InferRequest::decode(bytes.clone()).unwrap(), &theirs.as_ours());
        // A buffer of another kind, and one that comes in pieces.
        prop_assert_eq!(InferRequest::decode(&bytes[..]).unwrap(), theirs.as_ours());
        let (front, back) = bytes.split_at(bytes.len() / 2);
        prop_assert_eq!(
            InferRequest::decode(bytes::Buf::chain(front, back)).unwrap(),
            theirs.as_ours()
        );
    }

    #[test]
    fn both_refuse_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let ours = InferRequest::decode(&bytes[..]);
        let theirs = Generated::decode(&bytes[..]);
        prop_assert_eq!(ours.ok(), theirs.ok().map(|message| message.as_ours()));
    }

    #[test]
    fn a_cut_or_altered_message_is_refused_alike(
        message in generated(),
        cut in any::<prop::sample::Index>(),
        flipped in any::<prop::sample::Index>(),
        mask in any::<u8>(),
    ) {
        let mut bytes = message.encode_to_vec();
        bytes.truncate(cut.index(bytes.len() + 1));
        if !bytes.is_empty() {
            let at = flipped.index(bytes.len());
            bytes[at] ^= mask;
        }
        let ours = InferRequest::decode(&bytes[..]);
        let theirs = Generated::decode(&bytes[..]);
        prop_assert_eq!(ours.ok(), theirs.ok().map(|message| message.as_ours()));
    }

    #[test]
    fn a_reply_is_read_whole_or_not_at_all(
        deadline_ns in any::<i64>(), success in any::<bool>(), message in ".{0,20}",
    ) {
        let reply = InferResponse { deadline_ns, success, message };
        let body = framed(&reply).unwrap();
        let message = reply_message(&body).unwrap();
        prop_assert_eq!(InferResponse::decode(message), Ok(reply));
        for cut in 0..body.len() {
            prop_assert!(reply_message(&body[..cut]).is_err());
        }
        prop_assert!(reply_message(&[&body[..], &[0]].concat()).is_err());
    }
}
