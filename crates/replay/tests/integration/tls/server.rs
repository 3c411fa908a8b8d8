//! A scheduler behind TLS, or in the clear, that keeps what each call brings along.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use tonic::{Request, Response};
use wire::scheduler_service_server::{SchedulerService, SchedulerServiceServer};
use wire::{InferRequest, InferResponse};

use super::authority;

/// What every call so far has brought along.
type Seen = Arc<Mutex<Vec<MetadataMap>>>;

/// A server on a thread of its own; it dies with this.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Seen,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) fn plain() -> Self {
        Self::start("http", None)
    }

    pub(crate) fn tls(identity: &authority::Identity) -> Self {
        let identity = Identity::from_pem(&identity.certificate, &identity.key);
        Self::start("https", Some(ServerTlsConfig::new().identity(identity)))
    }

    /// A server that wants clients to show a certificate of `clients`.
    pub(crate) fn mutual_tls(
        identity: &authority::Identity,
        clients: &authority::Authority,
    ) -> Self {
        let identity = Identity::from_pem(&identity.certificate, &identity.key);
        let config = ServerTlsConfig::new().identity(identity);
        Self::start("https", Some(config.client_ca_root(Certificate::from_pem(clients.pem()))))
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its address in the scheme that it speaks, as 127.0.0.1.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What the calls brought along, in the order in which they came.
    pub(crate) fn seen(&self) -> Vec<MetadataMap> {
        self.seen.lock().unwrap().clone()
    }

    fn start(scheme: &'static str, tls: Option<ServerTlsConfig>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let seen = Seen::default();
        let witness = Witness { seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let incoming = TcpIncoming::from(TcpListener::from_std(listener).unwrap());
                let mut server = tonic::transport::Server::builder();
                if let Some(tls) = tls {
                    server = server.tls_config(tls).unwrap();
                }
                let service = SchedulerServiceServer::new(witness);
                tokio::select! {
                    _ = server.add_service(service).serve_with_incoming(incoming) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, scheme, seen, _stop: stop }
    }
}

/// Answers each call well, and keeps what it brought along.
struct Witness {
    seen: Seen,
}

#[tonic::async_trait]
impl SchedulerService for Witness {
    async fn infer(
        &self,
        request: Request<InferRequest>,
    ) -> Result<Response<InferResponse>, tonic::Status> {
        self.seen.lock().unwrap().push(request.metadata().clone());
        let deadline_ns = request.get_ref().deadline_ns;
        let message = String::new();
        Ok(Response::new(InferResponse { deadline_ns, success: true, message }))
    }
}
