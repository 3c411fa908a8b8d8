//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

/// Writes beside the target and takes its name at the end. Dropped before, it leaves nothing.
#[derive(Debug)]
pub(super) struct OutputFile {
    file: File,
    /// Where it is written and where it goes; `None` for a device or a pipe, which is written
    /// directly, since it must not be replaced.
    rename: Option<(PathBuf, PathBuf)>,
    interrupted: Arc<AtomicBool>,
}

impl OutputFile {
    /// Starts a file. Writing fails once `interrupted` is set.
    pub(super) fn create(path: &Path, interrupted: &Arc<AtomicBool>) -> anyhow::Result<Self> {
        let create = || -> io::Result<Self> {
            let interrupted = Arc::clone(interrupted);
            match fs::metadata(path) {
                Ok(kind) if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
                Ok(kind) if !kind.is_file() => {
                    let file = File::options().write(true).open(path)?;
                    Ok(Self { file, rename: None, interrupted })
                }
                // A link is followed, so that it goes on being one.
                Ok(_) => Self::beside(&fs::canonicalize(path)?, interrupted),
                Err(_) => Self::beside(path, interrupted),
            }
        };
        create().with_context(|| format!("{}: cannot create", path.display()))
    }

    /// Starts what goes to standard output.
    pub(super) fn stdout(interrupted: &Arc<AtomicBool>) -> anyhow::Result<Self> {
        // Not `io::stdout`, which belongs to one thread at a time and looks for line feeds.
        let file = io::stdout().as_fd().try_clone_to_owned();
        let file = file.context("standard output: cannot write")?.into();
        Ok(Self { file, rename: None, interrupted: Arc::clone(interrupted) })
    }

    /// Whether it will be a file with a name, beside which others can lie.
    pub(super) fn is_file(&self) -> bool {
        self.rename.is_some()
    }

    fn beside(path: &Path, interrupted: Arc<AtomicBool>) -> io::Result<Self> {
        let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = File::create_new(&temporary)?;
        Ok(Self { file, rename: Some((temporary, path.to_owned())), interrupted })
    }

    /// Puts the file in its place, once the disk has it.
    pub(super) fn commit(mut self) -> io::Result<()> {
        if let Some((temporary, path)) = &self.rename {
            self.file.sync_all()?;
            fs::rename(temporary, path)?;
        }
        self.rename = None;
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(io::Error::other(super::Interrupted));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.rename {
            // Nothing better can be done about a file that cannot be removed.
            let _ = fs::remove_file(temporary);
        }
    }
}
