//! A gRPC server made of tonic, which keeps the headers of each call.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, ServerTlsConfig};
use tonic::{Request, Response, Status};
use wire::scheduler_service_server::{SchedulerService, SchedulerServiceServer};
use wire::{InferRequest, InferResponse};

use crate::tls::authority;

/// Deadlines by which a call says how it wants to be answered.
pub(super) const REFUSED_NS: i64 = 1_000;
pub(super) const VERBOSE_NS: i64 = 2_000;

/// What a refused call is told.
pub(super) const REFUSED_WORDS: &str = "100% sure\nnaïve";

/// How many times as long as its question a verbose answer is.
pub(super) const VERBOSITY: usize = 10;

/// A server on a thread of its own; it dies with this.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<MetadataMap>>>,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(super) fn start() -> Self {
        Self::with(tonic::transport::Server::builder())
    }

    pub(super) fn start_tls(identity: &authority::Identity) -> Self {
        let identity = Identity::from_pem(&identity.certificate, &identity.key);
        let tls = ServerTlsConfig::new().identity(identity);
        Self::with(tonic::transport::Server::builder().tls_config(tls).unwrap())
    }

    fn with(mut builder: tonic::transport::Server) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let seen = Arc::<Mutex<Vec<MetadataMap>>>::default();
        let witness = Witness { seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let incoming = TcpIncoming::from(TcpListener::from_std(listener).unwrap());
                let reflection = tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(wire::FILE_DESCRIPTOR_SET)
                    .build_v1()
                    .unwrap();
                let server = builder
                    .add_service(SchedulerServiceServer::new(witness))
                    .add_service(reflection)
                    .serve_with_incoming(incoming);
                tokio::select! {
                    _ = server => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, seen, _stop: stop }
    }

    /// The headers of the calls so far, in the order in which they came.
    pub(super) fn seen(&self) -> Vec<MetadataMap> {
        self.seen.lock().unwrap().clone()
    }
}

struct Witness {
    seen: Arc<Mutex<Vec<MetadataMap>>>,
}

#[tonic::async_trait]
impl SchedulerService for Witness {
    async fn infer(
        &self,
        request: Request<InferRequest>,
    ) -> Result<Response<InferResponse>, Status> {
        self.seen.lock().unwrap().push(request.metadata().clone());
        let InferRequest { deadline_ns, model_name, .. } = request.into_inner();
        let message = match deadline_ns {
            REFUSED_NS => return Err(Status::aborted(REFUSED_WORDS)),
            VERBOSE_NS => model_name.repeat(VERBOSITY),
            _ => String::new(),
        };
        Ok(Response::new(InferResponse { deadline_ns, success: true, message }))
    }
}
