//! Maps, which are messages of a key and a value by agreement alone: a descriptor that breaks it is
//! accepted, and takes whoever uses the map down.

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::SchemaError;
use crate::plain::plain;

/// Refuses entries of maps that are none.
pub(super) fn check(pool: &DescriptorPool) -> Result<(), SchemaError> {
    match pool.all_messages().find(|message| message.is_map_entry() && !is_entry(message)) {
        Some(message) => Err(SchemaError::NoMap(plain(message.full_name()))),
        None => Ok(()),
    }
}

/// Whether it has one key, which can be one, as its field 1, and one value as its field 2.
fn is_entry(message: &MessageDescriptor) -> bool {
    let field = |number| message.get_field(number).filter(|field| !field.is_list());
    let (Some(key), Some(value)) = (field(1), field(2)) else { return false };
    is_key(&key) && !value.is_map() && message.fields().len() == 2
}

fn is_key(field: &FieldDescriptor) -> bool {
    !matches!(
        field.kind(),
        Kind::Message(_) | Kind::Enum(_) | Kind::Bytes | Kind::Float | Kind::Double
    )
}
