//! A peer of bytes: HTTP/2 as badly as a test wants it.
//!
//! A script runs on a thread of its own for each connection that comes. What the peer has seen is
//! kept in one list for all connections, each request known by the deadline on the wire, so that a
//! test can hold every row of the outcome table against what really happened.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot};
use wire::InferRequest;

use super::child::PATIENCE;
use super::frame;

/// A window that no test fills.
const WIDE: u32 = 1 << 30;

/// The bytes with which a client begins.
const PREFACE_LEN: usize = 24;

/// How long a write may wait for a client that does not read.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// A request that has come in whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Which connection it came on, from 0.
    pub(crate) connection: usize,
    pub(crate) deadline_unix_ns: i64,
    /// When its last byte was read.
    pub(crate) at_unix_ns: i64,
    /// Whether a whole good reply was sent.
    pub(crate) answered: bool,
}

/// A peer; it closes everything when dropped.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedSender<Order>,
}

/// What the scripts and the test see alike.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    connection_count: usize,
    greeted_count: usize,
    sockets: Vec<Weak<TcpStream>>,
    over: bool,
}

enum Order {
    Die(oneshot::Sender<()>),
    Revive(oneshot::Sender<()>),
}

/// What a peer does with a connection.
type Script = Arc<dyn Fn(&mut Link) + Send + Sync>;

impl Peer {
    /// A peer with the widest windows; `script` begins after the greeting.
    pub(crate) fn start(script: impl Fn(&mut Link) + Send + Sync + 'static) -> Self {
        Self::with_settings(&[(frame::INITIAL_WINDOW_SIZE, WIDE)], WIDE, script)
    }

    /// A peer that greets with these settings, and widens the connection's window by `window`.
    pub(crate) fn with_settings(
        settings: &[(u16, u32)],
        window: u32,
        script: impl Fn(&mut Link) + Send + Sync + 'static,
    ) -> Self {
        let settings = settings.to_vec();
        Self::raw(move |link| {
            if link.greet(&settings, window) {
                script(link);
            }
        })
    }

    /// A peer that says nothing of its own accord.
    pub(crate) fn raw(script: impl Fn(&mut Link) + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let (orders, received) = mpsc::unbounded_channel();
        let door = Door { address, shared: Arc::clone(&shared), script: Arc::new(script) };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(door.keep(listener, received));
        });
        Self { address, shared, orders }
    }

    /// Every request so far, in order of arrival.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.state.lock().unwrap().seen.clone()
    }

    /// Connections so far, whatever they said.
    pub(crate) fn connection_count(&self) -> usize {
        self.shared.state.lock().unwrap().connection_count
    }

    /// Connections so far that have said the preface.
    pub(crate) fn greeted_count(&self) -> usize {
        self.shared.state.lock().unwrap().greeted_count
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        self.wait_for("requests", |state| state.seen.len() >= count);
    }

    /// Waits until so many connections have come.
    pub(crate) fn wait_for_arrivals(&self, count: usize) {
        self.wait_for("connections", |state| state.connection_count >= count);
    }

    /// Waits until so many connections have said the preface.
    pub(crate) fn wait_for_greetings(&self, count: usize) {
        self.wait_for("greetings", |state| state.greeted_count >= count);
    }

    fn wait_for(&self, what: &str, done: impl Fn(&State) -> bool) {
        let state = self.shared.state.lock().unwrap();
        let waited =
            self.shared.changed.wait_timeout_while(state, PATIENCE, |state| !done(state)).unwrap();
        assert!(!waited.1.timed_out(), "the peer waited for {what} in vain");
    }

    /// Dies as a killed process does: its sockets close, its port refuses.
    pub(crate) fn die(&self) {
        self.order(Order::Die);
    }

    /// Listens again on the same port; gives back the moment before, in Unix ns.
    pub(crate) fn revive(&self) -> i64 {
        let moment = unix_ns();
        self.order(Order::Revive);
        moment
    }

    fn order(&self, order: fn(oneshot::Sender<()>) -> Order) {
        let (sender, obeyed) = oneshot::channel();
        self.orders.send(order(sender)).ok().unwrap();
        obeyed.blocking_recv().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock().unwrap();
        state.over = true;
        close_all(&mut state);
        self.shared.changed.notify_all();
    }
}

fn close_all(state: &mut State) {
    for socket in state.sockets.drain(..).filter_map(|socket| socket.upgrade()) {
        // Fails only where the client was quicker.
        let _ = socket.shutdown(Shutdown::Both);
    }
}

/// Where connections come in.
struct Door {
    address: SocketAddr,
    shared: Arc<Shared>,
    script: Script,
}

impl Door {
    async fn keep(
        self,
        listener: std::net::TcpListener,
        mut orders: mpsc::UnboundedReceiver<Order>,
    ) {
        let mut listener = TcpListener::from_std(listener).unwrap();
        loop {
            tokio::select! {
                accepted = listener.accept() => self.welcome(accepted.unwrap().0),
                order = orders.recv() => {
                    let Some(Order::Die(done)) = order else { return };
                    drop(listener);
                    // Bound and not listening: the port refuses, and nobody else gets it.
                    let reserved = TcpSocket::new_v4().unwrap();
                    reserved.set_reuseaddr(true).unwrap();
                    reserved.bind(self.address).unwrap();
                    close_all(&mut self.shared.state.lock().unwrap());
                    done.send(()).unwrap();
                    let Some(Order::Revive(done)) = orders.recv().await else { return };
                    listener = reserved.listen(1024).unwrap();
                    done.send(()).unwrap();
                }
            }
        }
    }

    fn welcome(&self, socket: tokio::net::TcpStream) {
        let socket = socket.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_write_timeout(Some(WRITE_PATIENCE)).unwrap();
        let socket = Arc::new(socket);
        let mut state = self.shared.state.lock().unwrap();
        state.sockets.push(Arc::downgrade(&socket));
        let connection = state.connection_count;
        state.connection_count += 1;
        self.shared.changed.notify_all();
        drop(state);
        let shared = Arc::clone(&self.shared);
        let mut link = Link { connection, socket, shared, bodies: BTreeMap::new() };
        let script = Arc::clone(&self.script);
        thread::spawn(move || script(&mut link));
    }
}

/// One connection, as its script sees it.
pub(crate) struct Link {
    /// Which connection of the peer this is, from 0.
    pub(crate) connection: usize,
    socket: Arc<TcpStream>,
    shared: Arc<Shared>,
    /// What has come of the requests that are not complete.
    bodies: BTreeMap<u32, Vec<u8>>,
}

/// A frame that has come in.
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// A request to be answered, or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Its position among the requests of all connections.
    pub(crate) index: usize,
    pub(crate) stream: u32,
    pub(crate) deadline_unix_ns: i64,
}

impl Link {
    /// Reads the preface and sends settings; false where the client has gone.
    pub(crate) fn greet(&mut self, settings: &[(u16, u32)], window: u32) -> bool {
        if !self.read_preface() {
            return false;
        }
        let mut greeting = frame::settings(settings);
        if window > 0 {
            greeting.extend(frame::window_update(0, window));
        }
        let greeted = self.write(&greeting);
        self.shared.state.lock().unwrap().greeted_count += 1;
        self.shared.changed.notify_all();
        greeted
    }

    /// Reads what a client begins with; false where it has gone.
    pub(crate) fn read_preface(&self) -> bool {
        self.socket.as_ref().read_exact(&mut [0; PREFACE_LEN]).is_ok()
    }

    /// Writes bytes; false where the client has gone.
    pub(crate) fn write(&self, bytes: &[u8]) -> bool {
        self.socket.as_ref().write_all(bytes).is_ok()
    }

    /// The next frame, `None` where the client has gone. Settings and pings are answered.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.socket.as_ref().read_exact(&mut head).ok()?;
        let len = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; len];
        self.socket.as_ref().read_exact(&mut payload).ok()?;
        let [_, _, _, kind, flags, stream @ ..] = head;
        let frame = Frame { kind, flags, stream: u32::from_be_bytes(stream), payload };
        let to_answer = frame.flags & frame::ACK == 0;
        match frame.kind {
            frame::SETTINGS if to_answer => {
                self.write(&frame::frame(frame::SETTINGS, frame::ACK, 0, &[]));
            }
            frame::PING if to_answer => {
                self.write(&frame::frame(frame::PING, frame::ACK, 0, &frame.payload));
            }
            _ => {}
        }
        Some(frame)
    }

    /// The next request that is complete, `None` where the client has gone.
    pub(crate) fn call(&mut self) -> Option<Call> {
        loop {
            let frame = self.frame()?;
            if let Some(call) = self.take_in(frame) {
                return Some(call);
            }
        }
    }

    /// Adds a frame to its request; gives back the request that it completes.
    pub(crate) fn take_in(&mut self, frame: Frame) -> Option<Call> {
        match frame.kind {
            frame::RST_STREAM => drop(self.bodies.remove(&frame.stream)),
            frame::DATA => {
                self.bodies.entry(frame.stream).or_default().extend(&frame.payload);
                if frame.flags & frame::END_STREAM != 0 {
                    return Some(self.complete(frame.stream));
                }
            }
            _ => {}
        }
        None
    }

    fn complete(&mut self, stream: u32) -> Call {
        let body = self.bodies.remove(&stream).unwrap_or_default();
        let message = body.get(wire::FRAME_PREFIX_LEN..).unwrap_or_default();
        // A request that cannot be read has no deadline, and so no row: the test fails there.
        let request = InferRequest::decode(message).unwrap_or_default();
        let deadline_unix_ns = request.deadline_ns;
        let (connection, at_unix_ns) = (self.connection, unix_ns());
        let seen = Seen { connection, deadline_unix_ns, at_unix_ns, answered: false };
        let mut state = self.shared.state.lock().unwrap();
        let index = state.seen.len();
        state.seen.push(seen);
        self.shared.changed.notify_all();
        Call { index, stream, deadline_unix_ns }
    }

    /// Says yes; false where the client has gone.
    pub(crate) fn answer(&self, call: Call) -> bool {
        self.answer_with(call, &frame::good_reply(call.stream, call.deadline_unix_ns))
    }

    /// Sends a reply that is as good as [`Self::answer`].
    pub(crate) fn answer_with(&self, call: Call, reply: &[u8]) -> bool {
        self.shared.state.lock().unwrap().seen[call.index].answered = true;
        self.write(reply)
    }

    /// Sends replies to everything that has come on any connection, in one write.
    pub(crate) fn answer_all_with(&self, replies: &[u8]) -> bool {
        self.shared.state.lock().unwrap().seen.iter_mut().for_each(|seen| seen.answered = true);
        self.write(replies)
    }

    /// Answers whatever comes, until the client goes.
    pub(crate) fn serve(&mut self) {
        while let Some(call) = self.call() {
            self.answer(call);
        }
    }

    /// Answers the next `count` requests; false where the client has gone.
    pub(crate) fn serve_some(&mut self, count: usize) -> bool {
        (0..count).all(|_| self.call().is_some_and(|call| self.answer(call)))
    }

    /// Reads whatever comes and answers nothing, until the client goes.
    pub(crate) fn ignore(&mut self) {
        while self.call().is_some() {}
    }

    /// Waits until the peer has so many connections, or the test is over.
    pub(crate) fn wait_for_connections(&self, count: usize) {
        let state = self.shared.state.lock().unwrap();
        let more = |state: &mut State| !state.over && state.connection_count < count;
        drop(self.shared.changed.wait_while(state, more).unwrap());
    }

    /// Does nothing more, neither reads nor closes, until the test is over.
    pub(crate) fn hold(&self) {
        let state = self.shared.state.lock().unwrap();
        drop(self.shared.changed.wait_while(state, |state| !state.over).unwrap());
    }
}

pub(crate) fn unix_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_nanos()).unwrap()
}
