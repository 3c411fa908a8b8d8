//! Files that appear whole or not at all: an older file of the same name stays until then.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file on its way, at `NAME.partial` beside its final name; dropped unpublished, it is removed.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    partial: PathBuf,
    writer: BufWriter<File>,
    is_published: bool,
}

impl Draft {
    /// Starts the file that will be at `path`.
    ///
    /// # Errors
    /// Where `path` is a folder, or nothing can be written beside it.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let partial = suffixed(path, ".partial");
        let writer = BufWriter::new(File::create(&partial)?);
        Ok(Self { path: path.to_owned(), partial, writer, is_published: false })
    }

    /// Starts a file of which only the content is wanted, as a part of this one.
    pub(crate) fn part(&self, index: usize) -> io::Result<Self> {
        Self::create(&suffixed(&self.path, &format!(".{index}")))
    }

    /// Takes over what `part` holds, and removes it.
    pub(crate) fn append(&mut self, mut part: Self) -> io::Result<()> {
        part.flush()?;
        io::copy(&mut File::open(&part.partial)?, &mut self.writer)?;
        Ok(())
    }

    /// Gives the file its name once all of it is on the disk, which may say only then that it is
    /// full.
    pub(crate) fn publish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        self.is_published = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            // Nothing more can be done about a draft that cannot be removed, and it says what it is.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.json");
        fs::write(&path, "old").unwrap();

        let mut draft = Draft::create(&path).unwrap();
        draft.write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read(&path).unwrap(), b"old");

        let mut draft = Draft::create(&path).unwrap();
        let mut part = draft.part(0).unwrap();
        part.write_all(b"wor").unwrap();
        draft.write_all(b"new ").unwrap();
        draft.append(part).unwrap();
        draft.write_all(b"ld").unwrap();
        draft.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new world");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Draft::create(folder.path()).is_err());
        assert!(Draft::create(&folder.path().join("none/t.json")).is_err());
    }
}
