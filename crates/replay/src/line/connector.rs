//! Making connections, on a thread of its own: names are looked up, sockets opened and certificates
//! checked where nobody waits for it.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use rustix::event::PollFd;
use rustix::time::Timespec;
use tokio_rustls::TlsConnector;
use wire::Endpoint;

use super::batch::Batch;
use super::gate::Channel;
use super::patience::{Unfinished, deadline_in};
use super::socket::Socket;
use crate::tls::{Stage, Tls};

/// Pauses between attempts to connect again: doubled from the first to the last.
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// No answer in time.
    #[error("no HTTP/2 answer within {0:?}")]
    Timeout(Duration),
    /// Nobody knows the host's address.
    #[error("the name '{host}' cannot be looked up")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// No connection.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A connection on which TLS could not be agreed.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// A connection to something that does not speak HTTP/2, or not in the clear.
    #[error("it does not speak HTTP/2{}", hint(*.plain))]
    Http2 {
        /// Whether it was spoken to in the clear.
        plain: bool,
        /// What came instead.
        source: h2::Error,
    },
}

fn hint(plain: bool) -> &'static str {
    if plain {
        " in the clear; a port that speaks TLS needs https:// before its address"
    } else {
        ""
    }
}

/// Whom to connect to, and how.
#[derive(Clone, Debug)]
pub(crate) struct Dialler {
    pub(crate) endpoint: Endpoint,
    pub(crate) tls: Option<Tls>,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    /// After so long without an acknowledgement the system gives a connection up.
    pub(crate) user_timeout: Duration,
}

/// The thread that connects.
pub(super) struct Connector {
    orders: Sender<Order>,
    channels: Receiver<Result<Channel, ConnectError>>,
}

/// Asks for one connection.
struct Order {
    /// Whether one has just failed, so that the next had better wait a little.
    after_failure: bool,
}

impl Connector {
    /// Starts the thread; it ends with this value, or once the resolver lets it.
    pub(super) fn start(dialler: Dialler) -> io::Result<Self> {
        let (orders, ordered) = crossbeam_channel::unbounded();
        let (made, channels) = crossbeam_channel::unbounded();
        let body = move || connect_all(&dialler, &ordered, &made);
        thread::Builder::new().name("connector".to_owned()).spawn(body)?;
        Ok(Self { orders, channels })
    }

    /// Asks for one more connection.
    pub(super) fn order(&self, after_failure: bool) {
        // The thread lives as long as this end of the channel.
        let _ = self.orders.send(Order { after_failure });
    }

    /// A connection that was asked for, if one is ready.
    pub(super) fn ready(&self) -> Option<Result<Channel, ConnectError>> {
        self.channels.try_recv().ok()
    }

    /// The next connection that was asked for, if one is ready within `timeout`.
    pub(super) fn wait(&self, timeout: Duration) -> Option<Result<Channel, ConnectError>> {
        self.channels.recv_timeout(timeout).ok()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

fn connect_all(
    dialler: &Dialler,
    orders: &Receiver<Order>,
    made: &Sender<Result<Channel, ConnectError>>,
) {
    let mut failures = 0;
    while let Ok(order) = orders.recv() {
        failures += u32::from(order.after_failure);
        if failures > 0 {
            thread::sleep(backoff(failures));
        }
        let result = dialler.dial();
        if result.is_ok() {
            failures = 0;
        }
        if made.send(result).is_err() {
            return;
        }
    }
}

fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    BACKOFF_MIN.saturating_mul(1 << doublings).min(BACKOFF_MAX)
}

impl Dialler {
    /// What it means to whoever wants a connection that a wait for it has ended.
    pub(super) fn unfinished(&self, why: Unfinished) -> ConnectError {
        match why {
            Unfinished::Stopped => ConnectError::Interrupted,
            Unfinished::TimeUp => ConnectError::Timeout(self.timeout),
        }
    }

    /// What an error of the first bytes on a connection means to whoever chose the address.
    pub(super) fn explain(&self, error: h2::Error) -> ConnectError {
        let words = error.get_io().zip(self.tls.as_ref());
        match words.and_then(|(error, tls)| tls.explain(error, Stage::FirstRead)) {
            Some(words) => ConnectError::Tls(words),
            None => ConnectError::Http2 { plain: self.tls.is_none(), source: error },
        }
    }

    fn dial(&self) -> Result<Channel, ConnectError> {
        let deadline = deadline_in(self.timeout);
        let socket = Socket::new(self.open(deadline)?, self.user_timeout)?;
        match &self.tls {
            None => Ok(Channel::Plain(Batch::new(socket))),
            Some(tls) => self.encrypt(socket, tls, deadline),
        }
    }

    /// Tries the host's addresses in the resolver's order.
    fn open(&self, deadline: Instant) -> Result<TcpStream, ConnectError> {
        let host = self.endpoint.host();
        let lookup = |source| ConnectError::Lookup { host: host.to_owned(), source };
        let addresses = (host, self.endpoint.port()).to_socket_addrs().map_err(lookup)?;
        let mut last = lookup(io::ErrorKind::NotFound.into());
        for address in addresses {
            match self.open_one(address, deadline) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn open_one(&self, address: SocketAddr, deadline: Instant) -> Result<TcpStream, ConnectError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ConnectError::Timeout(self.timeout));
        }
        TcpStream::connect_timeout(&address, left).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => ConnectError::Timeout(self.timeout),
            _ => error.into(),
        })
    }

    fn encrypt(
        &self,
        socket: Socket,
        tls: &Tls,
        deadline: Instant,
    ) -> Result<Channel, ConnectError> {
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let handshake = connector.connect(tls.server_name.clone(), socket.clone());
        match block_on(handshake, &socket, deadline) {
            None => Err(ConnectError::Timeout(self.timeout)),
            Some(Err(error)) => Err(ConnectError::Tls(
                tls.explain(&error, Stage::Handshake).unwrap_or_else(|| error.to_string()),
            )),
            Some(Ok(stream)) => Ok(Channel::Tls(Box::new(stream))),
        }
    }
}

/// Drives something that waits for one socket alone; `None` where it is not done by `deadline`.
fn block_on<T>(future: impl Future<Output = T>, socket: &Socket, deadline: Instant) -> Option<T> {
    let mut future: Pin<&mut _> = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let timeout = Timespec::try_from(left).ok();
        // Interrupted or not, the future is asked again, and then the clock.
        let mut fds: Vec<PollFd<'_>> = socket.poll_fd(true).into_iter().collect();
        let _ = rustix::event::poll(&mut fds, timeout.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let millis: Vec<u128> = (1..8).map(|failures| backoff(failures).as_millis()).collect();
        assert_eq!(millis, [50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff(u32::MAX), BACKOFF_MAX);
    }
}
