//! Servers that describe themselves, and servers that lie.

use std::collections::BTreeMap;

use prost::Message;
use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest as Question;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse as Answer;
use tonic_reflection::pb::v1::{
    ErrorResponse, FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest,
    ServerReflectionResponse, ServiceResponse,
};

use super::{Folder, SCHEDULER, told};
use crate::{Ask, Method, Refusal};

const V1: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const V1_ALPHA: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

/// A server that answers by a function, and remembers what it was asked, and where.
struct Scripted<F> {
    path: &'static str,
    answer: F,
    asked: Vec<Question>,
}

fn scripted<F: FnMut(&Question) -> Result<Answer, Refusal>>(answer: F) -> Scripted<F> {
    Scripted { path: V1, answer, asked: Vec::new() }
}

impl<F: FnMut(&Question) -> Result<Answer, Refusal>> Ask for Scripted<F> {
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        if path != self.path {
            return Err(refusal(12, "unknown service"));
        }
        let question = ServerReflectionRequest::decode(message).unwrap().message_request.unwrap();
        let answer = (self.answer)(&question);
        self.asked.push(question);
        let reply = |answer| ServerReflectionResponse {
            message_response: Some(answer),
            ..Default::default()
        };
        Ok(reply(answer?).encode_to_vec())
    }
}

fn refusal(code: i32, message: &str) -> Refusal {
    Refusal::Status { code, message: message.to_owned() }
}

fn files(files: &[FileDescriptorProto]) -> Answer {
    let file_descriptor_proto = files.iter().map(Message::encode_to_vec).collect();
    Answer::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto })
}

fn error(code: i32, message: &str) -> Answer {
    Answer::ErrorResponse(ErrorResponse { error_code: code, error_message: message.to_owned() })
}

fn services(names: &[&str]) -> Answer {
    let service = names.iter().map(|name| ServiceResponse { name: (*name).to_owned() }).collect();
    Answer::ListServicesResponse(ListServiceResponse { service })
}

fn by_name(name: &str) -> Question {
    Question::FileByFilename(name.to_owned())
}

fn by_symbol(symbol: &str) -> Question {
    Question::FileContainingSymbol(symbol.to_owned())
}

/// A service `a.S` in a file of this name, whose method `M` takes and gives `google.protobuf.Any`.
fn service(name: &str, imports: &[&str]) -> FileDescriptorProto {
    let method = MethodDescriptorProto {
        name: Some("M".into()),
        input_type: Some(".google.protobuf.Any".into()),
        output_type: Some(".google.protobuf.Any".into()),
        ..Default::default()
    };
    FileDescriptorProto {
        service: vec![ServiceDescriptorProto {
            name: Some("S".into()),
            method: vec![method],
            ..Default::default()
        }],
        ..plain_file(name, &[imports, &["google/protobuf/any.proto"]].concat())
    }
}

fn plain_file(name: &str, imports: &[&str]) -> FileDescriptorProto {
    FileDescriptorProto {
        name: Some(name.into()),
        package: Some("a".into()),
        dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
        syntax: Some("proto3".into()),
        ..Default::default()
    }
}

/// What is said of a server that answers so.
fn check_error(answer: impl FnMut(&Question) -> Result<Answer, Refusal>, expected: &str) {
    let error = Method::from_server(&mut scripted(answer), "a.S/M").unwrap_err();
    assert_eq!(told(&error), expected);
}

#[test]
fn what_is_missing_is_asked_for_once() {
    let there: BTreeMap<&str, FileDescriptorProto> = [
        service("s", &["x", "y"]),
        plain_file("x", &["z", "google/protobuf/any.proto"]),
        plain_file("y", &["z", "x"]),
        plain_file("z", &[]),
    ]
    .map(|file| (["s", "x", "y", "z"].into_iter().find(|name| *name == file.name()).unwrap(), file))
    .into();
    let answer = |question: &Question| {
        Ok(match question {
            Question::FileContainingSymbol(_) => files(&[there["s"].clone()]),
            // Some servers send along what a file imports.
            Question::FileByFilename(name) if name == "x" => {
                files(&[there["x"].clone(), there["z"].clone()])
            }
            Question::FileByFilename(name) => files(&[there[name.as_str()].clone()]),
            _ => error(12, "no"),
        })
    };
    for path in [V1, V1_ALPHA] {
        let mut server = Scripted { path, ..scripted(answer) };
        let method = Method::from_server(&mut server, "a.S/M").unwrap();
        assert_eq!(method.describe(), "a.S/M from the server's reflection");
        assert_eq!(method.request().full_name(), "google.protobuf.Any");
        assert_eq!(server.asked, [by_symbol("a.S"), by_name("x"), by_name("y")]);
    }
}

#[test]
fn a_server_that_lacks_the_service_lists_what_it_has() {
    let has = |question: &Question| {
        Ok(match question {
            Question::ListServices(_) => services(&["b.Other", "a.Sched", "grpc.health.v1.Health"]),
            _ => error(5, "not found"),
        })
    };
    let list = "the server has no service `a.S` (a method is named pkg.Service/Method); its services \
                are: a.Sched, b.Other, grpc.health.v1.Health";
    check_error(has, list);
    // Some end the call instead.
    let ends = |question: &Question| match question {
        Question::ListServices(_) => has(question),
        _ => Err(refusal(5, "not found")),
    };
    check_error(ends, list);
    let error = Method::from_server(&mut scripted(has), "Infer").unwrap_err();
    assert_eq!(
        told(&error),
        list.replace("`a.S`", "`Infer`").replace("a.Sched, b.Other", "b.Other, a.Sched")
    );
}

#[test]
fn a_server_without_reflection_asks_for_the_proto() {
    check_error(
        |_| Err(refusal(12, "unknown service")),
        "the server does not describe itself (it has no gRPC server reflection, v1 or v1alpha): \
         give its .proto as --proto FILE",
    );
    check_error(
        |_| Err(refusal(16, "who are you?")),
        "the server did not tell the proto of `a.S`: give its .proto as --proto FILE: the server \
         says UNAUTHENTICATED: who are you?",
    );
    check_error(
        |_| Err(Refusal::NoAnswer("connection refused".into())),
        "the server did not tell the proto of `a.S`: give its .proto as --proto FILE: connection \
         refused",
    );
    check_error(
        |_| Ok(error(13, "\u{1b}[31mboom\nboom")),
        "the server did not tell the proto of `a.S`: give its .proto as --proto FILE: the server \
         says INTERNAL:  [31mboom boom",
    );
}

#[test]
fn a_method_that_the_service_lacks_is_told_with_those_it_has() {
    let answer = |_: &Question| Ok(files(&[service("s", &[])]));
    let error = Method::from_server(&mut scripted(answer), "a.S/N").unwrap_err();
    assert_eq!(
        told(&error),
        "the service `a.S` in the server's reflection has no method `N`; the unary methods are: \
         a.S/M"
    );
}

#[test]
fn a_lying_server_is_found_out() {
    let instead = ": give its .proto as --proto FILE";
    check_error(
        |_| Ok(services(&["a.S"])),
        &format!("asked for the proto of `a.S`, the server answered another question{instead}"),
    );
    check_error(
        |_| Ok(files(&[])),
        &format!("asked for the proto of `a.S`, the server described files without it{instead}"),
    );
    check_error(
        |_| Ok(files(&[plain_file("s", &[])])),
        &format!("asked for the proto of `a.S`, the server described files without it{instead}"),
    );
    check_error(
        |question| match question {
            Question::FileByFilename(_) => Ok(files(&[plain_file("y", &[])])),
            _ => Ok(files(&[service("s", &["x"])])),
        },
        &format!("asked for its proto `x`, the server described other files{instead}"),
    );
    check_error(
        |question| match question {
            Question::FileByFilename(_) => Ok(error(5, "no such file")),
            _ => Ok(files(&[service("s", &["x"])])),
        },
        &format!("asked for its proto `x`, the server knows of none, which its s imports{instead}"),
    );
    check_error(
        |_| {
            let file_descriptor_proto = vec![b"nonsense".to_vec()];
            Ok(Answer::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto }))
        },
        &format!(
            "asked for the proto of `a.S`, the server sent bytes that are none (failed to decode \
             Protobuf message: invalid wire type value: 6){instead}"
        ),
    );
    check_error(
        |question| match question {
            Question::FileByFilename(_) => Ok(files(&[plain_file("x", &["s"])])),
            _ => Ok(files(&[service("s", &["x"])])),
        },
        "the imports go in a circle: s -> x -> s",
    );
    check_error(
        |_| {
            let mut file = service("s", &[]);
            file.service[0].method[0].input_type = Some(".a.No\u{1b}[31mthing".into());
            Ok(files(&[file]))
        },
        "s: name '.a.No [31mthing' is not defined",
    );
}

#[test]
fn imports_without_end_come_to_an_end() {
    let mut told_so_far = 0;
    check_error(
        |question| match question {
            Question::FileByFilename(name) => {
                told_so_far += 1;
                Ok(files(&[plain_file(name, &[&format!("made-up-{told_so_far}")])]))
            }
            _ => Ok(files(&[service("s", &["made-up"])])),
        },
        "the proto has more than 4096 files or 67108864 bytes with its imports",
    );
    assert_eq!(told_so_far, 4095);

    let big = FileDescriptorProto { package: Some("p".repeat(5 << 20)), ..Default::default() };
    let mut told_so_far = 0;
    check_error(
        |question| match question {
            Question::FileByFilename(name) => {
                told_so_far += 1;
                let next = format!("made-up-{told_so_far}");
                Ok(files(&[FileDescriptorProto {
                    package: big.package.clone(),
                    ..plain_file(name, &[&next])
                }]))
            }
            _ => Ok(files(&[service("s", &["made-up"])])),
        },
        "the proto has more than 4096 files or 67108864 bytes with its imports",
    );
    assert_eq!(told_so_far, 13);
}

#[test]
fn what_is_told_unasked_comes_to_an_end() {
    let endless = "the proto has more than 4096 files or 67108864 bytes with its imports";
    // Each answer brings what was asked for, and the same large file again.
    let large = FileDescriptorProto { package: Some("p".repeat(5 << 20)), ..plain_file("l", &[]) };
    let mut told_so_far = 0;
    check_error(
        |question| match question {
            Question::FileByFilename(name) => {
                told_so_far += 1;
                let next = format!("made-up-{told_so_far}");
                Ok(files(&[plain_file(name, &[&next]), large.clone()]))
            }
            _ => Ok(files(&[service("s", &["made-up"])])),
        },
        endless,
    );
    assert_eq!(told_so_far, 13);

    // One answer brings no end of small ones.
    let small: Vec<_> = (0..5_000).map(|n| plain_file(&n.to_string(), &[])).collect();
    check_error(|_| Ok(files(&[&[service("s", &[])], &small[..]].concat())), endless);
}

#[test]
fn names_that_no_proto_could_have_are_refused() {
    let check = |spoil: fn(&mut FileDescriptorProto), expected| {
        let mut file = service("s", &[]);
        spoil(&mut file);
        check_error(|_| Ok(files(std::slice::from_ref(&file))), expected);
    };
    check(
        |file| file.service[0].method[0].name = Some("M\u{1b}[31m".into()),
        "s: `M [31m` is no name of a method: a name has letters, digits and _, and begins with no \
         digit",
    );
    check(
        |file| {
            file.name = Some("s\u{1b}[31m".into());
            file.syntax = Some("editions".into());
        },
        "s [31m is written in an edition of protobuf, which is not read yet: give a copy in proto3 \
         with the same field numbers as --proto FILE",
    );
    check(
        |file| {
            file.name = Some("s\u{1b}[31m".into());
            file.service[0].method[0].input_type = Some(".a.No".into());
        },
        "s [31m: name '.a.No' is not defined",
    );
}

#[test]
fn the_same_method_comes_of_a_file_and_of_a_server() {
    let folder = Folder::with(&[("x.proto", SCHEDULER)]);
    let compiled = folder.method(&["x.proto"], &[], "a.b.Scheduler/Infer").unwrap();
    let file = compiled.request().parent_file().file_descriptor_proto().clone();
    let answer = |_: &Question| Ok(files(std::slice::from_ref(&file)));
    let told = Method::from_server(&mut scripted(answer), "a.b.Scheduler/Infer").unwrap();
    assert_eq!(told.path(), compiled.path());
    assert_eq!(told.request().descriptor_proto(), compiled.request().descriptor_proto());
}
