//! The contract, written down a second time: schedulers that speak it already exist.

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::field_descriptor_proto::{Label, Type};
use tonic::server::NamedService;
use wire::scheduler_service_server::SchedulerServiceServer;

use Label::{Optional, Repeated};

/// Each field: message, name, number, type, label.
const FIELDS: [(&str, &str, i32, Type, Label); 8] = [
    ("InferRequest", "tier", 1, Type::Int32, Optional),
    ("InferRequest", "deadline_ns", 2, Type::Int64, Optional),
    ("InferRequest", "model_name", 3, Type::String, Optional),
    ("InferRequest", "input_tensor", 4, Type::Float, Repeated),
    ("InferRequest", "input_shape", 5, Type::Int32, Repeated),
    ("InferResponse", "deadline_ns", 1, Type::Int64, Optional),
    ("InferResponse", "success", 2, Type::Bool, Optional),
    ("InferResponse", "message", 3, Type::String, Optional),
];

/// `InferRequest` is written by hand, so a change of the proto file would not reach it.
#[test]
fn fields_numbers_and_types_are_those_of_the_contract() {
    let set = FileDescriptorSet::decode(wire::FILE_DESCRIPTOR_SET).unwrap();
    let fields: Vec<_> = set
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .flat_map(|message| message.field.iter().map(move |field| (message, field)))
        .map(|(message, field)| {
            (message.name(), field.name(), field.number(), field.r#type(), field.label())
        })
        .collect();
    assert_eq!(fields, FIELDS);
}

#[test]
fn the_path_is_that_of_the_generated_service() {
    let set = FileDescriptorSet::decode(wire::FILE_DESCRIPTOR_SET).unwrap();
    let service = &set.file[0].service[0];
    let name = format!("{}.{}", set.file[0].package(), service.name());
    assert_eq!(wire::INFER_PATH, format!("/{name}/{}", service.method[0].name()));
    assert_eq!(<SchedulerServiceServer<()> as NamedService>::NAME, name);
}
