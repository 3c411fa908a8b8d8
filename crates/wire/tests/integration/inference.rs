//! The protocol of others, written down a second time: its numbers and types are not ours to choose.

use std::fmt::Write;

use bytes::Bytes;
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FileDescriptorSet};
use wire::inference::infer_parameter::ParameterChoice;
use wire::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use wire::inference::model_infer_response::InferOutputTensor;
use wire::inference::{self, InferParameter, ModelInferRequest, ModelInferResponse};

/// Each message, its fields, their numbers and types; what is nested in it follows. `*` is repeated,
/// and a map is its entries.
const CONTRACT: &str = "\
ServerLiveRequest
ServerLiveResponse live 1 Bool
ServerReadyRequest
ServerReadyResponse ready 1 Bool
ModelReadyRequest name 1 String, version 2 String
ModelReadyResponse ready 1 Bool
ServerMetadataRequest
ServerMetadataResponse name 1 String, version 2 String, extensions 3 String*
ModelMetadataRequest name 1 String, version 2 String
ModelMetadataResponse name 1 String, versions 2 String*, platform 3 String, inputs 4 Message*, outputs 5 Message*
TensorMetadata name 1 String, datatype 2 String, shape 3 Int64*
InferParameter bool_param 1 Bool, int64_param 2 Int64, string_param 3 String, double_param 4 Double, uint64_param 5 Uint64
InferTensorContents bool_contents 1 Bool*, int_contents 2 Int32*, int64_contents 3 Int64*, uint_contents 4 Uint32*, uint64_contents 5 Uint64*, fp32_contents 6 Float*, fp64_contents 7 Double*, bytes_contents 8 Bytes*
ModelInferRequest model_name 1 String, model_version 2 String, id 3 String, parameters 4 Message*, inputs 5 Message*, outputs 6 Message*, raw_input_contents 7 Bytes*
InferInputTensor name 1 String, datatype 2 String, shape 3 Int64*, parameters 4 Message*, contents 5 Message
ParametersEntry key 1 String, value 2 Message
InferRequestedOutputTensor name 1 String, parameters 2 Message*
ParametersEntry key 1 String, value 2 Message
ParametersEntry key 1 String, value 2 Message
ModelInferResponse model_name 1 String, model_version 2 String, id 3 String, parameters 4 Message*, outputs 5 Message*, raw_output_contents 6 Bytes*
InferOutputTensor name 1 String, datatype 2 String, shape 3 Int64*, parameters 4 Message*, contents 5 Message
ParametersEntry key 1 String, value 2 Message
ParametersEntry key 1 String, value 2 Message
ModelConfigRequest name 1 String, version 2 String
ModelConfigResponse config 1 Message
ModelConfig dynamic_batching 11 Message, sequence_batching 13 Message, ensemble_scheduling 15 Message
ModelDynamicBatching priority_levels 4 Uint64, default_priority_level 5 Uint64, default_queue_policy 6 Message, priority_queue_policy 7 Message*
PriorityQueuePolicyEntry key 1 Uint64, value 2 Message
ModelQueuePolicy timeout_action 1 Enum, default_timeout_microseconds 2 Uint64, allow_timeout_override 3 Bool, max_queue_size 4 Uint32
ModelSequenceBatching
ModelEnsembling
";

/// Writes a message and what is nested in it, a line each.
fn write_down(message: &DescriptorProto, text: &mut String) {
    text.push_str(message.name());
    for (index, field) in message.field.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let repeated = if field.label() == Label::Repeated { "*" } else { "" };
        let kind: Type = field.r#type();
        write!(text, "{comma} {} {} {kind:?}{repeated}", field.name(), field.number()).unwrap();
    }
    text.push('\n');
    for nested in &message.nested_type {
        write_down(nested, text);
    }
}

#[test]
fn fields_numbers_and_types_are_those_of_the_protocol() {
    let set = FileDescriptorSet::decode(inference::FILE_DESCRIPTOR_SET).unwrap();
    let mut text = String::new();
    for message in set.file.iter().flat_map(|file| &file.message_type) {
        write_down(message, &mut text);
    }
    assert_eq!(text, CONTRACT);
}

#[test]
fn paths_are_those_of_the_service() {
    let set = FileDescriptorSet::decode(inference::FILE_DESCRIPTOR_SET).unwrap();
    let file = &set.file[0];
    let service = &file.service[0];
    let paths: Vec<_> = service
        .method
        .iter()
        .map(|method| format!("/{}.{}/{}", file.package(), service.name(), method.name()))
        .collect();
    for path in [
        inference::SERVER_READY_PATH,
        inference::MODEL_READY_PATH,
        inference::MODEL_METADATA_PATH,
        inference::MODEL_INFER_PATH,
    ] {
        assert!(paths.iter().any(|known| known == path), "{path} is not among {paths:?}");
    }
}

/// A field of text, bytes or a message.
fn field(number: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [&[number << 3 | 2, value.len() as u8], value].concat()
}

fn parameter(choice: ParameterChoice) -> InferParameter {
    InferParameter { parameter_choice: Some(choice) }
}

#[test]
fn a_request_is_these_bytes() {
    let request = ModelInferRequest {
        model_name: "m".into(),
        model_version: "2".into(),
        id: "17".into(),
        parameters: [
            ("priority".into(), parameter(ParameterChoice::Int64Param(3))),
            ("timeout".into(), parameter(ParameterChoice::Uint64Param(300))),
        ]
        .into(),
        inputs: vec![InferInputTensor {
            name: "x".into(),
            datatype: "FP32".into(),
            shape: vec![1, 2],
            ..InferInputTensor::default()
        }],
        outputs: vec![InferRequestedOutputTensor { name: "y".into(), ..Default::default() }],
        raw_input_contents: vec![Bytes::from_static(&[0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f])],
    };
    let bytes = [
        field(1, "m"),
        field(2, "2"),
        field(3, "17"),
        field(4, [field(1, "priority"), field(2, [0x10, 3])].concat()),
        field(4, [field(1, "timeout"), field(2, [0x28, 0xac, 2])].concat()),
        field(5, [field(1, "x"), field(2, "FP32"), field(3, [1, 2])].concat()),
        field(6, field(1, "y")),
        field(7, [0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f]),
    ]
    .concat();
    assert_eq!(request.encode_to_vec(), bytes);
    assert_eq!(ModelInferRequest::decode(&bytes[..]).unwrap(), request);
}

#[test]
fn a_reply_is_read_with_what_we_do_not_know_of_it() {
    let reply = ModelInferResponse {
        model_name: "m".into(),
        model_version: "1".into(),
        id: "17".into(),
        parameters: [("cached".into(), parameter(ParameterChoice::BoolParam(true)))].into(),
        outputs: vec![InferOutputTensor {
            name: "y".into(),
            datatype: "FP32".into(),
            shape: vec![1],
            ..InferOutputTensor::default()
        }],
        raw_output_contents: vec![Bytes::from_static(&[0, 0, 0x80, 0x3f])],
    };
    let bytes = [
        field(1, "m"),
        field(2, "1"),
        field(3, "17"),
        field(4, [field(1, "cached"), field(2, [0x08, 1])].concat()),
        field(5, [field(1, "y"), field(2, "FP32"), field(3, [1])].concat()),
        field(6, [0, 0, 0x80, 0x3f]),
        field(9, "of a later version"),
    ]
    .concat();
    assert_eq!(ModelInferResponse::decode(&bytes[..]).unwrap(), reply);
}
