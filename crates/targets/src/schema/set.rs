//! An encoded `FileDescriptorSet`.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::gather::{Library, Opened};
use super::{Origin, SchemaError};
use crate::plain::plain;

/// The files of one or more sets, by name.
pub(super) type Files = BTreeMap<String, FileDescriptorProto>;

/// Adds the files of a set to those of others.
pub(super) fn decode(bytes: &[u8], origin: &Origin, files: &mut Files) -> Result<(), SchemaError> {
    let origin = || origin.to_string();
    let set = FileDescriptorSet::decode(bytes)
        .map_err(|source| SchemaError::NotASet { origin: origin(), source })?;
    for mut file in set.file {
        // Places in a text that is not here.
        file.source_code_info = None;
        let name = file.name().to_owned();
        match files.get(&name) {
            Some(other) if *other != file => {
                return Err(SchemaError::Twice { origin: origin(), name: plain(&name) });
            }
            _ => files.insert(name, file),
        };
    }
    Ok(())
}

/// A set whose files are all gathered from the start: it knows which there are.
#[derive(Debug)]
pub(super) struct DescriptorSet {
    origin: Origin,
    names: BTreeSet<String>,
}

impl DescriptorSet {
    pub(super) fn new(files: &Files, origin: Origin) -> Self {
        Self { origin, names: files.keys().cloned().collect() }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

impl Library for DescriptorSet {
    fn open(&mut self, import: &str) -> Result<Option<Opened>, SchemaError> {
        Ok(self.has(import).then(|| Opened::Before(import.to_owned())))
    }

    fn missing(&self, importer: &FileDescriptorProto, import: usize) -> SchemaError {
        SchemaError::Incomplete {
            origin: self.origin.to_string(),
            importer: plain(importer.name()),
            import: plain(&importer.dependency[import]),
        }
    }
}
