//! `--metrics-addr`: where the run stands, for Prometheus, over HTTP.
//!
//! A thread of low priority serves one client at a time and keeps none for longer than two
//! seconds. It is no web server: it answers `GET /metrics`.

mod http;
mod text;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Watch, give_way};
use crate::progress::Progress;
use text::Exposition;

/// How long a refused accept is waited out: the process is out of descriptors, say.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the thread is waited for in vain before it is left behind.
const KNOCK: Duration = Duration::from_secs(1);

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve metrics at {address}; choose another --metrics-addr, as HOST:PORT")]
pub(crate) struct MetricsError {
    address: String,
    source: io::Error,
}

/// Serves metrics until it is closed or dropped.
pub(crate) struct Metrics {
    exposition: Arc<Exposition>,
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Metrics {
    /// Listens at `address`, for runs of the trace of this name.
    ///
    /// # Errors
    /// Where the address is none or taken, or there is no thread.
    pub(crate) fn bind(address: &str, trace: &str) -> Result<Self, MetricsError> {
        let refused = |source| MetricsError { address: address.to_owned(), source };
        let listener = TcpListener::bind(address).map_err(refused)?;
        let local = listener.local_addr().map_err(refused)?;
        let exposition = Arc::new(Exposition::new(trace));
        let closed = Arc::new(AtomicBool::new(false));
        let (shown, is_closed) = (Arc::clone(&exposition), Arc::clone(&closed));
        let body = move || {
            give_way();
            serve(&listener, &shown, &is_closed);
        };
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(body);
        let thread = Some(thread.map_err(refused)?);
        Ok(Self { exposition, address: local, closed, thread })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn serve(listener: &TcpListener, exposition: &Exposition, closed: &AtomicBool) {
    while !closed.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((client, _)) if !closed.load(Ordering::Relaxed) => {
                // A client that goes away or is too slow has itself to blame.
                let _ = http::answer(&client, || exposition.text(), closed);
            }
            Ok(_) => {}
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

impl Watch for Metrics {
    fn look(&mut self, progress: &Progress) {
        let mut latest = self.exposition.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = Some(progress.clone());
    }

    fn close(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.closed.store(true, Ordering::Relaxed);
        // The thread waits for a client: this one is the last. One that it could not be told of
        // ends with the process.
        if TcpStream::connect_timeout(&reachable(self.address), KNOCK).is_ok() {
            let _ = thread.join();
        }
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.close();
    }
}

/// An address of this machine at which a listener at `address` is heard.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
