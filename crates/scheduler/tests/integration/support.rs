//! A server with a profile that tests can reckon with, and requests to send to it.
//!
//! No test here asserts how long something took. A test that must wait until the server has seen
//! its requests asks the server: [`Fixture::wait_full`].

use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cluster::{Emulation, Profile, Workers};
use scheduler::{Config, Server};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{IntoRequest, Request, Status};
use wire::scheduler_service_client::SchedulerServiceClient;
use wire::{InferRequest, InferResponse};

/// The answer of the scheduler, or its refusal.
pub(crate) type Answer = Result<InferResponse, Status>;

/// A profile of constant service times, in ms, and no `[default]`.
pub(crate) fn profile(models: &[(&str, u32)]) -> Profile {
    let mut text = "version = 1\n".to_owned();
    for (name, mean_ms) in models {
        write!(text, "[models.{name}]\nlaw = \"constant\"\nmean_ms = {mean_ms}\n").unwrap();
    }
    Profile::parse(&text).unwrap()
}

/// One worker of this profile.
pub(crate) fn one_worker(profile: Profile) -> Emulation {
    Emulation { workers: Workers::equal(1), profile, ..Emulation::default() }
}

/// One worker; model `quick` takes 1 ms, `slow` a quarter of a second, `stuck` a minute.
pub(crate) fn config() -> Config {
    let profile = profile(&[("quick", 1), ("slow", 250), ("stuck", 60_000)]);
    Config { emulation: one_worker(profile), ..Config::default() }
}

/// A server at any free port, and a runtime to talk to it from.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) client: Client,
}

impl Fixture {
    pub(crate) fn new(config: Config) -> Self {
        let server = scheduler::start(config, "127.0.0.1:0".parse().unwrap()).unwrap();
        let runtime = runtime();
        let client = runtime.block_on(Client::connect(&server.address().to_string()));
        Self { server, runtime, client }
    }

    pub(crate) fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// Asks once and waits for the answer.
    pub(crate) fn ask(&self, request: impl IntoRequest<InferRequest>) -> Answer {
        self.runtime.block_on(self.client.ask(request.into_request()))
    }

    /// Asks without waiting.
    pub(crate) fn send(&self, request: InferRequest) -> JoinHandle<Answer> {
        let _inside = self.runtime.enter();
        self.client.send(request)
    }

    /// Waits until as many requests are in flight as there may be.
    pub(crate) async fn wait_full(&self) {
        wait_full(&self.address()).await;
    }
}

/// Waits until the scheduler has as many requests in flight as it takes.
pub(crate) async fn wait_full(address: &str) {
    // A connection of its own, because one takes no more streams than there may be requests.
    let probe = Client::connect(address).await;
    for _ in 0..100_000 {
        // No such tier: an error where there is room, success=false where there is none.
        if probe.ask(Request::new(request(0, ""))).await.is_ok() {
            return;
        }
    }
    panic!("the requests never came");
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A connection to a scheduler.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) channel: Channel,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Self {
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        Self { channel: endpoint.connect().await.unwrap() }
    }

    pub(crate) async fn ask(&self, request: Request<InferRequest>) -> Answer {
        let mut client = SchedulerServiceClient::new(self.channel.clone());
        client.infer(request).await.map(tonic::Response::into_inner)
    }

    /// Asks without waiting; must be called in a runtime. Asks again where a probe of
    /// [`wait_full`] happened to hold the place.
    pub(crate) fn send(&self, request: InferRequest) -> JoinHandle<Answer> {
        let client = self.clone();
        let no_room = |answer: &Answer| {
            answer.as_ref().is_ok_and(|reply| reply.message.contains("in flight already"))
        };
        tokio::spawn(async move {
            loop {
                let answer = client.ask(Request::new(request.clone())).await;
                if !no_room(&answer) {
                    return answer;
                }
            }
        })
    }
}

/// A request of this tier and model that is never too late.
pub(crate) fn request(tier: i32, model: &str) -> InferRequest {
    InferRequest {
        tier,
        deadline_ns: 0,
        model_name: model.to_owned(),
        input_tensor: vec![0; 16].into(),
        input_shape: vec![1, 4],
    }
}

/// Unix ns of a moment that far from now.
pub(crate) fn in_future(length: Duration) -> i64 {
    unix_ns(SystemTime::now() + length)
}

/// Unix ns of a moment that long ago.
pub(crate) fn ago(length: Duration) -> i64 {
    unix_ns(SystemTime::now() - length)
}

fn unix_ns(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}
