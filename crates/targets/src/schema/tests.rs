//! Full texts of errors, with protos as a user writes them.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use prost::Message;

use super::*;

mod hostile;
mod random;
mod server;

/// Files in a folder of their own, by name.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The method of these files, or what is said to the user, without the folder's own name.
    fn method(&self, files: &[&str], include: &[&str], name: &str) -> Result<Method, String> {
        let paths = |names: &[&str]| names.iter().map(|name| self.path(name)).collect::<Vec<_>>();
        Method::from_files(&paths(files), &paths(include), name).map_err(|error| {
            let folder = self.0.path().display().to_string();
            told(&error).replace(&format!("{folder}/"), "").replace(&folder, "FOLDER")
        })
    }

    fn error(&self, files: &[&str], include: &[&str], name: &str) -> String {
        self.method(files, include, name).unwrap_err()
    }
}

/// An error with its causes, as a program prints it.
pub(super) fn told(error: &SchemaError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(each) = cause {
        line = format!("{line}: {each}");
        cause = each.source();
    }
    line
}

const SCHEDULER: &str = r#"
syntax = "proto3";
package a.b;
message Request { int32 tier = 1; }
message Reply { bool success = 1; }
service Scheduler {
  rpc Infer(Request) returns (Reply);
  rpc Inform(Request) returns (Reply);
  rpc Watch(Request) returns (stream Reply);
  rpc Feed(stream Request) returns (Reply);
  rpc Talk(stream Request) returns (stream Reply);
}
"#;

#[test]
fn a_method_has_a_path_its_messages_and_an_origin() {
    let folder = Folder::with(&[("x.proto", SCHEDULER)]);
    for name in ["a.b.Scheduler/Infer", "/a.b.Scheduler/Infer", "a.b.Scheduler.Infer"] {
        let method = folder.method(&["x.proto"], &[], name).unwrap();
        assert_eq!(method.path(), "/a.b.Scheduler/Infer");
        assert_eq!(method.request().full_name(), "a.b.Request");
        assert_eq!(method.reply().full_name(), "a.b.Reply");
        let from = format!("a.b.Scheduler/Infer from {}", folder.path("x.proto").display());
        assert_eq!(method.describe(), from);
    }
}

#[test]
fn repeated_numbers_are_packed_as_the_proto_says() {
    let check = |syntax: &str, option: &str, packed: bool| {
        let text = format!(
            "syntax = \"{syntax}\"; package a; message A {{ repeated float r = 1 {option}; }} \
             service S {{ rpc M(A) returns (A); }}"
        );
        let folder = Folder::with(&[("x.proto", &text)]);
        let method = folder.method(&["x.proto"], &[], "a.S/M").unwrap();
        let field = method.request().get_field_by_name("r").unwrap();
        assert_eq!(field.is_packed(), packed, "{text}");
    };
    check("proto2", "", false);
    check("proto2", "[packed = true]", true);
    check("proto3", "", true);
    check("proto3", "[deprecated = true]", true);
    check("proto3", "[packed = false]", false);
}

#[test]
fn groups_oneofs_and_maps_are_carried() {
    let folder = Folder::with(&[
        (
            "two.proto",
            "package a; message A { optional group G = 1 { required int32 x = 1; }
             optional int32 d = 3 [default = 7]; extensions 100 to 200; }
             extend A { optional int32 e = 100; } service S { rpc M(A) returns (A); }",
        ),
        (
            "three.proto",
            "syntax = \"proto3\"; package b; enum E { Z = 0; }
             message B { optional int32 o = 1; oneof k { int32 x = 2; string y = 3; }
             map<string, E> m = 4; int32 plain = 5; } service S { rpc M(B) returns (B); }",
        ),
    ]);
    let two = folder.method(&["two.proto"], &[], "a.S/M").unwrap().request();
    let field = |name| two.get_field_by_name(name).unwrap();
    assert!(field("g").is_group() && field("d").supports_presence());
    assert_eq!(field("d").default_value(), prost_reflect::Value::I32(7));
    assert_eq!(two.extensions().count(), 1);

    let three = folder.method(&["three.proto"], &[], "b.S/M").unwrap().request();
    let field = |name| three.get_field_by_name(name).unwrap();
    assert!(field("o").supports_presence() && !field("plain").supports_presence());
    assert!(field("o").containing_oneof().unwrap().is_synthetic());
    assert_eq!(field("x").containing_oneof(), field("y").containing_oneof());
    assert!(field("m").is_map());
}

#[test]
fn a_message_of_its_own_kind_has_an_end() {
    let folder = Folder::with(&[(
        "x.proto",
        "package a; message A { optional A a = 1; } service S { rpc M(A) returns (A); }",
    )]);
    let method = folder.method(&["x.proto"], &[], "a.S/M").unwrap();
    assert_eq!(format!("{method:?}"), format!("Method({})", method.describe()));
}

#[test]
fn what_is_not_there_is_answered_with_what_there_is() {
    let folder = Folder::with(&[("x.proto", SCHEDULER), ("empty.proto", "")]);
    for (file, name, expected) in [
        (
            "x.proto",
            "Infer",
            "`Infer` is not pkg.Service/Method; the unary methods are: a.b.Scheduler/Infer, \
             a.b.Scheduler/Inform",
        ),
        (
            "x.proto",
            "Scheduler/Infer",
            "there is no service `Scheduler` in x.proto; the unary methods are: \
             a.b.Scheduler/Infer, a.b.Scheduler/Inform",
        ),
        (
            "x.proto",
            "a.b.Scheduler/infrom",
            "the service `a.b.Scheduler` in x.proto has no method `infrom`; the unary methods \
             are: a.b.Scheduler/Inform, a.b.Scheduler/Infer",
        ),
        (
            "x.proto",
            "a.b.Scheduler/Watch",
            "a.b.Scheduler/Watch streams its replies, and a replay makes unary calls; the unary \
             methods are: a.b.Scheduler/Infer, a.b.Scheduler/Inform",
        ),
        (
            "x.proto",
            "a.b.Scheduler/Feed",
            "a.b.Scheduler/Feed streams its requests, and a replay makes unary calls; the unary \
             methods are: a.b.Scheduler/Infer, a.b.Scheduler/Inform",
        ),
        (
            "x.proto",
            "a.b.Scheduler/Talk",
            "a.b.Scheduler/Talk streams its requests and replies, and a replay makes unary calls; \
             the unary methods are: a.b.Scheduler/Infer, a.b.Scheduler/Inform",
        ),
        (
            "empty.proto",
            "a.B/C",
            "there is no service `a.B` in empty.proto; the unary methods are: none",
        ),
    ] {
        assert_eq!(folder.error(&[file], &[], name), expected);
    }
}

#[test]
fn a_service_of_one_name_in_two_packages_is_told_by_its_package() {
    let other = SCHEDULER.replace("package a.b;", "package c;");
    let folder = Folder::with(&[("x.proto", SCHEDULER), ("y.proto", &other)]);
    let both = ["x.proto", "y.proto"];
    assert_eq!(
        folder.method(&both, &[], "c.Scheduler/Infer").unwrap().path(),
        "/c.Scheduler/Infer"
    );
    assert_eq!(
        folder.error(&both, &[], "Scheduler/Infer"),
        "there is no service `Scheduler` in x.proto, y.proto; the unary methods are: \
         c.Scheduler/Infer, a.b.Scheduler/Infer, c.Scheduler/Inform, a.b.Scheduler/Inform"
    );
}

#[test]
fn imports_are_found_beside_the_file_and_where_the_user_says() {
    let main = |import: &str| {
        format!(
            "syntax = \"proto3\"; package a;\nimport \"{import}\";\n\
             import \"google/protobuf/timestamp.proto\";\n\
             message A {{ b.B b = 1; google.protobuf.Timestamp at = 2; }}\n\
             service S {{ rpc M(A) returns (b.B); }}"
        )
    };
    let b = "syntax = \"proto3\"; package b; message B {}";
    let folder = Folder::with(&[
        ("root/x/beside.proto", &main("b.proto")),
        ("root/x/from_root.proto", &main("x/b.proto")),
        ("root/x/b.proto", b),
    ]);
    let check = |files: &[&str], include: &[&str]| {
        let method = folder.method(files, include, "a.S/M");
        assert_eq!(method.map(|method| method.path()), Ok("/a.S/M".into()), "{files:?}");
    };
    check(&["root/x/beside.proto"], &[]);
    check(&["root/x/from_root.proto"], &["root"]);
    // Named and imported, it is still one file.
    check(&["root/x/beside.proto", "root/x/b.proto"], &[]);
    check(&["root/x/b.proto", "root/x/from_root.proto"], &["root"]);
    check(&["root/x/b.proto", "root/x/../x/b.proto", "root/x/beside.proto"], &["root", "root/x"]);

    assert_eq!(
        folder.error(&["root/x/from_root.proto"], &[], "a.S/M"),
        "root/x/from_root.proto:2:1: the import `x/b.proto` is in none of the folders searched \
         (root/x, the current folder): give the folder that it is relative to as --proto-path"
    );
    assert_eq!(
        folder.error(&["root/x/from_root.proto"], &["root/y"], "a.S/M"),
        "there is no folder root/y, where imports were to be looked for"
    );
}

#[test]
fn a_set_of_descriptors_is_read_as_it_is() {
    let folder = Folder::with(&[("x.proto", SCHEDULER), ("bad.pb", "no set")]);
    let method = folder.method(&["x.proto"], &[], "a.b.Scheduler/Infer").unwrap();
    let set = method.request().parent_pool().encode_to_vec();
    fs::write(folder.path("x.binpb"), &set).unwrap();

    let same = folder.method(&["x.binpb"], &[], "a.b.Scheduler/Infer").unwrap();
    assert_eq!(same.path(), "/a.b.Scheduler/Infer");
    let same = Method::from_descriptor_set(&set, "a.b.Scheduler/Infer").unwrap();
    assert_eq!(same.describe(), "a.b.Scheduler/Infer from the set of descriptors");
    assert_eq!(
        folder.error(&["bad.pb"], &[], "a.b.Scheduler/Infer"),
        "bad.pb is not a FileDescriptorSet, such as protoc --descriptor_set_out writes: failed to \
         decode Protobuf message: invalid wire type value: 6"
    );
    let error = Method::from_descriptor_set(b"", "a.B/C").unwrap_err();
    assert_eq!(
        told(&error),
        "there is no service `a.B` in the set of descriptors; the unary methods are: none"
    );
}

#[test]
fn a_set_that_lacks_a_file_says_which() {
    let file = |name: &str, imports: &[&str]| prost_types::FileDescriptorProto {
        name: Some(name.into()),
        dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
        ..Default::default()
    };
    let error = |files: &[prost_types::FileDescriptorProto]| {
        let set = prost_types::FileDescriptorSet { file: files.to_vec() };
        told(&Method::from_descriptor_set(&set.encode_to_vec(), "a.B/C").unwrap_err())
    };
    assert_eq!(
        error(&[file("a", &["b", "google/protobuf/any.proto"])]),
        "the set of descriptors lacks `b`, which its `a` imports: make it with protoc \
         --include_imports"
    );
    assert_eq!(
        error(&[file("a", &["b"]), file("b", &["c"]), file("c", &["b"])]),
        "the imports go in a circle: b -> c -> b"
    );
    assert_eq!(
        error(&[file("a", &[]), file("a", &["b"])]),
        "the set of descriptors has two different files of the name `a`"
    );
    let edition =
        prost_types::FileDescriptorProto { syntax: Some("editions".into()), ..file("a", &[]) };
    assert_eq!(
        error(&[edition]),
        "a is written in an edition of protobuf, which is not read yet: give a copy in proto3 with \
         the same field numbers as --proto FILE"
    );
}
