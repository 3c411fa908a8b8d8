//! One connection: HTTP/2 over a gate, from its greeting to its end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use rustix::event::PollFd;

use super::gate::{Channel, Gate, Gated, SentLog};
use super::socket::Socket;
use crate::clock::Reading;

/// Bytes that wait inside HTTP/2 for a stream; a whole body fits, however large.
const SEND_BUFFER: usize = 1 << 30;

/// What the scheduler may send without being asked for more: replies are small.
const RECEIVE_WINDOW: u32 = 1 << 20;
const RECEIVE_WINDOW_CONNECTION: u32 = 1 << 24;

/// Streams that were given up and of which late frames are let pass.
const RESET_STREAMS_MAX: usize = 100_000;
const RESET_MEMORY: Duration = Duration::from_secs(30);

type Driver = h2::client::Connection<Gated, Bytes>;

/// What a greeting comes to.
type Greeted = Result<(SendRequest<Bytes>, Driver), h2::Error>;

/// A connection to the scheduler.
pub(super) struct Connection {
    serial: u64,
    state: State,
    gate: Rc<Gate>,
    gated: Gated,
    socket: Socket,
    woken: Arc<Woken>,
    waker: Waker,
    /// Whether the kernel has something for it, as the last look at its socket said.
    ready: bool,
    /// Calls on it that have not ended.
    calls: usize,
    held: Held,
    born: Reading,
    /// Since when it has had bytes to send, while it has.
    busy_since: Reading,
}

enum State {
    /// Settings and a ping are on their way: a port that merely accepts is no server.
    Greeting(Pin<Box<dyn Future<Output = Greeted>>>),
    Up(SendRequest<Bytes>, Box<Driver>),
    /// It takes no new request, and answers those it has.
    Retiring(Box<Driver>),
    Gone,
}

/// What became of a connection at a step.
#[derive(Debug)]
pub(super) enum Change {
    /// It can be used from this step on.
    Greeted,
    /// It is over; the error is that of its greeting.
    Ended(Option<h2::Error>),
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How long the receiver has kept the line from sending: a full socket, or a full window.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    since: Option<Reading>,
    total_ns: i64,
}

impl Held {
    fn set(&mut self, held: bool, now: Reading) {
        match (held, self.since) {
            (true, None) => self.since = Some(now),
            (false, Some(since)) => {
                self.total_ns += now.since(since);
                self.since = None;
            }
            _ => {}
        }
    }

    fn at(&self, now: Reading) -> i64 {
        self.total_ns + self.since.map_or(0, |since| now.since(since).max(0))
    }
}

impl Connection {
    /// Begins to speak HTTP/2 on a channel.
    pub(super) fn new(channel: Channel, serial: u64, sent: SentLog) -> Self {
        let (socket, gate) = (channel.socket().clone(), Gate::new(sent));
        let gated = Gated::new(channel, Rc::clone(&gate));
        let greeting = Box::pin(greet(gated.clone()));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        Self {
            serial,
            state: State::Greeting(greeting),
            gate,
            gated,
            socket,
            woken,
            waker,
            ready: false,
            calls: 0,
            held: Held::default(),
            born: Reading::now(),
            busy_since: Reading::NEVER,
        }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Up(..))
    }

    /// Whether it has waited for its greeting since before `then`.
    pub(super) fn is_ignored_since(&self, then: Reading) -> bool {
        matches!(self.state, State::Greeting(_)) && self.born < then
    }

    pub(super) fn is_retiring(&self) -> bool {
        matches!(self.state, State::Retiring(_))
    }

    /// How much a new request would have to wait for.
    pub(super) fn load(&self) -> (usize, usize) {
        (self.gate.unsent_bytes(), self.calls)
    }

    /// Since when it has had bytes to send; never where it has none.
    pub(super) fn busy_since(&self) -> Reading {
        if self.gate.unsent_bytes() == 0 { Reading::NEVER } else { self.busy_since }
    }

    /// A handle to open a stream with; `None` where it takes no more.
    pub(super) fn sender(&self) -> Option<SendRequest<Bytes>> {
        match &self.state {
            State::Up(sender, _) => Some(sender.clone()),
            _ => None,
        }
    }

    /// Takes no more requests on it: the scheduler has said that it would not answer them.
    pub(super) fn retire(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Up(_, driver) => State::Retiring(driver),
            other => other,
        };
    }

    /// Notes that a request of so many bytes, of the call at `place`, was given to HTTP/2. What is
    /// returned goes back into [`held_ns`](Self::held_ns).
    pub(super) fn opened(&mut self, stream: u32, place: usize, bytes: usize, now: Reading) -> i64 {
        if self.gate.unsent_bytes() == 0 {
            self.busy_since = now;
        }
        self.gate.watch(stream, place, bytes);
        self.calls += 1;
        self.held.at(now)
    }

    /// For how long until `now` the receiver kept a stream from being sent that was opened with
    /// the connection at `opened`.
    pub(super) fn held_ns(&self, opened: i64, now: Reading) -> i64 {
        (self.held.at(now) - opened).max(0)
    }

    /// Notes that a call on it has ended.
    pub(super) fn closed(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    /// Where its bytes are stamped.
    pub(super) fn gate(&self) -> &Rc<Gate> {
        &self.gate
    }

    pub(super) fn poll_fd(&self) -> Option<PollFd<'_>> {
        self.socket.poll_fd(self.gate.is_hungry())
    }

    pub(super) fn set_ready(&mut self) {
        self.ready = true;
    }

    /// Whether a step would get anywhere.
    pub(super) fn has_work(&self) -> bool {
        self.ready || self.gate.held_up() || self.is_woken()
    }

    /// Whether something has woken it since its last step.
    pub(super) fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }

    /// Says whether something has: opening a stream wakes it too, and is no reason for a step.
    pub(super) fn set_woken(&self, woken: bool) {
        self.woken.0.store(woken, Ordering::Relaxed);
    }

    /// Writes what there is to write and nothing else, once at least and until `until`.
    pub(super) fn flush(&mut self, until: Reading) -> Option<Change> {
        let was_held_up = self.gate.held_up();
        self.gate.open(until, false);
        let change = self.poll();
        if was_held_up {
            // What it had to read before is still to be read.
            self.gate.set_held_up();
        }
        change
    }

    /// Reads and writes, once at least and until `until`.
    pub(super) fn step(&mut self, until: Reading) -> Option<Change> {
        self.ready = false;
        self.woken.0.store(false, Ordering::Relaxed);
        self.gate.open(until, true);
        self.poll()
    }

    fn poll(&mut self) -> Option<Change> {
        let mut context = Context::from_waker(&self.waker);
        let change = match &mut self.state {
            State::Greeting(greeting) => match greeting.as_mut().poll(&mut context) {
                Poll::Pending => None,
                Poll::Ready(Ok((sender, driver))) => {
                    self.state = State::Up(sender, Box::new(driver));
                    Some(Change::Greeted)
                }
                Poll::Ready(Err(error)) => Some(Change::Ended(Some(error))),
            },
            State::Up(_, driver) | State::Retiring(driver) => {
                match Pin::new(&mut **driver).poll(&mut context) {
                    Poll::Pending => None,
                    // However it ended, it is gone; its calls see why.
                    Poll::Ready(_) => Some(Change::Ended(None)),
                }
            }
            State::Gone => None,
        };
        // A socket that breaks here is seen to be broken by the next read.
        let _ = self.gated.flush(&mut context);
        if matches!(change, Some(Change::Ended(_))) {
            // Dropping the driver is what tells its calls.
            self.state = State::Gone;
        }
        // What is left and was not held up by the gate is held by the receiver.
        // Nor is what waits for a word of the receiver that nobody has read.
        let held = self.gate.unsent_bytes() > 0 && !self.gate.held_up() && !self.ready;
        self.held.set(held, Reading::now());
        change
    }
}

/// Exchanges settings, and a ping, since settings come from a proxy too.
async fn greet(gated: Gated) -> Greeted {
    let mut builder = h2::client::Builder::new();
    builder
        .enable_push(false)
        .max_send_buffer_size(SEND_BUFFER)
        .initial_window_size(RECEIVE_WINDOW)
        .initial_connection_window_size(RECEIVE_WINDOW_CONNECTION)
        // Many small replies at once are what a load generator asks for.
        .data_frame_budget(usize::MAX)
        // So are answers that come after their calls were given up.
        .max_local_error_reset_streams(None)
        .reset_stream_duration(RESET_MEMORY)
        .max_concurrent_reset_streams(RESET_STREAMS_MAX);
    let (sender, mut driver) = builder.handshake::<_, Bytes>(gated).await?;
    let mut ping_pong = driver.ping_pong().expect("it is taken once");
    {
        let mut pong = pin!(ping_pong.ping(h2::Ping::opaque()));
        poll_fn(|context| {
            if let Poll::Ready(ended) = Pin::new(&mut driver).poll(context) {
                return Poll::Ready(Err(ended.err().unwrap_or(Reason::NO_ERROR.into())));
            }
            pong.as_mut().poll(context).map_ok(drop)
        })
        .await?;
    }
    Ok((sender, driver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_held_adds_up_over_pauses_and_counts_from_the_opening() {
        let start = Reading::now();
        let mut held = Held::default();
        assert_eq!(held.at(start), 0);
        held.set(true, start);
        held.set(true, start.plus_ns(10));
        assert_eq!(held.at(start.plus_ns(30)), 30);
        held.set(false, start.plus_ns(30));
        assert_eq!(held.at(start.plus_ns(99)), 30);
        held.set(true, start.plus_ns(100));
        assert_eq!(held.at(start.plus_ns(105)), 35);
    }
}
