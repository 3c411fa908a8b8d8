//! When each request's headers came in: at the read that brought them.
//!
//! HTTP/2 hands out a request only after it has taken in all that the socket held, which may be a
//! body of a megabyte behind the headers. So the bytes are looked at on their way in: the frames of
//! HTTP/2 say their own lengths, and a HEADERS frame of a new stream is an arrival.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use request::Moment;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wire::{FrameEdge, Frames};

use crate::clock::Clock;

/// More arrivals than this wait for nobody: HTTP/2 takes each one up at once or refuses it.
const ARRIVALS_MAX: usize = 1 << 16;

/// The arrivals of one connection that have not been asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals(Arc<Mutex<VecDeque<(u32, Moment)>>>);

impl Arrivals {
    fn push(&self, stream: u32, moment: Moment) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A stream's trailers are HEADERS too; only a new stream has a higher number.
        if waiting.back().is_some_and(|&(last, _)| last >= stream) {
            return;
        }
        if waiting.len() == ARRIVALS_MAX {
            waiting.pop_front();
        }
        waiting.push_back((stream, moment));
    }

    /// When the headers of this stream came. Streams must be asked for in order.
    pub(crate) fn take(&self, stream: u32) -> Option<Moment> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those before it were refused.
        while waiting.front().is_some_and(|&(first, _)| first < stream) {
            waiting.pop_front();
        }
        let &(first, moment) = waiting.front()?;
        (first == stream).then_some(moment)
    }
}

/// A connection that notes the arrivals on it.
#[derive(Debug)]
pub(crate) struct Stamped<S> {
    stream: S,
    clock: Clock,
    frames: Frames,
    arrivals: Arrivals,
}

impl<S> Stamped<S> {
    pub(crate) fn new(stream: S, clock: Clock) -> Self {
        Self { stream, clock, frames: Frames::of_client(), arrivals: Arrivals::default() }
    }

    pub(crate) fn arrivals(&self) -> Arrivals {
        self.arrivals.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stamped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let Self { clock, frames, arrivals, .. } = &mut *self;
        let mut now = None;
        frames.scan(&buf.filled()[before..], |edge| match edge {
            FrameEdge::Begun(head) if head.is_headers() => {
                arrivals.push(head.stream, *now.get_or_insert_with(|| clock.now()));
            }
            _ => {}
        });
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stamped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_arrives_once_and_refused_ones_are_passed_over() {
        let arrivals = Arrivals::default();
        for (stream, nanos) in [(1, 10), (3, 20), (3, 30), (5, 40), (1, 50)] {
            arrivals.push(stream, Moment::from_nanos(nanos));
        }
        assert_eq!(arrivals.take(3), Some(Moment::from_nanos(20)));
        assert_eq!(arrivals.take(5), Some(Moment::from_nanos(40)));
        assert_eq!(arrivals.take(7), None);
    }

    #[test]
    fn arrivals_nobody_asks_for_are_bounded() {
        let arrivals = Arrivals::default();
        (0..100_000).for_each(|stream| arrivals.push(stream, Moment::ZERO));
        assert_eq!(arrivals.0.lock().unwrap().len(), ARRIVALS_MAX);
    }
}
