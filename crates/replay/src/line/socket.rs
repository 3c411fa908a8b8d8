//! A TCP socket as the HTTP/2 and TLS libraries want it, without a runtime.
//!
//! The socket never blocks. Whoever is told that something would have waited for the kernel asks
//! [`poll`](rustix::event::poll) when to try again; no waker is kept.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A peer that vanished without a word is asked after so long, and so often.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// One socket; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    /// Whether the kernel took no more at the last attempt to write.
    full: Arc<AtomicBool>,
}

impl Socket {
    /// Takes over a connected stream. Unacknowledged bytes break the connection after
    /// `user_timeout`, so that a half-open one is found out.
    pub(super) fn new(stream: TcpStream, user_timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let millis = u32::try_from(user_timeout.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(&stream, millis)?;
        sockopt::set_socket_keepalive(&stream, true)?;
        sockopt::set_tcp_keepidle(&stream, KEEPALIVE)?;
        sockopt::set_tcp_keepintvl(&stream, KEEPALIVE)?;
        Ok(Self { stream: Arc::new(stream), full: Arc::default() })
    }

    /// Whether the last write met a full socket.
    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// What to wait for: bytes where somebody wants to read, and room where there was none.
    /// `None` where nobody waits for anything: the system would tell of errors even so, for ever.
    pub(super) fn poll_fd(&self, hungry: bool) -> Option<PollFd<'_>> {
        let bytes = if hungry { PollFlags::IN } else { PollFlags::empty() };
        let room = if self.is_full() { PollFlags::OUT } else { PollFlags::empty() };
        let flags = bytes | room;
        (!flags.is_empty()).then(|| PollFd::new(&*self.stream, flags))
    }

    /// What a write came to.
    fn written(&self, result: io::Result<usize>) -> Poll<io::Result<usize>> {
        let poll = or_pending(result);
        self.full.store(poll.is_pending(), Ordering::Relaxed);
        poll
    }
}

fn or_pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        // Nothing was done; the next attempt is as good as this one.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Poll::Pending,
        result => Poll::Ready(result),
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = match or_pending((&*self.stream).read(buf.initialize_unfilled())) {
            Poll::Ready(count) => count?,
            Poll::Pending => return Poll::Pending,
        };
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = (&*self.stream).write(bytes);
        self.written(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = (&*self.stream).write_vectored(pieces);
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stream.shutdown(Shutdown::Write) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(())),
        }
    }
}
