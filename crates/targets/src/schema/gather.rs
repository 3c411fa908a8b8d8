//! Files with all that they import, made one pool of descriptors.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::{FileDescriptorProto, SourceCodeInfo};
use protox::file::{FileResolver, GoogleFileResolver};

use super::mistake::Mistake;
use super::{SchemaError, maps, names, options};
use crate::plain::plain;

/// The most files of one method, imports of imports included: well above what an API has, and few
/// enough that a server which makes up imports is found out.
pub(super) const FILES_MAX: usize = 4096;

/// The most bytes of all descriptors of one method.
pub(super) const BYTES_MAX: usize = 64 << 20;

/// Where files come from, by the names that imports have for them.
pub(super) trait Library {
    /// The file that an import means, or `None` where it is not there.
    fn open(&mut self, import: &str) -> Result<Option<Opened>, SchemaError>;

    /// What to say of an import that is not there.
    fn missing(&self, importer: &FileDescriptorProto, import: usize) -> SchemaError;
}

/// A file that an import means.
pub(super) enum Opened {
    /// It is here already, under this name.
    Before(String),
    /// It was not here before.
    New(Box<FileDescriptorProto>),
}

/// Gathers what the files import, and what that imports.
pub(super) fn gather(
    library: &mut dyn Library,
    roots: Vec<FileDescriptorProto>,
) -> Result<DescriptorPool, SchemaError> {
    let mut gathered = BTreeMap::new();
    // Beside each mistake in a file stands its place, which is looked for from the first to the last
    // as long as the file has them: they are kept apart, and looked at for the one mistake shown.
    let mut places = BTreeMap::new();
    let mut built_ins = BTreeSet::new();
    let mut bytes = 0;
    let mut waiting = VecDeque::from(roots);
    // A library gives each file once, so what waits is not gathered yet.
    while let Some(mut file) = waiting.pop_front() {
        bytes += file.encoded_len();
        if gathered.len() + waiting.len() >= FILES_MAX || bytes > BYTES_MAX {
            return Err(endless());
        }
        check_syntax(&file)?;
        names::check(&file)?;
        for import in 0..file.dependency.len() {
            let found = library.open(&file.dependency[import])?;
            // One file can be imported by several names, and has one here.
            file.dependency[import] = match found {
                Some(Opened::Before(name)) => name,
                Some(Opened::New(file)) => {
                    let name = file.name().to_owned();
                    waiting.push_back(*file);
                    name
                }
                None => {
                    let built_in = built_in(&file.dependency[import])
                        .ok_or_else(|| library.missing(&file, import))?;
                    let name = built_in.name().to_owned();
                    if built_ins.insert(name.clone()) {
                        waiting.push_back(built_in);
                    }
                    name
                }
            };
        }
        options::strip(&mut file);
        if let Some(found) = file.source_code_info.take() {
            places.insert(file.name().to_owned(), found);
        }
        gathered.insert(file.name().to_owned(), file);
    }
    refuse_circles(&gathered)?;
    pool_of(gathered, &places)
}

/// What to say of more than is gathered.
pub(super) fn endless() -> SchemaError {
    SchemaError::Endless { files_max: FILES_MAX, bytes_max: BYTES_MAX }
}

/// Refuses what the pool cannot read: its own check takes the program down.
fn check_syntax(file: &FileDescriptorProto) -> Result<(), SchemaError> {
    let name = plain(file.name());
    match file.syntax() {
        "" | "proto2" | "proto3" => Ok(()),
        "editions" => Err(SchemaError::Edition(name)),
        syntax => Err(SchemaError::Syntax { file: name, syntax: plain(syntax) }),
    }
}

/// Makes files that lack nothing one pool.
fn pool_of(
    files: BTreeMap<String, FileDescriptorProto>,
    places: &BTreeMap<String, SourceCodeInfo>,
) -> Result<DescriptorPool, SchemaError> {
    let refused = |error| SchemaError::Mistake(Mistake::of_meaning(&error, places).to_string());
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_protos(files.into_values()).map_err(refused)?;
    // A pool looks at `packed` before it understands the options of a text, so it is wrong wherever
    // one is written. A second pool, of what the first understood, is right.
    let understood = pool.files().map(|file| file.file_descriptor_proto().clone());
    let understood: Vec<_> = understood.collect();
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_protos(understood).map_err(refused)?;
    maps::check(&pool)?;
    Ok(pool)
}

/// A file of `google/protobuf/`.
pub(super) fn built_in(name: &str) -> Option<FileDescriptorProto> {
    let file = GoogleFileResolver::new().open_file(name).ok()?;
    Some(file.file_descriptor_proto().clone())
}

/// Takes away, again and again, the files whose imports are all gone; what stays goes in circles.
fn refuse_circles(files: &BTreeMap<String, FileDescriptorProto>) -> Result<(), SchemaError> {
    let mut importers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut imports_left: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, file) in files {
        imports_left.insert(name, file.dependency.len());
        for import in &file.dependency {
            importers.entry(import).or_default().push(name);
        }
    }
    let mut gone: Vec<&str> =
        imports_left.iter().filter(|(_, left)| **left == 0).map(|(name, _)| *name).collect();
    while let Some(file) = gone.pop() {
        imports_left.remove(file);
        for importer in importers.get(file).into_iter().flatten() {
            if let Some(left) = imports_left.get_mut(importer) {
                *left -= 1;
                if *left == 0 {
                    gone.push(importer);
                }
            }
        }
    }
    // Each file that stays imports another that stays: following them comes back to one.
    let Some(mut file) = imports_left.keys().next().copied() else { return Ok(()) };
    let mut way: Vec<&str> = Vec::new();
    while !way.contains(&file) {
        way.push(file);
        let stays = |import: &&String| imports_left.contains_key(import.as_str());
        let Some(next) = files.get(file).and_then(|file| file.dependency.iter().find(stays)) else {
            break;
        };
        file = next;
    }
    let mut circle: Vec<&str> = way.iter().copied().skip_while(|name| *name != file).collect();
    circle.push(file);
    let circle: Vec<_> = circle.into_iter().map(plain).collect();
    Err(SchemaError::Circle(circle.join(" -> ")))
}
