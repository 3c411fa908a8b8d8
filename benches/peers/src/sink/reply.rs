//! The one reply: success, with no echo of a deadline, in 37 bytes.
//!
//! Like a common server's, its header fields go into the client's table with the first reply and
//! are one byte each from then on, so that clients pay for no more than they pay elsewhere.

use super::frame::{self, flag, kind};

/// A gRPC message: five bytes of prefix, then `InferResponse { success: true }`.
pub(crate) const MESSAGE: [u8; 7] = [0, 0, 0, 0, 2, 0x10, 1];

/// What both fields take in the client's table: each its name and value and 32 bytes more
/// (RFC 7541, section 4.1).
const TABLE_SIZE: u32 = 12 + 16 + 32 + 11 + 1 + 32;

/// `:status: 200`, of the static table.
const STATUS_200: u8 = 0x88;
/// `content-type` is entry 31 of the static table.
const CONTENT_TYPE: u8 = 31;
const CONTENT_TYPE_GRPC: &[u8; 16] = b"application/grpc";
const GRPC_STATUS: &[u8; 11] = b"grpc-status";

/// Makes replies on one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Replies {
    /// Nothing is in the client's table yet.
    #[default]
    First,
    /// Both fields are.
    Later,
    /// The client's table is too small for them.
    Literal,
}

impl Replies {
    /// Minds the size of the client's table, which it tells before its first request.
    ///
    /// False where it changes its mind after a reply in a way that the sink does not follow.
    pub(crate) fn with_table_size(&mut self, size: u32) -> bool {
        match (*self, size >= TABLE_SIZE) {
            (Self::First | Self::Literal, false) => *self = Self::Literal,
            (Self::Later, false) => return false,
            (_, true) => {}
        }
        true
    }

    /// Appends the reply to a stream.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, stream: u32) {
        match self {
            Self::First => {
                // 0x40: literal that enters the table.
                write_parts(out, stream, &content_type(0x40 | CONTENT_TYPE), &grpc_status(0x40));
                *self = Self::Later;
            }
            // The newest entry is 62.
            Self::Later => write_parts(out, stream, &[STATUS_200, 0x80 | 63], &[0x80 | 62]),
            Self::Literal => {
                // An index that does not fit four bits goes on in the next byte.
                let mut fields = vec![STATUS_200, 0x0f, CONTENT_TYPE - 15, 16];
                fields.extend_from_slice(CONTENT_TYPE_GRPC);
                write_parts(out, stream, &fields, &grpc_status(0));
            }
        }
    }
}

fn content_type(prefix: u8) -> Vec<u8> {
    let mut fields = vec![STATUS_200, prefix, 16];
    fields.extend_from_slice(CONTENT_TYPE_GRPC);
    fields
}

fn grpc_status(prefix: u8) -> Vec<u8> {
    let mut fields = vec![prefix, 11];
    fields.extend_from_slice(GRPC_STATUS);
    fields.extend_from_slice(&[1, b'0']);
    fields
}

fn write_parts(out: &mut Vec<u8>, stream: u32, headers: &[u8], trailers: &[u8]) {
    frame::write(out, kind::HEADERS, flag::END_HEADERS, stream, headers);
    frame::write(out, kind::DATA, 0, stream, &MESSAGE);
    frame::write(out, kind::HEADERS, flag::END_HEADERS | flag::END_STREAM, stream, trailers);
}
