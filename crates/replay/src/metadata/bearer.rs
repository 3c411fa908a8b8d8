//! A bearer token: read from a file or the environment, sent, and never shown.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use http::HeaderValue;

use crate::small_file;

/// Tokens are a few KiB at most; servers refuse longer headers.
const TOKEN_LEN_MAX: usize = 64 << 10;

/// What proves to a scheduler who sends: `authorization: Bearer ...`.
#[derive(Clone)]
pub struct BearerToken {
    header: HeaderValue,
}

/// Why there is no token. The token itself is in none of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read.
    #[error("{}: cannot read the token", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds no token.
    #[error("{source_name}: {fault}")]
    Form {
        /// The file or the variable.
        source_name: String,
        /// What is wrong.
        fault: TokenFault,
    },
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFault {
    /// Nothing in it.
    #[error("the token is empty")]
    Empty,
    /// Not one word.
    #[error("byte {0} of the token is a blank; give the token alone, without 'Bearer'")]
    Blank(usize),
    /// Not text.
    #[error("byte {0} of the token is not printable ASCII")]
    Byte(usize),
}

impl BearerToken {
    /// Reads a file that holds the token alone, with or without a line end.
    ///
    /// # Errors
    /// Where the file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self, TokenError> {
        let bytes = small_file::read(path, TOKEN_LEN_MAX)
            .map_err(|source| TokenError::Read { path: path.to_owned(), source })?;
        Self::new(&bytes, &path.display().to_string())
    }

    /// Takes a token from `source_name`, with or without a line end.
    ///
    /// # Errors
    /// Where it is not one word of printable ASCII.
    pub fn new(bytes: &[u8], source_name: &str) -> Result<Self, TokenError> {
        let word = word(bytes)
            .map_err(|fault| TokenError::Form { source_name: source_name.to_owned(), fault })?;
        let mut header = HeaderValue::from_bytes(&[b"Bearer ", word].concat())
            .expect("a word of printable ASCII");
        header.set_sensitive(true);
        Ok(Self { header })
    }

    pub(super) fn header_value(&self) -> &HeaderValue {
        &self.header
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken")
    }
}

/// The token within, without line ends behind it.
fn word(bytes: &[u8]) -> Result<&[u8], TokenFault> {
    let line_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let word = &bytes[..bytes.len() - bytes.iter().rev().take_while(line_end).count()];
    match word.iter().position(|byte| !byte.is_ascii_graphic()) {
        None if word.is_empty() => Err(TokenFault::Empty),
        None => Ok(word),
        Some(index) if word[index].is_ascii_whitespace() => Err(TokenFault::Blank(index + 1)),
        Some(index) => Err(TokenFault::Byte(index + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for text in ["abc.d-_~+/=", "abc.d-_~+/=\n", "abc.d-_~+/=\r\n", "abc.d-_~+/=\n\n"] {
            std::fs::write(&path, text).unwrap();
            let token = BearerToken::from_file(&path).unwrap();
            assert_eq!(token.header, "Bearer abc.d-_~+/=");
            assert!(token.header.is_sensitive());
            assert_eq!(format!("{token:?}"), "BearerToken");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_showing_it() {
        for (bytes, fault) in [
            (&b""[..], TokenFault::Empty),
            (b"\r\n\n", TokenFault::Empty),
            (b" hush", TokenFault::Blank(1)),
            (b"Bearer hush", TokenFault::Blank(7)),
            (b"hush\nhush\n", TokenFault::Blank(5)),
            (b"hush\t", TokenFault::Blank(5)),
            (b"hush\0hush", TokenFault::Byte(5)),
            (b"hush\x7f", TokenFault::Byte(5)),
            (b"\xef\xbb\xbfhush", TokenFault::Byte(1)),
        ] {
            let error = BearerToken::new(bytes, "REPLAY_TOKEN").unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hush"), "{shown}");
            assert_eq!(error.to_string(), format!("REPLAY_TOKEN: {fault}"));
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("absent"), folder.path().into(), "/dev/zero".into()] {
            let error = BearerToken::from_file(&path).unwrap_err();
            assert_eq!(error.to_string(), format!("{}: cannot read the token", path.display()));
        }
    }
}
