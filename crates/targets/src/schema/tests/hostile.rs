//! Protos that are wrong, odd or made to do harm, and all that is said of each.

use std::fmt::Write;
use std::fs;

use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
};

use super::{Folder, SCHEDULER, told};
use crate::Method;

/// What is said of a file of this text.
fn check(text: impl AsRef<[u8]>, expected: &str) {
    let folder = Folder::with(&[]);
    fs::write(folder.path("x.proto"), &text).unwrap();
    let said = match folder.method(&["x.proto"], &[], "a.S/M") {
        Ok(method) => {
            format!("ok: {} -> {}", method.request().full_name(), method.reply().full_name())
        }
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(text.as_ref());
    assert_eq!(said, expected, "{}", text.chars().take(500).collect::<String>());
}

const SERVICE: &str =
    "syntax = \"proto3\"; package a; message A {} service S { rpc M(A) returns (A); }";

#[test]
fn mistakes_are_told_with_their_places() {
    for (text, expected) in [
        (
            "syntax = \"proto3\";\n\nmessage A { int32 a 1; }",
            "x.proto:3:21: expected '=', but found '1'",
        ),
        (
            "syntax = \"proto4\";",
            "x.proto:1:10: unknown syntax 'proto4' (possible values are 'proto2' and 'proto3')",
        ),
        ("syntax = \"proto3\";\nmessage A { B b = 1; }", "x.proto:2:13: name 'B' is not defined"),
        (
            "syntax = \"proto3\";\nmessage A { int32 a = 1; int32 b = 1; }",
            "x.proto:2:36: field number '1' is already used",
        ),
        (
            "syntax = \"proto3\";\nmessage A { B b = 1; C c = 2; D d = 3; }",
            "x.proto:2:13: name 'B' is not defined; there are 2 more mistakes",
        ),
        (
            "syntax = \"proto3\";\r\nmessage A {\r\n  int32 a = 99999999999;\r\n}",
            "x.proto:3:13: message numbers must be between 1 and 536870911",
        ),
        (
            "syntax = \"proto3\";\nmessage A {",
            "x.proto:2:12: expected a message field, oneof, reserved range, enum, message, option or \
             '}', but reached end of file",
        ),
        ("package a;\npackage b;", "x.proto:2:1: multiple package names specified"),
        (
            "// What is new.\nedition = \"2023\";\nmessage A {}",
            "x.proto:2:1: editions of protobuf are not read yet (give a copy in proto3 with the same \
             field numbers)",
        ),
        (
            "syntax = \"proto3\";\nmessage A {}\nmessage A {}",
            "x.proto:3:9: name 'A' is defined twice",
        ),
        (
            "syntax = \"proto3\";\nservice S { rpc M(A) returns (A); }",
            "x.proto:2:19: name 'A' is not defined; there is one more mistake",
        ),
        (
            "syntax = \"proto3\";\nimport \"../x.proto\";",
            "x.proto:2:8: invalid group name (imports may not contain backslashes, repeated forward \
             slashes, '.' or '..' components)",
        ),
        ("syntax = \"proto3\";\nmessage A {}\nmessage a {\u{1}}", "x.proto:3:12: invalid token"),
        ("\u{feff}syntax = \"proto3\";\n\u{feff}", "x.proto:2:1: invalid token"),
        (
            "syntax = \"proto3\";\nimport \"x.proto\";",
            "the imports go in a circle: x.proto -> x.proto",
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_odd_but_sound_is_read() {
    let custom = "import \"google/protobuf/descriptor.proto\";
        message O { O o = 1; } extend google.protobuf.MessageOptions { O o = 50000; }";
    for text in [
        SERVICE.to_owned(),
        format!("\u{feff}{SERVICE}"),
        SERVICE.replace(' ', "\r\n"),
        format!("{SERVICE}\n// No end of line, and a letter: ü"),
        SERVICE.replace("proto3", "proto2"),
        format!("{SERVICE} {custom} message C {{ option (o) = {{ o {{ o {{}} }} }}; }}"),
        // An option of one's own is no matter of encoding, and may be nonsense.
        format!("{SERVICE} message C {{ option (no.such.option) = 1; }}"),
        format!(
            "{SERVICE} message C {{ repeated int32 c = 1 [packed = false, deprecated = true]; }}"
        ),
    ] {
        check(&text, "ok: a.A -> a.A");
    }
}

#[test]
fn what_is_no_text_is_told_as_such() {
    let not_text = "x.proto is not a text in UTF-8, as a .proto is; a set of descriptors ends in \
                    .binpb, .pb, .desc or .protoset";
    check(b"\xff\xfes\0y\0n\0", not_text);
    check(b"syntax = \"proto3\"; // \xe4", not_text);
    check(b"", "there is no service `a.S` in x.proto; the unary methods are: none");
    check(b"\0\0\0\0", "x.proto:1:1: invalid token");
    check(vec![b'\n'; (8 << 20) + 1], "x.proto is larger than 8388608 bytes, which no proto is");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = Folder::with(&[("protos/x.proto", SERVICE)]);
    for (files, expected) in [
        (
            &["protos"][..],
            "protos is a folder, not a proto: name a file in it, and the folder as \
             --proto-path where imports begin there",
        ),
        (&["y.proto"], "cannot read the proto y.proto: No such file or directory (os error 2)"),
        (&["y.binpb"], "cannot read the proto y.binpb: No such file or directory (os error 2)"),
        (&[], "no proto is given: name a .proto file, or a set of descriptors that ends in .binpb"),
    ] {
        assert_eq!(folder.error(files, &[], "a.S/M"), expected);
    }
}

#[test]
fn imports_that_go_in_a_circle_are_shown() {
    let folder = Folder::with(&[
        ("x.proto", "import \"y.proto\";"),
        ("y.proto", "import \"z.proto\"; import \"google/protobuf/any.proto\";"),
        ("z.proto", "import public \"y.proto\";"),
    ]);
    assert_eq!(
        folder.error(&["x.proto"], &[], "a.S/M"),
        "the imports go in a circle: y.proto -> z.proto -> y.proto"
    );
}

/// The text of an option as deep as this overflows the stack of the parser of options, and a list of
/// mistakes as long as this takes time that grows with its square where each has its place.
#[test]
fn neither_depth_nor_length_stops_the_program() {
    let deep = 100_000;
    let braces = format!("{}{}", "o {".repeat(deep), "}".repeat(deep));
    let custom = "import \"google/protobuf/descriptor.proto\";
        message O { O o = 1; } extend google.protobuf.MessageOptions { O o = 50000; }";
    check(
        format!("{SERVICE} {custom} message C {{ option (o) = {{ {braces} }}; }}"),
        "ok: a.A -> a.A",
    );
    check(
        format!("message A {{\n{}", "message A {\n".repeat(deep)),
        "x.proto:32:1: reached maximum recursion limit for nested messages (messages and groups may \
         be nested at most 31 levels deep)",
    );
    let many = (0..20_000).fold(String::new(), |mut text, n| {
        let _ = writeln!(text, "message M{n} {{ M{} m = 1; }}", (n + 1) % 20_000);
        text
    });
    check(format!("{SERVICE} {many}"), "ok: a.A -> a.A");
    check(
        format!("{SERVICE}\n{}", "/*".repeat(deep)),
        "x.proto:2:3: nested block comments are not supported; there are 99999 more mistakes",
    );
    check(format!("{SERVICE}{}", ";".repeat(deep)), "ok: a.A -> a.A");
}

/// What is said of a set of descriptors that has these messages and enums beside a sound method.
fn said_of_set(messages: Vec<DescriptorProto>, enums: Vec<EnumDescriptorProto>) -> String {
    let folder = Folder::with(&[("x.proto", SCHEDULER)]);
    let method = folder.method(&["x.proto"], &[], "a.b.Scheduler/Infer").unwrap();
    let mut file: FileDescriptorProto =
        method.request().parent_file().file_descriptor_proto().clone();
    file.message_type.extend(messages);
    file.enum_type.extend(enums);
    let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
    match Method::from_descriptor_set(&set, "a.b.Scheduler/Infer") {
        Ok(method) => method.path(),
        Err(error) => told(&error),
    }
}

fn message(n: usize, nested_type: Vec<DescriptorProto>) -> DescriptorProto {
    DescriptorProto { name: Some(format!("M{n}")), nested_type, ..Default::default() }
}

#[test]
fn descriptors_may_be_many_and_not_deep() {
    let read = "/a.b.Scheduler/Infer";
    let siblings = (0..10_000).map(|n| message(n, Vec::new())).collect();
    assert_eq!(said_of_set(vec![message(0, siblings)], Vec::new()), read);

    let value = |n| EnumValueDescriptorProto {
        name: Some(format!("V{n}")),
        number: Some(n),
        options: None,
    };
    let many = EnumDescriptorProto {
        name: Some("E".into()),
        value: (0..100_000).map(value).collect(),
        ..Default::default()
    };
    assert_eq!(said_of_set(Vec::new(), vec![many]), read);

    // The decoder stops far above where the stack would end.
    let nested =
        |depth| (1..depth).fold(message(0, Vec::new()), |inner, n| message(n, vec![inner]));
    assert_eq!(said_of_set(vec![nested(90)], Vec::new()), read);
    let said = said_of_set(vec![nested(1_000)], Vec::new());
    assert!(said.ends_with("recursion limit reached"), "{said}");
}
