//! Small traces, servers of every character, and the binary itself.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use outcome::{Outcome, OutcomeReader, RunInfo, Status};
use request::Seed;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response};
use trace::{Workload, generate_to};
use wire::scheduler_service_server::{SchedulerService, SchedulerServiceServer};
use wire::{InferRequest, InferResponse};

/// A folder with a trace in it.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
}

impl Fixture {
    /// A trace of two seconds at 100 requests/s with tensors of four numbers.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.arrow"), trace_bytes(100.0, 2_000)).unwrap();
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
        command.current_dir(self.folder.path()).arg("t.arrow");
        command
    }

    /// Replays at `address` and gives back what the outcome table says.
    pub(crate) fn outcomes_at(&self, address: SocketAddr, flags: &[&str]) -> Replayed {
        let url = address.to_string();
        let output = self
            .replay()
            .args(["--scheduler-url", &url, "-o", "run.arrow"])
            .args(flags)
            .output()
            .unwrap();
        // A busy machine may make a run invalid; that is not what these tests are about.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        Replayed::read(&self.path("run.arrow"), output)
    }
}

pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command.env_remove("SCHEDULER_URL");
    command
}

pub(crate) fn trace_bytes(total_qps: f64, duration_ms: u64) -> Vec<u8> {
    let mut workload = Workload::built_in("urgent_heavy").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = total_qps;
    workload.duration = Duration::from_millis(duration_ms);
    generate_to(Vec::new(), &workload, Seed(7), 1, |_, _| {}).unwrap().out
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
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// How a server answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Character {
    Honest,
    Refusing,
    Aborting,
    GivingUp,
    Silent,
    /// Echoes the deadline of another request.
    Confused,
}

/// A character, and how many requests it has seen.
struct Peer {
    character: Character,
    received: Arc<watch::Sender<usize>>,
}

#[tonic::async_trait]
impl SchedulerService for Peer {
    async fn infer(
        &self,
        request: Request<InferRequest>,
    ) -> Result<Response<InferResponse>, tonic::Status> {
        self.received.send_modify(|count| *count += 1);
        let deadline_ns = request.get_ref().deadline_ns;
        let reply = |deadline_ns, success| {
            Ok(Response::new(InferResponse { deadline_ns, success, message: String::new() }))
        };
        match self.character {
            Character::Honest => reply(deadline_ns, true),
            Character::Refusing => reply(deadline_ns, false),
            Character::Aborting => Err(tonic::Status::aborted("as always")),
            Character::GivingUp => Err(tonic::Status::deadline_exceeded("too late")),
            Character::Silent => std::future::pending().await,
            Character::Confused => reply(deadline_ns + 1, true),
        }
    }
}

/// A server on a thread of its own; it dies with this, or after so many requests.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    received: watch::Receiver<usize>,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) fn start(character: Character) -> Self {
        Self::start_for(character, usize::MAX)
    }

    /// A server whose sockets close, without a word, once it has seen `count_max` requests.
    pub(crate) fn start_for(character: Character, count_max: usize) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, received) = watch::channel(0);
        let mut seen = received.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let incoming = TcpIncoming::from(TcpListener::from_std(listener).unwrap());
                let peer = Peer { character, received: Arc::new(sender) };
                let server = tonic::transport::Server::builder()
                    .add_service(SchedulerServiceServer::new(peer))
                    .serve_with_incoming(incoming);
                tokio::select! {
                    _ = server => {}
                    _ = stopped => {}
                    _ = seen.wait_for(|count| *count >= count_max) => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { address, received, _stop: stop }
    }

    /// Waits until a request has come.
    pub(crate) fn wait_for_a_request(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut received = self.received.clone();
        runtime.block_on(received.wait_for(|count| *count > 0)).unwrap();
    }
}
