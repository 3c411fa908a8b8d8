//! Reading a file that cannot be long, such as a key or a token.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file whole, unless it is longer than `limit` bytes: someone may name `/dev/zero`.
pub(crate) fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        let kib = limit >> 10;
        let reason = format!("longer than {kib} KiB, so it is something else");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 1024]).unwrap();
        assert_eq!(read(&path, 1024).unwrap(), [7; 1024]);
        assert_eq!(read(&path, 1023).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(read(Path::new("/dev/zero"), 1024).is_err());
        assert_eq!(read(folder.path(), 1024).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }
}
