//! The transport: HTTP/2 connections on one thread, and a task for each call.
//!
//! The pacing thread hands over ready bytes and goes on. A request counts as sent when HTTP/2 has
//! accepted its last byte; what the receiver's flow control then holds back is the receiver's
//! time. Memory is bounded by the number of requests in flight and by their bytes.

mod call;
mod connection;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use crossbeam_channel::Sender;
use outcome::{Code, Status};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;

use crate::clock::RunClock;
use crate::plan::Ended;
use call::{Call, Head};
use connection::Connections;

pub(crate) use call::Head as CallHead;
pub use connection::ConnectError;
pub(crate) use connection::connect;

/// A request that is due: its position in the run, and its tensor.
pub(crate) struct Firing {
    pub(crate) index: usize,
    pub(crate) tail: Bytes,
}

/// How much may be in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) requests: usize,
    pub(crate) bytes: usize,
}

/// What is in flight, counted by the pacing thread and the transport together.
#[derive(Debug, Default)]
struct InFlight {
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

/// Where the pacing thread hands requests over.
pub(crate) struct Muzzle {
    firings: mpsc::Sender<Firing>,
    in_flight: Arc<InFlight>,
    bounds: Bounds,
}

impl Muzzle {
    /// Hands a request over without waiting.
    ///
    /// # Errors
    /// Where as much as allowed is in flight already, or the transport has ended.
    pub(crate) fn fire(&self, firing: Firing) -> Result<(), Code> {
        let len = firing.tail.len();
        let requests = self.in_flight.requests.fetch_add(1, Ordering::Relaxed);
        let bytes = self.in_flight.bytes.fetch_add(len, Ordering::Relaxed);
        // One request always fits, however large.
        let fits = requests == 0
            || (requests < self.bounds.requests && bytes.saturating_add(len) <= self.bounds.bytes);
        let sent = if fits { self.firings.try_send(firing).is_ok() } else { false };
        if sent {
            return Ok(());
        }
        self.in_flight.leave(len);
        Err(Code::InFlightLimit)
    }
}

impl InFlight {
    fn leave(&self, bytes: usize) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The receiving side, which runs on the transport's thread.
pub(crate) struct Transport {
    firings: mpsc::Receiver<Firing>,
    in_flight: Arc<InFlight>,
}

/// The two ends of the transport.
pub(crate) fn transport(bounds: Bounds) -> (Muzzle, Transport) {
    let (sender, receiver) = mpsc::channel(bounds.requests.max(1));
    let in_flight = Arc::new(InFlight::default());
    let muzzle = Muzzle { firings: sender, in_flight: Arc::clone(&in_flight), bounds };
    (muzzle, Transport { firings: receiver, in_flight })
}

/// What the transport is told of a run.
pub(crate) struct Exchange {
    /// The head of each request, in order of the run.
    pub(crate) heads: Box<dyn Fn(usize, usize) -> Head + Send>,
    pub(crate) clock: RunClock,
    /// How long a call may take.
    pub(crate) timeout: Duration,
    pub(crate) ended: Sender<Ended>,
    /// Turns true when the run is cut short.
    pub(crate) cut: watch::Receiver<bool>,
}

impl Transport {
    /// Sends what the pacing thread hands over, until it is done and every call has ended.
    pub(crate) async fn run(mut self, mut connections: Connections, exchange: Exchange) {
        let exchange = Rc::new(exchange);
        let calls = LocalSet::new();
        let dispatch = async {
            while let Some(firing) = self.firings.recv().await {
                self.send(firing, &mut connections, &exchange);
            }
        };
        calls.run_until(dispatch).await;
        calls.await;
    }

    /// Opens a stream on the least loaded connection and leaves the rest to a task.
    fn send(&self, firing: Firing, connections: &mut Connections, exchange: &Rc<Exchange>) {
        let Firing { index, tail } = firing;
        let bytes = tail.len();
        let head = (exchange.heads)(index, bytes);
        let started = connections
            .least_loaded()
            .and_then(|(sender, load)| Call::start(sender, load, head, tail, exchange.clock).ok());
        let (exchange, in_flight) = (Rc::clone(exchange), Arc::clone(&self.in_flight));
        let Some(call) = started else {
            let (status, code) = (Status::Unavailable, Some(Code::NotConnected));
            let done = Some(exchange.clock.now());
            let _ = exchange.ended.send(Ended { index, status, code, sent: None, done });
            in_flight.leave(bytes);
            return;
        };
        tokio::task::spawn_local(async move {
            let sent = Some(call.sent());
            let (status, code) = call.end(exchange.timeout, exchange.cut.clone()).await;
            let done = Some(exchange.clock.now());
            let _ = exchange.ended.send(Ended { index, status, code, sent, done });
            in_flight.leave(bytes);
        });
    }
}
