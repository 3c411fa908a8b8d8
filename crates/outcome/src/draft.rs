//! Files that appear whole or not at all.
//!
//! Bytes go to `NAME.partial` beside the final name, which is taken only when everything is
//! written. A run that dies leaves an older result of the same name as it was.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::OutcomeError;

/// A file on its way; dropped unpublished, it is removed.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    partial: PathBuf,
    /// The file once more, for the writer has it.
    file: File,
    published: bool,
}

impl Draft {
    /// Starts the file that will be at `path`.
    ///
    /// # Errors
    /// Where `path` is a folder, or nothing can be written beside it.
    pub(crate) fn create(path: &Path) -> Result<(Self, File), OutcomeError> {
        if path.is_dir() {
            let folder = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(OutcomeError::io("write", path)(folder));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let file = File::create(&partial).map_err(OutcomeError::io("write", path))?;
        let writer = file.try_clone().map_err(OutcomeError::io("write", path))?;
        Ok((Self { path: path.into(), partial, file, published: false }, writer))
    }

    /// The final name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its final name once all of it is on the disk, which may say only then that
    /// it is full; its writer must have been flushed.
    pub(crate) fn publish(mut self) -> Result<(), OutcomeError> {
        self.file.sync_all().map_err(OutcomeError::io("write", &self.path))?;
        fs::rename(&self.partial, &self.path).map_err(OutcomeError::io("write", &self.path))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing more can be done about a draft that cannot be removed, and it says what it is.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn an_older_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.csv");
        fs::write(&path, "old").unwrap();

        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let (draft, mut file) = Draft::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        draft.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Draft::create(folder.path()).is_err());
        let error = Draft::create(&folder.path().join("none/run.csv")).unwrap_err().to_string();
        assert!(error.contains("none/run.csv"), "{error}");
    }
}
