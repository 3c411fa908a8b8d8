//! A small cluster in virtual time, so that policies are tested without the real one.
//!
//! It checks every action, and it keeps its own books: what it says of a policy does not rest on
//! the code that policies share.

mod books;
mod engine;

use std::collections::BTreeMap;
use std::time::Duration;

use request::{ModelId, Moment, Request, RequestId, Tier};

use crate::{Policy, RefusalReason};

/// Everything that happens to a policy from outside.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) models: Vec<Model>,
    pub(crate) workers: Vec<Worker>,
    /// In order of (arrival, id).
    pub(crate) requests: Vec<Request>,
    pub(crate) outages: Vec<Outage>,
    /// Whether requests that were running on a lost worker wait again.
    pub(crate) lost_wait_again: bool,
    /// Whether tickets are used again as late as can be, not as soon.
    pub(crate) fresh_tickets: bool,
}

/// A model: a batch of `size` takes `fixed + size x each`, about.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) fixed: Duration,
    pub(crate) each: Duration,
    /// The worst case, in percent of the mean.
    pub(crate) worst_percent: u32,
    /// How far a true time may be from the mean, in percent of it.
    pub(crate) spread_percent: u32,
    pub(crate) batch_size_max: u32,
    pub(crate) batch_wait: Duration,
    /// Time to load it.
    pub(crate) load: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    /// In percent.
    pub(crate) speed: u32,
    /// How many models it holds at once.
    pub(crate) slots: usize,
    /// The only models that it can hold; all where there are none.
    pub(crate) pinned: Vec<ModelId>,
}

/// Worker `worker` is away from `from`, inclusive, until `until`; for ever without an end.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) worker: u32,
    pub(crate) from: Moment,
    pub(crate) until: Option<Moment>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Served {
        worker: u32,
        started: Moment,
        finished: Moment,
        batch_size: usize,
    },
    Refused {
        reason: RefusalReason,
        at: Moment,
    },
    /// It went down with its worker.
    Lost,
}

/// An action, with requests named by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Dispatch(u32, Vec<i64>),
    Refuse(i64, RefusalReason),
    Preempt(u32),
    WakeAt(Moment),
}

/// What became of a scene.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// How each request ended, by id.
    pub(crate) fates: BTreeMap<i64, Fate>,
    /// What the policy did, event by event.
    pub(crate) log: Vec<(Moment, Vec<Deed>)>,
    /// Requests that nothing will ever answer, though a worker could.
    pub(crate) starved: Vec<i64>,
    /// When, and for whom, a worker first idled that should not have.
    pub(crate) idled: Option<(Moment, i64)>,
}

impl Default for Model {
    /// Ten ns, exactly, one at a time.
    fn default() -> Self {
        Self {
            fixed: Duration::ZERO,
            each: Duration::from_nanos(10),
            worst_percent: 100,
            spread_percent: 0,
            batch_size_max: 1,
            batch_wait: Duration::ZERO,
            load: Duration::ZERO,
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self { speed: 100, slots: usize::MAX, pinned: Vec::new() }
    }
}

impl Scene {
    /// `workers` equal workers and one model, for requests of (arrival, tier, deadline).
    pub(crate) fn new(workers: usize, requests: &[(i64, i64, i64)]) -> Self {
        let request = |(id, &(arrival, tier, deadline))| request(id, arrival, tier, deadline, 0);
        Self {
            models: vec![Model::default()],
            workers: vec![Worker::default(); workers],
            requests: (0..).zip(requests).map(request).collect(),
            outages: Vec::new(),
            lost_wait_again: true,
            fresh_tickets: false,
        }
    }

    /// Asks of `model` for request `id`.
    pub(crate) fn model_of(mut self, id: usize, model: u16) -> Self {
        self.requests[id].model = ModelId(model);
        self
    }

    pub(crate) fn models(mut self, models: Vec<Model>) -> Self {
        self.models = models;
        self
    }

    pub(crate) fn outage(mut self, worker: u32, from: i64, until: i64) -> Self {
        self.outages.push(Outage { worker, from: at(from), until: Some(at(until)) });
        self
    }

    /// Runs it under the policy that `text` names.
    pub(crate) fn run(&self, text: &str) -> Run {
        self.run_under(crate::by_name(text).unwrap())
    }

    pub(crate) fn run_under(&self, policy: Box<dyn Policy>) -> Run {
        engine::run(self, policy)
    }
}

impl Run {
    /// What the policy did, and when.
    pub(crate) fn deeds(&self) -> impl Iterator<Item = (i64, Deed)> {
        let deeds = self.log.iter();
        deeds.flat_map(|(now, deeds)| deeds.iter().map(|deed| (now.as_nanos(), deed.clone())))
    }

    /// The requests in the order in which they started.
    pub(crate) fn order(&self) -> Vec<i64> {
        self.batches().into_iter().flat_map(|(_, _, batch)| batch).collect()
    }

    /// The dispatches: when, to which worker, which requests.
    pub(crate) fn batches(&self) -> Vec<(i64, u32, Vec<i64>)> {
        let batch = |(now, deed)| match deed {
            Deed::Dispatch(worker, batch) => Some((now, worker, batch)),
            _ => None,
        };
        self.deeds().filter_map(batch).collect()
    }

    /// The refusals: when, whom, why.
    pub(crate) fn refusals(&self) -> Vec<(i64, i64, RefusalReason)> {
        let refusal = |(now, deed)| match deed {
            Deed::Refuse(id, reason) => Some((now, id, reason)),
            _ => None,
        };
        self.deeds().filter_map(refusal).collect()
    }
}

pub(crate) fn at(nanos: i64) -> Moment {
    Moment::from_nanos(nanos)
}

pub(crate) fn request(id: i64, arrival: i64, tier: i64, deadline: i64, model: u16) -> Request {
    Request {
        id: RequestId(id),
        arrival: at(arrival),
        deadline: at(deadline),
        tier: Tier::from_number(tier).unwrap(),
        model: ModelId(model),
    }
}

/// The order in which the policy runs requests of the given (tier, deadline), of which request `i`
/// arrives at `i` ns, when a worker comes after the last of them.
pub(crate) fn order(policy: &str, requests: &[(i64, i64)]) -> Vec<i64> {
    let request = |(arrival, &(tier, deadline))| (arrival, tier, deadline);
    let rows: Vec<_> = (0..).zip(requests).map(request).collect();
    let end = rows.len() as i64;
    Scene::new(1, &rows).outage(0, 0, end).run(policy).order()
}
