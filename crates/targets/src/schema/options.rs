//! Options of a user's own are left out: they say nothing of how a message is encoded, and the
//! text of one can be nested deeper than the parser's stack reaches.

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    UninterpretedOption,
};

/// Leaves out what is not about encoding: options of whole files, services, methods, oneofs,
/// values and ranges, and of the rest those that are not protobuf's own.
pub(super) fn strip(file: &mut FileDescriptorProto) {
    file.options = None;
    file.message_type.iter_mut().for_each(strip_message);
    file.enum_type.iter_mut().for_each(strip_enum);
    file.extension.iter_mut().for_each(strip_field);
    for service in &mut file.service {
        service.options = None;
        service.method.iter_mut().for_each(|method| method.options = None);
    }
}

fn strip_message(message: &mut DescriptorProto) {
    if let Some(options) = &mut message.options {
        options.uninterpreted_option.retain(is_protobufs_own);
    }
    message.field.iter_mut().for_each(strip_field);
    message.extension.iter_mut().for_each(strip_field);
    message.nested_type.iter_mut().for_each(strip_message);
    message.enum_type.iter_mut().for_each(strip_enum);
    message.oneof_decl.iter_mut().for_each(|oneof| oneof.options = None);
    message.extension_range.iter_mut().for_each(|range| range.options = None);
}

fn strip_field(field: &mut FieldDescriptorProto) {
    if let Some(options) = &mut field.options {
        options.uninterpreted_option.retain(is_protobufs_own);
    }
}

fn strip_enum(enumeration: &mut EnumDescriptorProto) {
    if let Some(options) = &mut enumeration.options {
        options.uninterpreted_option.retain(is_protobufs_own);
    }
    enumeration.value.iter_mut().for_each(|value| value.options = None);
}

/// `packed` and its like, which are named by one word and have a simple value.
fn is_protobufs_own(option: &UninterpretedOption) -> bool {
    option.aggregate_value.is_none() && option.name.iter().all(|part| !part.is_extension)
}
