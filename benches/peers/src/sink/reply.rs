//! Replies on the wire; the one to a request of our contract, success with no echo of a deadline, has
//! 37 bytes.
//!
//! Like a common server's, its header fields go into the client's table with the first reply and
//! are one byte each from then on, so that clients pay for no more than they pay elsewhere.

use super::answer::Answer;
use super::frame::{self, flag, kind};

/// What both fields take in the client's table: each its name and value and 32 bytes more
/// (RFC 7541, section 4.1).
const TABLE_SIZE: u32 = 12 + 16 + 32 + 11 + 1 + 32;

/// `:status: 200`, of the static table.
const STATUS_200: u8 = 0x88;
/// `content-type` is entry 31 of the static table.
const CONTENT_TYPE: u8 = 31;
const CONTENT_TYPE_GRPC: &[u8; 16] = b"application/grpc";
const GRPC_STATUS: &[u8; 11] = b"grpc-status";
const OK: &[u8] = b"0";
const UNIMPLEMENTED: &[u8] = b"12";

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
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, stream: u32, answer: Answer) {
        if answer == Answer::Unimplemented {
            // Rare, so it leaves the table alone.
            let fields = [literal_content_type(), grpc_status(0, UNIMPLEMENTED)].concat();
            write_last_headers(out, stream, &fields);
            return;
        }
        match self {
            Self::First => {
                // 0x40: literal that enters the table.
                let headers = content_type(&[0x40 | CONTENT_TYPE]);
                write_parts(out, stream, &headers, answer, &grpc_status(0x40, OK));
                *self = Self::Later;
            }
            // The newest entry is 62.
            Self::Later => write_parts(out, stream, &[STATUS_200, 0x80 | 63], answer, &[0x80 | 62]),
            Self::Literal => {
                write_parts(out, stream, &literal_content_type(), answer, &grpc_status(0, OK));
            }
        }
    }
}

/// An index that does not fit four bits goes on in the next byte.
fn literal_content_type() -> Vec<u8> {
    content_type(&[0x0f, CONTENT_TYPE - 15])
}

fn content_type(name: &[u8]) -> Vec<u8> {
    [&[STATUS_200][..], name, &[16], CONTENT_TYPE_GRPC].concat()
}

fn grpc_status(prefix: u8, value: &[u8]) -> Vec<u8> {
    let value_len = u8::try_from(value.len()).expect("a status has two digits at most");
    [&[prefix, 11][..], GRPC_STATUS, &[value_len], value].concat()
}

fn write_parts(out: &mut Vec<u8>, stream: u32, headers: &[u8], answer: Answer, trailers: &[u8]) {
    frame::write(out, kind::HEADERS, flag::END_HEADERS, stream, headers);
    frame::write(out, kind::DATA, 0, stream, answer.message());
    write_last_headers(out, stream, trailers);
}

fn write_last_headers(out: &mut Vec<u8>, stream: u32, fields: &[u8]) {
    frame::write(out, kind::HEADERS, flag::END_HEADERS | flag::END_STREAM, stream, fields);
}
