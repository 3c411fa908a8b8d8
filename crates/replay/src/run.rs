//! One run: trace in, outcomes out, with every thread that it takes.
//!
//! Workers make tensors ahead of time, the line fires and moves bytes, a connector makes
//! connections, and the caller's thread collects what has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use outcome::{Code, Floor, Outcome, RunRecord};
use targets::{BindError, MapError, ModelShape, Protocol, Target, Traffic};
use trace::{Header, RateScale, TraceError, TraceReader};
use wire::Endpoint;

use crate::ask::Questions;
use crate::bodies::Bodies;
use crate::clock::RunClock;
use crate::collector::Collector;
use crate::line::{
    Assignment, Bounds, ConnectError, Dialler, Heads, Idle, Load, Orders, call_to, method_uri,
};
use crate::metadata::{Carried, CarriedError, Metadata};
use crate::plan::Planned;
use crate::progress::{Progress, Tracker};
use crate::realtime::{NotPermitted, Realtime, sharpen};
use crate::ring::ring;
use crate::steal::steal_ns;
use crate::tls::Tls;
use crate::verdict::{Judgement, judge};

/// How a trace is replayed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The scheduler.
    pub endpoint: Endpoint,
    /// What kind of server it is.
    pub target: Target,
    /// How it is spoken to in secret, where it is.
    pub tls: Option<Tls>,
    /// Headers that go with each request.
    pub metadata: Metadata,
    /// Whether each request says, as `grpc-timeout`, what is left until its deadline.
    pub propagate_deadline: bool,
    /// HTTP/2 connections to it.
    pub connection_count: usize,
    /// Which of them a request takes.
    pub assignment: Assignment,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a call may take; `None` is 5 s, or the longest SLO where that is more.
    pub timeout: Option<Duration>,
    /// When a request is due.
    pub load: Load,
    /// Whether the firing thread asks for real-time scheduling.
    pub realtime: Realtime,
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
            target: Target::default(),
            tls: None,
            metadata: Metadata::default(),
            propagate_deadline: false,
            connection_count: 4,
            assignment: Assignment::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: None,
            load: Load::Open,
            realtime: Realtime::Auto,
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
    /// What is to be known of it as a whole.
    pub record: RunRecord,
    /// How the thread that fires was scheduled.
    pub scheduling: String,
    /// Whether its timing can be trusted, and why not.
    #[expect(dead_code, reason = "until the report prints every check")]
    pub(crate) judgement: Judgement,
}

/// Whoever watches a run go on. It is called on the thread that collects, which nothing waits for.
pub trait Observer {
    /// The run begins in a moment.
    fn started(&mut self, _record: &RunRecord) {}

    /// A request has ended.
    fn ended(&mut self, _outcome: &Outcome) {}

    /// Where the run stands, some ten times a second and once at the end.
    fn look(&mut self, _progress: &Progress) {}
}

/// Nobody watches.
impl Observer for () {}

/// Which of how many runs this one is, and of what.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// Number of the run in its table, from 0.
    pub run: i32,
    /// Position among all runs of the series, from 0.
    pub position: i32,
    /// How many runs the series has.
    pub of: i32,
    /// What is measured, for people.
    pub subject: Arc<str>,
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
    /// The requests cannot be put to this server.
    #[error(transparent)]
    Target(#[from] BindError),
    /// A number or text of a request does not fit.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A header of the map cannot be sent.
    #[error(transparent)]
    Carried(#[from] CarriedError),
    /// A name from the trace or command line cannot stand in a request.
    #[error("cannot make requests to {0}: it does not fit a URI")]
    Address(Endpoint),
    /// Real-time scheduling was demanded and is not permitted.
    #[error(transparent)]
    Realtime(#[from] NotPermitted),
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
    /// The run was interrupted before it sent anything.
    #[error("interrupted before the first request")]
    Interrupted,
}

/// From the last preparation to the epoch.
const LEAD_NS: i64 = 20_000_000;

/// How long a call may take where nobody says.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Replays `trace` at a scheduler once, until it is done or `interrupted` turns true.
///
/// # Errors
/// Where the trace cannot be read or the scheduler not be reached. Whatever happens after the
/// first request is an outcome, not an error.
pub fn replay(
    trace: &TraceReader,
    config: &Config,
    interrupted: &Arc<AtomicBool>,
    observer: &mut dyn Observer,
) -> Result<Run, ReplayError> {
    let subject = config.endpoint.to_string().into();
    let numbered = Numbered { run: 0, position: 0, of: 1, subject };
    Session::new(trace, config.clone(), interrupted)?.run(&numbered, interrupted, observer)
}

/// A trace read and ready to be replayed, any number of times.
#[derive(Debug)]
pub struct Session<'a> {
    trace: &'a TraceReader,
    config: Config,
    plan: Arc<Vec<Planned>>,
    protocol: Arc<Protocol>,
    carried: Carried,
    bodies: Bodies,
}

/// What the line says once it is connected.
struct Ready {
    floor: Option<Floor>,
    scheduling: String,
}

impl<'a> Session<'a> {
    /// Reads the trace, and asks the server what it takes to know, if anything.
    ///
    /// # Errors
    /// Where the trace cannot be read, or not be put to this server, or `interrupted` turns true.
    pub fn new(
        trace: &'a TraceReader,
        config: Config,
        interrupted: &AtomicBool,
    ) -> Result<Self, ReplayError> {
        let rows = trace.rows().take(config.limit.unwrap_or(usize::MAX));
        let planned = rows.map(|row| Ok(Planned { row: config.rate_scale.apply(row?) }));
        let plan = planned.collect::<Result<Vec<_>, TraceError>>().map(Arc::new)?;
        let protocol = Arc::new(bind(trace.header(), &plan, &config, interrupted)?);
        let carried = Carried::new(&protocol, &config.metadata)?;
        // The epoch of a run is not long after this.
        let epoch_unix_ns = RunClock::starting_in(0).epoch_unix_ns();
        for planned in plan.iter() {
            let facts = planned.facts(epoch_unix_ns, planned.arrival(), planned.deadline());
            protocol.check(&facts)?;
            carried.check(&protocol, &facts)?;
        }
        let bodies = Bodies::new(Arc::clone(&protocol));
        Ok(Self { trace, config, plan, protocol, carried, bodies })
    }

    /// What people should know of the target before they believe a run.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        self.protocol.notes()
    }

    /// Whether a map or template sends a token or another credential with each call.
    pub(crate) fn carries_credentials(&self) -> bool {
        self.carried.has_credentials()
    }

    /// How many requests a run has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plan.len()
    }

    /// Whether there is nothing to replay.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty()
    }

    /// Looks whether the scheduler is there, without sending it a request.
    ///
    /// # Errors
    /// Where it cannot be reached, or `interrupted` turns true.
    pub fn reach(&self, interrupted: &AtomicBool) -> Result<(), ReplayError> {
        self.connect(&|| interrupted.load(Ordering::Relaxed)).map(drop)
    }

    /// Replays it once, until it is done or `interrupted` turns true.
    ///
    /// # Errors
    /// Where the scheduler cannot be reached. Whatever happens after the first request is an
    /// outcome, not an error.
    pub fn run(
        &self,
        numbered: &Numbered,
        interrupted: &Arc<AtomicBool>,
        observer: &mut dyn Observer,
    ) -> Result<Run, ReplayError> {
        let is_interrupted = || interrupted.load(Ordering::Relaxed);
        thread::scope(|scope| {
            let (begin, begun) = mpsc::sync_channel(1);
            let (ready, is_ready) = mpsc::sync_channel(1);
            // Moved, so that its ends of the channels end with it.
            let line = move || self.line(&ready, &begun, is_interrupted);
            let line = thread::Builder::new().name("line".to_owned()).spawn_scoped(scope, line)?;
            let Ready { floor, scheduling } = match is_ready.recv() {
                Ok(ready) => ready?,
                Err(_) => std::panic::resume_unwind(line.join().expect_err("it said nothing")),
            };
            let (fillers, taker, primed) =
                ring(self.plan.len(), self.config.prepare_threads, self.config.ring_bytes);
            for (index, filler) in fillers.into_iter().enumerate() {
                let name = format!("prepare-{index}");
                let fill = || filler.fill(|index| self.bodies.prepare(&self.plan[index]));
                thread::Builder::new().name(name).spawn_scoped(scope, fill)?;
            }
            primed.wait(is_interrupted);
            if is_interrupted() {
                return Err(ReplayError::Interrupted);
            }
            let clock = RunClock::starting_in(LEAD_NS);
            let epoch_unix_ns = Some(clock.epoch_unix_ns());
            let mut record =
                RunRecord { run: numbered.run, epoch_unix_ns, floor, ..RunRecord::default() };
            observer.started(&record);
            let steal_before = steal_ns();
            let (told, events) = crossbeam_channel::unbounded();
            let orders = Orders {
                plan: Arc::clone(&self.plan),
                clock,
                taker,
                heads: self.heads(clock)?,
                load: self.config.load,
                bounds: self.bounds(),
                timeout_ns: i64::try_from(self.timeout().as_nanos()).unwrap_or(i64::MAX),
                events: told,
                stopped: Arc::clone(interrupted),
            };
            // A line that is gone drops the orders, and the collector sees it.
            let _ = begin.send(orders);
            let tracker = self.tracker(numbered);
            let collector =
                Collector { run: numbered.run, plan: &self.plan, clock, events, tracker };
            let outcomes = collector.collect(observer);
            record.steal_ns = steal_before.zip(steal_ns()).map(|(before, after)| after - before);
            record.clock_step_ns = Some(clock.unix_step_ns());
            let is_cut = |outcome: &Outcome| outcome.code == Some(Code::CutShort);
            record.cut_short = outcomes.iter().any(is_cut);
            let judgement = judge(&outcomes, record.clock_step_ns);
            record.verdict = judgement.verdict;
            record.verdict_reasons = judgement.reasons();
            Ok(Run { outcomes, record, scheduling, judgement })
        })
    }

    /// What the line's thread does: connects, measures the floor, and waits for orders.
    fn line(
        &self,
        ready: &mpsc::SyncSender<Result<Ready, ReplayError>>,
        begun: &mpsc::Receiver<Orders>,
        is_interrupted: impl Fn() -> bool,
    ) {
        // Before the thread takes its class, which the threads that it starts would inherit.
        let prepared = self.connect(&is_interrupted).and_then(|idle| {
            let scheduling = sharpen(self.config.realtime)?;
            let floor = crate::floor::measure(&self.plan, is_interrupted);
            Ok((idle, Ready { floor, scheduling }))
        });
        match prepared {
            Err(error) => drop(ready.send(Err(error))),
            Ok((idle, state)) => {
                let _ = ready.send(Ok(state));
                if let Ok(orders) = begun.recv() {
                    idle.run(orders);
                }
            }
        }
    }

    fn connect(&self, stopped: &dyn Fn() -> bool) -> Result<Idle, ReplayError> {
        let Config { endpoint, connection_count, assignment, .. } = &self.config;
        let dialler = dialler(&self.config, self.timeout());
        let connected = Idle::connect(dialler, (*connection_count).max(1), *assignment, stopped);
        connected.map_err(|source| match source {
            ConnectError::Interrupted => ReplayError::Interrupted,
            source => ReplayError::Connect { endpoint: endpoint.clone(), source },
        })
    }

    fn heads(&self, clock: RunClock) -> Result<Heads, ReplayError> {
        let Config { endpoint, metadata, propagate_deadline, .. } = &self.config;
        let address = |_| ReplayError::Address(endpoint.clone());
        let uri = method_uri(endpoint, self.protocol.path()).map_err(address)?;
        Ok(Heads {
            plan: Arc::clone(&self.plan),
            protocol: Arc::clone(&self.protocol),
            carried: self.carried.clone(),
            slo_count: self.trace.header().slos.len(),
            clock,
            template: call_to(uri, metadata),
            propagate_deadline: *propagate_deadline,
        })
    }

    fn bounds(&self) -> Bounds {
        Bounds { requests: self.config.in_flight_max, bytes: self.config.in_flight_bytes_max }
    }

    fn tracker(&self, numbered: &Numbered) -> Tracker {
        let Numbered { position, of, subject, .. } = numbered;
        Tracker::new(*position, *of, Arc::clone(subject), Arc::clone(&self.plan))
    }

    /// How long a call may take. Nobody gives up on a request before its deadline unless told to.
    pub(crate) fn timeout(&self) -> Duration {
        let slo = |planned: &Planned| planned.deadline().saturating_since(planned.arrival());
        let longest = || self.plan.iter().map(slo).max().unwrap_or_default();
        self.config.timeout.unwrap_or_else(|| longest().max(TIMEOUT))
    }
}

/// How the requests of a plan are put to the server, which is asked where its kind wants it.
fn bind(
    header: &Header,
    plan: &[Planned],
    config: &Config,
    interrupted: &AtomicBool,
) -> Result<Protocol, ReplayError> {
    let mut used = vec![false; header.models.len()];
    plan.iter().for_each(|planned| used[usize::from(planned.row.request.model.0)] = true);
    let models = header.models.iter().zip(used).map(|(model, used)| ModelShape {
        name: model.name.clone(),
        shape: model.shape.clone(),
        used,
    });
    let slo_ns = |planned: &Planned| planned.deadline().as_nanos() - planned.arrival().as_nanos();
    let slo_ns_max = plan.iter().map(slo_ns).max().unwrap_or_default();
    let traffic = Traffic { models: models.collect(), slos: header.slos.clone(), slo_ns_max };
    let stopped = || interrupted.load(Ordering::Relaxed);
    let dialler = dialler(config, config.timeout.unwrap_or(TIMEOUT));
    let mut questions = Questions::new(dialler, &config.metadata, &stopped);
    let bound = config.target.bind(&traffic, &mut questions);
    match questions.into_error() {
        _ if stopped() => Err(ReplayError::Interrupted),
        Some(source) => Err(ReplayError::Connect { endpoint: config.endpoint.clone(), source }),
        None => Ok(bound?),
    }
}

fn dialler(config: &Config, timeout: Duration) -> Dialler {
    Dialler {
        endpoint: config.endpoint.clone(),
        tls: config.tls.clone(),
        timeout: config.connect_timeout,
        user_timeout: timeout.max(TIMEOUT),
    }
}
