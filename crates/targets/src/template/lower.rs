//! From a tree of fields to the pieces that are sent: what is the same for all requests is encoded
//! here and now, and what differs goes before the tensor, so that the rest can be made long before.

use std::collections::BTreeSet;

use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::FieldDescriptor;

use super::field::Filled;
use super::tree::{Content, Misfit, Node, Place, Tree};
use super::{Piece, Tail};
use crate::traffic::Model;

/// What texts and choices refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) model: &'a Model<'a>,
    pub(super) slos: &'a [String],
    /// Bytes of the model's tensor.
    pub(super) tensor_len: usize,
}

/// A message taken apart.
#[derive(Default)]
pub(super) struct Lowered {
    pub(super) head: Vec<Piece>,
    /// The tensor and all that comes after it, where the message holds it.
    pub(super) tail: Option<Tail>,
}

/// What one field comes to.
pub(super) enum Field {
    Piece(Piece),
    /// The tensor itself.
    Tensor(Tail),
    /// The beginning of the message that holds it, and the rest of that message.
    Around(Piece, Tail),
}

impl Known<'_> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// Where a field cannot hold what the map says.
    pub(super) fn lower(self, tree: &Tree) -> Result<Lowered, Misfit> {
        let fields = tree.nodes.iter().map(|(place, node)| {
            let field = self.field(place, node)?;
            Ok((place.number, &node.path, field))
        });
        let fields: Vec<_> = fields.collect::<Result<_, Misfit>>()?;
        // Elements of a field keep their order: one that differs takes the others with it.
        let varies: BTreeSet<u32> = fields
            .iter()
            .filter(|(.., field)| !matches!(field, Field::Piece(Piece::Fixed(_))))
            .map(|(number, ..)| *number)
            .collect();
        let (mut head, mut around, mut behind) = (Vec::new(), None, None);
        for (number, path, field) in fields {
            let misfit = |problem: &str| (path.clone(), problem.to_owned());
            match (field, &mut behind) {
                (Field::Piece(Piece::Fixed(bytes)), Some((of_tensor, Tail { suffix, .. })))
                    if number == *of_tensor || !varies.contains(&number) =>
                {
                    suffix.extend(bytes);
                }
                (Field::Piece(_), Some((of_tensor, _))) if number == *of_tensor => {
                    return Err(misfit(
                        "it stands after the tensor in the same field, where only constants may",
                    ));
                }
                (Field::Piece(piece), _) => push(&mut head, piece),
                (_, Some(_)) => return Err(misfit("this is a second tensor; one is sent")),
                (Field::Tensor(tail), none) => *none = Some((number, tail)),
                (Field::Around(piece, tail), none) => {
                    around = Some(piece);
                    *none = Some((number, tail));
                }
            }
        }
        head.extend(around);
        Ok(Lowered { head, tail: behind.map(|(_, tail)| tail) })
    }

    fn field(self, place: &Place, node: &Node) -> Result<Field, Misfit> {
        let value = match &node.content {
            Content::Message(tree) => return self.message(&node.field, tree),
            Content::Value(value) => value,
        };
        let filled = Filled { known: self, place, node };
        filled.lower(value).map_err(|problem| (node.path.clone(), problem))
    }

    fn message(self, field: &FieldDescriptor, tree: &Tree) -> Result<Field, Misfit> {
        let Lowered { head: pieces, tail } = self.lower(tree)?;
        let key = key(field, WireType::LengthDelimited);
        Ok(match (tail, &pieces[..]) {
            (Some(tail), _) => {
                Field::Around(Piece::Message { key, pieces, tail: tail.len() }, tail)
            }
            (None, []) => Field::Piece(Piece::Fixed(delimited(key, &[]))),
            (None, [Piece::Fixed(bytes)]) => Field::Piece(Piece::Fixed(delimited(key, bytes))),
            (None, _) => Field::Piece(Piece::Message { key, pieces, tail: 0 }),
        })
    }
}

/// Joins constants, so that they are one copy.
fn push(head: &mut Vec<Piece>, piece: Piece) {
    match (head.last_mut(), piece) {
        (Some(Piece::Fixed(before)), Piece::Fixed(bytes)) => before.extend(bytes),
        (_, piece) => head.push(piece),
    }
}

pub(super) fn key(field: &FieldDescriptor, wire_type: WireType) -> Vec<u8> {
    let mut key = Vec::new();
    encode_key(field.number(), wire_type, &mut key);
    key
}

fn delimited(mut key: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    encode_varint(bytes.len() as u64, &mut key);
    key.extend_from_slice(bytes);
    key
}
