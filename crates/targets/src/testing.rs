//! Protos that tests are written in, and maps of them.

use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::map::Map;
use crate::traffic::Model;

/// The message `name` of a proto.
pub(crate) fn message(proto: &str, name: &str) -> MessageDescriptor {
    // It knows google's well-known types.
    let mut pool = DescriptorPool::global();
    let file = protox::file::File::from_source("t.proto", proto).unwrap();
    pool.add_file_descriptor_proto(file.file_descriptor_proto().clone()).unwrap();
    pool.get_message_by_name(name).unwrap()
}

/// A map with these fields of a request.
pub(crate) fn fields(text: &str) -> Map {
    Map::parse(&format!("[request]\n{text}"), "m.toml").unwrap()
}

pub(crate) const MODEL: Model<'static> =
    Model { trace_name: "small", name: "small-v2", shape: &[1, 2], input: Some(("x", "FP32")) };

/// Names of SLO classes.
pub(crate) fn slos() -> Vec<String> {
    vec!["urgent".to_owned(), "normal".to_owned()]
}
