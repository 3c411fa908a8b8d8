//! Runs of the engine, each checked by Little's law.

use cluster::{Cluster, Emulation, Observer, Profile, Served, Span, Violation, Workers};
use policy::RefusalReason;
use request::{Moment, Request, Seed};
use sim::{Fate, simulate};

/// What became of the requests of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// In order of arrival.
    pub(crate) requests: Vec<Request>,
    pub(crate) fates: Vec<Fate>,
}

/// A cluster without its policy.
#[derive(Clone, Debug)]
pub(crate) struct Lab {
    emulation: Emulation,
}

impl Lab {
    pub(crate) fn new(workers: Workers, profile: Profile) -> Self {
        Self { emulation: Emulation { workers, profile, seed: Seed(7) } }
    }

    /// Equal workers, and one model of which the profile says this.
    pub(crate) fn of_one_model(workers: u32, model: &str) -> Self {
        Self::new(Workers::equal(workers), profile(&[model]))
    }

    /// # Panics
    /// Where the run ends with an error, or breaks Little's law.
    pub(crate) fn run(&self, policy: &str, requests: Vec<Request>) -> Run {
        let run = self.try_run(policy, requests);
        run.unwrap_or_else(|violation| panic!("{violation}"))
    }

    pub(crate) fn try_run(&self, policy: &str, requests: Vec<Request>) -> Result<Run, Violation> {
        let policy = policy::by_name(policy).unwrap_or_else(|error| panic!("{error}"));
        let mut cluster = Cluster::new(policy, &self.emulation);
        let mut record = Record { fates: vec![None; requests.len()], running_area: 0 };
        let arrivals = requests.iter().copied().zip(0..).map(Ok::<_, Violation>);
        simulate(arrivals, &mut cluster, &mut record)?;
        let ended = |fate: Option<Fate>| fate.expect("every request ends");
        let fates: Vec<Fate> = record.fates.into_iter().map(ended).collect();
        let run = Run { requests, fates };
        // Little's law, exact, of a run that begins and ends empty: the sojourns together are the
        // number in flight, integrated; and what is not spent running is spent waiting.
        let queue = cluster.queue();
        assert_eq!(queue.in_flight_area, run.sojourns().map(u128::from).sum::<u128>());
        assert_eq!(queue.waiting_area + record.running_area, queue.in_flight_area);
        Ok(run)
    }
}

impl Run {
    /// Time from arrival to the end, whatever it was, in ns.
    pub(crate) fn sojourns(&self) -> impl Iterator<Item = u64> {
        let ends = self.requests.iter().zip(&self.fates);
        ends.map(|(request, fate)| nanos(request.arrival, end(fate)))
    }

    /// The requests that were served.
    pub(crate) fn served(&self) -> impl Iterator<Item = (&Request, Served)> {
        self.requests.iter().zip(&self.fates).filter_map(|(request, fate)| match fate {
            Fate::Served(served) => Some((request, *served)),
            Fate::Refused { .. } | Fate::Lost { .. } => None,
        })
    }

    /// Queueing delays in ms of the served requests that `of` takes.
    pub(crate) fn waits(&self, of: impl Fn(&Request) -> bool) -> Vec<f64> {
        let served = self.served().filter(|(request, _)| of(request));
        served.map(|(request, served)| ms(request.arrival, served.started)).collect()
    }

    /// Latencies in ms of the served requests that `of` takes.
    pub(crate) fn latencies(&self, of: impl Fn(&Request) -> bool) -> Vec<f64> {
        let served = self.served().filter(|(request, _)| of(request));
        served.map(|(request, served)| ms(request.arrival, served.finished)).collect()
    }

    /// The busy periods of the cluster's only worker.
    pub(crate) fn busy_periods(&self) -> Vec<(Moment, Moment)> {
        let mut spans: Vec<_> = self.served().map(|(_, s)| (s.started, s.finished)).collect();
        spans.sort_unstable();
        let mut joined: Vec<(Moment, Moment)> = Vec::new();
        for (start, end) in spans {
            match joined.last_mut() {
                Some(last) if last.1 == start => last.1 = end,
                _ => joined.push((start, end)),
            }
        }
        joined
    }
}

/// A profile of models `m0`, `m1` and so on, of which it says this.
pub(crate) fn profile(models: &[impl AsRef<str>]) -> Profile {
    let section = |(number, model)| format!("[models.m{number}]\n{}\n", AsRef::as_ref(model));
    let sections: String = models.iter().enumerate().map(section).collect();
    Profile::parse(&format!("version = 1\n{sections}")).unwrap()
}

/// Any request.
pub(crate) fn all(_: &Request) -> bool {
    true
}

pub(crate) fn end(fate: &Fate) -> Moment {
    match fate {
        Fate::Served(served) => served.finished,
        Fate::Refused { at, .. } | Fate::Lost { at } => *at,
    }
}

pub(crate) fn nanos(from: Moment, to: Moment) -> u64 {
    (to.as_nanos() - from.as_nanos()).cast_unsigned()
}

pub(crate) fn ms(from: Moment, to: Moment) -> f64 {
    nanos(from, to) as f64 / 1e6
}

/// Takes the fates, and how much running there was.
struct Record {
    fates: Vec<Option<Fate>>,
    /// The number of running requests, integrated over time: requests x ns.
    running_area: u128,
}

impl Record {
    fn ended(&mut self, row: usize, fate: Fate) {
        let before = self.fates[row].replace(fate);
        assert_eq!(before, None, "request {row} ended twice");
    }
}

impl Observer<usize> for Record {
    fn served(&mut self, _: &Request, row: usize, served: Served) {
        self.ended(row, Fate::Served(served));
    }

    fn refused(&mut self, _: &Request, row: usize, reason: RefusalReason, at: Moment) {
        self.ended(row, Fate::Refused { reason, at });
    }

    fn lost(&mut self, _: &Request, row: usize, at: Moment) {
        self.ended(row, Fate::Lost { at });
    }

    fn ran(&mut self, span: &Span) {
        let length = (span.ended - span.dispatched).as_nanos();
        self.running_area += length * u128::from(span.batch_size);
    }
}
