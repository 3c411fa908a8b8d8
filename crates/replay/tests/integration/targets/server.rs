//! A gRPC server of bytes: it keeps every call as it came, and answers what a test wants, to any
//! method. HTTP/2 is h2's; of messages it knows nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::child::PATIENCE;
use crate::support::frame::prefixed;

/// Wide enough for any request of these tests.
const WINDOW: u32 = 16 << 20;

/// A call that has come in whole.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// `/package.Service/Method`.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    /// Without gRPC's prefix.
    pub(super) message: Bytes,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// OK, with the bytes of a message.
    Message(Vec<u8>),
    /// A gRPC status and its text, which is printable ASCII.
    Status(i32, &'static str),
    /// Nothing, ever.
    Silence,
    /// A message that goes on for as long as anybody reads.
    Endless,
}

/// A server on a thread of its own; it dies with this.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
    _stop: oneshot::Sender<()>,
}

#[derive(Default)]
struct Seen {
    calls: Mutex<Vec<Call>>,
    more: Condvar,
}

type Script = Arc<dyn Fn(&Call) -> Answer + Send + Sync>;

impl Call {
    /// The request's id, as its header has it.
    pub(super) fn id(&self) -> i64 {
        self.header(wire::REQUEST_ID_HEADER).parse().unwrap()
    }

    /// The one value of a header.
    pub(super) fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let [value] = values[..] else { panic!("{name} comes {} times", values.len()) };
        value.to_str().unwrap()
    }
}

impl Server {
    pub(super) fn start(script: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let (script, keeper): (Script, _) = (Arc::new(script), Arc::clone(&seen));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.unwrap();
            runtime.spawn(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(serve(socket, Arc::clone(&keeper), Arc::clone(&script)));
                }
            });
            // It ends by the drop of its sender.
            let _ = runtime.block_on(stopped);
        });
        Self { address, seen, _stop: stop }
    }

    pub(super) fn url(&self) -> String {
        self.address.to_string()
    }

    /// The calls so far, in order of arrival.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.seen.calls.lock().unwrap().clone()
    }

    /// Those of a method.
    pub(super) fn calls_to(&self, path: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.path == path).collect()
    }

    /// Waits until a method has been called.
    pub(super) fn wait_for_a_call_to(&self, path: &str) {
        let calls = self.seen.calls.lock().unwrap();
        let none = |calls: &mut Vec<Call>| calls.iter().all(|call| call.path != path);
        let waited = self.seen.more.wait_timeout_while(calls, PATIENCE, none);
        assert!(!waited.unwrap().1.timed_out(), "nobody called {path}");
    }
}

/// A connection that fails is the client's to tell of.
async fn serve(socket: TcpStream, seen: Arc<Seen>, script: Script) {
    let mut builder = h2::server::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let Ok(mut connection) = builder.handshake(socket).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond, Arc::clone(&seen), Arc::clone(&script)));
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    seen: Arc<Seen>,
    script: Script,
) -> Option<()> {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.ok()?;
        body.flow_control().release_capacity(chunk.len()).ok()?;
        bytes.extend_from_slice(&chunk);
    }
    let message = Bytes::from(bytes).slice(wire::FRAME_PREFIX_LEN..);
    let call = Call { path: head.uri.path().to_owned(), headers: head.headers, message };
    let answer = script(&call);
    seen.calls.lock().unwrap().push(call);
    seen.more.notify_all();

    let begin = Response::builder().header("content-type", "application/grpc");
    let mut trailers = HeaderMap::new();
    let (status, said, message) = match answer {
        Answer::Message(message) => (0, "", Some(message)),
        Answer::Status(status, said) => (status, said, None),
        Answer::Silence => std::future::pending().await,
        Answer::Endless => {
            let stream = respond.send_response(begin.body(()).unwrap(), false).ok()?;
            return send_on(stream).await;
        }
    };
    trailers.insert("grpc-status", status.into());
    trailers.insert("grpc-message", said.parse().unwrap());
    let mut stream = respond.send_response(begin.body(()).unwrap(), false).ok()?;
    if let Some(message) = message {
        stream.send_data(prefixed(&message).into(), false).ok()?;
    }
    stream.send_trailers(trailers).ok()
}

/// Sends as much as the other side lets it, until that has had enough.
async fn send_on(mut stream: h2::SendStream<Bytes>) -> Option<()> {
    static CHUNK: [u8; 16_384] = [0; 16_384];
    loop {
        stream.reserve_capacity(CHUNK.len());
        let room = std::future::poll_fn(|context| stream.poll_capacity(context)).await?.ok()?;
        stream.send_data(Bytes::from_static(&CHUNK[..room.min(CHUNK.len())]), false).ok()?;
    }
}
