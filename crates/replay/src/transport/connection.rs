//! Connections to one scheduler: made before the run, made again when they break.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::net::TcpStream;
use wire::Endpoint;

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address asks for TLS.
    #[error(
        "the address asks for TLS, which replay does not speak yet; use host:port of a plaintext port"
    )]
    Tls,
    /// No answer in time.
    #[error("no HTTP/2 answer within {0:?}")]
    Timeout(Duration),
    /// No connection.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A connection to something that does not speak HTTP/2.
    #[error("it does not speak HTTP/2")]
    Http2(#[from] h2::Error),
}

/// Pauses between attempts to connect again: doubled from the first to the last.
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Bytes that wait inside HTTP/2 for a stream; a whole body fits.
const SEND_BUFFER: usize = 64 << 20;

/// A connection, while there is one.
type Slot = Rc<RefCell<Option<SendRequest<Bytes>>>>;

/// All connections of a run.
pub(crate) struct Connections {
    slots: Vec<(Slot, Load)>,
}

/// How many calls a connection carries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load(Rc<Cell<usize>>);

/// Counts one call for as long as it lives.
pub(crate) struct Loaded(Load);

impl Load {
    pub(crate) fn add(&self) -> Loaded {
        self.0.set(self.0.get() + 1);
        Loaded(self.clone())
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let Self(Load(count)) = self;
        count.set(count.get() - 1);
    }
}

/// Makes `count` connections, each within `timeout`, and keeps them up from then on.
///
/// Must run inside a `LocalSet`, where the connections' tasks live.
///
/// # Errors
/// Where one of them cannot be made.
pub(crate) async fn connect(
    endpoint: &Endpoint,
    count: usize,
    timeout: Duration,
) -> Result<Connections, ConnectError> {
    let mut slots = Vec::with_capacity(count);
    for _ in 0..count {
        let (sender, driver) = open(endpoint, timeout).await?;
        let slot: Slot = Rc::new(RefCell::new(Some(sender)));
        tokio::task::spawn_local(keep_up(endpoint.clone(), Rc::clone(&slot), driver, timeout));
        slots.push((slot, Load::default()));
    }
    Ok(Connections { slots })
}

impl Connections {
    /// The connection that carries the fewest calls, if any is up.
    pub(crate) fn least_loaded(&mut self) -> Option<(SendRequest<Bytes>, &Load)> {
        let up = self.slots.iter().filter(|(slot, _)| slot.borrow().is_some());
        let (slot, load) = up.min_by_key(|(_, Load(count))| count.get())?;
        slot.borrow().clone().map(|sender| (sender, load))
    }
}

type Driver = h2::client::Connection<TcpStream, Bytes>;

async fn open(
    endpoint: &Endpoint,
    timeout: Duration,
) -> Result<(SendRequest<Bytes>, Driver), ConnectError> {
    if endpoint.is_tls() {
        return Err(ConnectError::Tls);
    }
    let handshake = async {
        let stream = TcpStream::connect((endpoint.host(), endpoint.port())).await?;
        stream.set_nodelay(true)?;
        let mut builder = h2::client::Builder::new();
        builder.enable_push(false).max_send_buffer_size(SEND_BUFFER);
        let (sender, mut driver) = builder.handshake::<_, Bytes>(stream).await?;
        // A server has answered once its settings and the pong are here; a port that merely
        // accepts has not.
        let mut ping = driver.ping_pong().expect("it is taken once");
        tokio::select! {
            pong = ping.ping(h2::Ping::opaque()) => { pong?; }
            ended = &mut driver => {
                ended?;
                return Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into());
            }
        }
        Ok((sender, driver))
    };
    let result = tokio::time::timeout(timeout, handshake).await;
    result.unwrap_or(Err(ConnectError::Timeout(timeout)))
}

/// Drives a connection; when it breaks, makes it again.
async fn keep_up(endpoint: Endpoint, slot: Slot, first: Driver, timeout: Duration) {
    let mut driver = first;
    loop {
        // However it ended, it is gone; its calls have seen why.
        let _ = driver.await;
        *slot.borrow_mut() = None;
        let mut pause = BACKOFF_MIN;
        driver = loop {
            tokio::time::sleep(pause).await;
            if let Ok((sender, driver)) = open(&endpoint, timeout).await {
                *slot.borrow_mut() = Some(sender);
                break driver;
            }
            pause = (pause * 2).min(BACKOFF_MAX);
        };
    }
}
