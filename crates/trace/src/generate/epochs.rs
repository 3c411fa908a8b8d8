//! The moments at which something of a class comes: one request, or a batch of them.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::Seed;

use super::environment::Environment;
use super::gap::{GapLaw, uniform};
use super::loadgen::LoadgenSchedule;
use super::operational::OperationalTime;
use crate::stream::{Purpose, SHARED, stream};
use crate::workload::{Class, Process, Workload};

/// A non-decreasing sequence of arrivals in ns.
#[derive(Clone, Debug)]
pub(crate) enum Epochs {
    /// Drawn without end.
    Drawn(Box<DrawnEpochs>),
    /// LoadGen's, which knows its end.
    Scheduled(Box<LoadgenSchedule>),
}

/// Arrivals of a law of gaps, along a path of rates.
#[derive(Clone, Debug)]
pub(crate) struct DrawnEpochs {
    law: GapLaw,
    /// Mean gap in operational time.
    mean_ns: f64,
    /// Part of the first gap that is left of a constant process; 1 elsewhere.
    phase: f64,
    numbers: ChaCha8Rng,
    /// Gaps drawn so far, and their sum.
    index: u64,
    operational_ns: i64,
    path: Path,
    last_ns: i64,
}

/// How operational time becomes real time.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    time: OperationalTime,
    environment: Option<Environment>,
}

impl Path {
    /// The path of a class of a valid workload.
    pub(crate) fn new(workload: &Workload, class: &Class, code: u32, seed: Seed) -> Self {
        let duration_ns = workload.duration.as_nanos() as i64;
        let time = OperationalTime::new(workload.rate_of(class), duration_ns);
        let environment = match &workload.arrivals_of(class).process {
            Process::Modulated { states, dwell, shared } => {
                let code = if *shared { SHARED } else { code };
                let numbers = stream(seed, code, Purpose::Environment);
                Some(Environment::new(states, *dwell, numbers))
            }
            _ => None,
        };
        Self { time, environment }
    }

    /// Whether operational and real time are one.
    pub(crate) fn is_real(&self) -> bool {
        self.environment.is_none() && self.time == OperationalTime::Real
    }

    /// Real time at an operational time, which may not decrease from call to call.
    fn real(&mut self, operational: f64) -> f64 {
        match &mut self.environment {
            None => self.time.real(operational),
            Some(environment) => environment.real(operational, &self.time),
        }
    }

    /// Operational time at a real time, which may not decrease from call to call.
    pub(crate) fn operational(&mut self, real: f64) -> f64 {
        match &mut self.environment {
            None => self.time.operational(real),
            Some(environment) => environment.area(real, &self.time),
        }
    }
}

impl Epochs {
    /// The epochs of a class of a valid workload; `code` names the class's streams.
    pub(crate) fn of_class(workload: &Workload, class: &Class, code: u32, seed: Seed) -> Self {
        match workload.arrivals_of(class).process {
            Process::Loadgen { schedule_seed } => {
                let qps = workload.total_qps * class.share;
                Self::scheduled(workload, schedule_seed, qps, class.count_min(workload))
            }
            _ => Self::Drawn(Box::new(DrawnEpochs::new(workload, class, code, seed))),
        }
    }

    /// The epochs of LoadGen's schedule for the workload as a whole.
    pub(crate) fn of_whole(workload: &Workload, schedule_seed: u64) -> Self {
        Self::scheduled(workload, schedule_seed, workload.total_qps, workload.min_query_count)
    }

    fn scheduled(workload: &Workload, schedule_seed: u64, qps: f64, count_min: u64) -> Self {
        let duration_ns = workload.duration.as_nanos() as i64;
        let schedule = LoadgenSchedule::new(schedule_seed, qps, duration_ns, count_min);
        Self::Scheduled(Box::new(schedule))
    }

    /// The next epoch, where there is one.
    pub(crate) fn next_ns(&mut self) -> Option<i64> {
        match self {
            Self::Drawn(drawn) => Some(drawn.next_ns()),
            Self::Scheduled(schedule) => schedule.next(),
        }
    }
}

impl DrawnEpochs {
    fn new(workload: &Workload, class: &Class, code: u32, seed: Seed) -> Self {
        let arrivals = workload.arrivals_of(class);
        let law = GapLaw::of(&arrivals.process);
        let mut numbers = stream(seed, code, Purpose::Arrival);
        let phase = match law {
            GapLaw::Constant => uniform(numbers.next_u64()),
            _ => 1.0,
        };
        Self {
            law,
            mean_ns: mean_gap_ns(workload, class),
            phase,
            numbers,
            index: 0,
            operational_ns: 0,
            path: Path::new(workload, class, code, seed),
            last_ns: 0,
        }
    }

    fn next_ns(&mut self) -> i64 {
        self.operational_ns = match self.law {
            // Counted rather than summed, so that a long trace does not drift.
            GapLaw::Constant => ((self.index as f64 + self.phase) * self.mean_ns + 0.5) as i64,
            law => {
                let gap = law.draw(self.numbers.next_u64()) * self.mean_ns;
                self.operational_ns.saturating_add((gap + 0.5) as i64)
            }
        };
        self.index += 1;
        if self.path.is_real() {
            return self.operational_ns;
        }
        let real = self.path.real(self.operational_ns as f64);
        // Rounding may not turn two epochs around.
        self.last_ns = self.last_ns.max((real + 0.5) as i64);
        self.last_ns
    }
}

/// Mean operational time between epochs of a class.
pub(crate) fn mean_gap_ns(workload: &Workload, class: &Class) -> f64 {
    let mean_ns = 1e9 / (workload.total_qps * class.share);
    match workload.arrivals_of(class).batch {
        None => mean_ns,
        Some(batch) => mean_ns * batch.mean(),
    }
}
