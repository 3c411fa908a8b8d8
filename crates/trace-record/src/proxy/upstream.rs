//! The proxy's connection to the scheduler: one for each client's, made again when it breaks.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::Request;
use http::request::Parts;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use wire::Endpoint;

/// Windows of replies: one of common size never waits for them.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// Bytes of one call that wait inside HTTP/2 for the scheduler's window; more wait with the client.
const SEND_BUFFER: usize = 1 << 20;

/// Calls that come this soon after a failed attempt to connect share its failure.
const ATTEMPT_SHARED: Duration = Duration::from_millis(100);

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No answer in time.
    #[error("no HTTP/2 answer within {0:?}")]
    Timeout(Duration),
    /// No connection.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A connection to something that does not speak HTTP/2.
    #[error("it does not speak HTTP/2: {0}")]
    Http2(#[from] h2::Error),
}

/// A call under way: its answer, and where its body goes.
pub(crate) type Opened = (ResponseFuture, SendStream<Bytes>);

/// A connection to the scheduler, while there is one.
pub(crate) struct Upstream {
    endpoint: Endpoint,
    timeout: Duration,
    state: Mutex<State>,
}

enum State {
    Idle,
    Up(SendRequest<Bytes>),
    Down { since: Instant, why: Arc<ConnectError> },
}

impl Upstream {
    pub(crate) fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        Self { endpoint, timeout, state: Mutex::new(State::Idle) }
    }

    /// Makes the connection before it is needed. A failure shows at the first call.
    pub(crate) async fn warm(&self) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Idle) {
            // Kept in the state.
            let _ = self.connect(&mut state).await;
        }
    }

    /// Starts a call with these headers.
    ///
    /// # Errors
    /// Where the scheduler cannot be reached.
    pub(crate) async fn open(
        &self,
        head: &Parts,
        end_of_stream: bool,
    ) -> Result<Opened, Arc<ConnectError>> {
        let mut state = self.state.lock().await;
        if let State::Up(sender) = &*state {
            let sender = sender.clone();
            match self.start(sender, head, end_of_stream).await {
                Ok(opened) => return Ok(opened),
                // The connection has ended since the last call.
                Err(_) => *state = State::Idle,
            }
        }
        if let State::Down { since, why } = &*state
            && since.elapsed() < ATTEMPT_SHARED
        {
            return Err(Arc::clone(why));
        }
        let sender = self.connect(&mut state).await?;
        let opened = self.start(sender, head, end_of_stream).await;
        opened.map_err(|error| Arc::new(error.into()))
    }

    async fn connect(&self, state: &mut State) -> Result<SendRequest<Bytes>, Arc<ConnectError>> {
        match connect(&self.endpoint, self.timeout).await {
            Ok(sender) => {
                *state = State::Up(sender.clone());
                Ok(sender)
            }
            Err(error) => {
                let why = Arc::new(error);
                *state = State::Down { since: Instant::now(), why: Arc::clone(&why) };
                Err(why)
            }
        }
    }

    async fn start(
        &self,
        sender: SendRequest<Bytes>,
        head: &Parts,
        end_of_stream: bool,
    ) -> Result<Opened, h2::Error> {
        let mut sender = sender.ready().await?;
        let mut request = Request::new(());
        *request.method_mut() = head.method.clone();
        *request.version_mut() = head.version;
        *request.headers_mut() = head.headers.clone();
        *request.uri_mut() = head.uri.clone();
        if head.uri.authority().is_none() {
            // A client may name the host in a header instead; HTTP/2 wants it in the URI.
            let mut uri = head.uri.clone().into_parts();
            uri.scheme.get_or_insert(http::uri::Scheme::HTTP);
            uri.authority = self.endpoint.authority().parse().ok();
            // One that cannot be put together is refused by HTTP/2 below.
            *request.uri_mut() = http::Uri::from_parts(uri).unwrap_or_else(|_| head.uri.clone());
        }
        sender.send_request(request, end_of_stream)
    }
}

/// Sees whether the scheduler answers at all.
///
/// # Errors
/// Where it does not.
pub(crate) async fn probe(endpoint: &Endpoint, timeout: Duration) -> Result<(), ConnectError> {
    connect(endpoint, timeout).await.map(drop)
}

/// Connects, and drives the connection until nobody uses it.
async fn connect(
    endpoint: &Endpoint,
    timeout: Duration,
) -> Result<SendRequest<Bytes>, ConnectError> {
    let handshake = async {
        let stream = TcpStream::connect((endpoint.host(), endpoint.port())).await?;
        stream.set_nodelay(true)?;
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buffer_size(SEND_BUFFER);
        let (sender, mut driver) = builder.handshake::<_, Bytes>(stream).await?;
        // A server has answered once its settings and the pong are here; a port that merely
        // accepts has not.
        let mut ping = driver.ping_pong().expect("it is taken once");
        tokio::select! {
            pong = ping.ping(h2::Ping::opaque()) => { pong?; }
            ended = &mut driver => {
                ended?;
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into());
            }
        }
        // However it ends, its calls see why.
        tokio::spawn(async { drop(driver.await) });
        Ok(sender)
    };
    let result = tokio::time::timeout(timeout, handshake).await;
    result.unwrap_or(Err(ConnectError::Timeout(timeout)))
}
