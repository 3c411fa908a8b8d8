//! Finding one field of an encoded message, without decoding the rest of it.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::map::Path;
use crate::template::{describe, find};

/// The way to a field, by numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    hops: Vec<Hop>,
    form: Form,
    absent: Absent,
}

/// From a message to one of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hop {
    number: u32,
    /// Other members of its oneof, which clear it.
    rivals: Vec<u32>,
}

/// What a field holds that is not there: 0 and nothing in proto3, anything in proto2.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Absent {
    Number(i64),
    Bytes(Vec<u8>),
    Message,
}

/// How the field at the end lies in a message. A descriptor would say more, and its `Debug` does
/// not end where a message holds its own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bool,
    Int32,
    Uint32,
    Int64,
    Sint32,
    Sint64,
    Fixed32,
    Sfixed32,
    Fixed64,
    Delimited,
}

/// What a message holds at the end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// It is not there.
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
    /// The way along `path`, and what kind of field is there.
    ///
    /// # Errors
    /// Where the message has no such field, or one that says neither yes nor no.
    pub(super) fn new(message: &MessageDescriptor, path: &Path) -> Result<(Self, Kind), String> {
        let (mut hops, mut message) = (Vec::new(), message.clone());
        let mut steps = path.steps.iter().peekable();
        while let Some(step) = steps.next() {
            let field = find(&message, &step.field)?;
            if field.is_list() || field.is_map() || step.element.is_some() {
                return Err(format!("{} has many values; take a field with one", step.field));
            }
            hops.push(Hop::to(&field));
            message = match (field.kind(), steps.peek()) {
                (_, None) if field.is_group() => return Err(format!("{} is a group", step.field)),
                (kind, None) => {
                    let form = Form::of(&kind);
                    let form = form
                        .ok_or_else(|| format!("{} is a float; take another field", step.field))?;
                    return Ok((
                        Self { hops, form, absent: Absent::of(&field.default_value()) },
                        kind,
                    ));
                }
                (Kind::Message(inner), Some(_)) if !field.is_group() => inner,
                (kind, Some(_)) => {
                    let kind = describe(&kind);
                    return Err(format!("{} is {kind}, which has no fields", step.field));
                }
            };
        }
        Err("the path is empty".to_owned())
    }

    /// What it means that a message holds nothing there.
    pub(super) fn absent(&self) -> Found<'_> {
        match &self.absent {
            Absent::Number(number) => Found::Number(*number),
            Absent::Bytes(bytes) => Found::Bytes(bytes),
            Absent::Message => Found::Absent,
        }
    }

    /// What `message` holds there. Of several values the last one counts, as in any protobuf.
    pub(super) fn find<'a>(&self, message: &'a [u8]) -> Result<Found<'a>, Damaged> {
        let mut found = Found::Absent;
        self.walk(&self.hops, message, &mut found)?;
        Ok(found)
    }

    fn walk<'a>(
        &self,
        hops: &[Hop],
        mut rest: &'a [u8],
        found: &mut Found<'a>,
    ) -> Result<(), Damaged> {
        let [wanted, below @ ..] = hops else { return Err(Damaged) };
        while !rest.is_empty() {
            let (number, wire_type) = decode_key(&mut rest).map_err(|_| Damaged)?;
            if number != wanted.number {
                if wanted.rivals.contains(&number) {
                    *found = Found::Absent;
                }
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
        Ok(match self.form {
            Form::Bool => Found::Number(i64::from(varint(rest)? != 0)),
            Form::Int32 => Found::Number((varint(rest)? as u32).cast_signed().into()),
            Form::Uint32 => Found::Number((varint(rest)? as u32).into()),
            Form::Int64 => Found::Number(varint(rest)?.cast_signed()),
            Form::Sint32 => Found::Number(unzigzag((varint(rest)? as u32).into())),
            Form::Sint64 => Found::Number(unzigzag(varint(rest)?)),
            Form::Fixed32 => Found::Number(u32::from_le_bytes(fixed(wire_type, rest)?).into()),
            Form::Sfixed32 => Found::Number(i32::from_le_bytes(fixed(wire_type, rest)?).into()),
            Form::Fixed64 => Found::Number(i64::from_le_bytes(fixed(wire_type, rest)?)),
            Form::Delimited => delimited(wire_type, rest)?,
        })
    }
}

impl Hop {
    fn to(field: &FieldDescriptor) -> Self {
        let number = field.number();
        let members = field.containing_oneof().into_iter().flat_map(|oneof| {
            let numbers: Vec<u32> = oneof.fields().map(|member| member.number()).collect();
            numbers
        });
        Self { number, rivals: members.filter(|member| *member != number).collect() }
    }
}

impl Absent {
    fn of(value: &Value) -> Self {
        match value {
            Value::Bool(value) => Self::Number((*value).into()),
            Value::I32(value) | Value::EnumNumber(value) => Self::Number((*value).into()),
            Value::U32(value) => Self::Number((*value).into()),
            Value::I64(value) => Self::Number(*value),
            Value::U64(value) => Self::Number(value.cast_signed()),
            Value::String(text) => Self::Bytes(text.clone().into_bytes()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            _ => Self::Message,
        }
    }
}

impl Form {
    /// `None` for floats, which say neither yes nor no.
    fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Bool => Self::Bool,
            Kind::Int32 | Kind::Enum(_) => Self::Int32,
            Kind::Uint32 => Self::Uint32,
            Kind::Int64 | Kind::Uint64 => Self::Int64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Fixed64 | Kind::Sfixed64 => Self::Fixed64,
            Kind::String | Kind::Bytes | Kind::Message(_) => Self::Delimited,
            Kind::Float | Kind::Double => return None,
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
