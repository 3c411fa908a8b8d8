//! Small writes gathered into larger ones.
//!
//! HTTP/2 cuts a body into frames of 16 KiB unless the receiver allows more, and writes each by
//! itself. On its way each write costs a call, a packet and, at a receiver that keeps up, a wake-up:
//! several times what it takes to copy 16 KiB once more.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::socket::Socket;

/// Bytes that are gathered: what the kernel makes one packet of at most. A larger write would keep
/// a request waiting that is due meanwhile.
const GATHERED_MAX: usize = 64 * 1024;

/// A socket whose small writes wait for one another, until a flush.
#[derive(Debug)]
pub(super) struct Batch {
    socket: Socket,
    gathered: Vec<u8>,
    /// Bytes of `gathered` that the kernel has.
    gone: usize,
}

impl Batch {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, gathered: Vec::with_capacity(GATHERED_MAX), gone: 0 }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether the kernel has all that was written.
    pub(super) fn is_flushed(&self) -> bool {
        self.gathered.is_empty()
    }

    /// Writes what was gathered and `pieces` behind it in one call; how much of `pieces` went.
    fn write_out(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let waiting = &self.gathered[self.gone..];
        let all: Vec<IoSlice<'_>> = std::iter::once(IoSlice::new(waiting))
            .chain(pieces.iter().map(|piece| IoSlice::new(piece)))
            .collect();
        let (waiting, count) =
            (waiting.len(), ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, &all))?);
        if count < waiting {
            self.gone += count;
            return Poll::Ready(Ok(0));
        }
        self.gathered.clear();
        self.gone = 0;
        Poll::Ready(Ok(count - waiting))
    }
}

impl AsyncRead for Batch {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Batch {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        if self.gathered.len() + len <= GATHERED_MAX {
            pieces.iter().for_each(|piece| self.gathered.extend_from_slice(piece));
            return Poll::Ready(Ok(len));
        }
        loop {
            // Nothing of the pieces may be said to have gone while something before them has not.
            let count = ready!(self.write_out(cx, pieces))?;
            if count > 0 {
                return Poll::Ready(Ok(count));
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_flushed() {
            ready!(self.write_out(cx, &[]))?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::task::Waker;
    use std::time::Duration;

    use super::*;

    fn pair() -> (Batch, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket::new(stream, Duration::from_secs(60)).unwrap();
        (Batch::new(socket), listener.accept().unwrap().0)
    }

    fn write(batch: &mut Batch, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(batch).poll_write(&mut Context::from_waker(Waker::noop()), bytes)
    }

    fn flush(batch: &mut Batch) -> Poll<io::Result<()>> {
        Pin::new(batch).poll_flush(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn small_writes_wait_for_the_flush() {
        let (mut batch, mut peer) = pair();
        for piece in [&b"one "[..], b"two"] {
            assert!(matches!(write(&mut batch, piece), Poll::Ready(Ok(len)) if len == piece.len()));
        }
        peer.set_nonblocking(true).unwrap();
        assert_eq!(peer.read(&mut [0; 9]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(!batch.is_flushed());
        assert!(matches!(flush(&mut batch), Poll::Ready(Ok(()))) && batch.is_flushed());
        peer.set_nonblocking(false).unwrap();
        let mut read = [0; 7];
        peer.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"one two");
    }

    /// However often the socket is full, every byte goes once and in order.
    #[test]
    fn a_slow_reader_gets_everything_in_order() {
        let (mut batch, mut peer) = pair();
        let sent: Vec<u8> = (0..20_000_000u32).map(|index| (index / 7) as u8).collect();
        let expected = sent.clone();
        let reader = std::thread::spawn(move || {
            let mut read = Vec::new();
            peer.read_to_end(&mut read).unwrap();
            read
        });
        let mut left = &sent[..];
        while !left.is_empty() {
            // Frames of 16 KiB and a few small ones between them.
            let piece =
                &left[..left.len().min(if left.len().is_multiple_of(3) { 9 } else { 16_393 })];
            match write(&mut batch, piece) {
                Poll::Ready(count) => left = &left[count.unwrap()..],
                Poll::Pending => std::thread::yield_now(),
            }
        }
        while flush(&mut batch).is_pending() {
            std::thread::yield_now();
        }
        drop(batch);
        assert!(reader.join().unwrap() == expected);
    }
}
