use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prost::Message;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use wire::{INFER_PATH, InferRequest, InferResponse};

use super::*;
use crate::metadata::BearerToken;
use crate::tls::authority::Authority;
use crate::tls::{Tls, TlsOptions};
use liar::Liar;
use server::Server;

mod liar;
mod lies;
mod server;

/// Longer than any answer takes that comes at all.
const PATIENT: Duration = Duration::from_secs(60);

/// Long enough for what comes at once, where nothing comes after it.
const HASTY: Duration = Duration::from_secs(1);

const REFLECTION_PATH: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

fn dialler(address: SocketAddr, timeout: Duration) -> Dialler {
    let endpoint = address.to_string().parse().unwrap();
    Dialler { endpoint, tls: None, timeout, user_timeout: PATIENT }
}

fn never() -> bool {
    false
}

fn ask(server: &Server, path: &str, message: &impl Message) -> Result<Vec<u8>, Refusal> {
    let dialler = dialler(server.address, PATIENT);
    let mut asker = Asker::connect(&dialler, &Metadata::default(), &never).unwrap();
    asker.call(path, &message.encode_to_vec())
}

fn infer(deadline_ns: i64) -> InferRequest {
    InferRequest { deadline_ns, ..InferRequest::default() }
}

#[test]
fn questions_are_answered_one_after_the_other_and_bring_the_headers_along() {
    let server = Server::start();
    let metadata = Metadata::new(&["tenant=blue"], None).unwrap();
    let dialler = dialler(server.address, PATIENT);
    let mut asker = Asker::connect(&dialler, &metadata, &never).unwrap();
    for deadline_ns in [7, 8, 9] {
        let answer = asker.call(INFER_PATH, &infer(deadline_ns).encode_to_vec()).unwrap();
        assert_eq!(InferResponse::decode(&*answer).unwrap().deadline_ns, deadline_ns);
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for headers in seen {
        assert_eq!(headers.get("tenant").unwrap(), "blue");
        assert!(headers.get("user-agent").unwrap().to_str().unwrap().starts_with("reprise-replay"));
    }
}

/// A `Duration` reaches further than clocks do.
#[test]
fn no_timeout_is_too_long() {
    let server = Server::start();
    let endless = dialler(server.address, Duration::MAX);
    let mut asker = Asker::connect(&endless, &Metadata::default(), &never).unwrap();
    assert!(asker.call(INFER_PATH, &infer(7).encode_to_vec()).is_ok());
}

#[test]
fn a_refusal_has_the_servers_code_and_words() {
    let server = Server::start();
    let refusal = ask(&server, INFER_PATH, &infer(server::REFUSED_NS)).unwrap_err();
    let message = server::REFUSED_WORDS.to_owned();
    assert_eq!(refusal, Refusal::Status { code: 10, message });
    assert_eq!(refusal.to_string(), "the server says ABORTED: 100% sure naïve");
    let refusal = ask(&server, "/scheduler.SchedulerService/Nothing", &infer(1)).unwrap_err();
    assert!(matches!(refusal, Refusal::Status { code: 12, .. }), "{refusal}");
    let unnamed = Refusal::Status { code: 99, message: String::new() };
    assert_eq!(unnamed.to_string(), "the server says gRPC status 99");
}

/// Beyond every window of HTTP/2, both ways.
#[test]
fn a_long_question_has_a_long_answer() {
    let server = Server::start();
    let model_name = "m".repeat(3 << 20);
    let question = InferRequest { model_name, ..infer(server::VERBOSE_NS) };
    let answer = ask(&server, INFER_PATH, &question).unwrap();
    let answer = InferResponse::decode(&*answer).unwrap();
    assert_eq!(answer.message.len(), question.model_name.len() * server::VERBOSITY);
}

#[test]
fn a_stream_of_one_question_is_answered_as_well() {
    let server = Server::start();
    let symbol = "scheduler.SchedulerService".to_owned();
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(symbol)),
    };
    let answer = ask(&server, REFLECTION_PATH, &question).unwrap();
    let answer = ServerReflectionResponse::decode(&*answer).unwrap();
    let Some(MessageResponse::FileDescriptorResponse(files)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let file = &files.file_descriptor_proto[0];
    assert!(file.windows(5).any(|window| window == b"Infer"));
}

#[test]
fn questions_go_through_tls_with_the_token() {
    let authority = Authority::new("ours");
    let server = Server::start_tls(&authority.issue(&["127.0.0.1"]));
    let folder = tempfile::tempdir().unwrap();
    let (ca, token) = (folder.path().join("ca.pem"), folder.path().join("token"));
    std::fs::write(&ca, authority.pem()).unwrap();
    std::fs::write(&token, "secret\n").unwrap();
    let options = TlsOptions { ca: Some(ca), ..TlsOptions::default() };
    let dialler = Dialler {
        endpoint: format!("https://{}", server.address).parse().unwrap(),
        tls: Some(Tls::load(&options, "127.0.0.1").unwrap()),
        ..dialler(server.address, PATIENT)
    };
    let token = BearerToken::from_file(&token).unwrap();
    let metadata = Metadata::new::<&str>(&[], Some(&token)).unwrap();
    let mut asker = Asker::connect(&dialler, &metadata, &never).unwrap();
    let answer = asker.call(INFER_PATH, &infer(7).encode_to_vec()).unwrap();
    assert_eq!(InferResponse::decode(&*answer).unwrap().deadline_ns, 7);
    assert_eq!(server.seen()[0].get("authorization").unwrap(), "Bearer secret");
}

#[test]
fn what_is_no_path_is_not_asked() {
    let server = Server::start();
    let refusal = ask(&server, "/pack age.Service/Method", &infer(1)).unwrap_err().to_string();
    assert!(refusal.starts_with("'/pack age.Service/Method' is no gRPC method"), "{refusal}");
}

#[test]
fn an_interrupt_ends_a_question_and_a_connection() {
    let stopped = Arc::new(AtomicBool::new(false));
    let interrupt = Arc::clone(&stopped);
    let silent = Liar::start(move |link| {
        if link.greet() && link.call().is_some() {
            interrupt.store(true, Ordering::Relaxed);
            link.listen();
        }
    });
    let stop = || stopped.load(Ordering::Relaxed);
    let patient = dialler(silent.address, PATIENT);
    let mut asker = Asker::connect(&patient, &Metadata::default(), &stop).unwrap();
    assert_eq!(asker.call("/a.B/C", &[]), Err(Refusal::NoAnswer("interrupted".to_owned())));
    let error = Asker::connect(&patient, &Metadata::default(), &stop).err().unwrap();
    assert!(matches!(error, ConnectError::Interrupted), "{error}");
}

#[test]
fn what_cannot_be_connected_to_says_why() {
    let error = |liar: &Liar| {
        let connected = Asker::connect(&dialler(liar.address, HASTY), &Metadata::default(), &never);
        connected.err().unwrap()
    };
    let mute = Liar::start(liar::Link::listen);
    assert!(matches!(error(&mute), ConnectError::Timeout(HASTY)));
    let foreign = Liar::start(|link| {
        link.write(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert!(matches!(error(&foreign), ConnectError::Http2 { plain: true, .. }));
}
