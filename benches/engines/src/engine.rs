//! The engines by name.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use clap::ValueEnum;

use crate::services::{AtArrival, AtDispatch};
use crate::{
    Record, Row, Service, Summary, Waits, Work, bare, floor, kiefer_wolfowitz, nexosim, reprise,
    simcore,
};

/// What solves the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// A pass over the rows, without a queue.
    Floor,
    /// The hand-written loop.
    Bare,
    /// The recursion, for `fifo` alone.
    KieferWolfowitz,
    /// Our engine as a library.
    Reprise,
    /// nexosim, one model, one thread.
    Nexosim,
    /// simcore of DSLab.
    Simcore,
}

/// In which order requests are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// By arrival.
    Fifo,
    /// By tier, then arrival.
    Priority,
    /// By deadline, then arrival.
    Edf,
}

impl Policy {
    /// The name that people type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Priority => "priority",
            Self::Edf => "edf",
        }
    }
}

impl Engine {
    /// Whether it follows the policy; the floor follows none.
    #[must_use]
    pub fn follows(self, policy: Policy) -> bool {
        match self {
            Self::Floor => false,
            Self::KieferWolfowitz => policy == Policy::Fifo,
            Self::Bare | Self::Reprise | Self::Nexosim | Self::Simcore => true,
        }
    }

    /// Whether it takes service times in this way; our cluster always draws at dispatch.
    #[must_use]
    pub fn offers(self, service: Service) -> bool {
        match service {
            Service::Drawn => true,
            Service::Early => self == Self::Bare,
            Service::Ready => self != Self::Reprise,
        }
    }

    fn check(self, policy: Policy, service: Service) -> anyhow::Result<()> {
        ensure!(self == Self::Floor || self.follows(policy), "{self:?} does not follow {policy:?}");
        ensure!(self.offers(service), "{self:?} does not take service times {service:?}");
        Ok(())
    }
}

/// Runs `work`, and says how long waits were and how long that took.
///
/// # Errors
/// Where the engine does not do what is asked, or fails.
pub fn run(
    engine: Engine,
    policy: Policy,
    service: Service,
    work: &Work,
) -> anyhow::Result<(Waits, Duration)> {
    engine.check(policy, service)?;
    let begun = Instant::now();
    let mut waits = Waits::default();
    match engine {
        Engine::Nexosim => waits = nexosim::run(work, policy, service)?,
        Engine::Simcore => waits = simcore::run(work, policy, service),
        _ => record(engine, policy, service, work, &mut waits)?,
    }
    Ok((waits, begun.elapsed()))
}

/// The same with a summary by class, for engines that let go of each request.
///
/// # Errors
/// As [`run`], and for the two frameworks.
pub fn run_with_summary(
    engine: Engine,
    policy: Policy,
    service: Service,
    work: &Work,
) -> anyhow::Result<(Summary, Duration)> {
    engine.check(policy, service)?;
    let begun = Instant::now();
    let mut summary = Summary::new(work.classes)?;
    record(engine, policy, service, work, &mut summary)?;
    Ok((summary, begun.elapsed()))
}

fn record(
    engine: Engine,
    policy: Policy,
    service: Service,
    work: &Work,
    record: &mut impl Record,
) -> anyhow::Result<()> {
    match service {
        Service::Drawn if engine == Engine::Reprise => reprise::run(work, policy, record),
        Service::Drawn => by_hand(engine, policy, work, work.drawn(), record),
        Service::Early => {
            let services = AtArrival::new(work.drawn(), work.rows.len());
            bare::run(&work.rows, policy, work.workers, services, record);
            Ok(())
        }
        Service::Ready => by_hand(engine, policy, work, |row| row.service_ns, record),
    }
}

fn by_hand(
    engine: Engine,
    policy: Policy,
    work: &Work,
    service: impl Fn(&Row) -> i64,
    record: &mut impl Record,
) -> anyhow::Result<()> {
    let (rows, workers) = (&work.rows, work.workers);
    match engine {
        Engine::Floor => floor::run(rows, service, record),
        Engine::Bare => bare::run(rows, policy, workers, AtDispatch(service), record),
        Engine::KieferWolfowitz => kiefer_wolfowitz::run(rows, workers, service, record),
        Engine::Reprise | Engine::Nexosim | Engine::Simcore => {
            bail!("{engine:?} does not let go of each request")
        }
    }
    Ok(())
}
