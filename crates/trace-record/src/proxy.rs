//! The proxy: a connection to the scheduler for each client's, and a task for each call.
//!
//! Each client's connection has its twin, so that the scheduler sees the connections, the
//! concurrency and the windows that it would see without the proxy.

mod forward;
mod stamp;
mod upstream;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::Request;
use request::Moment;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use wire::Endpoint;

use crate::capture::{Capture, Tap};
use crate::clock::Clock;
use forward::{End, forward};
use stamp::{Arrivals, Stamped};
use upstream::Upstream;

pub use upstream::ConnectError;
pub(crate) use upstream::probe;

/// Windows of one request's body, and of all those on a connection: what the proxy may hold while
/// the scheduler does not take it. A body of common size never waits for them.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;

/// Bytes of one answer that wait inside HTTP/2 for the client's window.
const SEND_BUFFER: usize = 1 << 20;

/// Metadata of one call, in bytes; servers commonly take a quarter of it.
const HEADERS_LEN_MAX: u32 = 64 << 10;

/// How long to wait where the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How far a recording has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Running,
    /// No new calls; those in flight go on.
    Draining,
    /// Not even those.
    Ended,
}

/// What every connection needs.
pub(crate) struct Proxy {
    pub(crate) endpoint: Endpoint,
    pub(crate) connect_timeout: Duration,
    pub(crate) tap: Tap,
    pub(crate) clock: Clock,
}

impl Proxy {
    /// Serves until `phase` says to drain, then until all calls have ended.
    pub(crate) async fn run(self, listener: TcpListener, mut phase: watch::Receiver<Phase>) {
        let this = Arc::new(self);
        // Every task holds a sender, and nothing is sent: the last one gone ends the receiver.
        let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = phase.wait_for(|phase| *phase >= Phase::Draining) => break,
            };
            match accepted {
                Ok((socket, _)) => {
                    let connection = Arc::clone(&this).serve(socket, phase.clone(), alive.clone());
                    tokio::spawn(connection);
                }
                // Too many open files, or a client that is gone already.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
        drop((listener, alive));
        let _ = all_gone.recv().await;
    }

    async fn serve(
        self: Arc<Self>,
        socket: TcpStream,
        mut phase: watch::Receiver<Phase>,
        alive: mpsc::Sender<Infallible>,
    ) {
        // A socket that refuses is only slower.
        let _ = socket.set_nodelay(true);
        let upstream = Arc::new(Upstream::new(self.endpoint.clone(), self.connect_timeout));
        let socket = Stamped::new(socket, self.clock);
        let arrivals = socket.arrivals();
        let mut builder = h2::server::Builder::new();
        builder
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buffer_size(SEND_BUFFER)
            .max_header_list_size(HEADERS_LEN_MAX);
        // The client's connection is up once its twin is: its first call waits for nothing.
        let handshake =
            async { tokio::join!(builder.handshake::<_, Bytes>(socket), upstream.warm()).0 };
        let mut connection = tokio::select! {
            shaken = handshake => match shaken {
                Ok(connection) => connection,
                // Whoever it was does not speak HTTP/2.
                Err(_) => return,
            },
            _ = phase.wait_for(|phase| *phase >= Phase::Draining) => return,
        };
        let mut draining = false;
        loop {
            tokio::select! {
                accepted = connection.accept() => {
                    // A connection that breaks tells its calls.
                    let Some(Ok((request, respond))) = accepted else { return };
                    self.call(request, respond, &arrivals, &upstream, &alive);
                }
                _ = phase.wait_for(|phase| *phase >= Phase::Draining), if !draining => {
                    draining = true;
                    connection.graceful_shutdown();
                }
            }
        }
    }

    /// Starts a task for one call.
    fn call(
        self: &Arc<Self>,
        request: Request<RecvStream>,
        respond: SendResponse<Bytes>,
        arrivals: &Arrivals,
        upstream: &Arc<Upstream>,
        alive: &mpsc::Sender<Infallible>,
    ) {
        let arrival = arrivals.take(respond.stream_id().as_u32());
        let arrival = arrival.unwrap_or_else(|| self.clock.now());
        let capture = self.capture(&request, arrival);
        let (this, upstream, alive) = (Arc::clone(self), Arc::clone(upstream), alive.clone());
        tokio::spawn(async move {
            let end = forward(request, respond, &upstream, capture).await;
            if end == End::Unavailable {
                this.tap.tally.unavailable.fetch_add(1, Ordering::Relaxed);
            }
            drop(alive);
        });
    }

    fn capture(&self, request: &Request<RecvStream>, arrival: Moment) -> Capture {
        if request.uri().path() != wire::INFER_PATH {
            self.tap.tally.other_calls.fetch_add(1, Ordering::Relaxed);
            return Capture::nothing();
        }
        let id = request.headers().get(wire::REQUEST_ID_HEADER);
        let id = id.and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
        Capture::request(&self.tap, arrival, id)
    }
}
