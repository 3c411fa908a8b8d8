//! Finding the frames of HTTP/2 in the bytes of one direction of a connection.
//!
//! A library that speaks HTTP/2 says neither when a stream's last byte reached the kernel nor at
//! which read its first came back. Frames say their own lengths, so whoever sees the bytes on
//! their way can tell, without decoding anything.

/// Length of what a client sends before its first frame (RFC 9113, section 3.4).
const PREFACE_LEN: usize = 24;

/// Length, type, flags and stream of a frame (RFC 9113, section 4.1).
const HEAD_LEN: usize = 9;

const TYPE_DATA: u8 = 0;
const TYPE_HEADERS: u8 = 1;
const TYPE_RST_STREAM: u8 = 3;
const FLAG_END_STREAM: u8 = 1;

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// The stream it belongs to; 0 is the connection itself.
    pub stream: u32,
}

impl FrameHead {
    /// Whether it opens a stream, or closes one as trailers.
    #[must_use]
    pub const fn is_headers(self) -> bool {
        self.kind == TYPE_HEADERS
    }

    /// Whether it carries anything of a message: headers, body or trailers.
    #[must_use]
    pub const fn is_of_message(self) -> bool {
        self.kind == TYPE_DATA || self.kind == TYPE_HEADERS
    }

    /// Whether the stream is over, on this side, once the frame is whole.
    #[must_use]
    pub const fn ends_stream(self) -> bool {
        self.kind == TYPE_RST_STREAM || (self.is_of_message() && self.flags & FLAG_END_STREAM != 0)
    }
}

/// What [`Frames::scan`] comes upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEdge {
    /// The head of this frame is whole.
    Begun(FrameHead),
    /// All bytes of this frame have passed.
    Ended(FrameHead),
}

/// Follows the frames of one direction, however they are cut into pieces.
///
/// ```
/// use wire::{FrameEdge, Frames};
///
/// let data = [0, 0, 1, 0, 1, 0, 0, 0, 5, b'x']; // one byte of DATA that ends stream 5
/// let mut frames = Frames::of_server();
/// let mut ended = Vec::new();
/// for piece in data.chunks(4) {
///     frames.scan(piece, |edge| match edge {
///         FrameEdge::Ended(head) if head.ends_stream() => ended.push(head.stream),
///         _ => {}
///     });
/// }
/// assert_eq!(ended, [5]);
/// ```
#[derive(Clone, Debug)]
pub struct Frames {
    /// Bytes to pass over: the preface, then payloads.
    skip: usize,
    head: [u8; HEAD_LEN],
    head_len: usize,
    /// The frame whose payload is passing.
    current: Option<FrameHead>,
}

impl Frames {
    /// Of what a client sends.
    #[must_use]
    pub const fn of_client() -> Self {
        Self { skip: PREFACE_LEN, head: [0; HEAD_LEN], head_len: 0, current: None }
    }

    /// Of what a server sends.
    #[must_use]
    pub const fn of_server() -> Self {
        Self { skip: 0, ..Self::of_client() }
    }

    /// Takes the next bytes, and tells `on_edge` of each frame that begins or ends in them.
    pub fn scan(&mut self, mut bytes: &[u8], mut on_edge: impl FnMut(FrameEdge)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if self.skip == 0
                && let Some(head) = self.current.take()
            {
                on_edge(FrameEdge::Ended(head));
            }
            let taken = (HEAD_LEN - self.head_len).min(bytes.len());
            if taken == 0 {
                return;
            }
            self.head[self.head_len..][..taken].copy_from_slice(&bytes[..taken]);
            self.head_len += taken;
            bytes = &bytes[taken..];
            if self.head_len == HEAD_LEN {
                on_edge(FrameEdge::Begun(self.begin()));
            }
        }
    }

    /// Reads the head that is whole.
    fn begin(&mut self) -> FrameHead {
        let [a, b, c, kind, flags, stream @ ..] = self.head;
        self.skip = u32::from_be_bytes([0, a, b, c]) as usize;
        self.head_len = 0;
        // The highest bit is reserved.
        let stream = u32::from_be_bytes(stream) & (u32::MAX >> 1);
        let head = FrameHead { kind, flags, stream };
        self.current = Some(head);
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    /// Payloads that look like frames are no frames.
    #[test]
    fn frames_are_found_however_they_are_cut() {
        let bytes = [
            &[b'p'; PREFACE_LEN][..],
            &frame(4, 0, 0, &[1; 36]),
            &frame(TYPE_HEADERS, 0, 1, &frame(TYPE_HEADERS, 1, 99, b"")),
            &frame(TYPE_DATA, FLAG_END_STREAM, 1, &[TYPE_HEADERS; 300]),
            &frame(TYPE_HEADERS, FLAG_END_STREAM, 3, b""),
            &frame(TYPE_RST_STREAM, 0, 5 | 1 << 31, b"code"),
        ]
        .concat();
        for cut in 1..=bytes.len() {
            let (mut frames, mut begun, mut ended) = (Frames::of_client(), Vec::new(), Vec::new());
            for piece in bytes.chunks(cut) {
                frames.scan(piece, |edge| match edge {
                    FrameEdge::Begun(head) => begun.push(head.stream),
                    FrameEdge::Ended(head) => ended.push((head.stream, head.ends_stream())),
                });
            }
            assert_eq!(begun, [0, 1, 1, 3, 5], "in pieces of {cut} bytes");
            let expected = [(0, false), (1, false), (1, true), (3, true), (5, true)];
            assert_eq!(ended, expected, "in pieces of {cut} bytes");
        }
    }

    #[test]
    fn a_frame_ends_with_its_last_byte_and_not_before() {
        let bytes = frame(TYPE_DATA, FLAG_END_STREAM, 1, b"four");
        let mut frames = Frames::of_server();
        let ends = |frames: &mut Frames, piece: &[u8]| {
            let mut count = 0;
            frames.scan(piece, |edge| count += usize::from(matches!(edge, FrameEdge::Ended(_))));
            count
        };
        assert_eq!(ends(&mut frames, &bytes[..bytes.len() - 1]), 0);
        assert_eq!(ends(&mut frames, &bytes[bytes.len() - 1..]), 1);
    }

    #[test]
    fn flags_of_other_frames_end_nothing() {
        let head = |kind| FrameHead { kind, flags: FLAG_END_STREAM, stream: 1 };
        // SETTINGS with ACK and PING with ACK have the same bit.
        assert!(!head(4).ends_stream() && !head(6).ends_stream());
        assert!(head(TYPE_DATA).ends_stream() && head(TYPE_HEADERS).ends_stream());
    }
}
