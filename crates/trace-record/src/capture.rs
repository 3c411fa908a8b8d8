//! What the proxy keeps of a call for the recorder, in bounded memory and without waiting.
//!
//! A body's pieces are shared with HTTP/2, not copied. Where the recorder is behind by more than
//! the limit a request goes unrecorded, and is counted: traffic never waits for the recording.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use crossbeam_channel::Sender;
use request::Moment;

use crate::tally::{Tally, Unrecorded};

/// A piece shorter than this is copied: sharing it would keep a whole read buffer alive.
const SHARED_LEN_MIN: usize = 4 << 10;

/// What a request and each of its pieces take beside their bytes, about.
const OVERHEAD: usize = 64;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The longest message that is recorded, in bytes.
    pub message_len_max: usize,
    /// The most bytes of requests that wait for the recorder, or for their own rest.
    pub backlog_len_max: usize,
}

/// The way to the recorder, for every call.
#[derive(Clone)]
pub(crate) struct Tap {
    pub(crate) recorder: Sender<Event>,
    pub(crate) bounds: Bounds,
    pub(crate) backlog: Arc<AtomicUsize>,
    pub(crate) tally: Arc<Tally>,
}

/// What the recorder hears.
pub(crate) enum Event {
    /// A whole request.
    Request(Captured),
    /// Nothing will follow.
    End,
}

/// A request that has come whole.
pub(crate) struct Captured {
    pub(crate) arrival: Moment,
    /// The id it brought.
    pub(crate) id: Option<i64>,
    /// Its body: the prefix of gRPC and the message, in pieces of any length.
    pub(crate) pieces: Vec<Bytes>,
    _lease: Lease,
}

/// Bytes of the backlog, given back when dropped.
struct Lease {
    backlog: Arc<AtomicUsize>,
    len: usize,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.backlog.fetch_sub(self.len, Ordering::Relaxed);
    }
}

/// What one call gathers.
pub(crate) struct Capture {
    state: State,
}

enum State {
    /// Not a call that is recorded, or no longer.
    Unwanted,
    Gathering(Box<Gathering>),
}

struct Gathering {
    tap: Tap,
    arrival: Moment,
    id: Option<i64>,
    pieces: Vec<Bytes>,
    len: usize,
    lease: Lease,
}

impl Capture {
    /// Gathers nothing.
    pub(crate) fn nothing() -> Self {
        Self { state: State::Unwanted }
    }

    /// Gathers a request that arrived at this moment.
    pub(crate) fn request(tap: &Tap, arrival: Moment, id: Option<i64>) -> Self {
        let lease = Lease { backlog: Arc::clone(&tap.backlog), len: 0 };
        let gathering =
            Gathering { tap: tap.clone(), arrival, id, pieces: Vec::new(), len: 0, lease };
        Self { state: State::Gathering(Box::new(gathering)) }
    }

    /// Whether more of the body is of use.
    pub(crate) fn is_wanted(&self) -> bool {
        matches!(self.state, State::Gathering(_))
    }

    /// Takes the next piece of the body.
    pub(crate) fn push(&mut self, piece: &Bytes) {
        if let State::Gathering(gathering) = &mut self.state
            && let Err(reason) = gathering.push(piece)
        {
            gathering.tap.tally.unrecorded(reason);
            self.state = State::Unwanted;
        }
    }

    /// Hands the whole request over.
    pub(crate) fn complete(mut self) {
        let State::Gathering(gathering) = std::mem::replace(&mut self.state, State::Unwanted)
        else {
            return;
        };
        let Gathering { tap, arrival, id, pieces, lease, .. } = *gathering;
        let captured = Captured { arrival, id, pieces, _lease: lease };
        // Never waits; a recorder that has ended takes no more either.
        if tap.recorder.try_send(Event::Request(captured)).is_err() {
            tap.tally.unrecorded(Unrecorded::Behind);
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        if let State::Gathering(gathering) = &self.state {
            gathering.tap.tally.unrecorded(Unrecorded::Incomplete);
        }
    }
}

impl Gathering {
    fn push(&mut self, piece: &Bytes) -> Result<(), Unrecorded> {
        self.len += piece.len();
        if self.len > self.tap.bounds.message_len_max.saturating_add(wire::FRAME_PREFIX_LEN) {
            return Err(Unrecorded::TooLarge);
        }
        let len = piece.len() + OVERHEAD;
        let waiting = self.lease.backlog.fetch_add(len, Ordering::Relaxed);
        self.lease.len += len;
        if waiting.saturating_add(len) > self.tap.bounds.backlog_len_max {
            return Err(Unrecorded::Behind);
        }
        self.pieces.push(match piece.len() < SHARED_LEN_MIN {
            true => Bytes::copy_from_slice(piece),
            false => piece.clone(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, bounded};

    use super::*;

    fn tap(backlog_len_max: usize, queue_len_max: usize) -> (Tap, Receiver<Event>) {
        let (recorder, events) = bounded(queue_len_max);
        let bounds = Bounds { message_len_max: 100, backlog_len_max };
        (Tap { recorder, bounds, backlog: Arc::default(), tally: Arc::default() }, events)
    }

    fn send(tap: &Tap, pieces: &[usize]) {
        let mut capture = Capture::request(tap, Moment::ZERO, None);
        for len in pieces {
            capture.push(&Bytes::from(vec![0; *len]));
        }
        capture.complete();
    }

    #[test]
    fn what_is_too_much_is_counted_and_gives_its_memory_back() {
        let (tap, events) = tap(500, 2);
        send(&tap, &[40, 60]);
        send(&tap, &[106]);
        assert_eq!(tap.tally.count(Unrecorded::TooLarge), 1);
        send(&tap, &[1; 5]);
        assert_eq!(tap.tally.count(Unrecorded::Behind), 1, "pieces cost beside their bytes");
        send(&tap, &[10]);
        send(&tap, &[10]);
        assert_eq!(tap.tally.count(Unrecorded::Behind), 2, "the queue is full");
        drop(Capture::request(&tap, Moment::ZERO, None));
        assert_eq!(tap.tally.count(Unrecorded::Incomplete), 1);
        assert_eq!(events.try_iter().count(), 2);
        assert_eq!(tap.backlog.load(Ordering::Relaxed), 0);
    }
}
