//! All connections of a run: so many are kept up, and each request takes the one that sends it
//! soonest.

use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::Request;
use rustix::event::PollFd;
use slab::Slab;

use super::connection::{Change, Connection};
use super::connector::{ConnectError, Connector, Dialler};
use super::gate::{Channel, Gate, SentLog, Stamp};
use super::patience::Patience;
use crate::clock::Reading;
use crate::pace::timespec;

/// The longest step of a greeting: a peer that never stops talking is left even so.
const GREETING_STEP_NS: i64 = 10_000_000;

/// Which connection a request takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignment {
    /// The one with the fewest bytes that wait to be sent, then the fewest calls.
    #[default]
    LeastLoaded,
    /// One for each class, in turn.
    Class,
}

/// A word that is no way to assign requests to connections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither least-loaded nor class")]
pub struct AssignmentWord(String);

impl FromStr for Assignment {
    type Err = AssignmentWord;

    fn from_str(word: &str) -> Result<Self, AssignmentWord> {
        match word {
            "least-loaded" => Ok(Self::LeastLoaded),
            "class" => Ok(Self::Class),
            _ => Err(AssignmentWord(word.to_owned())),
        }
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeastLoaded => "least-loaded",
            Self::Class => "class",
        })
    }
}

/// The connections to one scheduler.
pub(super) struct Connections {
    connector: Connector,
    /// How many should be up.
    wanted: usize,
    /// How many were asked for and have not come.
    ordered: usize,
    slots: Slab<Connection>,
    /// Steps made so far, and where the last one was.
    turn: u64,
    last: usize,
    assignment: Assignment,
    sent: SentLog,
    /// Connections made so far.
    serial: u64,
    /// How long a greeting may take, ns.
    patience_ns: i64,
}

/// Which connection: its place, and a number that no other connection in that place has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    slot: usize,
    serial: u64,
}

/// A request that HTTP/2 has taken.
pub(super) struct Opened {
    pub(super) connection: Key,
    pub(super) gate: Rc<Gate>,
    pub(super) stream: u32,
    pub(super) response: ResponseFuture,
    /// Kept so that dropping the call resets the stream.
    pub(super) body: SendStream<Bytes>,
    /// What [`Connections::held_ns`] wants back.
    pub(super) held: i64,
}

/// The body of a reply.
pub(super) type Body = RecvStream;

impl Connections {
    /// Makes `wanted` connections and greets on each, within the dialler's timeout.
    ///
    /// # Errors
    /// Where one of them cannot be made.
    pub(super) fn open(
        dialler: Dialler,
        wanted: usize,
        assignment: Assignment,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ConnectError> {
        let timeout = dialler.timeout;
        let connector = Connector::start(dialler.clone())?;
        let slots = Slab::with_capacity(wanted);
        let patience_ns = i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX);
        let sent = SentLog::default();
        let mut all = Self {
            connector,
            wanted,
            ordered: 0,
            slots,
            turn: 0,
            last: 0,
            assignment,
            sent,
            serial: 0,
            patience_ns,
        };
        (0..wanted).for_each(|_| all.connector.order(false));
        let mut patience = Patience::new(timeout, stopped);
        while all.slots.len() < wanted {
            let wait = patience.next_wait().map_err(|why| dialler.unfinished(why))?;
            let Some(made) = all.connector.wait(wait) else { continue };
            all.add(made?);
            // Each has its time: they are made one after the other.
            patience = Patience::new(timeout, stopped);
        }
        all.greet(&dialler, &patience)?;
        Ok(all)
    }

    fn add(&mut self, channel: Channel) {
        self.serial += 1;
        self.slots.insert(Connection::new(channel, self.serial, SentLog::clone(&self.sent)));
    }

    fn greet(&mut self, dialler: &Dialler, patience: &Patience<'_>) -> Result<(), ConnectError> {
        while !self.slots.iter().all(|(_, connection)| connection.is_up()) {
            patience.next_wait().map_err(|why| dialler.unfinished(why))?;
            for (_, connection) in &mut self.slots {
                if let Some(Change::Ended(error)) =
                    connection.step(Reading::now().plus_ns(GREETING_STEP_NS))
                {
                    let error = error.unwrap_or(Reason::NO_ERROR.into());
                    return Err(dialler.explain(error));
                }
            }
            let busy = self.slots.iter().any(|(_, connection)| connection.has_work());
            self.wait(if busy { 0 } else { 10_000_000 });
        }
        Ok(())
    }

    /// Whether there is one to send on.
    pub(super) fn any_up(&self) -> bool {
        self.slots.iter().any(|(_, connection)| connection.is_up())
    }

    /// Whether fewer are up than should be, or on their way.
    pub(super) fn is_short(&self) -> bool {
        self.ordered > 0 || self.slots.iter().any(|(_, connection)| !connection.is_up())
    }

    /// Takes in the connections that were made meanwhile.
    pub(super) fn welcome(&mut self) {
        while let Some(result) = self.connector.ready() {
            self.ordered -= 1;
            match result {
                Ok(channel) => self.add(channel),
                Err(_) => self.order(true),
            }
        }
        let then = Reading::now().plus_ns(-self.patience_ns);
        let before = self.slots.len();
        self.slots.retain(|_, connection| !connection.is_ignored_since(then));
        (self.slots.len()..before).for_each(|_| self.order(true));
    }

    fn order(&mut self, after_failure: bool) {
        let serving = self.slots.iter().filter(|(_, one)| !one.is_retiring()).count();
        if serving + self.ordered < self.wanted {
            self.ordered += 1;
            self.connector.order(after_failure);
        }
    }

    /// Gives HTTP/2 a request of two pieces, which goes nowhere before [`fire`](Self::fire).
    /// `place` is that of its call. `None` where no connection is up.
    ///
    /// `request` makes it: once, and again where a connection turns out to take no more, because
    /// HTTP/2 does not give back what it refuses.
    pub(super) fn load(
        &mut self,
        request: impl Fn() -> Request<()>,
        pieces: &[Bytes; 2],
        (place, class): (usize, usize),
    ) -> Option<Opened> {
        loop {
            let slot = self.pick(class)?;
            let connection = &mut self.slots[slot];
            let sender = connection.sender()?;
            let woken = connection.is_woken();
            let Ok((response, body)) = open_stream(sender, request(), pieces.clone()) else {
                // It has been told to go away: its calls go on, and another takes its place.
                connection.retire();
                self.order(false);
                continue;
            };
            connection.set_woken(woken);
            let stream = u32::from(body.stream_id());
            let bytes = pieces.iter().map(Bytes::len).sum();
            let held = connection.opened(stream, place, bytes, Reading::now());
            let gate = Rc::clone(connection.gate());
            let connection = Key { slot, serial: connection.serial() };
            return Some(Opened { connection, gate, stream, response, body, held });
        }
    }

    /// Writes what a connection was given, as far as that goes by `until`.
    pub(super) fn fire(&mut self, key: Key, until: Reading) {
        if let Some(connection) = self.get_mut(key) {
            let change = connection.flush(until);
            self.settle(key.slot, change);
        }
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut Connection> {
        self.slots.get_mut(key.slot).filter(|connection| connection.serial() == key.serial)
    }

    fn pick(&self, class: usize) -> Option<usize> {
        let mut up = self.slots.iter().filter(|(_, connection)| connection.is_up());
        match self.assignment {
            Assignment::LeastLoaded => up.min_by_key(|(_, one)| one.load()).map(|(key, _)| key),
            Assignment::Class => {
                let count = up.clone().count();
                up.nth(class.checked_rem(count)?).map(|(key, _)| key)
            }
        }
    }

    /// Makes one step on one connection that has work to do; false where none has.
    pub(super) fn step(&mut self, until: Reading) -> bool {
        let Some(slot) = self.next_with_work() else { return false };
        self.turn += 1;
        self.last = slot;
        let change = self.slots[slot].step(until);
        self.settle(slot, change);
        true
    }

    /// By turns the connection that has had something to send for longest, so that requests leave
    /// in order, and the next one, so that each is looked at.
    fn next_with_work(&self) -> Option<usize> {
        let with_work = || self.slots.iter().filter(|(_, connection)| connection.has_work());
        let next = if self.turn.is_multiple_of(2) {
            with_work().min_by_key(|(_, connection)| connection.busy_since())
        } else {
            with_work().find(|(slot, _)| *slot > self.last).or_else(|| with_work().next())
        };
        next.map(|(slot, _)| slot)
    }

    /// Draws the conclusions of a step.
    fn settle(&mut self, key: usize, change: Option<Change>) {
        if let Some(Change::Ended(_)) = change {
            self.slots.remove(key);
            self.order(true);
        }
    }

    /// A request whose last byte has gone since the last time, by the place of its call.
    pub(super) fn next_sent(&self) -> Option<(usize, Reading)> {
        self.sent.borrow_mut().pop()
    }

    /// For how long, ns, the receiver kept a request that was sent at `sent`.
    pub(super) fn held_ns(&mut self, key: Key, held: i64, sent: Reading) -> i64 {
        self.get_mut(key).map_or(0, |connection| connection.held_ns(held, sent))
    }

    /// When the bytes of a stream passed; it is over.
    pub(super) fn closed(&mut self, key: Key, gate: &Gate, stream: u32) -> Stamp {
        if let Some(connection) = self.get_mut(key) {
            connection.closed();
        }
        // A connection may be gone by the time its last answers are looked at.
        gate.take(stream)
    }

    /// Waits for something to happen on any of them, for `nanos` at most.
    pub(super) fn wait(&mut self, nanos: i64) {
        let timeout = timespec(nanos);
        let waiting = self.slots.iter().filter_map(|(key, one)| Some((key, one.poll_fd()?)));
        let (keys, mut fds): (Vec<usize>, Vec<PollFd<'_>>) = waiting.unzip();
        // A wait that a signal interrupts is as good as one that is over.
        if rustix::event::poll(&mut fds, Some(&timeout)).unwrap_or(0) == 0 {
            return;
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        let ready: Vec<bool> = fds.iter().map(is_ready).collect();
        for key in keys.into_iter().zip(ready).filter_map(|(key, ready)| ready.then_some(key)) {
            self.slots[key].set_ready();
        }
    }
}

fn open_stream(
    mut sender: SendRequest<Bytes>,
    request: Request<()>,
    [head, tail]: [Bytes; 2],
) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
    let (response, mut body) = sender.send_request(request, false)?;
    // A message without a tensor is one piece, and one frame.
    body.send_data(head, tail.is_empty())?;
    if !tail.is_empty() {
        body.send_data(tail, true)?;
    }
    Ok((response, body))
}
