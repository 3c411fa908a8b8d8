//! Tensors kept aside: each distinct one once, as a file of little-endian f32 named by its digest.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::journal::hexadecimal;
use crate::message;

/// The folder of the tensors.
#[derive(Debug)]
pub(crate) struct TensorFolder(PathBuf);

impl TensorFolder {
    /// Uses a folder, and makes it where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Keeps the tensor of a request that has been read before, unless it is there.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is left of it then.
    pub(crate) fn keep(&self, sha256: &[u8; 32], body: &[Bytes]) -> io::Result<()> {
        let name = hexadecimal(sha256);
        let path = self.0.join(format!("{name}.f32"));
        if path.exists() {
            return Ok(());
        }
        // Written under another name, so that the name stands for a whole tensor.
        let draft = self.0.join(format!("{name}.{}.tmp", std::process::id()));
        let written = write(&draft, body).and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            // Nothing better can be done about a file that cannot be removed.
            let _ = fs::remove_file(&draft);
        }
        written
    }
}

fn write(path: &Path, body: &[Bytes]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut written = Ok(());
    let _ = message::read(body, |floats| {
        if written.is_ok() {
            written = file.write_all(floats);
        }
    });
    written?;
    file.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
}
