//! A scheduler of every character, a client, and the program between them.
//!
//! Both ends speak HTTP/2 without a layer for gRPC, so that they see every frame, header and
//! trailer.

use std::future::poll_fn;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use request::Tier;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use trace::{Header, TraceReader, TraceRow};
use wire::InferRequest;

/// What must happen happens within this, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Waits for something that must come.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it comes within a minute")
}

/// Asks again and again, since nothing tells when it has come about.
pub(crate) fn poll_until(mut is_so: impl FnMut() -> bool, what: &str) {
    let mut asked = 0;
    while !is_so() {
        asked += 1;
        assert!(asked < 6_000, "{what} has not come about");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// How a scheduler answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Character {
    /// Sends back what it gets, piece by piece, between headers and trailers of its own.
    Echo,
    /// Answers with a status and nothing else.
    Refusing,
    /// Resets the stream.
    Resetting(Reason),
    /// Says nothing; reads the body.
    Silent,
}

/// A request that a scheduler has seen whole.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: Arc<http::request::Parts>,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

/// A scheduler; it dies with this, and its connections with it.
pub(crate) struct Scheduler {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Why clients have reset streams.
    resets: Arc<Mutex<Vec<Reason>>>,
    runtime: Option<Runtime>,
}

impl Scheduler {
    pub(crate) fn start(character: Character) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), character)
    }

    pub(crate) fn start_at(address: SocketAddr, character: Character) -> Self {
        let runtime = runtime();
        let (seen, resets) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::default());
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        let peer = Peer { character, seen: Arc::clone(&seen), resets: Arc::clone(&resets) };
        runtime.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(peer.clone().connection(socket));
            }
        });
        Self { address, seen, resets, runtime: Some(runtime) }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn resets(&self) -> Vec<Reason> {
        self.resets.lock().unwrap().clone()
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // Closes its sockets.
        self.runtime.take().unwrap().shutdown_background();
    }
}

#[derive(Clone)]
struct Peer {
    character: Character,
    seen: Arc<Mutex<Vec<Seen>>>,
    resets: Arc<Mutex<Vec<Reason>>>,
}

impl Peer {
    async fn connection(self, socket: TcpStream) {
        let Ok(mut connection) = h2::server::handshake(socket).await else { return };
        while let Some(Ok((request, respond))) = connection.accept().await {
            tokio::spawn(self.clone().call(request, respond));
        }
    }

    async fn call(self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let (head, mut body) = request.into_parts();
        let head = Arc::new(head);
        match self.character {
            Character::Echo => {
                let response = Response::builder()
                    .header("content-type", "application/grpc+proto")
                    .header("x-twice", "1")
                    .header("x-twice", "2");
                let response = response.body(()).unwrap();
                let mut stream = respond.send_response(response, false).unwrap();
                let (whole, trailers) = read(&mut body, Some(&mut stream)).await.unwrap();
                self.seen.lock().unwrap().push(Seen { head, body: whole, trailers });
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", "0".parse().unwrap());
                trailers.insert("x-end-bin", "AAEC".parse().unwrap());
                stream.send_trailers(trailers).unwrap();
            }
            Character::Refusing => {
                let response = Response::builder()
                    .header("content-type", "application/grpc")
                    .header("grpc-status", "7")
                    .header("grpc-message", "not%20you");
                respond.send_response(response.body(()).unwrap(), true).unwrap();
            }
            Character::Resetting(reason) => respond.send_reset(reason),
            Character::Silent => {
                if let Ok((body, trailers)) = read(&mut body, None).await {
                    self.seen.lock().unwrap().push(Seen { head, body, trailers });
                }
                if let Ok(reason) = poll_fn(|cx| respond.poll_reset(cx)).await {
                    self.resets.lock().unwrap().push(reason);
                }
            }
        }
    }
}

/// Reads a body to its end, and echoes each piece.
pub(crate) async fn read(
    body: &mut RecvStream,
    mut echo: Option<&mut SendStream<Bytes>>,
) -> Result<(Bytes, Option<HeaderMap>), h2::Error> {
    let mut whole = BytesMut::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        whole.extend_from_slice(&piece);
        if let Some(stream) = &mut echo {
            stream.send_data(piece, false)?;
        }
    }
    Ok((whole.freeze(), body.trailers().await?))
}

/// A client's connection.
pub(crate) struct Client {
    sender: SendRequest<Bytes>,
    authority: String,
}

/// What a client got.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) head: Arc<http::response::Parts>,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Answer {
    /// The status of gRPC, wherever it stands.
    pub(crate) fn grpc_status(&self) -> &str {
        let status = self.trailers.as_ref().and_then(|trailers| trailers.get("grpc-status"));
        status.or(self.head.headers.get("grpc-status")).unwrap().to_str().unwrap()
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        let (sender, connection) =
            h2::client::Builder::new().handshake::<_, Bytes>(socket).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        Self { sender, authority: "service.example:1".to_owned() }
    }

    /// A call of this path, without a body.
    pub(crate) fn request(&self, path: &str) -> http::request::Builder {
        Request::post(format!("http://{}{path}", self.authority))
            .header("te", "trailers")
            .header("content-type", "application/grpc")
    }

    /// Starts a call whose body follows.
    pub(crate) async fn start(
        &self,
        request: http::request::Builder,
    ) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        let mut sender = self.sender.clone().ready().await.unwrap();
        sender.send_request(request.body(()).unwrap(), false).unwrap()
    }

    pub(crate) async fn call(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Answer, h2::Error> {
        let (response, mut stream) = self.start(request).await;
        stream.send_data(body.into(), true)?;
        within(answer(response)).await
    }

    /// One `Infer`.
    pub(crate) async fn infer(&self, id: i64, body: Bytes) -> Answer {
        let request = self.request(wire::INFER_PATH).header(wire::REQUEST_ID_HEADER, id);
        self.call(request, body).await.unwrap()
    }
}

pub(crate) async fn answer(response: h2::client::ResponseFuture) -> Result<Answer, h2::Error> {
    let (head, mut body) = response.await?.into_parts();
    let (body, trailers) = read(&mut body, None).await?;
    Ok(Answer { head: Arc::new(head), body, trailers })
}

/// The body of an `Infer` with this tensor, whose deadline is a while away.
pub(crate) fn body(model: &str, shape: &[i32], fill: u8) -> Bytes {
    let elements: i32 = shape.iter().product();
    let request = InferRequest {
        tier: Tier::Premium.number().into(),
        deadline_ns: deadline_ns(),
        model_name: model.to_owned(),
        input_tensor: vec![fill; size_of::<f32>() * elements as usize].into(),
        input_shape: shape.to_vec(),
    };
    wire::framed(&request).unwrap()
}

fn deadline_ns() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_nanos()).unwrap() + 3_600_000_000_000
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace-record"));
    command.env_remove("SCHEDULER_URL").env("COLUMNS", "100").env("NO_COLOR", "1");
    command
}

/// A recording under way, in a folder of its own; it dies with this.
pub(crate) struct Recorder {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Recorder {
    pub(crate) fn start(scheduler: SocketAddr, flags: &[&str]) -> Self {
        Self::start_by(program(), scheduler, flags)
    }

    /// Starts it by a command that takes its arguments.
    pub(crate) fn start_by(mut command: Command, scheduler: SocketAddr, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command
            .current_dir(folder.path())
            .args(["--listen", "127.0.0.1:0", "--scheduler-url", &scheduler.to_string()])
            .args(["-o", "t.arrow"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let prefix = "trace-record: listening at ";
        if !line.starts_with(prefix) {
            stderr.read_to_string(&mut line).unwrap();
            panic!("{line}");
        }
        let address = line[prefix.len()..].split(',').next().unwrap().parse().unwrap();
        Self { folder, address, child, stderr }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }

    /// The next line that it says on stderr.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    /// Ends the recording as Ctrl-C does.
    pub(crate) fn stop(self) -> Ended {
        self.signal();
        self.wait()
    }

    /// Waits for it to end by itself.
    pub(crate) fn wait(mut self) -> Ended {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        let mut stdout = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let status = self.child.wait().unwrap();
        let output = Output { status, stdout, stderr: stderr.into_bytes() };
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Ended { folder, output }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A recording that has ended.
pub(crate) struct Ended {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) output: Output,
}

impl Ended {
    /// The trace, its digest verified; the journal must be gone.
    pub(crate) fn trace(&self) -> (Header, Vec<TraceRow>) {
        assert_eq!(self.output.status.code(), Some(0), "{}", text(&self.output));
        assert!(!self.folder.path().join("t.arrow.journal").exists());
        trace_at(&self.folder.path().join("t.arrow"))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.output.stdout).unwrap()
    }
}

pub(crate) fn trace_at(path: &Path) -> (Header, Vec<TraceRow>) {
    let reader = TraceReader::open(path).unwrap();
    reader.verify_digest().unwrap();
    (reader.header().clone(), reader.rows().collect::<Result<_, _>>().unwrap())
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// An address where nothing listens: the port was free a moment ago.
pub(crate) fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
