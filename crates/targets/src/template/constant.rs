//! Constants as fields: a number may stand in any field that can hold it, a text in fields of text,
//! bytes and enums.

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};

use crate::map::Literal;

/// The whole field, key and all; nothing where it is the zero that proto3 leaves out.
///
/// # Errors
/// Where the field cannot hold it, in words.
pub(super) fn field(field: &FieldDescriptor, literal: &Literal) -> Result<Vec<u8>, String> {
    let kind = field.kind();
    let value = match literal {
        Literal::List(elements) if field.is_list() => {
            let values = elements.iter().map(|element| value(&kind, element));
            Value::List(values.collect::<Result<_, _>>()?)
        }
        literal if field.is_list() => Value::List(vec![value(&kind, literal)?]),
        literal => value(&kind, literal)?,
    };
    let mut message = DynamicMessage::new(field.parent_message().clone());
    message.set_field(field, value);
    Ok(message.encode_to_vec())
}

/// What a literal is in a field of this kind.
fn value(kind: &Kind, literal: &Literal) -> Result<Value, String> {
    let refuse = || format!("{} is no {}", literal.describe(), describe(kind));
    Ok(match (kind, literal) {
        (Kind::Bool, Literal::Bool(value)) => Value::Bool(*value),
        (Kind::String, Literal::Text(text)) => Value::String(text.clone()),
        (Kind::Bytes, Literal::Text(text)) => Value::Bytes(Bytes::from(text.clone())),
        (Kind::Enum(kind), Literal::Text(name)) => {
            let value = kind.get_value_by_name(name).ok_or_else(|| {
                let names: Vec<String> =
                    kind.values().map(|value| value.name().to_owned()).collect();
                format!("{} has no {name}; there are {}", kind.full_name(), names.join(", "))
            })?;
            Value::EnumNumber(value.number())
        }
        (Kind::Enum(kind), Literal::Int(number)) => {
            let known = i32::try_from(*number).ok().and_then(|number| kind.get_value(number));
            let numbers = || {
                let all = kind.values().map(|value| format!("{} {}", value.number(), value.name()));
                all.collect::<Vec<_>>().join(", ")
            };
            let known = known.ok_or_else(|| {
                format!("{} has no {number}; there are {}", kind.full_name(), numbers())
            })?;
            Value::EnumNumber(known.number())
        }
        (kind, Literal::Int(number)) => whole(kind, *number).ok_or_else(refuse)?,
        (Kind::Double, Literal::Float(number)) => Value::F64(*number),
        #[expect(clippy::cast_possible_truncation, reason = "the field has no more digits")]
        (Kind::Float, Literal::Float(number)) => {
            let single = *number as f32;
            if single.is_infinite() && number.is_finite() {
                return Err(refuse());
            }
            Value::F32(single)
        }
        _ => return Err(refuse()),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a float field has no more digits")]
fn whole(kind: &Kind, number: i64) -> Option<Value> {
    Some(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number.try_into().ok()?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number.try_into().ok()?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number.try_into().ok()?),
        Kind::Float => Value::F32(number as f32),
        Kind::Double => Value::F64(number as f64),
        _ => return None,
    })
}

/// A kind of field, as a proto spells it.
pub(crate) fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}
