//! Where the proto of a method comes from that is known at run time alone: .proto files, a set of
//! descriptors, or the server itself.
//!
//! Each source is a [`Library`](gather::Library) of files by name; what follows is the same for
//! all: their imports are gathered, and the method is looked up in what they describe. A mistake
//! is told in plain lines, with its place where there is one.

mod choice;
mod disk;
mod error;
mod gather;
mod maps;
mod mistake;
mod names;
mod options;
mod reflection;
mod set;

use std::fmt;
use std::path::PathBuf;

use prost_reflect::{MessageDescriptor, MethodDescriptor};

use crate::Ask;
pub use error::SchemaError;

/// A unary method that is known at run time.
///
/// It is named in full, as `pkg.Service/Method`, with or without a `/` before it, or as
/// `pkg.Service.Method`.
#[derive(Clone)]
pub struct Method {
    descriptor: MethodDescriptor,
    origin: Origin,
}

/// Who described a method.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// These files.
    Files(Vec<PathBuf>),
    /// An encoded set of descriptors.
    Set,
    /// The server, by reflection.
    Server,
}

impl Method {
    /// Compiles .proto files, without protoc. A file that ends in .binpb, .pb, .desc or .protoset
    /// is a set of descriptors, which is read as it is.
    ///
    /// Imports are looked for in the folders of `include`, in the folder of each file, and in the
    /// current folder. Those that begin with `google/protobuf/` need not be there.
    ///
    /// # Errors
    /// Where the files do not compile, or have no such unary method.
    pub fn from_files(
        files: &[PathBuf],
        include: &[PathBuf],
        name: &str,
    ) -> Result<Self, SchemaError> {
        let mut disk = disk::Disk::new(files, include)?;
        let roots = disk.roots(files)?;
        Self::find(&mut disk, roots, name, Origin::Files(files.to_vec()))
    }

    /// Asks the server, by gRPC server reflection: v1, then v1alpha.
    ///
    /// # Errors
    /// Where the server does not answer, tells what makes no sense, or has no such unary method.
    pub fn from_server(ask: &mut dyn Ask, name: &str) -> Result<Self, SchemaError> {
        let (mut server, root) = reflection::Server::describing(ask, name)?;
        Self::find(&mut server, vec![root], name, Origin::Server)
    }

    /// Reads an encoded `FileDescriptorSet`, such as protoc writes with `--include_imports`.
    ///
    /// # Errors
    /// Where the bytes are none, or have no such unary method.
    pub fn from_descriptor_set(bytes: &[u8], name: &str) -> Result<Self, SchemaError> {
        let mut files = set::Files::new();
        set::decode(bytes, &Origin::Set, &mut files)?;
        let mut set = set::DescriptorSet::new(&files, Origin::Set);
        Self::find(&mut set, files.into_values().collect(), name, Origin::Set)
    }

    fn find(
        library: &mut dyn gather::Library,
        roots: Vec<prost_types::FileDescriptorProto>,
        name: &str,
        origin: Origin,
    ) -> Result<Self, SchemaError> {
        let pool = gather::gather(library, roots)?;
        Ok(Self { descriptor: choice::choose(&pool, name, &origin)?, origin })
    }

    /// Where it is called: `/pkg.Service/Method`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}", choice::full_name(&self.descriptor))
    }

    /// The message that it takes.
    #[must_use]
    pub fn request(&self) -> MessageDescriptor {
        self.descriptor.input()
    }

    /// The message that it gives.
    #[must_use]
    pub fn reply(&self) -> MessageDescriptor {
        self.descriptor.output()
    }

    /// What it is and who described it, in a line: `pkg.Service/Method from file.proto`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} from {}", choice::full_name(&self.descriptor), self.origin)
    }
}

/// Not that of the descriptor: it goes into the messages of messages, without end where a message
/// may hold one of its own kind.
impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Method({})", self.describe())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(files) => {
                let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
                f.write_str(&files.join(", "))
            }
            Self::Set => f.write_str("the set of descriptors"),
            Self::Server => f.write_str("the server's reflection"),
        }
    }
}

#[cfg(test)]
mod tests;
