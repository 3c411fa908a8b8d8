//! The client that most would write: tokio's timer, a task for each request, the generated stub.
//!
//! It follows the schedule of a trace and waits for no answer before the next request, so it is
//! open-loop and honest; only its timer has the grain of a millisecond.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tonic::transport::{Channel, Endpoint};
use wire::InferRequest;
use wire::scheduler_service_client::SchedulerServiceClient;

use crate::clock;
use crate::schedule::{self, Due};
use crate::sink::Stamp;

/// What the client is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The trace whose schedule it follows.
    pub trace: PathBuf,
    /// The receiver.
    pub to: SocketAddr,
    /// Shape of the tensor.
    pub shape: Vec<i32>,
    /// How long one call may take.
    pub timeout: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// The start of its schedule, by both clocks.
    pub epoch: Stamp,
    /// Requests that were answered with success.
    pub ok: u64,
    /// Those that were not.
    pub failed: u64,
}

impl Report {
    /// The figures as JSON, for [`round`](crate::round).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "epoch_monotonic_ns": self.epoch.monotonic_ns,
            "epoch_unix_ns": self.epoch.unix_ns,
            "ok": self.ok,
            "failed": self.failed,
        })
    }
}

/// From here to the first moment of the schedule.
const LEAD: Duration = Duration::from_millis(200);

/// Follows the schedule to its end, and waits for the last answers.
///
/// # Errors
/// Where the trace cannot be read or the receiver not be reached.
pub fn run(config: &Config) -> anyhow::Result<Report> {
    let schedule = schedule::read(&config.trace)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(follow(config, &schedule))
}

async fn follow(config: &Config, schedule: &[Due]) -> anyhow::Result<Report> {
    let endpoint = Endpoint::from_shared(format!("http://{}", config.to))?.timeout(config.timeout);
    let channel = endpoint
        .tcp_nodelay(true)
        .connect()
        .await
        .with_context(|| format!("cannot connect to {}", config.to))?;
    let client = SchedulerServiceClient::new(channel);
    let elements: i64 = config.shape.iter().map(|size| i64::from(*size)).product();
    let len = usize::try_from(elements).ok().and_then(|count| count.checked_mul(size_of::<f32>()));
    let tensor = Bytes::from(vec![0; len.context("the shape has too many elements")?]);

    let (stamp, now) = (clock::stamp(), Instant::now());
    let lead_ns = LEAD.as_nanos() as i64;
    let epoch =
        Stamp { monotonic_ns: stamp.monotonic_ns + lead_ns, unix_ns: stamp.unix_ns + lead_ns };
    let start = now + LEAD;
    let mut calls = JoinSet::new();
    let mut report = Report { epoch, ..Report::default() };
    for due in schedule {
        sleep_until(start + Duration::from_nanos(due.arrival_ns.unsigned_abs())).await;
        let request = InferRequest {
            tier: 1,
            deadline_ns: epoch.unix_ns + due.deadline_ns,
            model_name: "resnet50".to_owned(),
            input_tensor: tensor.clone(),
            input_shape: config.shape.clone(),
        };
        calls.spawn(call(client.clone(), request));
        while let Some(ended) = calls.try_join_next() {
            report.count(ended.context("a call's task ended early")?);
        }
    }
    while let Some(ended) = calls.join_next().await {
        report.count(ended.context("a call's task ended early")?);
    }
    Ok(report)
}

async fn call(mut client: SchedulerServiceClient<Channel>, request: InferRequest) -> bool {
    client.infer(request).await.is_ok_and(|reply| reply.into_inner().success)
}

impl Report {
    fn count(&mut self, is_ok: bool) {
        *(if is_ok { &mut self.ok } else { &mut self.failed }) += 1;
    }
}
