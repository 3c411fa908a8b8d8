//! .proto files, and sets of descriptors, in folders.
//!
//! A file has one name here, the path where it was first found, whatever imports call it: so a
//! file that is both named by the user and imported is one file, and a mistake in it says which.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use prost_types::FileDescriptorProto;

use super::gather::{Library, Opened};
use super::mistake::{Mistake, place_of};
use super::set::{self, DescriptorSet, Files};
use super::{Origin, SchemaError};
use crate::plain::plain;

/// Largest file that is read: a thousand times what a proto usually has.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// How files end that are sets of descriptors.
const SETS: [&str; 4] = ["binpb", "pb", "desc", "protoset"];

/// The field of a file's descriptor that has its imports.
const IMPORTS: i32 = 3;

/// Files in folders.
#[derive(Debug)]
pub(super) struct Disk {
    /// Where imports are looked for, in this order.
    folders: Vec<PathBuf>,
    /// Where a file truly is, and its name.
    names: BTreeMap<PathBuf, String>,
    /// What the sets of descriptors hold.
    set: DescriptorSet,
}

impl Disk {
    /// Folders to search: those given, then those of the files, then the current one.
    pub(super) fn new(files: &[PathBuf], include: &[PathBuf]) -> Result<Self, SchemaError> {
        if let Some(folder) = include.iter().find(|folder| !folder.is_dir()) {
            return Err(SchemaError::NoFolder(folder.clone()));
        }
        let of_files = files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in include.iter().cloned().chain(of_files).chain([PathBuf::new()]) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        let set = DescriptorSet::new(&Files::new(), Origin::Set);
        Ok(Self { folders, names: BTreeMap::new(), set })
    }

    /// Reads the files that the user named.
    pub(super) fn roots(
        &mut self,
        files: &[PathBuf],
    ) -> Result<Vec<FileDescriptorProto>, SchemaError> {
        if files.is_empty() {
            return Err(SchemaError::NoFiles);
        }
        let is_set = |path: &&PathBuf| {
            path.extension().is_some_and(|end| SETS.iter().any(|set| end.eq_ignore_ascii_case(set)))
        };
        let (sets, texts): (Vec<_>, Vec<_>) = files.iter().partition(is_set);
        let mut described = Files::new();
        for path in &sets {
            set::decode(&read(path)?, &Origin::Files(vec![path.to_path_buf()]), &mut described)?;
        }
        let origin = Origin::Files(sets.into_iter().cloned().collect());
        self.set = DescriptorSet::new(&described, origin);

        let mut roots: Vec<_> = described.into_values().collect();
        for path in texts {
            if let Opened::New(file) = self.open_path(path)? {
                roots.push(*file);
            }
        }
        Ok(roots)
    }

    fn open_path(&mut self, path: &Path) -> Result<Opened, SchemaError> {
        let place = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        if let Some(name) = self.names.get(&place) {
            return Ok(Opened::Before(name.clone()));
        }
        let name = path.display().to_string();
        self.names.insert(place, name.clone());
        Ok(Opened::New(Box::new(parse(&name, path)?)))
    }
}

impl Library for Disk {
    fn open(&mut self, import: &str) -> Result<Option<Opened>, SchemaError> {
        if let Some(described) = self.set.open(import)? {
            return Ok(Some(described));
        }
        // A set may hold any text here; `join` would follow an absolute path out of the folder.
        if !Path::new(import).components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        let found =
            self.folders.iter().map(|folder| folder.join(import)).find(|path| path.exists());
        found.map(|path| self.open_path(&path)).transpose()
    }

    fn missing(&self, importer: &FileDescriptorProto, import: usize) -> SchemaError {
        if self.set.has(importer.name()) {
            return self.set.missing(importer, import);
        }
        let folder = |folder: &PathBuf| match folder.as_os_str().is_empty() {
            true => "the current folder".to_owned(),
            false => folder.display().to_string(),
        };
        let path = [IMPORTS, i32::try_from(import).unwrap_or(i32::MAX)];
        let place = place_of(importer.source_code_info.as_ref(), &path);
        let place = place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
        let searched: Vec<_> = self.folders.iter().map(folder).collect();
        SchemaError::NoImport {
            importer: format!("{}{place}", plain(importer.name())),
            import: plain(&importer.dependency[import]),
            searched: searched.join(", "),
        }
    }
}

fn parse(name: &str, path: &Path) -> Result<FileDescriptorProto, SchemaError> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| SchemaError::NotText(path.to_owned()))?;
    // Editors on Windows begin a text with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = protox::file::File::from_source(name, text)
        .map_err(|error| SchemaError::Mistake(Mistake::of_syntax(&error, text).to_string()))?;
    Ok(file.into())
}

fn read(path: &Path) -> Result<Vec<u8>, SchemaError> {
    if path.is_dir() {
        return Err(SchemaError::Folder(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let read = |file: File| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    let length = File::open(path).and_then(read).map_err(|source| unreadable(path, source))?;
    if length as u64 > FILE_BYTES_MAX {
        return Err(SchemaError::TooLarge { path: path.to_owned(), max: FILE_BYTES_MAX });
    }
    Ok(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> SchemaError {
    SchemaError::Read { path: path.to_owned(), source }
}
