//! The yardstick: how many requests a second the `h2` crate sends from one core when nothing else
//! is asked of it.
//!
//! Closed loop: so many calls are outstanding, each with the same body, made once. No schedule, no
//! stamps, no outcomes. Several calls may share a write, which firing on time cannot have.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use h2::client::SendRequest;
use http::{Method, Request, Version};
use request::Tier;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use wire::InferRequest;

use crate::clock;

/// What the client is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The receiver.
    pub to: SocketAddr,
    /// Connections.
    pub connections: usize,
    /// Calls outstanding, over all connections.
    pub outstanding: usize,
    /// Shape of the tensor.
    pub shape: Vec<i32>,
    /// How long it is measured, after a short run that is not.
    pub length: Duration,
    /// The core to run on.
    pub core: Option<usize>,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Calls that ended while it was measured.
    pub requests: u64,
    /// Wall time, s.
    pub wall_s: f64,
    /// CPU time of the process, s.
    pub cpu_s: f64,
    /// Length of the body.
    pub body_bytes: usize,
}

impl Report {
    /// The figures as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "requests": self.requests,
            "requests_per_s": self.requests as f64 / self.wall_s,
            "cpu_us_per_request": self.cpu_s * 1e6 / self.requests.max(1) as f64,
            "cpu_share": self.cpu_s / self.wall_s,
            "wall_s": self.wall_s,
            "body_bytes": self.body_bytes,
        })
    }
}

/// Runs that long before anything is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// A whole body waits inside HTTP/2, as it does in `replay`.
const SEND_BUFFER: usize = 64 << 20;

/// Measures.
///
/// # Errors
/// Where the receiver cannot be reached, or answers with anything but success.
pub fn run(config: &Config) -> anyhow::Result<Report> {
    if let Some(core) = config.core {
        clock::pin(core)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, measure(config))
}

async fn measure(config: &Config) -> anyhow::Result<Report> {
    let call = Rc::new(Call::new(config)?);
    let mut calls = Vec::new();
    let connections = connect(config).await?;
    let measured_from = Instant::now() + WARM_UP;
    let until = measured_from + config.length;
    for index in 0..config.outstanding {
        let sender = connections[index % connections.len()].clone();
        let call = Rc::clone(&call);
        calls.push(tokio::task::spawn_local(keep_calling(sender, call, measured_from, until)));
    }
    let mut requests = 0;
    let mut cpu_before = None;
    for task in calls {
        let tally = task.await.context("a call's task ended early")??;
        requests += tally.requests;
        cpu_before = cpu_before.into_iter().chain(tally.cpu_before).min();
    }
    let wall_s = measured_from.elapsed().as_secs_f64();
    let cpu_s = cpu_before.map_or(0.0, |before| (clock::cpu_ns() - before) as f64 / 1e9);
    Ok(Report { requests, wall_s, cpu_s, body_bytes: call.body.len() })
}

/// The body of a request for a tensor of zeros, with its gRPC prefix.
///
/// # Errors
/// Where no message holds such a tensor.
pub fn body(shape: &[i32]) -> anyhow::Result<Bytes> {
    /// Any deadline: it has the length that real ones have.
    const DEADLINE_NS: i64 = 1_700_000_000_000_000_000;
    let mut sizes = shape.iter().map(|size| usize::try_from(*size).ok());
    let len = sizes.try_fold(size_of::<f32>(), |len, size| len.checked_mul(size?));
    let len = len.filter(|len| *len <= wire::MESSAGE_LEN_MAX);
    let request = len.map(|len| InferRequest {
        tier: Tier::Vip.number().into(),
        deadline_ns: DEADLINE_NS,
        model_name: "resnet50".to_owned(),
        input_tensor: vec![0; len].into(),
        input_shape: shape.to_vec(),
    });
    let body = request.as_ref().and_then(wire::framed);
    body.with_context(|| format!("no message holds a tensor of the shape {shape:?}"))
}

/// What all calls share.
struct Call {
    head: Request<()>,
    body: Bytes,
}

impl Call {
    fn new(config: &Config) -> anyhow::Result<Self> {
        let uri = format!("http://{}{}", config.to, wire::INFER_PATH);
        let request = Request::builder().method(Method::POST).uri(uri).version(Version::HTTP_2);
        let request = request.header("content-type", "application/grpc").header("te", "trailers");
        Ok(Self {
            head: request.body(()).context("the address does not fit a URI")?,
            body: body(&config.shape)?,
        })
    }
}

async fn connect(config: &Config) -> anyhow::Result<Vec<SendRequest<Bytes>>> {
    ensure!(config.connections > 0 && config.outstanding > 0, "nothing to do");
    let mut connections = Vec::new();
    for _ in 0..config.connections {
        let stream = TcpStream::connect(config.to)
            .await
            .with_context(|| format!("cannot connect to {}", config.to))?;
        stream.set_nodelay(true)?;
        let mut builder = h2::client::Builder::new();
        builder.enable_push(false).max_send_buffer_size(SEND_BUFFER);
        let (sender, driver) = builder.handshake::<_, Bytes>(stream).await?;
        tokio::task::spawn_local(async move {
            // Its calls see how it ended.
            let _ = driver.await;
        });
        connections.push(sender);
    }
    Ok(connections)
}

/// What one of the outstanding calls did.
struct Tally {
    requests: u64,
    /// CPU time of the process when it began to count.
    cpu_before: Option<i64>,
}

async fn keep_calling(
    mut sender: SendRequest<Bytes>,
    call: Rc<Call>,
    measured_from: Instant,
    until: Instant,
) -> anyhow::Result<Tally> {
    let mut tally = Tally { requests: 0, cpu_before: None };
    loop {
        sender = sender.ready().await?;
        let (reply, mut body) = sender.send_request(call.head.clone(), false)?;
        body.send_data(call.body.clone(), true)?;
        let mut reply = reply.await?.into_body();
        while let Some(chunk) = reply.data().await {
            let len = chunk?.len();
            reply.flow_control().release_capacity(len)?;
        }
        let trailers = reply.trailers().await?;
        let status = trailers.as_ref().and_then(|trailers| trailers.get("grpc-status"));
        ensure!(status.is_some_and(|status| status == "0"), "the receiver answered {trailers:?}");
        let now = Instant::now();
        if now >= until {
            return Ok(tally);
        }
        if now >= measured_from {
            tally.cpu_before.get_or_insert_with(clock::cpu_ns);
            tally.requests += 1;
        }
    }
}
