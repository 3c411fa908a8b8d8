//! Reading the body of a reply that did not come through a generated client.

use prost::Message;
use thiserror::Error;

use crate::InferResponse;
use crate::frame::FRAME_PREFIX_LEN;

/// Why a reply's body is not the one message it should be.
#[derive(Clone, Debug, PartialEq, Error)]
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
    /// The message is no `InferResponse`.
    #[error("the reply is not an InferResponse; the scheduler may use another proto")]
    Message(#[from] prost::DecodeError),
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

/// Decodes the body of a reply to `Infer`: one gRPC message, prefix and all.
///
/// # Errors
/// Where the body is not exactly one uncompressed `InferResponse`.
pub fn decode_reply(body: &[u8]) -> Result<InferResponse, ReplyError> {
    Ok(InferResponse::decode(reply_message(body)?)?)
}

fn truncated(expected: u64, body: &[u8]) -> ReplyError {
    ReplyError::Truncated { expected, found: body.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], expected: Result<&str, &str>) {
        let read = decode_reply(body);
        match expected {
            Ok(message) => assert_eq!(read.unwrap().message, message, "{body:?}"),
            Err(words) => {
                let error = read.unwrap_err().to_string();
                assert!(error.contains(words), "{body:?}: {error}");
            }
        }
    }

    #[test]
    fn one_whole_message_is_read() {
        check(&[0, 0, 0, 0, 0], Ok(""));
        check(&[0, 0, 0, 0, 4, 0x1a, 2, b'n', b'o'], Ok("no"));
    }

    #[test]
    fn anything_else_is_an_error_that_says_what() {
        check(&[], Err("after 0 of 5 bytes"));
        check(&[0, 0, 0, 0], Err("after 4 of 5 bytes"));
        check(&[0, 0, 0, 0, 4, 0x1a], Err("after 6 of 9 bytes"));
        check(&[0, 255, 255, 255, 255], Err("after 5 of 4294967300 bytes"));
        check(&[0, 0, 0, 0, 0, 0], Err("has 1 bytes after its message"));
        check(&[1, 0, 0, 0, 0], Err("is compressed"));
        check(b"HTTP/1.1 400", Err("begins with 72"));
        check(&[0, 0, 0, 0, 2, 0x1a, 9], Err("not an InferResponse"));
    }
}
