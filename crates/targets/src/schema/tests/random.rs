//! No bytes, of a file or of a server, make more of it than an error.

use proptest::prelude::*;
use prost::Message;
use prost_reflect::DynamicMessage;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MessageOptions, MethodDescriptorProto,
    OneofDescriptorProto, ServiceDescriptorProto,
};

use super::{Folder, SCHEDULER};
use crate::{Ask, Method, Refusal};

/// A server that answers the same bytes to every question.
struct Same<'a>(&'a [u8]);

impl Ask for Same<'_> {
    fn call(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok(self.0.to_vec())
    }
}

/// A set of descriptors that has everything there is in protos.
fn sound_set() -> Vec<u8> {
    let text = format!(
        "{SCHEDULER}
        import \"google/protobuf/timestamp.proto\";
        enum E {{ Z = 0; P = 1; }}
        message Every {{
            oneof o {{ int32 i = 1; string s = 2; }}
            map<string, E> m = 3; optional double d = 4; repeated sint64 r = 5;
            message Inner {{ google.protobuf.Timestamp at = 1; Every every = 2; }}
            Inner inner = 6; reserved 10 to 20, 30; reserved \"gone\";
        }}"
    );
    let folder = Folder::with(&[("x.proto", &text)]);
    let method = folder.method(&["x.proto"], &[], "a.b.Scheduler/Infer").unwrap();
    method.request().parent_pool().encode_to_vec()
}

/// The bytes with some of them replaced, left out or doubled.
fn damaged(sound: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = sound.len();
    proptest::collection::vec((0..len, 0..3u8, any::<u8>()), 1..6).prop_map(move |damages| {
        let mut bytes = sound.clone();
        for (at, kind, byte) in damages {
            let at = at.min(bytes.len().saturating_sub(1));
            match kind {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 if !bytes.is_empty() => _ = bytes.remove(at),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

/// An answer of a server that holds these bytes as its file.
fn answer(file: &[u8]) -> Vec<u8> {
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    use tonic_reflection::pb::v1::{FileDescriptorResponse, ServerReflectionResponse};
    let files = FileDescriptorResponse { file_descriptor_proto: vec![file.to_vec()] };
    ServerReflectionResponse {
        message_response: Some(MessageResponse::FileDescriptorResponse(files)),
        ..Default::default()
    }
    .encode_to_vec()
}

/// Whoever has a method may look at all of its messages, and make one.
fn use_it(method: &Method) {
    let _ = format!("{method:?}");
    for message in method.request().parent_pool().all_messages() {
        for field in message.fields() {
            let _ = (field.kind(), field.default_value(), field.json_name(), field.is_packed());
            let _ = field.containing_oneof().map(|oneof| oneof.fields().count());
            if field.is_map() {
                let entry = field.kind().as_message().unwrap().clone();
                let _ = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            }
        }
        let made = DynamicMessage::decode(message, &b"\x08\x01\x12\x00\x1a\x02\x08\x01"[..]);
        let _ = made.map(|made| made.encode_to_vec());
    }
}

/// Descriptors of messages that hold one another in every wrong way.
fn odd_file() -> impl Strategy<Value = FileDescriptorProto> {
    let field = (
        (
            proptest::option::weighted(0.8, 0..20),
            proptest::option::weighted(0.8, 0..5),
            proptest::option::weighted(0.1, -2..6),
        ),
        prop::sample::select(vec!["", ".a.A", ".a.B", ".a.B.C", ".a.E", "C", "a"]),
        (proptest::option::weighted(0.2, -1..3), proptest::bool::weighted(0.1)),
        prop::sample::select(vec![
            None,
            None,
            None,
            None,
            Some(""),
            Some("1"),
            Some("x"),
            Some("-1e400"),
        ]),
    )
        .prop_map(|((r#type, label, number), of, (oneof_index, optional), default)| {
            FieldDescriptorProto {
                type_name: (!of.is_empty()).then(|| of.to_owned()),
                proto3_optional: optional.then_some(true),
                default_value: default.map(str::to_owned),
                number,
                label,
                r#type,
                oneof_index,
                ..Default::default()
            }
        });
    let message = |name: &'static str| {
        let entry = proptest::option::of(any::<bool>());
        (proptest::collection::vec(field.clone(), 0..3), entry, 0..2usize).prop_map(
            move |(mut field, map_entry, oneofs)| {
                for (number, field) in (1..).zip(&mut field) {
                    field.number = field.number.or(Some(number));
                    field.name = Some(format!("f{number}"));
                }
                DescriptorProto {
                    name: Some(name.to_owned()),
                    oneof_decl: vec![
                        OneofDescriptorProto { name: Some("o".into()), options: None };
                        oneofs
                    ],
                    options: Some(MessageOptions { map_entry, ..Default::default() }),
                    field,
                    ..Default::default()
                }
            },
        )
    };
    let syntax = prop::sample::select(vec!["proto2", "proto3"]);
    (message("A"), message("B"), message("C"), syntax).prop_map(|(a, mut b, c, syntax)| {
        b.nested_type.push(c);
        let zero =
            EnumValueDescriptorProto { name: Some("Z".into()), number: Some(0), options: None };
        let of_a = MethodDescriptorProto {
            name: Some("M".into()),
            input_type: Some(".a.A".into()),
            output_type: Some(".a.B".into()),
            ..Default::default()
        };
        FileDescriptorProto {
            name: Some("x.proto".into()),
            package: Some("a".into()),
            message_type: vec![a, b],
            enum_type: vec![EnumDescriptorProto {
                name: Some("E".into()),
                value: vec![zero],
                ..Default::default()
            }],
            service: vec![ServiceDescriptorProto {
                name: Some("S".into()),
                method: vec![of_a],
                ..Default::default()
            }],
            syntax: Some(syntax.into()),
            ..Default::default()
        }
    })
}

const NAME: &str = "a.b.Scheduler/Infer";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_no_method(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Method::from_descriptor_set(&bytes, NAME).is_err());
        prop_assert!(Method::from_server(&mut Same(&bytes), NAME).is_err());
        prop_assert!(Method::from_server(&mut Same(&answer(&bytes)), NAME).is_err());
    }

    #[test]
    fn a_damaged_set_is_read_or_refused(bytes in damaged(sound_set())) {
        if let Ok(method) = Method::from_descriptor_set(&bytes, NAME) {
            prop_assert_eq!(method.path(), "/a.b.Scheduler/Infer");
            use_it(&method);
        }
    }

    #[test]
    fn an_odd_file_is_read_or_refused(file in odd_file()) {
        let set = FileDescriptorSet { file: vec![file] };
        if let Ok(method) = Method::from_descriptor_set(&set.encode_to_vec(), "a.S/M") {
            use_it(&method);
        }
    }

    #[test]
    fn a_damaged_text_is_read_or_refused(text in damaged(SCHEDULER.into())) {
        let folder = Folder::with(&[]);
        std::fs::write(folder.path("x.proto"), text).unwrap();
        if let Ok(method) = folder.method(&["x.proto"], &[], NAME) {
            prop_assert_eq!(method.path(), "/a.b.Scheduler/Infer");
        }
    }

    #[test]
    fn any_name_is_found_or_refused(name in "[/.a-z]{0,12}|\\PC{0,12}") {
        let folder = Folder::with(&[("x.proto", SCHEDULER)]);
        prop_assert!(folder.method(&["x.proto"], &[], &name).is_err());
    }
}
