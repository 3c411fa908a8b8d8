//! What the fuzz targets share: mutations that keep a file's frame, and what is asked of a trace
//! that a reader has let pass, or of a map that fits.

pub mod generated;
pub mod imported;
pub mod mutate;
pub mod requests;
pub mod sound;

use std::path::PathBuf;
use std::sync::OnceLock;

/// A path for a file that a reader takes by name, in a folder of this process.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("TMPDIR is there").keep());
    folder.join(name)
}

/// Writes what a reader takes by name.
pub fn put(name: &str, bytes: &[u8]) -> PathBuf {
    let path = scratch(name);
    std::fs::write(&path, bytes).expect("TMPDIR has room");
    path
}

/// Cuts an input at its first zero byte: two files in one.
#[must_use]
pub fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let cut = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    (&data[..cut], data.get(cut + 1..).unwrap_or_default())
}
