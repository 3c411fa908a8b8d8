//! Small traces, peers of every character, and the binary itself.

pub(crate) mod child;
pub(crate) mod frame;
pub(crate) mod peer;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use outcome::{Code, Outcome, OutcomeReader, RunInfo, Status};
use request::Seed;
use tempfile::TempDir;
use trace::{TraceReader, Workload, generate_to};

use child::Running;
use peer::Peer;
pub(crate) use server::{Character, Server};

/// A folder with a trace in it.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
}

impl Fixture {
    /// A trace of two seconds at 100 requests/s with tensors of four numbers.
    pub(crate) fn new() -> Self {
        Self::with_trace(&trace_bytes(100.0, 2_000))
    }

    /// The same with SLOs that even a machine that stalls does not miss: what a fault does to a
    /// request is not to depend on how busy the machine is.
    pub(crate) fn patient() -> Self {
        Self::with_trace(&patient_trace(TINY, 100.0, 2_000))
    }

    /// The same number of requests in one second, for faults that need no time to get over.
    pub(crate) fn brief() -> Self {
        Self::with_trace(&patient_trace(TINY, 200.0, 1_000))
    }

    pub(crate) fn with_trace(trace: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.arrow"), trace).unwrap();
        Self { folder }
    }

    pub(crate) fn trace(&self) -> PathBuf {
        self.path("t.arrow")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, in this folder, about to replay the trace.
    pub(crate) fn replay(&self) -> Command {
        let mut command = binary();
        // Tests run beside each other on few cores, where real-time threads would take turns.
        command.current_dir(self.folder.path()).args(["t.arrow", "--realtime", "off"]);
        command
    }

    /// The binary at work: it replays the trace at `address` into `run.arrow`.
    pub(crate) fn start(&self, address: SocketAddr, flags: &[&str]) -> Running {
        let url = address.to_string();
        let mut command = self.replay();
        Running::start(command.args(["--scheduler-url", &url, "-o", "run.arrow"]).args(flags))
    }

    /// Replays at `address` and gives back what the outcome table says.
    pub(crate) fn outcomes_at(&self, address: SocketAddr, flags: &[&str]) -> Replayed {
        self.outcomes(self.start(address, flags).end().output)
    }

    /// What the outcome table of a run says that went to its end.
    pub(crate) fn outcomes(&self, output: Output) -> Replayed {
        // A busy machine may make a run invalid; that is not what these tests are about.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        Replayed::read(&self.path("run.arrow"), output)
    }

    /// Ids of the trace's requests, in order.
    pub(crate) fn ids(&self) -> Vec<i64> {
        let reader = TraceReader::open(&self.trace()).unwrap();
        reader.rows().map(|row| row.unwrap().request.id.0).collect()
    }
}

pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command.env_remove("SCHEDULER_URL").env_remove("REPLAY_TOKEN");
    command
}

pub(crate) fn trace_bytes(total_qps: f64, duration_ms: u64) -> Vec<u8> {
    trace_of(&workload(TINY, total_qps, duration_ms))
}

/// A trace whose SLOs are twenty times the usual ones.
pub(crate) fn patient_trace(shape: &[i32], total_qps: f64, duration_ms: u64) -> Vec<u8> {
    let mut workload = workload(shape, total_qps, duration_ms);
    workload.slos.iter_mut().for_each(|slo| slo.target *= 20);
    trace_of(&workload)
}

/// Shapes of tensors: of four numbers, and of an image with 602 KB.
pub(crate) const TINY: &[i32] = &[1, 4];
pub(crate) const IMAGE: &[i32] = &[1, 3, 224, 224];

fn workload(shape: &[i32], total_qps: f64, duration_ms: u64) -> Workload {
    let mut workload = Workload::built_in("urgent_heavy").unwrap().with_tensor_shape(shape);
    workload.total_qps = total_qps;
    workload.duration = Duration::from_millis(duration_ms);
    workload.min_query_count = 1;
    workload
}

fn trace_of(workload: &Workload) -> Vec<u8> {
    generate_to(Vec::new(), workload, Seed(7), 1, |_, _| {}).unwrap().out
}

/// What a run left behind.
pub(crate) struct Replayed {
    pub(crate) info: RunInfo,
    pub(crate) rows: Vec<Outcome>,
    pub(crate) output: Output,
}

impl Replayed {
    pub(crate) fn read(path: &Path, output: Output) -> Self {
        let mut reader = OutcomeReader::open(path).unwrap();
        let info = reader.info().clone();
        let rows = reader.rows().collect::<Result<_, _>>().unwrap();
        Self { info, rows, output }
    }

    pub(crate) fn count(&self, status: Status) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    pub(crate) fn met(&self) -> usize {
        self.rows.iter().filter(|row| row.slo_met()).count()
    }

    /// How many requests ended how, for a failing test.
    pub(crate) fn ends(&self) -> BTreeMap<(Status, Option<Code>), usize> {
        let mut ends = BTreeMap::new();
        for row in &self.rows {
            *ends.entry((row.status, row.code)).or_default() += 1;
        }
        ends
    }

    /// The row of the request that had this deadline on the wire.
    pub(crate) fn row(&self, deadline_unix_ns: i64) -> &Outcome {
        let epoch_unix_ns = self.info.epoch_unix_ns.unwrap();
        let mut rows = self
            .rows
            .iter()
            .filter(|row| epoch_unix_ns + row.deadline.as_nanos() == deadline_unix_ns);
        let row = rows.next().expect("what arrived stands in the table");
        assert!(rows.next().is_none(), "two requests have the deadline {deadline_unix_ns}");
        row
    }

    /// When the request was due that had this deadline on the wire, in Unix ns.
    pub(crate) fn due_unix_ns(&self, deadline_unix_ns: i64) -> i64 {
        self.info.epoch_unix_ns.unwrap() + self.row(deadline_unix_ns).arrival.as_nanos()
    }

    /// What holds of every run, whatever `peer` did: each request of the trace has one row, what
    /// arrived stands in the table as sent, and nothing is `ok` that was not answered.
    pub(crate) fn check_honest(&self, fixture: &Fixture, peer: &Peer) {
        self.check_complete(fixture);
        let mut answered = Vec::new();
        for seen in peer.seen() {
            let row = self.row(seen.deadline_unix_ns);
            assert_ne!(row.status, Status::Unsent, "it arrived: {row:?}");
            if seen.answered {
                answered.push(row.request_id);
            }
        }
        for row in self.rows.iter().filter(|row| row.status == Status::Ok) {
            assert!(answered.contains(&row.request_id), "nobody answered it: {row:?}");
        }
    }

    /// Each request of the trace has exactly one row.
    pub(crate) fn check_complete(&self, fixture: &Fixture) {
        let mut ids: Vec<i64> = self.rows.iter().map(|row| row.request_id.0).collect();
        ids.sort_unstable();
        assert_eq!(ids, fixture.ids());
    }

    /// Every row ended in one of these ways.
    pub(crate) fn check_ends(&self, allowed: &[End]) {
        for row in &self.rows {
            assert!(
                allowed.contains(&(row.status, row.code)),
                "{row:?} is none of {allowed:?}: {:?}",
                self.ends()
            );
        }
    }

    /// The last requests of the schedule were served again.
    pub(crate) fn check_recovered(&self) {
        let last = &self.rows[self.rows.len() - 10..];
        assert!(last.iter().all(|row| row.status == Status::Ok), "{:?} {last:?}", self.ends());
    }
}

/// How a request ended: status and code.
pub(crate) type End = (Status, Option<Code>);

/// Answered.
pub(crate) const OK: End = (Status::Ok, None);
/// Not answered in time.
pub(crate) const TIMEOUT: End = (Status::Timeout, None);
/// Its connection broke. gRPC calls every failure below it UNAVAILABLE.
pub(crate) const BROKEN: End = (Status::Unavailable, Some(Code::Unavailable));
/// There was no connection when it was due.
pub(crate) const NOT_CONNECTED: End = (Status::Unavailable, Some(Code::NotConnected));
/// As much as allowed was in flight.
pub(crate) const IN_FLIGHT_LIMIT: End = (Status::Unsent, Some(Code::InFlightLimit));
/// An answer that is none.
pub(crate) const BAD_REPLY: End = (Status::Error, Some(Code::BadReply));

/// Ended by this gRPC code, which has no status of its own.
pub(crate) const fn error(code: Code) -> End {
    (Status::Error, Some(code))
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Checks all cases, several at a time, since what takes time is the schedule; fails with the names
/// of those that failed.
pub(crate) fn check_each<T: Sync>(cases: &[(&str, T)], check: impl Fn(&T) + Sync) {
    const AT_A_TIME: usize = 12;
    let mut failed = Vec::new();
    for some in cases.chunks(AT_A_TIME) {
        std::thread::scope(|scope| {
            let check = &check;
            let threads: Vec<_> =
                some.iter().map(|(name, case)| (name, scope.spawn(move || check(case)))).collect();
            let results = threads.into_iter().map(|(name, thread)| (name, thread.join()));
            failed.extend(results.filter(|(_, result)| result.is_err()).map(|(name, _)| *name));
        });
    }
    assert!(failed.is_empty(), "failed, for the reasons above: {failed:?}");
}
