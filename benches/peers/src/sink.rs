//! The sink: a receiver that is never what is measured.
//!
//! One thread reads from all connections, stamps what it reads, and answers each request with a
//! success at once. It decodes no header field and no tensor, and allocates nothing for a request but
//! its row. Requests that one `read` brings share a stamp: under load that is common, and the report
//! says how common.

mod answer;
mod connection;
mod frame;
mod identity;
mod reply;
mod session;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::time::Timespec;

use crate::clock;
use crate::stamps::Row;
use connection::{Connection, Ended};

pub use session::{Arrived, FRAME_SIZE_MIN, Refusal, Stamp};

/// What the sink is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// The longest frame that clients may send.
    pub frame_size_max: u32,
    /// Ends after so many requests.
    pub count: Option<u64>,
    /// Stamps so many requests; those beyond are answered and counted alone.
    pub rows_max: usize,
    /// Polls without ever sleeping: takes a whole core, and stamps without waking up first.
    pub spin: bool,
    /// The core to run on.
    pub core: Option<usize>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The stamps, in order of completion.
    pub rows: Vec<Row>,
    /// Requests, stamped or not.
    pub requests: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Why connections were closed by the sink, for each.
    pub refusals: Vec<String>,
    /// Reads that brought the last byte of at least one request.
    pub reads: u64,
    /// CPU time of the sink, ns.
    pub cpu_ns: i64,
    /// From the first request to the last, ns.
    pub span_ns: i64,
}

/// Bytes that one read takes at most: they fit a core's second cache with room to spare.
const READ_LEN: usize = 256 << 10;

/// How long the sink sleeps at most before it looks whether it is to end.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The listener's name among the events; connections count up from 0.
const LISTENER: u64 = u64::MAX;

/// How long the last replies may take to be read, once the sink has seen all it wanted.
const LINGER: Duration = Duration::from_secs(1);

/// Reasons that are kept: a client in a loop must not fill the memory.
const REFUSALS_MAX: usize = 100;

/// Listens until `stopped` or until the count is reached; `ready` is told the address.
///
/// # Errors
/// Where the system refuses a socket, and never for what a client does.
pub fn serve(
    config: &Config,
    stopped: &AtomicBool,
    ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<Report> {
    if let Some(core) = config.core {
        clock::pin(core)?;
    }
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let data = epoll::EventData::new_u64(LISTENER);
    epoll::add(&epoll, &listener, data, epoll::EventFlags::IN)?;
    ready(listener.local_addr()?);
    let mut sink = Sink {
        config,
        listener,
        epoll,
        connections: BTreeMap::new(),
        buffer: vec![0; READ_LEN],
        report: Report { rows: Vec::with_capacity(config.rows_max), ..Report::default() },
        first_ns: None,
    };
    let cpu_before = clock::cpu_ns();
    sink.run(stopped)?;
    sink.report.cpu_ns = clock::cpu_ns() - cpu_before;
    Ok(sink.report)
}

struct Sink<'a> {
    config: &'a Config,
    listener: TcpListener,
    epoll: rustix::fd::OwnedFd,
    connections: BTreeMap<u64, Connection>,
    buffer: Vec<u8>,
    report: Report,
    first_ns: Option<i64>,
}

impl Sink<'_> {
    fn run(&mut self, stopped: &AtomicBool) -> anyhow::Result<()> {
        let nap = if self.config.spin { Timespec::default() } else { NAP };
        let mut events = Vec::with_capacity(256);
        let mut done_at = None;
        while !stopped.load(Ordering::Relaxed) {
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&nap)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait for events"),
            }
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    index => self.attend(index)?,
                }
            }
            if self.config.count.is_some_and(|count| self.report.requests >= count) {
                let now = clock::stamp().monotonic_ns;
                let waited = now - *done_at.get_or_insert(now);
                let all_written = self.connections.values().all(Connection::has_written);
                if all_written || waited > LINGER.as_nanos() as i64 {
                    break;
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return Ok(()),
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => continue,
                    _ => return Err(error).context("cannot accept a connection"),
                },
            };
            let index = self.report.connections;
            self.report.connections += 1;
            match Connection::new(stream, self.config.frame_size_max) {
                Ok(connection) => {
                    let data = epoll::EventData::new_u64(index);
                    epoll::add(&self.epoll, connection.socket(), data, connection.interest())?;
                    self.connections.insert(index, connection);
                }
                Err(error) => self.note(index, &error),
            }
        }
    }

    /// Reads once from a connection and writes what there is to be written.
    fn attend(&mut self, index: u64) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&index) else { return Ok(()) };
        let (report, first_ns, rows_max) =
            (&mut self.report, &mut self.first_ns, self.config.rows_max);
        let requests_before = report.requests;
        let interest_before = connection.interest();
        let attended = connection.attend(&mut self.buffer, &mut |arrived| {
            report.requests += 1;
            report.span_ns =
                arrived.last.monotonic_ns - *first_ns.get_or_insert(arrived.first.monotonic_ns);
            if report.rows.len() < rows_max {
                report.rows.push(row(index, &arrived));
            }
        });
        report.reads += u64::from(report.requests > requests_before);
        match attended {
            Ok(()) if connection.interest() == interest_before => Ok(()),
            Ok(()) => {
                let data = epoll::EventData::new_u64(index);
                epoll::modify(&self.epoll, connection.socket(), data, connection.interest())?;
                Ok(())
            }
            Err(ended) => {
                // Closing the socket takes it out of the set of events.
                self.connections.remove(&index);
                if !matches!(ended, Ended::Closed) {
                    self.note(index, &ended);
                }
                Ok(())
            }
        }
    }

    fn note(&mut self, index: u64, reason: &dyn std::fmt::Display) {
        if self.report.refusals.len() < REFUSALS_MAX {
            self.report.refusals.push(format!("connection {index}: {reason}"));
        }
    }
}

fn row(connection: u64, arrived: &Arrived) -> Row {
    Row {
        connection: i32::try_from(connection).unwrap_or(i32::MAX),
        stream: i32::try_from(arrived.stream).expect("a stream's number has 31 bits"),
        deadline_ns: arrived.deadline_ns,
        first_ns: arrived.first.monotonic_ns,
        last_ns: arrived.last.monotonic_ns,
        first_unix_ns: arrived.first.unix_ns,
        body_bytes: i64::try_from(arrived.body_len).unwrap_or(i64::MAX),
    }
}
