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

use crate::clock::Clock;

/// Length of what a client sends before its first frame (RFC 9113, section 3.4).
const PREFACE_LEN: usize = 24;

/// Length, type, flags and stream of a frame (RFC 9113, section 4.1).
const FRAME_HEAD_LEN: usize = 9;

const TYPE_HEADERS: u8 = 1;

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

/// Finds the frames in a client's bytes, however they are cut into reads.
#[derive(Debug)]
struct Frames {
    /// Bytes to pass over: the preface, then payloads.
    skip: usize,
    head: [u8; FRAME_HEAD_LEN],
    head_len: usize,
}

impl Frames {
    fn new() -> Self {
        Self { skip: PREFACE_LEN, head: [0; FRAME_HEAD_LEN], head_len: 0 }
    }

    /// Calls `on_headers` with the stream of each HEADERS frame whose head ends in these bytes.
    fn scan(&mut self, mut bytes: &[u8], mut on_headers: impl FnMut(u32)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let taken = (FRAME_HEAD_LEN - self.head_len).min(bytes.len());
            if taken == 0 {
                return;
            }
            self.head[self.head_len..][..taken].copy_from_slice(&bytes[..taken]);
            self.head_len += taken;
            bytes = &bytes[taken..];
            if self.head_len == FRAME_HEAD_LEN {
                let [a, b, c, kind, _flags, stream @ ..] = self.head;
                self.skip = u32::from_be_bytes([0, a, b, c]) as usize;
                self.head_len = 0;
                if kind == TYPE_HEADERS {
                    // The highest bit is reserved.
                    on_headers(u32::from_be_bytes(stream) & (u32::MAX >> 1));
                }
            }
        }
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
        Self { stream, clock, frames: Frames::new(), arrivals: Arrivals::default() }
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
        frames.scan(&buf.filled()[before..], |stream| {
            arrivals.push(stream, *now.get_or_insert_with(|| clock.now()));
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

    fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[..], &[kind, 0], &stream.to_be_bytes(), payload].concat()
    }

    /// Payloads that look like frames are no frames.
    #[test]
    fn frames_are_found_however_they_are_cut() {
        let bytes = [
            &[b'p'; PREFACE_LEN][..],
            &frame(4, 0, &[1; 36]),
            &frame(TYPE_HEADERS, 1, &frame(TYPE_HEADERS, 99, b"")),
            &frame(0, 1, &[TYPE_HEADERS; 300]),
            &frame(TYPE_HEADERS, 3, b""),
            &frame(TYPE_HEADERS, 5 | 1 << 31, b"x"),
        ]
        .concat();
        for cut in 1..bytes.len() {
            let (mut frames, mut found) = (Frames::new(), Vec::new());
            bytes.chunks(cut).for_each(|read| frames.scan(read, |stream| found.push(stream)));
            assert_eq!(found, [1, 3, 5], "in reads of {cut} bytes");
        }
    }

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
