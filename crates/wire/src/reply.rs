//! Reading the body of a reply that did not come through a generated client.

use thiserror::Error;

use crate::frame::FRAME_PREFIX_LEN;

/// Why a reply's body is not the one message it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// The body ends before the message does. An empty body is how gRPC answers with a status
    /// alone: look at the trailers.
    #[error("the reply ends after {found} of {expected} bytes; the connection may have been cut")]
    Truncated {
        /// Bytes the message needs with its prefix, as far as is known.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The body goes on after the message.
    #[error("the reply has {count} bytes after its message; a unary call has one message")]
    Trailing {
        /// Bytes too many.
        count: u64,
    },
    /// The message is compressed, which the client did not offer to read.
    #[error("the reply is compressed; configure the scheduler not to compress")]
    Compressed,
    /// The first byte is no compression flag.
    #[error("the reply begins with {flag}, not 0 or 1; the other side may not speak gRPC")]
    BadFlag {
        /// The byte.
        flag: u8,
    },
}

/// The one message in the body of a reply, without gRPC's prefix.
///
/// # Errors
/// Where the body is not exactly one uncompressed message.
pub fn reply_message(body: &[u8]) -> Result<&[u8], ReplyError> {
    let Some((prefix, message)) = body.split_first_chunk::<FRAME_PREFIX_LEN>() else {
        return Err(truncated(FRAME_PREFIX_LEN as u64, body));
    };
    let [flag, len @ ..] = *prefix;
    match flag {
        0 => {}
        1 => return Err(ReplyError::Compressed),
        flag => return Err(ReplyError::BadFlag { flag }),
    }
    let len = u64::from(u32::from_be_bytes(len));
    let found = message.len() as u64;
    if found < len {
        return Err(truncated(FRAME_PREFIX_LEN as u64 + len, body));
    }
    if found > len {
        return Err(ReplyError::Trailing { count: found - len });
    }
    Ok(message)
}

fn truncated(expected: u64, body: &[u8]) -> ReplyError {
    ReplyError::Truncated { expected, found: body.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_message_is_read() {
        assert_eq!(reply_message(&[0, 0, 0, 0, 0]), Ok(&[][..]));
        assert_eq!(reply_message(&[0, 0, 0, 0, 2, 0x10, 1]), Ok(&[0x10, 1][..]));
    }

    #[test]
    fn anything_else_is_an_error_that_says_what() {
        let check = |body: &[u8], words: &str| {
            let error = reply_message(body).unwrap_err().to_string();
            assert!(error.contains(words), "{body:?}: {error}");
        };
        check(&[], "after 0 of 5 bytes");
        check(&[0, 0, 0, 0], "after 4 of 5 bytes");
        check(&[0, 0, 0, 0, 4, 0x1a], "after 6 of 9 bytes");
        check(&[0, 255, 255, 255, 255], "after 5 of 4294967300 bytes");
        check(&[0, 0, 0, 0, 0, 0], "has 1 bytes after its message");
        check(&[1, 0, 0, 0, 0], "is compressed");
        check(b"HTTP/1.1 400", "begins with 72");
    }
}
