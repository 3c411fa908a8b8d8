//! One run: trace in, outcomes out, with every thread that it takes.
//!
//! Four kinds of threads share the work: workers make tensors, one thread keeps time, one moves
//! bytes, and the caller's collects what has ended. Only the collector waits for anything that a
//! scheduler does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use http::{HeaderValue, Request, Uri};
use outcome::{Code, Floor, Outcome, Status};
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;
use trace::{RateScale, TraceError, TraceReader};
use wire::{Endpoint, PreparedTensor};

use crate::clock::RunClock;
use crate::pacing::Pacing;
use crate::plan::{Ended, Planned};
use crate::progress::{Progress, Tracker};
use crate::ring::Ring;
use crate::steal::steal_ns;
use crate::transport::{
    Bounds, CallHead, ConnectError, Exchange, Muzzle, Transport, connect, transport,
};
use crate::verdict::{Judgement, judge};

/// How a trace is replayed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The scheduler.
    pub endpoint: Endpoint,
    /// HTTP/2 connections to it.
    pub connection_count: usize,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a call may take, from its send.
    pub timeout: Duration,
    /// Factor on the trace's rate.
    pub rate_scale: RateScale,
    /// Only so many requests, the first ones.
    pub limit: Option<usize>,
    /// Tensors made ahead, in bytes.
    pub ring_bytes: usize,
    /// Threads that make them.
    pub prepare_threads: usize,
    /// The most requests in flight; more are `unsent`.
    pub in_flight_max: usize,
    /// The most bytes of requests in flight; more are `unsent`.
    pub in_flight_bytes_max: usize,
}

impl Config {
    /// A replay at `endpoint` with the defaults of the command line.
    #[must_use]
    pub fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            connection_count: 4,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            rate_scale: RateScale::ONE,
            limit: None,
            ring_bytes: 64 << 20,
            prepare_threads: 1,
            in_flight_max: 4096,
            in_flight_bytes_max: 1 << 30,
        }
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Run {
    /// Each request, in order of arrival.
    pub outcomes: Vec<Outcome>,
    /// Start of the run, Unix ns.
    pub epoch_unix_ns: i64,
    /// The machine's own lag, where it could be measured.
    pub floor: Option<Floor>,
    /// CPU time lost to other guests during the run, ns.
    pub steal_ns: Option<i64>,
    /// Whether it was interrupted.
    pub cut_short: bool,
    /// Whether its timing can be trusted, and why not.
    pub(crate) judgement: Judgement,
}

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The scheduler cannot be reached: nothing was sent.
    #[error(
        "cannot connect to the scheduler at {endpoint}; nothing was sent (without --scheduler-url \
         and SCHEDULER_URL, replay starts a scheduler of its own)"
    )]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: ConnectError,
    },
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A tensor cannot be put on the wire.
    #[error("model '{model}' cannot be sent")]
    Tensor {
        /// The model.
        model: String,
        /// Why.
        source: wire::PrepareError,
    },
    /// A name from the trace or command line cannot stand in a request.
    #[error("cannot make requests to {0}: it does not fit a URI")]
    Address(Endpoint),
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
    /// The run was interrupted before it sent anything.
    #[error("interrupted before the first request")]
    Interrupted,
}

/// From the last preparation to the epoch.
const LEAD_NS: i64 = 20_000_000;

/// How often the collector looks up.
const TICK: Duration = Duration::from_millis(50);

/// How often it says where the run stands.
const LOOK: Duration = Duration::from_millis(100);

/// Replays `trace` at a scheduler, until it is done or `interrupted` turns true.
///
/// # Errors
/// Where the trace cannot be read or the scheduler not be reached. Whatever happens after the
/// first request is an outcome, not an error.
pub fn replay(
    trace: &TraceReader,
    config: &Config,
    interrupted: &Arc<AtomicBool>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Run, ReplayError> {
    let plan = plan(trace, config)?;
    let bodies = Bodies::new(trace, &plan)?;
    let bounds = Bounds { requests: config.in_flight_max, bytes: config.in_flight_bytes_max };
    let (muzzle, transport) = transport(bounds);
    let line = Line::connect(config, transport)?;
    let is_interrupted = || interrupted.load(Ordering::Relaxed);
    let floor = crate::floor::measure(is_interrupted);
    let ring = Ring::new(bodies.sizes(&plan), config.ring_bytes);
    let uri = infer_uri(&config.endpoint)?;

    thread::scope(|scope| {
        for index in 0..config.prepare_threads.max(1) {
            let name = format!("prepare-{index}");
            let fill = || ring.fill(|index| bodies.prepare(&plan[index]));
            thread::Builder::new().name(name).spawn_scoped(scope, fill)?;
        }
        ring.wait_full(is_interrupted);
        if is_interrupted() {
            ring.close();
            return Err(ReplayError::Interrupted);
        }
        let clock = RunClock::starting_in(LEAD_NS);
        let steal_before = steal_ns();
        let (ended, collected) = crossbeam_channel::bounded(1 << 16);
        let (cut, cut_seen) = watch::channel(false);
        line.begin(Exchange {
            heads: heads(Arc::clone(&plan), trace, uri, clock),
            clock,
            timeout: config.timeout,
            ended: ended.clone(),
            cut: cut_seen,
        });
        spawn_pacing(scope, &plan, &ring, clock, interrupted, ended, muzzle)?;
        let collector = Collector { plan: &plan, ring: &ring, clock, cut, interrupted };
        let subject = config.endpoint.to_string().into();
        let tracker = Tracker::new(0, 1, subject, Arc::clone(&plan));
        let outcomes = collector.collect(&collected, tracker, progress);
        ring.close();
        let steal = steal_before.zip(steal_ns()).map(|(before, after)| after - before);
        Ok(Run {
            judgement: judge(&outcomes, None),
            outcomes,
            epoch_unix_ns: clock.epoch_unix_ns(),
            floor,
            steal_ns: steal,
            cut_short: is_interrupted(),
        })
    })
}

fn plan(trace: &TraceReader, config: &Config) -> Result<Arc<Vec<Planned>>, TraceError> {
    let rows = trace.rows().take(config.limit.unwrap_or(usize::MAX));
    let planned = rows.map(|row| Ok(Planned { row: config.rate_scale.apply(row?) }));
    planned.collect::<Result<Vec<_>, _>>().map(Arc::new)
}

fn spawn_pacing<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    plan: &'scope [Planned],
    ring: &'scope Ring,
    clock: RunClock,
    stopped: &'scope AtomicBool,
    ended: Sender<Ended>,
    muzzle: Muzzle,
) -> std::io::Result<()> {
    let pacing = Pacing { plan, ring, clock, stopped, ended };
    let builder = thread::Builder::new().name("pacing".to_owned());
    builder.spawn_scoped(scope, move || pacing.fire(muzzle)).map(drop)
}

/// The tensors of a trace's models.
struct Bodies {
    shapes: Vec<Vec<i32>>,
    sizes: Vec<usize>,
}

impl Bodies {
    /// # Errors
    /// Where a model that the plan asks for has a shape that cannot be sent.
    fn new(trace: &TraceReader, plan: &[Planned]) -> Result<Self, ReplayError> {
        let mut bodies = Self { shapes: Vec::new(), sizes: Vec::new() };
        for (index, model) in trace.header().models.iter().enumerate() {
            let used = plan.iter().any(|planned| usize::from(planned.row.request.model.0) == index);
            let size = match PreparedTensor::build(&model.shape, |_| ()) {
                Ok(tensor) => tensor.len(),
                Err(_) if !used => 0,
                Err(source) => {
                    return Err(ReplayError::Tensor { model: model.name.clone(), source });
                }
            };
            bodies.shapes.push(model.shape.clone());
            bodies.sizes.push(size);
        }
        Ok(bodies)
    }

    fn sizes(&self, plan: &[Planned]) -> Vec<usize> {
        plan.iter().map(|planned| self.sizes[usize::from(planned.row.request.model.0)]).collect()
    }

    fn prepare(&self, planned: &Planned) -> PreparedTensor {
        let shape = &self.shapes[usize::from(planned.row.request.model.0)];
        PreparedTensor::build(shape, |bytes| trace::Tensor::fill(planned.tensor_seed(), bytes))
            .expect("a tensor of this shape has been built before")
    }
}

fn infer_uri(endpoint: &Endpoint) -> Result<Uri, ReplayError> {
    let parts = Uri::builder().scheme("http").authority(endpoint.authority());
    let uri = parts.path_and_query(wire::INFER_PATH).build();
    uri.map_err(|_| ReplayError::Address(endpoint.clone()))
}

/// Makes the part of a request that is known only once the epoch is: a few dozen bytes.
fn heads(
    plan: Arc<Vec<Planned>>,
    trace: &TraceReader,
    uri: Uri,
    clock: RunClock,
) -> Box<dyn Fn(usize, usize) -> CallHead + Send> {
    let models: Vec<String> =
        trace.header().models.iter().map(|model| model.name.clone()).collect();
    Box::new(move |index, tail_len| {
        let request = &plan[index].row.request;
        let deadline_unix_ns = clock.epoch_unix_ns().saturating_add(request.deadline.as_nanos());
        let model = &models[usize::from(request.model.0)];
        let bytes = wire::encode_head(request.tier, deadline_unix_ns, model, tail_len)
            .expect("the tensor was built within the limit, and a head is short");
        let mut http = Request::post(uri.clone()).body(()).expect("a URI and nothing else");
        let headers = http.headers_mut();
        headers.insert("te", HeaderValue::from_static("trailers"));
        headers.insert("content-type", HeaderValue::from_static("application/grpc"));
        let agent = concat!("reprise-replay/", env!("CARGO_PKG_VERSION"));
        headers.insert("user-agent", HeaderValue::from_static(agent));
        headers.insert(wire::REQUEST_ID_HEADER, HeaderValue::from(request.id.0));
        CallHead { request: http, bytes, deadline_unix_ns }
    })
}

/// The transport's thread, connected and waiting to begin.
struct Line {
    begin: oneshot::Sender<Exchange>,
}

impl Line {
    fn connect(config: &Config, transport: Transport) -> Result<Self, ReplayError> {
        let (begin, begun) = oneshot::channel::<Exchange>();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let (endpoint, count) = (config.endpoint.clone(), config.connection_count.max(1));
        let timeout = config.connect_timeout;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let body = move || {
            let local = LocalSet::new();
            local.block_on(&runtime, async move {
                match connect(&endpoint, count, timeout).await {
                    Err(error) => drop(ready.send(Err(error))),
                    Ok(connections) => {
                        drop(ready.send(Ok(())));
                        if let Ok(exchange) = begun.await {
                            transport.run(connections, exchange).await;
                        }
                    }
                }
            });
        };
        thread::Builder::new().name("transport".to_owned()).spawn(body)?;
        let connected = is_ready.recv().unwrap_or(Err(ConnectError::Timeout(timeout)));
        let endpoint = config.endpoint.clone();
        connected.map_err(|source| ReplayError::Connect { endpoint, source })?;
        Ok(Self { begin })
    }

    fn begin(self, exchange: Exchange) {
        // A transport that has gone away drops the exchange, and the collector sees it.
        let _ = self.begin.send(exchange);
    }
}

/// Gathers what has ended, and passes an interrupt on.
struct Collector<'a> {
    plan: &'a [Planned],
    ring: &'a Ring,
    clock: RunClock,
    cut: watch::Sender<bool>,
    interrupted: &'a AtomicBool,
}

impl Collector<'_> {
    fn collect(
        &self,
        collected: &Receiver<Ended>,
        mut tracker: Tracker,
        progress: &mut dyn FnMut(&Progress),
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; self.plan.len()];
        let mut looked = self.clock.now();
        loop {
            match collected.recv_timeout(TICK) {
                Ok(end) => {
                    let outcome = self.plan[end.index].outcome(end);
                    outcome.sent.into_iter().for_each(|sent| tracker.sent(end.index, sent));
                    tracker.ended(&outcome);
                    outcomes[end.index] = Some(outcome);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.interrupted.load(Ordering::Relaxed) && !*self.cut.borrow() {
                self.cut.send_replace(true);
                self.ring.close();
            }
            let now = self.clock.now();
            if now.saturating_since(looked) >= LOOK {
                looked = now;
                progress(&tracker.progress(now));
            }
        }
        progress(&tracker.progress(self.clock.now()));
        // Nothing is lost silently: a request that no thread accounted for says so.
        let lost = |index| Ended {
            index,
            status: Status::Error,
            code: Some(Code::Internal),
            sent: None,
            done: None,
        };
        let whole = |(index, outcome): (usize, Option<Outcome>)| {
            outcome.unwrap_or_else(|| self.plan[index].outcome(lost(index)))
        };
        outcomes.into_iter().enumerate().map(whole).collect()
    }
}
