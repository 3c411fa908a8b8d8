//! What stands between HTTP/2 and the socket: it stamps what passes, and calls the line back.
//!
//! HTTP/2 writes a body of a megabyte in one go if it is let, and the next request would be late.
//! So a gate closes as soon as something is due, and the library is asked to go on afterwards.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use wire::{FrameEdge, Frames};

use super::batch::Batch;
use super::socket::Socket;
use crate::clock::Reading;

/// A write that takes longer than what the kernel does after it.
const LONG_WRITE: usize = 64 * 1024;

/// Requests whose last byte has gone, by the places of their calls, from all connections.
pub(super) type SentLog = Rc<RefCell<Vec<(usize, Reading)>>>;

/// When the bytes of a stream passed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    /// The last one out.
    pub(super) sent: Option<Reading>,
    /// The first one in.
    pub(super) first: Option<Reading>,
    /// The last one in.
    pub(super) last: Option<Reading>,
}

/// The state of a gate, shared by the connection and whoever drives it.
#[derive(Debug)]
pub(super) struct Gate {
    /// Until when the gate is open.
    open_until: Cell<Reading>,
    /// A read and a write that pass even so: without them, a line that is always behind would send
    /// nothing.
    free_read: Cell<bool>,
    free_write: Cell<bool>,
    /// Whether reading is allowed at all.
    reads: Cell<bool>,
    /// Whether the kernel had nothing to read at the last attempt. Where nobody wants to read,
    /// bytes that have come are nothing to wake up for.
    hungry: Cell<bool>,
    /// Whether something was held up that the kernel would have taken.
    held_up: Cell<bool>,
    stamps: RefCell<Stamps>,
}

/// A stream that carries a call.
#[derive(Debug)]
struct Watched {
    place: usize,
    /// Length of its request.
    bytes: usize,
    stamp: Stamp,
}

#[derive(Debug)]
struct Stamps {
    outward: Frames,
    inward: Frames,
    streams: HashMap<u32, Watched>,
    /// Bytes of requests that HTTP/2 has been given and the kernel has not.
    unsent_bytes: usize,
    /// Streams whose last byte waits to be flushed.
    unflushed: Vec<u32>,
    sent: SentLog,
}

impl Stamps {
    fn mark_sent(&mut self, handed: Reading) {
        for stream in self.unflushed.drain(..) {
            if let Some(watched) = self.streams.get_mut(&stream)
                && watched.stamp.sent.is_none()
            {
                watched.stamp.sent = Some(handed);
                self.unsent_bytes -= watched.bytes;
                self.sent.borrow_mut().push((watched.place, handed));
            }
        }
    }
}

impl Gate {
    pub(super) fn new(sent: SentLog) -> Rc<Self> {
        Rc::new(Self {
            open_until: Cell::new(Reading::NEVER),
            free_read: Cell::new(false),
            free_write: Cell::new(false),
            reads: Cell::new(true),
            hungry: Cell::new(true),
            held_up: Cell::new(false),
            stamps: RefCell::new(Stamps {
                outward: Frames::of_client(),
                inward: Frames::of_server(),
                streams: HashMap::new(),
                unsent_bytes: 0,
                unflushed: Vec::new(),
                sent,
            }),
        })
    }

    /// Opens the gate until `until`, and for one write, and one read where it `reads`, in any case.
    pub(super) fn open(&self, until: Reading, reads: bool) {
        self.open_until.set(until);
        self.free_read.set(true);
        self.free_write.set(true);
        self.reads.set(reads);
        if reads {
            self.hungry.set(false);
        }
        self.held_up.set(false);
    }

    /// Whether the gate closed while there was more to do.
    pub(super) fn held_up(&self) -> bool {
        self.held_up.get()
    }

    /// Says that there is more to do, whatever came of the last opening.
    pub(super) fn set_held_up(&self) {
        self.held_up.set(true);
    }

    /// Whether whoever drives the connection waits for bytes to read.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry.get()
    }

    /// Begins to note the times of a stream, which carries a request of so many bytes, of the call
    /// at `place`.
    pub(super) fn watch(&self, stream: u32, place: usize, bytes: usize) {
        let mut stamps = self.stamps.borrow_mut();
        stamps.unsent_bytes += bytes;
        stamps.streams.insert(stream, Watched { place, bytes, stamp: Stamp::default() });
    }

    /// What was noted of a stream, which is forgotten.
    pub(super) fn take(&self, stream: u32) -> Stamp {
        let mut stamps = self.stamps.borrow_mut();
        let Some(watched) = stamps.streams.remove(&stream) else { return Stamp::default() };
        if watched.stamp.sent.is_none() {
            // What is left of it will not be sent.
            stamps.unsent_bytes -= watched.bytes;
        }
        watched.stamp
    }

    /// Bytes of requests that wait here to be sent.
    pub(super) fn unsent_bytes(&self) -> usize {
        self.stamps.borrow().unsent_bytes
    }

    fn lets_pass(&self, free: &Cell<bool>) -> bool {
        if free.replace(false) {
            return true;
        }
        let open = Reading::now() < self.open_until.get();
        if !open {
            self.held_up.set(true);
        }
        open
    }

    /// Notes what a write took that began at `handed`. `flushed` says whether all of it has gone to
    /// the kernel.
    fn note_written<'a>(
        &self,
        handed: Reading,
        flushed: bool,
        count: usize,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) {
        let mut stamps = self.stamps.borrow_mut();
        let Stamps { outward, unflushed, .. } = &mut *stamps;
        let mut left = count;
        for piece in pieces {
            let piece = &piece[..piece.len().min(left)];
            left -= piece.len();
            outward.scan(piece, |edge| match edge {
                FrameEdge::Ended(head) if head.is_of_message() && head.ends_stream() => {
                    unflushed.push(head.stream);
                }
                _ => {}
            });
        }
        if flushed {
            stamps.mark_sent(handed);
        }
    }

    /// Notes that all that was written has gone to the kernel, by a call that began at `handed`.
    fn note_flushed(&self, handed: Reading) {
        self.stamps.borrow_mut().mark_sent(handed);
    }

    fn note_read(&self, bytes: &[u8]) {
        let mut stamps = self.stamps.borrow_mut();
        let Stamps { inward, streams, .. } = &mut *stamps;
        let mut now = None;
        inward.scan(bytes, |edge| {
            let (head, is_last) = match edge {
                FrameEdge::Begun(head) if head.is_of_message() => (head, false),
                FrameEdge::Ended(head) if head.ends_stream() => (head, true),
                _ => return,
            };
            if let Some(Watched { stamp, .. }) = streams.get_mut(&head.stream) {
                let now = *now.get_or_insert_with(Reading::now);
                stamp.first = stamp.first.or(Some(now));
                if is_last {
                    stamp.last = stamp.last.or(Some(now));
                }
            }
        });
    }
}

/// The bytes of a connection, in the clear or encrypted.
#[derive(Debug)]
pub(super) enum Channel {
    Plain(Batch),
    Tls(Box<TlsStream<Socket>>),
}

impl Channel {
    /// The socket below.
    pub(super) fn socket(&self) -> &Socket {
        match self {
            Self::Plain(batch) => batch.socket(),
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Whether the kernel has all that was written.
    fn is_flushed(&self) -> bool {
        match self {
            Self::Plain(batch) => batch.is_flushed(),
            Self::Tls(stream) => !stream.get_ref().1.wants_write(),
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(batch) => Pin::new(batch).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(batch) => Pin::new(batch).poll_write_vectored(cx, pieces),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(batch) => Pin::new(batch).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(batch) => Pin::new(batch).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// A channel behind its gate; clones share both.
#[derive(Clone)]
pub(super) struct Gated {
    channel: Rc<RefCell<Channel>>,
    gate: Rc<Gate>,
}

impl Gated {
    pub(super) fn new(channel: Channel, gate: Rc<Gate>) -> Self {
        Self { channel: Rc::new(RefCell::new(channel)), gate }
    }

    /// Hands everything that was written to the kernel, as far as that takes it.
    ///
    /// HTTP/2 asks for that after each frame; it is done when no more frames come.
    pub(super) fn flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut channel = self.channel.borrow_mut();
        if channel.is_flushed() {
            return Poll::Ready(Ok(()));
        }
        let handed = Reading::now();
        ready!(channel.poll_flush(cx))?;
        self.gate.note_flushed(handed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Gated {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.gate.reads.get() || !self.gate.lets_pass(&self.gate.free_read) {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let read = self.channel.borrow_mut().poll_read(cx, buf);
        self.gate.hungry.set(read.is_pending());
        ready!(read)?;
        self.gate.note_read(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gated {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.gate.lets_pass(&self.gate.free_write) {
            return Poll::Pending;
        }
        let mut channel = self.channel.borrow_mut();
        let handed = Reading::now();
        let count = ready!(channel.poll_write(cx, pieces))?;
        let flushed = channel.is_flushed();
        // Of a long write, the last byte goes at the end.
        let handed = if count > LONG_WRITE { Reading::now() } else { handed };
        self.gate.note_written(handed, flushed, count, pieces.iter().map(|piece| &**piece));
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Does nothing: see [`Gated::flush`].
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.channel.borrow_mut().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::task::Waker;
    use std::time::Duration;

    use super::*;

    const HEADERS: u8 = 1;
    const END_STREAM: u8 = 1;

    struct Fixture {
        gated: Gated,
        sent: SentLog,
        peer: TcpStream,
    }

    impl Fixture {
        fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let socket = Socket::new(stream, Duration::from_secs(60)).unwrap();
            let sent = SentLog::default();
            let gate = Gate::new(SentLog::clone(&sent));
            let gated = Gated::new(Channel::Plain(Batch::new(socket)), gate);
            let mut fixture = Self { gated, sent, peer: listener.accept().unwrap().0 };
            fixture.gated.gate.open(Reading::NEVER, true);
            assert!(fixture.write(&[b'p'; 24]).is_ready());
            fixture
        }

        fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.gated).poll_write(&mut Context::from_waker(Waker::noop()), bytes)
        }

        fn flush(&self) {
            let flushed = self.gated.flush(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(flushed, Poll::Ready(Ok(()))));
        }

        fn sent(&self) -> Vec<usize> {
            self.sent.borrow().iter().map(|(place, _)| *place).collect()
        }

        /// Reads until there is something.
        fn read(&mut self) {
            let mut bytes = [0; 100];
            let mut buf = ReadBuf::new(&mut bytes);
            let mut context = Context::from_waker(Waker::noop());
            while Pin::new(&mut self.gated).poll_read(&mut context, &mut buf).is_pending() {
                std::thread::yield_now();
            }
        }
    }

    fn frame(flags: u8, stream: u8) -> Vec<u8> {
        vec![0, 0, 1, HEADERS, flags, 0, 0, 0, stream, b'x']
    }

    #[test]
    fn a_request_is_sent_when_its_last_byte_is_flushed() {
        let mut fixture = Fixture::new();
        fixture.gated.gate.watch(1, 7, 10);
        let request = frame(END_STREAM, 1);
        assert!(fixture.write(&request[..9]).is_ready());
        fixture.flush();
        assert!(fixture.sent().is_empty(), "a byte is missing");
        assert!(fixture.write(&request[9..]).is_ready());
        assert!(fixture.sent().is_empty() && fixture.gated.gate.unsent_bytes() == 10);
        fixture.flush();
        assert_eq!((fixture.sent(), fixture.gated.gate.unsent_bytes()), (vec![7], 0));
        let mut read = vec![0; 34];
        fixture.peer.read_exact(&mut read).unwrap();
        assert_eq!(read[24..], request);
    }

    #[test]
    fn an_answer_has_a_first_and_a_last_byte_and_others_have_theirs() {
        let mut fixture = Fixture::new();
        fixture.gated.gate.watch(1, 0, 1);
        fixture.gated.gate.watch(3, 1, 1);
        fixture.peer.write_all(&frame(0, 1)).unwrap();
        fixture.read();
        fixture.peer.write_all(&frame(END_STREAM, 1)).unwrap();
        fixture.read();
        let stamp = fixture.gated.gate.take(1);
        assert!(stamp.first.unwrap() < stamp.last.unwrap(), "they came by two reads");
        let other = fixture.gated.gate.take(3);
        assert!(other.first.is_none() && other.last.is_none());
        assert_eq!(fixture.gated.gate.unsent_bytes(), 0, "what was given up is not waited for");
    }

    #[test]
    fn a_gate_that_closes_lets_one_write_pass_and_says_that_there_was_more() {
        let mut fixture = Fixture::new();
        fixture.gated.gate.open(Reading::now(), false);
        assert!(fixture.write(b"one").is_ready() && !fixture.gated.gate.held_up());
        assert!(fixture.write(b"two").is_pending() && fixture.gated.gate.held_up());
        let mut context = Context::from_waker(Waker::noop());
        let (mut bytes, gated) = ([0; 9], &mut fixture.gated);
        let mut buf = ReadBuf::new(&mut bytes);
        assert!(Pin::new(gated).poll_read(&mut context, &mut buf).is_pending());
    }
}
