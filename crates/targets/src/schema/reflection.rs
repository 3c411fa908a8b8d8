//! What a server tells of itself, by gRPC server reflection.
//!
//! Each question is a call of its own. A server may tell anything, unasked as well: all that it
//! tells is counted against the bounds of what is gathered, and whatever cannot be understood is an
//! error.

use std::collections::{BTreeMap, BTreeSet};

use outcome::Code;
use prost::Message;
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest as Question;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse as Answer;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::SchemaError;
use super::choice::{closest, split_name};
use super::gather::{BYTES_MAX, FILES_MAX, Library, Opened, built_in, endless};
use crate::plain::plain;
use crate::{Ask, Refusal};

/// The versions of the service, which differ in their name alone, the newest first.
const PATHS: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// A server that describes itself.
pub(super) struct Server<'a> {
    ask: &'a mut dyn Ask,
    path: &'static str,
    /// Files that it sent along and nobody has asked for yet.
    told: BTreeMap<String, FileDescriptorProto>,
    /// Names of those that were asked for.
    given: BTreeSet<String>,
    /// Bytes of all files that it sent, those sent again included.
    bytes: usize,
}

impl<'a> Server<'a> {
    /// Asks for the service of a method, and gives the file that has it.
    pub(super) fn describing(
        ask: &'a mut dyn Ask,
        name: &str,
    ) -> Result<(Self, FileDescriptorProto), SchemaError> {
        let mut server =
            Self { ask, path: PATHS[0], told: BTreeMap::new(), given: BTreeSet::new(), bytes: 0 };
        let (service, method) = split_name(name);
        if service.is_empty() || method.is_empty() {
            let there = server.services(name)?;
            return Err(SchemaError::NotServed { service: name.to_owned(), there });
        }
        let question = Question::FileContainingSymbol(service.to_owned());
        if !server.fetch(question.clone())? {
            let there = server.services(service)?;
            return Err(SchemaError::NotServed { service: service.to_owned(), there });
        }
        let has_it = |file: &FileDescriptorProto| {
            let package = file.package();
            file.service.iter().any(|each| match package {
                "" => each.name() == service,
                _ => {
                    service.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'))
                        == Some(each.name())
                }
            })
        };
        let root =
            server.told.values().find(|file| has_it(file)).map(|file| file.name().to_owned());
        let root = root.and_then(|name| server.give(&name));
        let root = root.ok_or_else(|| nonsense(&question, "described files without it"))?;
        Ok((server, root))
    }

    /// Asks for files, and keeps them; whether there are any.
    fn fetch(&mut self, question: Question) -> Result<bool, SchemaError> {
        let files = match self.question(question.clone())? {
            Some(Answer::FileDescriptorResponse(files)) => files.file_descriptor_proto,
            Some(_) => return Err(nonsense(&question, "answered another question")),
            None => return Ok(false),
        };
        for bytes in files {
            self.bytes += bytes.len();
            if self.bytes > BYTES_MAX || self.told.len() + self.given.len() > FILES_MAX {
                return Err(endless());
            }
            let mut file = FileDescriptorProto::decode(&bytes[..]).map_err(|error| {
                nonsense(&question, &format!("sent bytes that are none ({error})"))
            })?;
            // Places in a text that is not here.
            file.source_code_info = None;
            let name = file.name().to_owned();
            // Servers send a file again with whatever imports it.
            if !self.given.contains(&name) {
                self.told.entry(name).or_insert(file);
            }
        }
        Ok(true)
    }

    fn give(&mut self, name: &str) -> Option<FileDescriptorProto> {
        let file = self.told.remove(name)?;
        self.given.insert(name.to_owned());
        Some(file)
    }

    /// Its services, closest to `wanted` first.
    fn services(&mut self, wanted: &str) -> Result<String, SchemaError> {
        let question = Question::ListServices(String::new());
        match self.question(question.clone())? {
            Some(Answer::ListServicesResponse(list)) => {
                let names = list.service.into_iter().map(|service| service.name);
                Ok(closest(wanted, names))
            }
            Some(_) => Err(nonsense(&question, "answered another question")),
            None => Err(nonsense(&question, "found none")),
        }
    }

    /// The answer to a question, or `None` where the server knows of no such thing.
    fn question(&mut self, question: Question) -> Result<Option<Answer>, SchemaError> {
        let words = words(&question);
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(question.clone()),
        };
        let reply = match self.call(&request.encode_to_vec()) {
            Ok(reply) => reply,
            Err(Refusal::Status { code, .. }) if is(code, Code::NotFound) => return Ok(None),
            Err(Refusal::Status { code, .. }) if is(code, Code::Unimplemented) => {
                return Err(SchemaError::NoReflection);
            }
            Err(source) => return Err(SchemaError::Unanswered { question: words, source }),
        };
        let reply = ServerReflectionResponse::decode(&reply[..])
            .map_err(|error| nonsense(&question, &format!("sent bytes that are none ({error})")))?;
        match reply.message_response {
            Some(Answer::ErrorResponse(error)) if is(error.error_code, Code::NotFound) => Ok(None),
            Some(Answer::ErrorResponse(error)) => Err(SchemaError::Unanswered {
                question: words,
                source: Refusal::Status {
                    code: error.error_code,
                    message: plain(&error.error_message),
                },
            }),
            Some(answer) => Ok(Some(answer)),
            None => Err(nonsense(&question, "sent an empty answer")),
        }
    }

    /// Calls the newest version of the service that the server has.
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        match self.ask.call(self.path, message) {
            Err(Refusal::Status { code, .. })
                if is(code, Code::Unimplemented) && self.path == PATHS[0] =>
            {
                self.path = PATHS[1];
                self.ask.call(self.path, message)
            }
            answer => answer,
        }
    }
}

impl Library for Server<'_> {
    fn open(&mut self, import: &str) -> Result<Option<Opened>, SchemaError> {
        if self.given.contains(import) {
            return Ok(Some(Opened::Before(import.to_owned())));
        }
        if !self.told.contains_key(import) {
            if built_in(import).is_some() {
                // No need to ask, nor to take it later from what is sent along.
                self.given.insert(import.to_owned());
                return Ok(None);
            }
            let question = Question::FileByFilename(import.to_owned());
            if !self.fetch(question.clone())? {
                return Ok(None);
            }
            if !self.told.contains_key(import) {
                return Err(nonsense(&question, "described other files"));
            }
        }
        Ok(self.give(import).map(|file| Opened::New(Box::new(file))))
    }

    fn missing(&self, importer: &FileDescriptorProto, import: usize) -> SchemaError {
        let question = Question::FileByFilename(importer.dependency[import].clone());
        nonsense(&question, &format!("knows of none, which its {} imports", importer.name()))
    }
}

/// Whether a number of gRPC's, from the call or from the message, means this.
fn is(number: i32, code: Code) -> bool {
    Code::from_grpc(number) == Some(code)
}

fn nonsense(question: &Question, problem: &str) -> SchemaError {
    SchemaError::Nonsense { question: words(question), problem: plain(problem) }
}

/// What is asked for.
fn words(question: &Question) -> String {
    match question {
        Question::FileContainingSymbol(symbol) => format!("the proto of `{}`", plain(symbol)),
        Question::FileByFilename(file) => format!("its proto `{}`", plain(file)),
        _ => "its services".to_owned(),
    }
}
