//! What a policy's decisions about one request cost, at a shallow and at a deep queue.
//!
//! In the steady state of a busy cluster: a worker finishes and is given the next request, then
//! another arrives. The cluster is a few arrays, so that what is measured is the policy.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use policy::{Action, Actions, Event, Policy, Ticket, View, WorkerId};
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

const WORKERS: u32 = 4;
const DEPTHS: [(&str, u32); 2] = [("8", 8), ("1e5", 100_000)];

/// Every policy, told to take what comes: refusals are cheaper than service.
const POLICIES: [&str; 15] = [
    "admission:queue_max=1000000000,share2=100,share3=100",
    "aging",
    "batch-edf",
    "clockwork",
    "drr",
    "edf",
    "edf:late=hopeless",
    "edf:preempt=on",
    "fifo",
    "least-slack",
    "priority",
    "shed",
    "sjf",
    "tier-edf",
    "wfq",
];

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy");
    group.sample_size(20).warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_secs(1)).throughput(Throughput::Elements(1));
    for name in POLICIES {
        for (depth_name, depth) in DEPTHS {
            let mut busy = Busy::new(policy::by_name(name).expect("it is built in"), depth);
            group.bench_function(BenchmarkId::new(name, depth_name), |bencher| {
                bencher.iter(|| busy.turn());
            });
        }
    }
    group.finish();
}

/// A cluster that is busy for ever, with a queue that is always as deep.
struct Busy {
    policy: Box<dyn Policy>,
    actions: Actions,
    cluster: Few,
    now: Moment,
    turns: u64,
}

/// The cluster as the policy sees it: one model, workers alike, batches of one.
struct Few {
    requests: Vec<Request>,
    idle: Option<WorkerId>,
    /// What each worker runs.
    running: Vec<Ticket>,
}

impl Busy {
    fn new(policy: Box<dyn Policy>, depth: u32) -> Self {
        let cluster = Few { requests: Vec::new(), idle: None, running: Vec::new() };
        let mut busy =
            Self { policy, actions: Actions::default(), cluster, now: Moment::ZERO, turns: 0 };
        for ticket in 0..depth + WORKERS {
            busy.cluster.idle = (ticket < WORKERS).then_some(WorkerId(ticket));
            let request = busy.next_request();
            busy.cluster.requests.push(request);
            busy.arrive(Ticket(ticket));
        }
        assert_eq!(busy.cluster.running.len(), WORKERS as usize, "every worker has work");
        busy
    }

    /// One request comes, and one is served.
    fn turn(&mut self) {
        self.now = self.now + Duration::from_micros(1);
        let worker = WorkerId((self.turns % u64::from(WORKERS)) as u32);
        let served = self.cluster.running[worker.0 as usize];
        self.cluster.idle = Some(worker);
        self.step(Event::Finished { worker, batch: &[served] });
        assert_eq!(self.cluster.idle, None, "the policy never idles");
        let request = self.next_request();
        self.cluster.requests[served.0 as usize] = request;
        self.arrive(served);
    }

    fn arrive(&mut self, ticket: Ticket) {
        let request = self.cluster.requests[ticket.0 as usize];
        self.step(Event::Arrived { ticket, request: &request });
    }

    fn step(&mut self, event: Event<'_>) {
        self.actions.clear();
        self.policy.on_event(self.now, event, &self.cluster, &mut self.actions);
        for action in self.actions.iter() {
            let Action::Dispatch { worker, batch } = action else { continue };
            self.cluster.idle = None;
            match self.cluster.running.get_mut(worker.0 as usize) {
                Some(running) => *running = batch[0],
                None => self.cluster.running.push(batch[0]),
            }
        }
    }

    /// Any tier; deadlines so far away, and so different, that order is lively and nobody is late.
    fn next_request(&mut self) -> Request {
        self.turns += 1;
        let drawn = Seed(1).draw(self.turns);
        Request {
            id: RequestId(self.turns.cast_signed()),
            arrival: self.now,
            deadline: self.now + Duration::from_secs(1_000) + Duration::from_nanos(drawn >> 24),
            tier: Tier::ALL[(drawn % 3) as usize],
            model: ModelId(0),
        }
    }
}

impl View for Few {
    fn worker_count(&self) -> u32 {
        WORKERS
    }

    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId> {
        self.idle.filter(|idle| *idle >= from)
    }

    fn workers_are_alike(&self) -> bool {
        true
    }

    fn estimate(&self, _: ModelId, size: u32) -> Duration {
        Duration::from_millis(10) * size
    }

    fn worst_case(&self, _: ModelId, size: u32) -> Duration {
        Duration::from_millis(20) * size
    }

    fn time_to_serve(&self, _: WorkerId, model: ModelId, size: u32) -> Option<Duration> {
        Some(self.estimate(model, size))
    }

    fn is_resident(&self, _: WorkerId, _: ModelId) -> bool {
        true
    }

    fn batch_size_max(&self, _: ModelId) -> u32 {
        1
    }

    fn batch_wait(&self, _: ModelId) -> Duration {
        Duration::ZERO
    }

    fn request(&self, ticket: Ticket) -> Option<&Request> {
        self.requests.get(ticket.0 as usize)
    }
}
