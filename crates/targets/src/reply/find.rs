//! Finding one field of an encoded message, without decoding the rest of it.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::map::Path;
use crate::template::{describe, find};

/// The way to a field, by numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    numbers: Vec<u32>,
    pub(super) field: FieldDescriptor,
}

/// What a message holds at the end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// It is not there: it has its zero.
    Absent,
    /// Any number but a float, as an i64 or the bits of a u64.
    Number(i64),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

/// The message is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

impl Way {
    /// # Errors
    /// Where the message has no such field, or one that says neither yes nor no.
    pub(super) fn new(message: &MessageDescriptor, path: &Path) -> Result<Self, String> {
        let (mut numbers, mut message) = (Vec::new(), message.clone());
        let mut steps = path.steps.iter().peekable();
        while let Some(step) = steps.next() {
            let field = find(&message, &step.field)?;
            if field.is_list() || field.is_map() || step.element.is_some() {
                return Err(format!("{} has many values; take a field with one", step.field));
            }
            numbers.push(field.number());
            message = match (field.kind(), steps.peek()) {
                (Kind::Float | Kind::Double, _) => {
                    return Err(format!("{} is a float; take another field", step.field));
                }
                (_, None) if field.is_group() => return Err(format!("{} is a group", step.field)),
                (_, None) => return Ok(Self { numbers, field }),
                (Kind::Message(inner), Some(_)) if !field.is_group() => inner,
                (kind, Some(_)) => {
                    let kind = describe(&kind);
                    return Err(format!("{} is {kind}, which has no fields", step.field));
                }
            };
        }
        Err("the path is empty".to_owned())
    }

    /// What `message` holds there. Of several values the last one counts, as in any protobuf.
    pub(super) fn find<'a>(&self, message: &'a [u8]) -> Result<Found<'a>, Damaged> {
        let mut found = Found::Absent;
        self.walk(&self.numbers, message, &mut found)?;
        Ok(found)
    }

    fn walk<'a>(
        &self,
        numbers: &[u32],
        mut rest: &'a [u8],
        found: &mut Found<'a>,
    ) -> Result<(), Damaged> {
        let [wanted, below @ ..] = numbers else { return Err(Damaged) };
        while !rest.is_empty() {
            let (number, wire_type) = decode_key(&mut rest).map_err(|_| Damaged)?;
            if number != *wanted {
                skip_field(wire_type, number, &mut rest, DecodeContext::default())
                    .map_err(|_| Damaged)?;
                continue;
            }
            let value = if below.is_empty() {
                self.value(wire_type, &mut rest)?
            } else {
                let Found::Bytes(inner) = delimited(wire_type, &mut rest)? else {
                    return Err(Damaged);
                };
                self.walk(below, inner, found)?;
                continue;
            };
            *found = value;
        }
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "a field of 32 bits drops the others")]
    fn value<'a>(&self, wire_type: WireType, rest: &mut &'a [u8]) -> Result<Found<'a>, Damaged> {
        let varint = |rest: &mut &[u8]| match wire_type {
            WireType::Varint => decode_varint(rest).map_err(|_| Damaged),
            _ => Err(Damaged),
        };
        let unzigzag = |bits: u64| (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed();
        Ok(match self.field.kind() {
            Kind::Bool => Found::Number(i64::from(varint(rest)? != 0)),
            Kind::Int32 | Kind::Enum(_) => {
                Found::Number((varint(rest)? as u32).cast_signed().into())
            }
            Kind::Uint32 => Found::Number((varint(rest)? as u32).into()),
            Kind::Int64 | Kind::Uint64 => Found::Number(varint(rest)?.cast_signed()),
            Kind::Sint32 | Kind::Sint64 => Found::Number(unzigzag(varint(rest)?)),
            Kind::Fixed32 => Found::Number(u32::from_le_bytes(fixed(wire_type, rest)?).into()),
            Kind::Sfixed32 => Found::Number(i32::from_le_bytes(fixed(wire_type, rest)?).into()),
            Kind::Fixed64 | Kind::Sfixed64 => {
                Found::Number(i64::from_le_bytes(fixed(wire_type, rest)?))
            }
            Kind::String | Kind::Bytes | Kind::Message(_) => delimited(wire_type, rest)?,
            Kind::Float | Kind::Double => return Err(Damaged),
        })
    }
}

fn delimited<'a>(wire_type: WireType, rest: &mut &'a [u8]) -> Result<Found<'a>, Damaged> {
    if wire_type != WireType::LengthDelimited {
        return Err(Damaged);
    }
    let len = decode_varint(rest).map_err(|_| Damaged)?;
    let len = usize::try_from(len).map_err(|_| Damaged)?;
    let (bytes, after) = rest.split_at_checked(len).ok_or(Damaged)?;
    *rest = after;
    Ok(Found::Bytes(bytes))
}

fn fixed<const N: usize>(wire_type: WireType, rest: &mut &[u8]) -> Result<[u8; N], Damaged> {
    let expected = if N == 4 { WireType::ThirtyTwoBit } else { WireType::SixtyFourBit };
    if wire_type != expected {
        return Err(Damaged);
    }
    let (bytes, after) = rest.split_first_chunk().ok_or(Damaged)?;
    *rest = after;
    Ok(*bytes)
}
