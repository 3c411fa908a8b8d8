//! Why a method cannot be had.

use std::io;
use std::path::PathBuf;

use crate::Refusal;

/// Why a method cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// No file was named.
    #[error("no proto is given: name a .proto file, or a set of descriptors that ends in .binpb")]
    NoFiles,
    /// A file cannot be read.
    #[error("cannot read the proto {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder stands where a file is meant.
    #[error(
        "{} is a folder, not a proto: name a file in it, and the folder as --proto-path where \
         imports begin there",
        .0.display()
    )]
    Folder(PathBuf),
    /// A folder of imports is not there.
    #[error("there is no folder {}, where imports were to be looked for", .0.display())]
    NoFolder(PathBuf),
    /// A file is larger than any proto.
    #[error("{} is larger than {max} bytes, which no proto is", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        max: u64,
    },
    /// A file is not text.
    #[error(
        "{} is not a text in UTF-8, as a .proto is; a set of descriptors ends in .binpb, .pb, \
         .desc or .protoset",
        .0.display()
    )]
    NotText(PathBuf),
    /// A file does not compile: where, and why.
    #[error("{0}")]
    Mistake(String),
    /// An import is not found.
    #[error(
        "{importer}: the import `{import}` is in none of the folders searched ({searched}): give \
         the folder that it is relative to as --proto-path"
    )]
    NoImport {
        /// The file that has it, and where.
        importer: String,
        /// What it names.
        import: String,
        /// Where it was looked for.
        searched: String,
    },
    /// Files import each other.
    #[error("the imports go in a circle: {0}")]
    Circle(String),
    /// There is no end of imports.
    #[error("the proto has more than {files_max} files or {bytes_max} bytes with its imports")]
    Endless {
        /// The most files that are read.
        files_max: usize,
        /// The most bytes of descriptors that are kept.
        bytes_max: usize,
    },
    /// A file is written in an edition.
    #[error(
        "{0} is written in an edition of protobuf, which is not read yet: give a copy in proto3 with \
         the same field numbers as --proto FILE"
    )]
    Edition(String),
    /// A descriptor is of a language that nobody knows.
    #[error("{file} is described in the syntax `{syntax}`; proto2 and proto3 are read")]
    Syntax {
        /// The file.
        file: String,
        /// What it says.
        syntax: String,
    },
    /// A descriptor gives something a name that is none.
    #[error(
        "{file}: `{name}` is no name of a {of}: a name has letters, digits and _, and begins with no \
         digit"
    )]
    NoName {
        /// The file.
        file: String,
        /// What has the name.
        of: &'static str,
        /// The name.
        name: String,
    },
    /// A descriptor calls a message the entry of a map that cannot be one.
    #[error("the message {0} is described as the entry of a map, and is not a key and a value")]
    NoMap(String),
    /// Bytes are no set of descriptors.
    #[error("{origin} is not a FileDescriptorSet, such as protoc --descriptor_set_out writes")]
    NotASet {
        /// Whose bytes.
        origin: String,
        /// What the decoder said.
        source: prost::DecodeError,
    },
    /// A set has two files of one name.
    #[error("{origin} has two different files of the name `{name}`")]
    Twice {
        /// The set.
        origin: String,
        /// The name.
        name: String,
    },
    /// A set lacks a file.
    #[error(
        "{origin} lacks `{import}`, which its `{importer}` imports: make it with protoc \
         --include_imports"
    )]
    Incomplete {
        /// The set.
        origin: String,
        /// The file that imports it.
        importer: String,
        /// The file that is not there.
        import: String,
    },

    /// The name names no service and method.
    #[error("`{name}` is not pkg.Service/Method; the unary methods are: {there}")]
    Name {
        /// The name.
        name: String,
        /// What there is.
        there: String,
    },
    /// There is no such service.
    #[error("there is no service `{service}` in {origin}; the unary methods are: {there}")]
    NoService {
        /// Its name.
        service: String,
        /// Who described what there is.
        origin: String,
        /// What there is.
        there: String,
    },
    /// The service has no such method.
    #[error(
        "the service `{service}` in {origin} has no method `{method}`; the unary methods are: \
         {there}"
    )]
    NoMethod {
        /// The service.
        service: String,
        /// The method's name.
        method: String,
        /// Who described the service.
        origin: String,
        /// What there is.
        there: String,
    },
    /// The method streams.
    #[error(
        "{method} streams its {streams}, and a replay makes unary calls; the unary methods are: \
         {there}"
    )]
    Streams {
        /// The method.
        method: String,
        /// What it streams.
        streams: &'static str,
        /// What there is.
        there: String,
    },

    /// The server has no reflection.
    #[error(
        "the server does not describe itself (it has no gRPC server reflection, v1 or v1alpha): \
         give its .proto as --proto FILE"
    )]
    NoReflection,
    /// The server did not answer a question about itself.
    #[error("the server did not tell {question}: give its .proto as --proto FILE")]
    Unanswered {
        /// What it was asked.
        question: String,
        /// What it said.
        source: Refusal,
    },
    /// The server's answer makes no sense.
    #[error("asked for {question}, the server {problem}: give its .proto as --proto FILE")]
    Nonsense {
        /// What it was asked.
        question: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The server has no such service.
    #[error(
        "the server has no service `{service}` (a method is named pkg.Service/Method); its services \
         are: {there}"
    )]
    NotServed {
        /// The service.
        service: String,
        /// What there is.
        there: String,
    },
}
