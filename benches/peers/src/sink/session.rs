//! The server's side of one HTTP/2 connection, without a socket: bytes and a time in, bytes out.
//!
//! It knows just enough of HTTP/2 to answer each request. Header fields are skipped, not decoded:
//! which method was called is told by the message. Of bodies the first bytes are kept, for that and
//! for the deadline in them. Frames are read as they come, without a copy, so that large
//! bodies cost the receiver one copy out of the socket and no more.

use std::collections::{BTreeMap, VecDeque};

use super::answer::{Answer, MESSAGE_LEN_MAX};
use super::frame::{self, HEADER_LEN, Header, PREFACE, flag, kind, setting};
use super::identity::{self, HEAD_LEN};
use super::reply::Replies;

/// A reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// `CLOCK_MONOTONIC`, ns.
    pub monotonic_ns: i64,
    /// Unix time, ns.
    pub unix_ns: i64,
}

/// A request that has come in whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its stream.
    pub stream: u32,
    /// The deadline in its body, where there is one.
    pub deadline_ns: Option<i64>,
    /// When its first frame was read.
    pub first: Stamp,
    /// When its last byte was read.
    pub last: Stamp,
    /// Length of its body.
    pub body_len: u64,
}

/// Why a connection is closed: its client does what this sink does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not HTTP/2 with prior knowledge.
    #[error("the client does not begin with HTTP/2's preface")]
    Preface,
    /// A frame is longer than was allowed.
    #[error("a frame of {len} bytes passes the {max} that the sink allows")]
    FrameSize {
        /// Its length.
        len: u32,
        /// What is allowed.
        max: u32,
    },
    /// A frame that no client may send there, or of a length that its type does not have.
    #[error("a frame of type {kind} on stream {stream} makes no sense there")]
    Frame {
        /// Its type.
        kind: u8,
        /// Its stream.
        stream: u32,
    },
    /// More unfinished requests than are kept.
    #[error("more than {} unfinished requests on one connection", STREAMS_MAX)]
    Streams,
    /// Settings under which no reply fits.
    #[error("the client's settings leave no room for a reply of {MESSAGE_LEN_MAX} bytes")]
    Settings,
}

/// Unfinished requests of one connection; it is told to clients, and a bound of memory.
const STREAMS_MAX: usize = 1 << 16;

/// The largest window that HTTP/2 has: no message of gRPC passes it.
const WINDOW_MAX: u32 = (1 << 31) - 1;

/// The window of a connection before any update.
const WINDOW_DEFAULT: u32 = 65_535;

/// The connection's window is opened again when so much of it is used.
const WINDOW_STEP: u32 = 1 << 30;

/// The smallest bound on frames that HTTP/2 allows, and the one where nothing is said.
pub const FRAME_SIZE_MIN: u32 = 1 << 14;

/// Bytes of SETTINGS, PING and WINDOW_UPDATE that are worth keeping: 256 settings.
const CONTROL_LEN_MAX: u32 = 6 * 256;

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    frame_size_max: u32,
    expected: Expected,
    control: Vec<u8>,
    requests: BTreeMap<u32, Incoming>,
    stream_last: u32,
    /// The stream whose header fields go on in the next frame.
    continued: Option<u32>,
    replies: Replies,
    /// What the client's windows still let through, bytes.
    window: i64,
    /// Streams that wait for window, and what each is to be told.
    unanswered: VecDeque<(u32, Answer)>,
    /// Bytes of bodies since the connection's window was last opened.
    received: u32,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Preface { seen: usize },
    Header { bytes: [u8; HEADER_LEN], len: usize },
    Payload(Payload),
}

#[derive(Clone, Copy, Debug)]
struct Payload {
    header: Header,
    /// Bytes that have not come.
    left: u32,
    /// Of DATA: whether the next byte is the length of the padding.
    pad_len_next: bool,
    /// Of these, how many are padding.
    padding: u32,
}

/// A request that has begun.
#[derive(Debug)]
struct Incoming {
    first: Stamp,
    head: [u8; HEAD_LEN],
    head_len: usize,
    body_len: u64,
    ends_with_headers: bool,
}

const BETWEEN_FRAMES: Expected = Expected::Header { bytes: [0; HEADER_LEN], len: 0 };

impl Session {
    /// A connection that was just made; what the sink says first goes into `out`.
    pub(crate) fn new(frame_size_max: u32, out: &mut Vec<u8>) -> Self {
        let streams_max = u32::try_from(STREAMS_MAX).expect("it is a small constant");
        let mut settings = vec![
            (setting::MAX_CONCURRENT_STREAMS, streams_max),
            (setting::INITIAL_WINDOW_SIZE, WINDOW_MAX),
        ];
        if frame_size_max != FRAME_SIZE_MIN {
            settings.push((setting::MAX_FRAME_SIZE, frame_size_max));
        }
        frame::write_settings(out, &settings);
        frame::write_window_update(out, WINDOW_MAX - WINDOW_DEFAULT);
        Self {
            frame_size_max,
            expected: Expected::Preface { seen: 0 },
            control: Vec::new(),
            requests: BTreeMap::new(),
            stream_last: 0,
            continued: None,
            replies: Replies::default(),
            window: WINDOW_DEFAULT.into(),
            unanswered: VecDeque::new(),
            received: 0,
        }
    }

    /// Takes what one read gave, at `now`; appends to `out` and tells of each request that ended.
    ///
    /// # Errors
    /// Where the connection is to be closed.
    pub(crate) fn receive(
        &mut self,
        mut bytes: &[u8],
        now: Stamp,
        out: &mut Vec<u8>,
        arrived: &mut impl FnMut(Arrived),
    ) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            match &mut self.expected {
                Expected::Preface { seen } => {
                    let (byte, rest) = bytes.split_first().expect("it is not empty");
                    bytes = rest;
                    if *byte != PREFACE[*seen] {
                        return Err(Refusal::Preface);
                    }
                    *seen += 1;
                    if *seen == PREFACE.len() {
                        self.expected = BETWEEN_FRAMES;
                    }
                }
                Expected::Header { bytes: header, len } => {
                    let taken = bytes.len().min(HEADER_LEN - *len);
                    header[*len..*len + taken].copy_from_slice(&bytes[..taken]);
                    *len += taken;
                    bytes = &bytes[taken..];
                    if *len == HEADER_LEN {
                        let header = Header::read(*header);
                        self.begin(header, now)?;
                        self.end_if_whole(now, out, arrived)?;
                    }
                }
                Expected::Payload(payload) => {
                    let taken = bytes.len().min(payload.left as usize);
                    let (part, rest) = bytes.split_at(taken);
                    bytes = rest;
                    self.take(part)?;
                    self.end_if_whole(now, out, arrived)?;
                }
            }
        }
        Ok(())
    }

    /// A frame's header is here.
    fn begin(&mut self, header: Header, now: Stamp) -> Result<(), Refusal> {
        let Header { len, kind, stream, .. } = header;
        let nonsense = Err(Refusal::Frame { kind, stream });
        if len > self.frame_size_max {
            return Err(Refusal::FrameSize { len, max: self.frame_size_max });
        }
        let continues = kind == kind::CONTINUATION;
        if continues != self.continued.is_some() || (continues && self.continued != Some(stream)) {
            return nonsense;
        }
        match kind {
            kind::HEADERS => self.begin_headers(header, now)?,
            kind::DATA if stream == 0 || stream > self.stream_last => return nonsense,
            kind::SETTINGS if !len.is_multiple_of(6) || len > CONTROL_LEN_MAX => return nonsense,
            kind::PING if len != 8 => return nonsense,
            kind::WINDOW_UPDATE | kind::RST_STREAM if len != 4 => return nonsense,
            kind::PUSH_PROMISE => return nonsense,
            _ => {}
        }
        let pad_len_next = kind == kind::DATA && header.has(flag::PADDED);
        if pad_len_next && len == 0 {
            return nonsense;
        }
        self.control.clear();
        self.expected = Expected::Payload(Payload { header, left: len, pad_len_next, padding: 0 });
        Ok(())
    }

    fn begin_headers(&mut self, header: Header, now: Stamp) -> Result<(), Refusal> {
        let stream = header.stream;
        if stream.is_multiple_of(2) {
            return Err(Refusal::Frame { kind: header.kind, stream });
        }
        let ends = header.has(flag::END_STREAM);
        if stream > self.stream_last {
            if self.requests.len() >= STREAMS_MAX {
                return Err(Refusal::Streams);
            }
            self.stream_last = stream;
            let incoming = Incoming {
                first: now,
                head: [0; HEAD_LEN],
                head_len: 0,
                body_len: 0,
                ends_with_headers: ends,
            };
            self.requests.insert(stream, incoming);
        } else if let Some(incoming) = self.requests.get_mut(&stream) {
            // Trailers.
            incoming.ends_with_headers = ends;
        }
        self.continued = (!header.has(flag::END_HEADERS)).then_some(stream);
        Ok(())
    }

    /// A part of a frame's payload is here.
    fn take(&mut self, mut part: &[u8]) -> Result<(), Refusal> {
        let Expected::Payload(payload) = &mut self.expected else {
            unreachable!("a part belongs to a payload");
        };
        payload.left -= u32::try_from(part.len()).expect("it is no longer than what was left");
        let Header { kind, stream, .. } = payload.header;
        match kind {
            kind::DATA => {}
            kind::SETTINGS | kind::PING | kind::WINDOW_UPDATE => {
                self.control.extend_from_slice(part);
                return Ok(());
            }
            _ => return Ok(()),
        }
        if payload.pad_len_next {
            let (pad_len, rest) = part.split_first().expect("an empty part is not taken");
            part = rest;
            payload.pad_len_next = false;
            payload.padding = u32::from(*pad_len);
            if payload.padding > payload.header.len - 1 {
                return Err(Refusal::Frame { kind, stream });
            }
        }
        // Of this part, what lies before the padding.
        let padded = payload.padding.saturating_sub(payload.left) as usize;
        let body = &part[..part.len().saturating_sub(padded)];
        if let Some(incoming) = self.requests.get_mut(&stream) {
            incoming.take(body);
        }
        Ok(())
    }

    /// Acts on a frame whose last byte is here.
    fn end_if_whole(
        &mut self,
        now: Stamp,
        out: &mut Vec<u8>,
        arrived: &mut impl FnMut(Arrived),
    ) -> Result<(), Refusal> {
        let Expected::Payload(Payload { header, left: 0, .. }) = self.expected else {
            return Ok(());
        };
        self.expected = BETWEEN_FRAMES;
        let stream = header.stream;
        let ended = match header.kind {
            kind::DATA => {
                self.received += header.len;
                if self.received >= WINDOW_STEP {
                    frame::write_window_update(out, self.received);
                    self.received = 0;
                }
                header.has(flag::END_STREAM)
            }
            kind::HEADERS | kind::CONTINUATION if header.has(flag::END_HEADERS) => {
                self.continued = None;
                self.requests.get(&stream).is_some_and(|incoming| incoming.ends_with_headers)
            }
            kind::RST_STREAM => {
                self.requests.remove(&stream);
                self.unanswered.retain(|(waiting, _)| *waiting != stream);
                false
            }
            kind::SETTINGS if !header.has(flag::ACK) => {
                self.mind_settings()?;
                frame::write(out, kind::SETTINGS, flag::ACK, 0, &[]);
                false
            }
            kind::PING if !header.has(flag::ACK) => {
                frame::write(out, kind::PING, flag::ACK, 0, &self.control);
                false
            }
            kind::WINDOW_UPDATE if stream == 0 => {
                self.open_window(out);
                false
            }
            _ => false,
        };
        if ended && let Some(incoming) = self.requests.remove(&stream) {
            let answer = incoming.answer();
            // A question before a run is no part of it.
            if answer != Answer::Unimplemented {
                arrived(incoming.arrived(stream, now));
            }
            self.answer(stream, answer, out)?;
        }
        Ok(())
    }

    fn mind_settings(&mut self) -> Result<(), Refusal> {
        for entry in self.control.chunks_exact(6) {
            let name = u16::from_be_bytes([entry[0], entry[1]]);
            let value = u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]);
            let fits = match name {
                setting::HEADER_TABLE_SIZE => self.replies.with_table_size(value),
                setting::INITIAL_WINDOW_SIZE => value as usize >= MESSAGE_LEN_MAX,
                _ => true,
            };
            if !fits {
                return Err(Refusal::Settings);
            }
        }
        Ok(())
    }

    fn open_window(&mut self, out: &mut Vec<u8>) {
        let increment: [u8; 4] =
            self.control.as_slice().try_into().expect("its length has been checked");
        self.window += i64::from(u32::from_be_bytes(increment) & WINDOW_MAX);
        self.window = self.window.min(WINDOW_MAX.into());
        while self.window_fits()
            && let Some((stream, answer)) = self.unanswered.pop_front()
        {
            self.write_reply(stream, answer, out);
        }
    }

    fn answer(&mut self, stream: u32, answer: Answer, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if self.window_fits() {
            self.write_reply(stream, answer, out);
            return Ok(());
        }
        if self.unanswered.len() >= STREAMS_MAX {
            return Err(Refusal::Streams);
        }
        self.unanswered.push_back((stream, answer));
        Ok(())
    }

    fn window_fits(&self) -> bool {
        self.window >= MESSAGE_LEN_MAX as i64
    }

    fn write_reply(&mut self, stream: u32, answer: Answer, out: &mut Vec<u8>) {
        self.window -= answer.message().len() as i64;
        self.replies.write(out, stream, answer);
    }
}

impl Incoming {
    fn take(&mut self, body: &[u8]) {
        let kept = body.len().min(HEAD_LEN - self.head_len);
        self.head[self.head_len..self.head_len + kept].copy_from_slice(&body[..kept]);
        self.head_len += kept;
        self.body_len += body.len() as u64;
    }

    fn head(&self) -> &[u8] {
        &self.head[..self.head_len]
    }

    fn answer(&self) -> Answer {
        Answer::to(self.head(), self.body_len)
    }

    fn arrived(&self, stream: u32, last: Stamp) -> Arrived {
        Arrived {
            stream,
            deadline_ns: identity::deadline(self.head()),
            first: self.first,
            last,
            body_len: self.body_len,
        }
    }
}

#[cfg(test)]
mod tests;
