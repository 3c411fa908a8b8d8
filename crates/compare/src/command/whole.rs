//! Files that appear whole or not at all: an older one of the same name stays until then.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `text` to `path`, by way of `NAME.partial` beside it.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    let partial = Path::new(&name);
    let written = File::create(partial).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        // Only then does a full disk say so.
        file.sync_all()?;
        fs::rename(partial, path)
    });
    if written.is_err() {
        // Nothing more can be done about a file that cannot be removed, and it says what it is.
        let _ = fs::remove_file(partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn an_older_file_is_replaced_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.toml");
        std::fs::write(&path, "old").unwrap();
        write(&path, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // A folder is there: the last step fails.
        let path = folder.path().join("t.toml");
        std::fs::create_dir(&path).unwrap();
        assert!(write(&path, "new").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
