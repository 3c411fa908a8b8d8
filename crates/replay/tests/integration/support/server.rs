//! A gRPC server that does as it is told, made of tonic.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response};
use wire::scheduler_service_server::{SchedulerService, SchedulerServiceServer};
use wire::{InferRequest, InferResponse};

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
        let reply = |deadline_ns, success, message| {
            Ok(Response::new(InferResponse { deadline_ns, success, message }))
        };
        match self.character {
            Character::Honest => reply(deadline_ns, true, String::new()),
            Character::Refusing => reply(deadline_ns, false, String::new()),
            Character::Aborting => Err(tonic::Status::aborted("as always")),
            Character::GivingUp => Err(tonic::Status::deadline_exceeded("too late")),
            Character::Silent => std::future::pending().await,
            Character::Confused => reply(deadline_ns + 1, true, String::new()),
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
