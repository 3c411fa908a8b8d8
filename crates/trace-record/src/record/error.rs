//! Why there is no recording.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use wire::Endpoint;

use crate::finish::FinishError;
use crate::proxy::ConnectError;

/// Why a recording did not start, or has no trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The trace is there already.
    #[error("{}: it is there already; choose another -o, or give --overwrite", .0.display())]
    OutputExists(PathBuf),
    /// An earlier recording has left its journal.
    #[error(
        "{journal}: an earlier recording has left its journal; make its trace with `trace record \
         --recover {journal} -o FILE`, or delete it", journal = .0.display()
    )]
    JournalExists(PathBuf),
    /// A file or folder cannot be made.
    #[error("{}: cannot create", path.display())]
    Create {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The scheduler wants TLS.
    #[error(
        "'{0}' asks for TLS, which the proxy does not speak; use host:port of a plaintext port"
    )]
    Tls(Endpoint),
    /// The scheduler does not answer.
    #[error(
        "cannot reach the scheduler at {endpoint}; start it, name another with \
             --scheduler-url, or give --wait"
    )]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: ConnectError,
    },
    /// Stopped before the scheduler was there.
    #[error("stopped before the scheduler could be reached; nothing was recorded")]
    Stopped,
    /// The journal failed during the recording.
    #[error(
        "the recording is not whole: {journal} could not be written after {rows} requests; make \
         the trace of what it holds with `trace record --recover {journal} -o FILE`",
        journal = journal.display()
    )]
    Journal {
        /// The journal.
        journal: PathBuf,
        /// Requests in it, at most.
        rows: u64,
        /// What the system said.
        source: io::Error,
    },
    /// No request came, or none that can be recorded.
    #[error("no request was recorded, so there is no trace; {unrecorded} could not be recorded")]
    Nothing {
        /// Requests that came nevertheless.
        unrecorded: u64,
    },
    /// The trace cannot be made of the journal.
    #[error(transparent)]
    Finish(#[from] Finishing),
    /// The system gives no thread, runtime or signal.
    #[error("cannot start")]
    System(#[from] io::Error),
}

/// Why no trace could be made of a journal.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Finishing(Box<FinishError>);

impl From<FinishError> for RecordError {
    fn from(error: FinishError) -> Self {
        Self::Finish(Finishing(Box::new(error)))
    }
}
