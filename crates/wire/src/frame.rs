//! The five bytes that gRPC puts before each message: a compression flag and a big-endian length.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

/// Length of the prefix of a gRPC message, in bytes.
pub const FRAME_PREFIX_LEN: usize = 5;

/// The longest message this crate makes, in bytes, without the prefix.
///
/// The prefix could say twice as much, but protobuf implementations refuse to read 2 GiB.
pub const MESSAGE_LEN_MAX: usize = i32::MAX as usize;

/// The prefix of an uncompressed message, or `None` where it is longer than [`MESSAGE_LEN_MAX`].
#[must_use]
pub fn frame_prefix(message_len: usize) -> Option<[u8; FRAME_PREFIX_LEN]> {
    let len = u32::try_from(message_len).ok().filter(|_| message_len <= MESSAGE_LEN_MAX)?;
    let [a, b, c, d] = len.to_be_bytes();
    Some([0, a, b, c, d])
}

/// A message with its prefix, as it is sent; or `None` where it is longer than [`MESSAGE_LEN_MAX`].
#[must_use]
pub fn framed(message: &impl Message) -> Option<Bytes> {
    let len = message.encoded_len();
    let prefix = frame_prefix(len)?;
    let mut body = BytesMut::with_capacity(FRAME_PREFIX_LEN + len);
    body.put_slice(&prefix);
    message.encode(&mut body).expect("the buffer grows");
    Some(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_big_endian_after_a_zero_flag() {
        assert_eq!(frame_prefix(0), Some([0; 5]));
        assert_eq!(frame_prefix(0x0102_0304), Some([0, 1, 2, 3, 4]));
    }

    #[test]
    fn a_message_stands_behind_its_prefix() {
        let message = crate::InferResponse { success: true, ..Default::default() };
        assert_eq!(framed(&message).unwrap(), [0, 0, 0, 0, 2, 0x10, 1][..]);
    }

    #[test]
    fn a_message_of_two_gib_is_refused() {
        assert!(frame_prefix(MESSAGE_LEN_MAX).is_some());
        assert_eq!(frame_prefix(MESSAGE_LEN_MAX + 1), None);
        assert_eq!(frame_prefix(usize::MAX), None);
    }
}
