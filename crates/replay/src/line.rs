//! The line: one thread that fires each request at its moment and moves all bytes.
//!
//! It sleeps to shortly before the next arrival, spins, and writes the request to its socket
//! itself: a second thread would have to be woken first, which takes longer than all the rest.
//! Between arrivals it reads and writes in steps of some microseconds, and looks at the clock after
//! each. Nothing that a scheduler does or leaves undone is ever waited for.

mod answer;
mod batch;
mod call;
mod calls;
mod connection;
mod connections;
mod connector;
mod gate;
mod heads;
mod patience;
mod socket;
mod solo;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use outcome::{Code, Status};
use request::Moment;
use targets::End;

use crate::clock::{Reading, RunClock};
use crate::pace::{Pace, sleep_until};
use crate::plan::{Ended, Event, Planned};
use crate::ring::Taker;
use call::Call;
use calls::Calls;
use connections::Connections;

pub(crate) use answer::grpc_status;
pub use connections::{Assignment, AssignmentWord};
pub use connector::ConnectError;
pub(crate) use connector::Dialler;
pub(crate) use heads::{Heads, call_to, method_uri};
pub(crate) use patience::Unfinished;
pub(crate) use solo::Solo;

/// How much may be in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) requests: usize,
    pub(crate) bytes: usize,
}

/// When a request is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// At its arrival, whatever became of the ones before: what a trace is for.
    #[default]
    Open,
    /// As soon as fewer than so many are in flight: what the other side can take at most.
    Closed(usize),
}

/// The longest wait without a look at whether to go on: an interrupt ends a run promptly.
const SLICE_NS: i64 = 50_000_000;

/// The same while connections are missing.
const SLICE_CONNECTING_NS: i64 = 2_000_000;

/// So close to an arrival nothing else is begun: a step may take as long.
const GUARD_NS: i64 = 15_000;

/// The longest step on one connection while others may have work: a peer that never stops talking
/// gets no more.
const STEP_NS: i64 = 100_000;

/// Sockets and expiries are looked at so often, however much there is to do.
const LOOK_NS: i64 = 500_000;

/// Pause before a tensor is asked for again that was not ready in time.
const RETRY_NS: i64 = 100_000;

/// How many requests may be fired in a row before bytes are moved again.
const VOLLEY: usize = 8;

/// What a run needs beside connections.
pub(crate) struct Orders {
    pub(crate) plan: Arc<Vec<Planned>>,
    pub(crate) clock: RunClock,
    pub(crate) taker: Taker,
    pub(crate) heads: Heads,
    pub(crate) load: Load,
    pub(crate) bounds: Bounds,
    /// How long a call may take, from its firing, ns.
    pub(crate) timeout_ns: i64,
    pub(crate) events: Sender<Event>,
    pub(crate) stopped: Arc<AtomicBool>,
}

/// Connected, and ready to take orders.
pub(crate) struct Idle {
    connections: Connections,
}

impl Idle {
    /// Connects `wanted` times.
    ///
    /// # Errors
    /// Where one of the connections cannot be made, or `stopped` turns true.
    pub(crate) fn connect(
        dialler: Dialler,
        wanted: usize,
        assignment: Assignment,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ConnectError> {
        Ok(Self { connections: Connections::open(dialler, wanted, assignment, stopped)? })
    }

    /// Carries out a run, to its end.
    pub(crate) fn run(self, orders: Orders) {
        let Self { connections } = self;
        let overdue = vec![VecDeque::new(); orders.taker.lane_count()];
        Line {
            connections,
            orders,
            next: 0,
            overdue,
            calls: Calls::default(),
            pace: Pace::new(Reading::now()),
            looked: Reading::now(),
        }
        .run();
    }
}

struct Line {
    connections: Connections,
    orders: Orders,
    /// The next request of the plan.
    next: usize,
    /// Requests that were due before their tensor was ready, or wait behind such a one, by the
    /// lanes of the ring: each must be asked for in order.
    overdue: Vec<VecDeque<usize>>,
    calls: Calls,
    pace: Pace,
    /// When sockets and expiries were last looked at.
    looked: Reading,
}

/// Whether a request is due in a moment. Where it is due already, the line is behind, and has to
/// move bytes even so.
fn is_near(due: Reading, now: Reading) -> bool {
    due > now && due.since(now) <= GUARD_NS
}

fn spin_until(due: Reading) {
    while Reading::now() < due {
        std::hint::spin_loop();
    }
}

/// What became of loading a request.
enum Loading {
    /// Its tensor is not ready.
    NotReady,
    /// It will not be sent, and its row says why.
    Settled,
    /// It waits for its moment.
    Loaded(Call),
}

impl Line {
    fn run(mut self) {
        while !self.is_over() {
            if self.orders.stopped.load(Ordering::Relaxed) {
                return self.cut_short();
            }
            self.fire_what_is_due();
            let (due, now) = (self.next_due(), Reading::now());
            if let Some(until) = self.pace.nap(now, due) {
                self.nap(until);
            } else if now.since(self.looked) > LOOK_NS && !is_near(due, now) {
                self.look(now);
            } else if !self.work(due) {
                self.rest(due);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.next == self.orders.plan.len() && self.overdue_count() == 0 && self.calls.is_empty()
    }

    fn overdue_count(&self) -> usize {
        self.overdue.iter().map(VecDeque::len).sum()
    }

    /// When the next request is due.
    fn next_due(&self) -> Reading {
        let Some(planned) = self.orders.plan.get(self.next) else { return Reading::NEVER };
        match self.orders.load {
            Load::Open => self.orders.clock.reading(planned.arrival()),
            Load::Closed(count) if self.has_room_for(count) => {
                self.orders.clock.reading(Moment::ZERO)
            }
            Load::Closed(_) => Reading::NEVER,
        }
    }

    /// Whether a closed loop of `count` wants one more, and there is somewhere to send it.
    fn has_room_for(&self, count: usize) -> bool {
        let Bounds { requests, bytes } = self.orders.bounds;
        let fits = self.calls.is_empty() || self.calls.bytes() < bytes;
        let started = self.calls.len() + self.overdue_count();
        started < count.min(requests) && fits && self.connections.any_up()
    }

    fn fire_what_is_due(&mut self) {
        self.fire_overdue();
        for _ in 0..VOLLEY {
            if self.next_due() > Reading::now() {
                return;
            }
            self.fire_next(|line, index| line.load(index));
        }
    }

    /// Fires the next request, as `load` makes it ready.
    fn fire_next(&mut self, load: impl FnOnce(&mut Self, usize) -> Loading) {
        let index = self.next;
        self.next += 1;
        let lane = index % self.overdue.len();
        if self.waits_behind_others(index) {
            return self.overdue[lane].push_back(index);
        }
        match load(self, index) {
            Loading::NotReady => self.overdue[lane].push_back(index),
            Loading::Settled => {}
            Loading::Loaded(call) => self.shoot(call),
        }
    }

    /// Whether others are overdue whose tensors come from the same worker.
    fn waits_behind_others(&self, index: usize) -> bool {
        !self.overdue[index % self.overdue.len()].is_empty()
    }

    /// Those whose tensors were not ready in time.
    fn fire_overdue(&mut self) {
        for lane in 0..self.overdue.len() {
            for _ in 0..VOLLEY {
                let Some(&index) = self.overdue[lane].front() else { break };
                match self.load(index) {
                    Loading::NotReady => break,
                    Loading::Settled => {}
                    Loading::Loaded(call) => self.shoot(call),
                }
                self.overdue[lane].pop_front();
            }
        }
    }

    /// Does all that can be done of a request before its moment, or settles why it will not go.
    fn load(&mut self, index: usize) -> Loading {
        let now = Reading::now();
        let planned = &self.orders.plan[index];
        let is_stale =
            self.orders.load == Load::Open && now > self.orders.clock.reading(planned.deadline());
        let Some(tail) = self.orders.taker.take(index) else {
            if !is_stale {
                return Loading::NotReady;
            }
            self.orders.taker.give_up(index);
            self.report(Ended::unsent(index, Code::NotPrepared));
            return Loading::Settled;
        };
        let Bounds { requests, bytes } = self.orders.bounds;
        // One request always fits, however large.
        let fits = self.calls.is_empty()
            || self.orders.load != Load::Open
            || (self.calls.len() < requests
                && self.calls.bytes().saturating_add(tail.len()) <= bytes);
        if is_stale || !fits {
            let code = if is_stale { Code::Stale } else { Code::InFlightLimit };
            self.report(Ended { arrival: self.arrival(now), ..Ended::unsent(index, code) });
            return Loading::Settled;
        }
        let clock = self.orders.clock;
        let moment = match self.orders.load {
            Load::Open => planned.arrival().max(clock.moment(now)),
            Load::Closed(_) => clock.moment(now),
        };
        let deadline = planned.deadline_from(self.arrival(now));
        let head = self.orders.heads.head(index, moment, deadline);
        let (bytes, echo) = (head.bytes(), head.echo());
        let len = bytes.len() + tail.len();
        let at = (self.calls.next_place(), self.orders.heads.class(index));
        let Some(opened) = self.connections.load(|| head.request(), &[bytes, tail], at) else {
            let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
            let (done, arrival) = (Some(clock.moment(Reading::now())), self.arrival(now));
            let unsent = Ended::unsent(index, Code::NotConnected);
            self.report(Ended { status, code, done, arrival, ..unsent });
            return Loading::Settled;
        };
        Loading::Loaded(Call::new(index, opened, len, echo))
    }

    /// Sends what was loaded.
    fn shoot(&mut self, mut call: Call) {
        let now = Reading::now();
        // Time passes while a request is written, and the one after it may be due meanwhile.
        let until = self.next_due().min(now.plus_ns(STEP_NS));
        self.connections.fire(call.connection, until);
        call.fired = now;
        let place = self.calls.insert(call, now.plus_ns(self.orders.timeout_ns));
        self.note_sent();
        self.poll_call(place);
    }

    /// Does one thing that waits to be done; false where nothing does, or an arrival is near.
    fn work(&mut self, due: Reading) -> bool {
        let until = due.plus_ns(-GUARD_NS);
        let now = Reading::now();
        if is_near(due, now) {
            return false;
        }
        if let Some(place) = self.calls.next_awake() {
            self.poll_call(place);
            return true;
        }
        if self.connections.step(until.min(now.plus_ns(STEP_NS))) {
            self.note_sent();
            return true;
        }
        self.expire(now)
    }

    /// Waits: asleep while there is time, awake with an eye on the sockets, then on the clock.
    fn rest(&mut self, due: Reading) {
        let now = Reading::now();
        let nap = self.wake_at(due, now).since(now);
        if nap > 0 {
            self.wait(nap, now);
            self.pace.slept(now, Reading::now());
            return;
        }
        self.pace.slept(now, now);
        if is_near(due, now) {
            self.aim(due);
        } else {
            self.wait(0, now);
        }
    }

    /// Loads the next request, and fires it when it is due.
    fn aim(&mut self, due: Reading) {
        if self.waits_behind_others(self.next) {
            // It cannot be loaded yet, and must not go early once it can.
            spin_until(due);
        }
        self.fire_next(|line, index| {
            let loading = line.load(index);
            spin_until(due);
            loading
        });
    }

    /// When a sleep from `now` must end.
    fn wake_at(&self, due: Reading, now: Reading) -> Reading {
        let slice = if self.connections.is_short() { SLICE_CONNECTING_NS } else { SLICE_NS };
        let retry = if self.overdue_count() == 0 { Reading::NEVER } else { now.plus_ns(RETRY_NS) };
        self.pace.wake_at(due).min(self.calls.next_expiry()).min(retry).min(now.plus_ns(slice))
    }

    /// Waits for sockets and new connections.
    fn wait(&mut self, nanos: i64, now: Reading) {
        self.looked = now;
        if self.connections.is_short() {
            self.connections.welcome();
        }
        self.connections.wait(nanos);
    }

    /// Looks at what a line that always has something to do would never come to.
    fn look(&mut self, now: Reading) {
        self.wait(0, now);
        self.expire(now);
    }

    /// Leaves the core to others for a little.
    fn nap(&mut self, until: Reading) {
        let now = Reading::now();
        sleep_until(until, now);
        self.pace.slept(now, Reading::now());
    }

    fn poll_call(&mut self, place: usize) {
        if let Some(end) = self.calls.poll(place, self.orders.heads.protocol()) {
            self.end(place, end);
        }
    }

    /// Ends the calls whose time is up; false where there are none.
    fn expire(&mut self, now: Reading) -> bool {
        let mut any = false;
        while let Some(place) = self.calls.next_expired(now) {
            any = true;
            // Its answer may be there, and nobody has looked at it.
            let end = self.calls.poll(place, self.orders.heads.protocol());
            self.end(place, end.unwrap_or((Status::Timeout, None)));
        }
        any
    }

    /// Takes note of the requests whose last byte has gone.
    fn note_sent(&mut self) {
        while let Some((place, at)) = self.connections.next_sent() {
            let Some(call) = self.calls.get_mut(place) else { continue };
            let held_ns = self.connections.held_ns(call.connection, call.held, at);
            // It cannot have been held before it was fired.
            let held_ns = held_ns.min(at.since(call.fired)).max(0);
            call.sent = Some((at, held_ns));
            let (index, fired) = (call.index, call.fired);
            let sent = self.orders.clock.moment(at);
            self.tell(Event::Sent { index, arrival: self.arrival(fired), sent });
        }
    }

    /// When a request arrived that has no scheduled arrival.
    fn arrival(&self, fired: Reading) -> Option<Moment> {
        (self.orders.load != Load::Open).then(|| self.orders.clock.moment(fired))
    }

    fn end(&mut self, place: usize, (status, code): End) {
        let call = self.calls.remove(place);
        let now = Reading::now();
        let stamp = self.connections.closed(call.connection, &call.gate, call.stream);
        let clock = self.orders.clock;
        // An answer may be whole before the request is, which goes out all the same.
        let last = stamp.last.unwrap_or(now);
        let done = call.sent.map_or(last, |(sent, _)| last.max(sent));
        // An answer that begins before the request is whole answers nothing yet.
        let first = stamp.first.filter(|first| call.sent.is_none_or(|(sent, _)| sent <= *first));
        self.report(Ended {
            index: call.index,
            status,
            code,
            sent: call.sent.map(|(at, _)| clock.moment(at)),
            held_ns: call.sent.map(|(_, held_ns)| held_ns),
            first_byte: first.map(|first| clock.moment(first)),
            done: Some(clock.moment(done)),
            arrival: self.arrival(call.fired),
        });
    }

    fn cut_short(mut self) {
        let code = Some(Code::CutShort);
        for place in self.calls.places() {
            self.end(place, (Status::Cancelled, code));
        }
        let rest = self.next..self.orders.plan.len();
        let overdue = std::mem::take(&mut self.overdue).into_iter().flatten();
        for index in overdue.chain(rest) {
            self.report(Ended::unsent(index, Code::CutShort));
        }
    }

    fn report(&self, ended: Ended) {
        self.tell(Event::Ended(ended));
    }

    fn tell(&self, event: Event) {
        // The collector outlives the line.
        let _ = self.orders.events.send(event);
    }
}
