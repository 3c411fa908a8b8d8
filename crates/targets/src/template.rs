//! A request's bytes, as far as they can be known beforehand.
//!
//! A message is sent as two pieces: a *head* that differs from request to request, and a *tail*,
//! the tensor and what follows it, which is dear to make and known long before. Protobuf fields may
//! come in any order, so whatever differs is put before the tensor; all else is in the order of the
//! proto. Messages around the tensor say their length before it is there, because a model's tensors
//! all have the same.

mod constant;
mod field;
mod lower;
mod tree;

use bytes::Bytes;
use prost::encoding::encode_varint;
use prost_reflect::MessageDescriptor;

use crate::chosen::Chosen;
use crate::facts::{Facts, Time};
use crate::map::{Map, MapError};
use crate::number::{Number, Scalar, put_len_before};
use crate::tensor::{TensorError, len_of};
use crate::text::Text;
use crate::traffic::Model;
use lower::Known;
use tree::Tree;

pub(crate) use constant::describe;
pub(crate) use tree::find;

/// What the requests of one model look like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    head: Vec<Piece>,
    tail: Tail,
    /// Bytes that a head is about as long as.
    head_len: usize,
}

/// A part of the head.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// Whole fields.
    Fixed(Vec<u8>),
    /// Whole fields, of which a request has one.
    Chosen(Chosen<Vec<u8>>),
    Number {
        key: Vec<u8>,
        path: String,
        scalar: Scalar,
        number: Number,
        zero: bool,
    },
    Text {
        key: Vec<u8>,
        text: Text,
        zero: bool,
    },
    /// A `google.protobuf.Timestamp` or `Duration`.
    Time {
        key: Vec<u8>,
        time: Time,
    },
    /// A message, of which `tail` bytes are in the tail.
    Message {
        key: Vec<u8>,
        pieces: Vec<Self>,
        tail: usize,
    },
}

/// The tensor and what is around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Key and length of the field that holds the tensor.
    prefix: Vec<u8>,
    tensor_len: usize,
    /// Constants that come after it.
    suffix: Vec<u8>,
}

/// Why there is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Map(MapError),
    Tensor(TensorError),
}

impl Template {
    /// What requests of `model` look like by `map`.
    ///
    /// # Errors
    /// Where the map does not fit the message, or the tensor no message.
    pub(crate) fn new(
        message: &MessageDescriptor,
        map: &Map,
        model: &Model<'_>,
        slos: &[String],
    ) -> Result<Self, Unfit> {
        let misfit = |path: &str, problem| Unfit::Map(map.field_error(path, problem));
        let mut tree = Tree::new(message.clone());
        for entry in &map.request {
            let inserted = tree.insert(&entry.name, &entry.value);
            inserted.map_err(|problem| misfit(&entry.name.to_string(), problem))?;
        }
        tree.check("").map_err(|(path, problem)| misfit(&path, problem))?;
        let tensor_len = if map.sends_tensor() { len_of(model.shape) } else { Ok(0) };
        let tensor_len = tensor_len.map_err(Unfit::Tensor)?;
        let known = Known { model, slos, tensor_len };
        let lowered = known.lower(&tree).map_err(|(path, problem)| misfit(&path, problem))?;
        let template = Self {
            tail: lowered.tail.unwrap_or_default(),
            head_len: lowered.head.iter().map(Piece::len_guess).sum(),
            head: lowered.head,
        };
        let len = template.tail.len().saturating_add(template.head_len);
        if len > wire::MESSAGE_LEN_MAX {
            return Err(Unfit::Tensor(TensorError::TooLong { len: len as u64 }));
        }
        Ok(template)
    }

    /// The head of a request, gRPC's prefix and all.
    pub(crate) fn head(&self, facts: &Facts) -> Bytes {
        let mut out = Vec::with_capacity(wire::FRAME_PREFIX_LEN + self.head_len);
        out.resize(wire::FRAME_PREFIX_LEN, 0);
        for piece in &self.head {
            piece.put(facts, &mut out);
        }
        let len = out.len() - wire::FRAME_PREFIX_LEN + self.tail.len();
        // Its length was looked at when the template was made.
        let prefix = wire::frame_prefix(len).unwrap_or_default();
        out[..wire::FRAME_PREFIX_LEN].copy_from_slice(&prefix);
        out.into()
    }

    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Looks whether all numbers of a request fit into their fields.
    ///
    /// # Errors
    /// The path of the first that does not, and why.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), (String, String)> {
        check_all(&self.head, facts)
    }
}

fn check_all(pieces: &[Piece], facts: &Facts) -> Result<(), (String, String)> {
    pieces.iter().try_for_each(|piece| match piece {
        Piece::Message { pieces, .. } => check_all(pieces, facts),
        Piece::Number { path, scalar, number, .. } => {
            let Some((least, greatest)) = scalar.range() else { return Ok(()) };
            let whole = number.whole(facts);
            if (least..=greatest).contains(&whole) {
                return Ok(());
            }
            let id = facts.id;
            let problem = format!(
                "request {id} has {whole} for it, and the field holds {least} to {greatest}"
            );
            Err((path.clone(), problem))
        }
        _ => Ok(()),
    })
}

impl Piece {
    fn put(&self, facts: &Facts, out: &mut Vec<u8>) {
        match self {
            Self::Fixed(bytes) => out.extend_from_slice(bytes),
            Self::Chosen(fields) => out.extend_from_slice(fields.get(facts)),
            Self::Number { key, scalar, number, zero, .. } => {
                out.extend_from_slice(key);
                if !scalar.put(*number, facts, *zero, out) {
                    out.truncate(out.len() - key.len());
                }
            }
            Self::Text { key, text, zero } => {
                let before = out.len();
                let is_empty = put_delimited(key, 0, out, |out| text.put(facts, out)) == 0;
                if is_empty && !zero {
                    out.truncate(before);
                }
            }
            Self::Time { key, time } => {
                put_delimited(key, 0, out, |out| put_time(time.ns(facts), out));
            }
            Self::Message { key, pieces, tail } => {
                put_delimited(key, *tail, out, |out| {
                    pieces.iter().for_each(|piece| piece.put(facts, out));
                });
            }
        }
    }

    /// About how many bytes it comes to, and hardly more.
    fn len_guess(&self) -> usize {
        const NUMBER_LEN: usize = 10;
        match self {
            Self::Fixed(bytes) => bytes.len(),
            Self::Chosen(fields) => fields.len_max(Vec::len),
            Self::Number { key, .. } => key.len() + NUMBER_LEN,
            Self::Text { key, text, .. } => key.len() + NUMBER_LEN + text.len_guess(),
            Self::Time { key, .. } => key.len() + 3 * NUMBER_LEN,
            Self::Message { key, pieces, .. } => {
                key.len() + NUMBER_LEN + pieces.iter().map(Self::len_guess).sum::<usize>()
            }
        }
    }
}

/// Appends a key and what `put` appends, with its length before it; how many bytes that were.
fn put_delimited(
    key: &[u8],
    more: usize,
    out: &mut Vec<u8>,
    put: impl FnOnce(&mut Vec<u8>),
) -> usize {
    out.extend_from_slice(key);
    out.push(0);
    let start = out.len();
    put(out);
    let len = out.len() - start;
    put_len_before(start, more, out);
    len
}

/// Appends the fields of a Timestamp or Duration: seconds and nanoseconds, of which zeros are left
/// out.
fn put_time(ns: i64, out: &mut Vec<u8>) {
    const NS: i64 = 1_000_000_000;
    for (key, part) in [(0x08, ns.div_euclid(NS)), (0x10, ns.rem_euclid(NS))] {
        if part != 0 {
            out.push(key);
            encode_varint(part.cast_unsigned(), out);
        }
    }
}

impl Tail {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.prefix.len() + self.tensor_len + self.suffix.len()
    }

    /// Writes it into a buffer of just that length, and gives where the tensor belongs.
    pub(crate) fn frame<'a>(&self, buffer: &'a mut [u8]) -> &'a mut [u8] {
        let (prefix, rest) = buffer.split_at_mut(self.prefix.len());
        let (tensor, suffix) = rest.split_at_mut(self.tensor_len);
        prefix.copy_from_slice(&self.prefix);
        suffix.copy_from_slice(&self.suffix);
        tensor
    }
}

#[cfg(test)]
mod tests;
