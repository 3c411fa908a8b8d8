//! The server around the core: its socket, its limits, its beginning and its end.

use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use cluster::{Cluster, Emulation, Violation, WorkersError};
use crossbeam_channel::Receiver;
use policy::{PolicyError, Registry};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tonic::transport::server::TcpIncoming;
use wire::FILE_DESCRIPTOR_SET;
use wire::scheduler_service_server::SchedulerServiceServer;

use crate::clock::Clock;
use crate::core::{self, Arrival};
use crate::event_log::EventLog;
use crate::service::Service;

/// What a scheduler is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The policies that there are.
    pub registry: Registry,
    /// The one that schedules, as [`Registry::make`] reads it.
    pub policy: String,
    /// The workers, and how long they take.
    pub emulation: Emulation,
    /// Requests beyond so many at once are answered success=false.
    pub in_flight_max: usize,
    /// Larger messages are answered OUT_OF_RANGE, in bytes.
    pub message_size_max: usize,
    /// How long a shutdown waits for the requests in flight.
    pub grace: Duration,
    /// Where each event and what was decided about it is written, a line an event.
    pub event_log: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            registry: Registry::built_in(),
            policy: "edf".to_owned(),
            emulation: Emulation::default(),
            in_flight_max: 10_000,
            message_size_max: 64 << 20,
            grace: Duration::from_secs(5),
            event_log: None,
        }
    }
}

/// Why a scheduler does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The policy is not one of the built-in ones.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The policy broke a rule; requests in flight were answered INTERNAL.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The workers and the profile do not fit together.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// The event log cannot be written.
    #[error("cannot write the event log {}", path.display())]
    EventLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server or its threads could not be set up or failed.
    #[error("the server failed")]
    Server(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Largest window of one HTTP/2 stream: a request of common size never waits for it.
const STREAM_WINDOW: u32 = 4 << 20;

/// The longest frame: a client that may write a tensor in one piece spends a third of the time.
const FRAME_MAX: u32 = 1 << 20;

/// The window of a connection: bodies of many requests at once.
const CONNECTION_WINDOW: u32 = 64 << 20;

/// Answers requests at `listener` until `shutdown` is ready; then takes no more, and gives those
/// in flight [`Config::grace`] to end.
///
/// # Errors
/// Where the configuration makes no sense, the policy breaks a rule or the server fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    config.emulation.check([])?;
    let policy = config.registry.make(&config.policy)?;
    let cluster = Cluster::new(policy, &config.emulation);
    let log = config.event_log.as_deref().map(EventLog::create).transpose()?;
    let clock = Clock::start();
    // Never full before the limit on requests in flight is.
    let (sender, arrivals) = crossbeam_channel::bounded(config.in_flight_max.max(1));
    let end_of_core = sender.clone();
    let (core_done, core) = spawn_core(cluster, log, arrivals, clock)?;
    let models = config.emulation.profile.ids();
    let unserved = models.filter(|model| config.emulation.check([*model]).is_err());
    let service = Service {
        arrivals: sender,
        clock,
        emulation: Arc::new(config.emulation.clone()),
        unserved: unserved.collect(),
        permits: Arc::new(Semaphore::new(config.in_flight_max)),
        in_flight_max: config.in_flight_max,
        next_id: Arc::new(AtomicI64::new(0)),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(answer(config.clone(), listener, service, async {
        let _ = stopped.await;
    }));
    tokio::select! {
        () = shutdown => {}
        _ = core_done => {}
    }
    let _ = stop.send(());
    let ended = end(server, config.grace).await;
    // Connections outlive the server's task, and with them senders: the core would wait for ever.
    let _ = end_of_core.send(None);
    ended?;
    match core.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// The thread that keeps the cluster's time, and word of its end.
#[expect(clippy::type_complexity, reason = "a pair used once")]
fn spawn_core(
    cluster: Cluster<core::Client>,
    log: Option<EventLog>,
    arrivals: Receiver<Option<Arrival>>,
    clock: Clock,
) -> Result<(oneshot::Receiver<()>, JoinHandle<Result<(), ServeError>>), ServeError> {
    let (done, core_done) = oneshot::channel();
    let body = move || {
        // Wakes at the moment asked for, not up to 50 us later. A system that refuses is coarser.
        let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        let result = core::run(cluster, log, &arrivals, clock);
        drop(arrivals);
        let _ = done.send(());
        result
    };
    let thread = thread::Builder::new().name("cluster".to_owned()).spawn(body);
    Ok((core_done, thread.map_err(|error| ServeError::Server(error.into()))?))
}

/// The gRPC server with its health and reflection services.
async fn answer(
    config: Config,
    listener: TcpListener,
    service: Service,
    stopped: impl Future<Output = ()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let service =
        SchedulerServiceServer::new(service).max_decoding_message_size(config.message_size_max);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<SchedulerServiceServer<Service>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let stopped = async move {
        stopped.await;
        health.set_not_serving::<SchedulerServiceServer<Service>>().await;
    };
    tonic::transport::Server::builder()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_MAX)
        .max_concurrent_streams(u32::try_from(config.in_flight_max).unwrap_or(u32::MAX))
        .add_service(service)
        .add_service(health_service)
        .add_service(reflection)
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), stopped)
        .await?;
    Ok(())
}

/// Waits for the requests in flight, for `grace` at most; then drops them.
async fn end(
    mut server: tokio::task::JoinHandle<Result<(), Box<dyn std::error::Error + Send + Sync>>>,
    grace: Duration,
) -> Result<(), ServeError> {
    let ended = tokio::time::timeout(grace, &mut server).await;
    server.abort();
    match ended {
        Err(_elapsed) => Ok(()),
        Ok(Ok(result)) => result.map_err(ServeError::Server),
        Ok(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// A scheduler that runs on a thread of its own.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

/// Starts a scheduler at `address`; port 0 is any free port.
///
/// # Errors
/// Where the address cannot be listened on or the thread not be started. What is wrong with the
/// configuration shows in [`Server::stop`].
pub fn start(config: Config, address: SocketAddr) -> Result<Server, ServeError> {
    let listen = move |source| ServeError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    config.registry.make(&config.policy)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("scheduler")
        .build()
        .map_err(|error| ServeError::Server(error.into()))?;
    let (stop, stopped) = oneshot::channel();
    let body = move || {
        let result = runtime.block_on(async {
            let listener = TcpListener::from_std(listener).map_err(listen)?;
            serve(config, listener, async {
                let _ = stopped.await;
            })
            .await
        });
        runtime.shutdown_background();
        result
    };
    let thread = thread::Builder::new().name("scheduler".to_owned()).spawn(body);
    let thread = thread.map_err(|error| ServeError::Server(error.into()))?;
    Ok(Server { address, stop: Some(stop), thread: Some(thread) })
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it gracefully and says how it fared.
    ///
    /// # Errors
    /// As [`serve`].
    ///
    /// # Panics
    /// Where its thread has panicked.
    pub fn stop(mut self) -> Result<(), ServeError> {
        drop(self.stop.take());
        let thread = self.thread.take().expect("only stop takes the thread");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
