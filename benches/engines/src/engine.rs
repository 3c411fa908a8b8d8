//! The engines by name.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::ValueEnum;

use crate::{
    Record, Service, Summary, Waits, Work, bare, floor, kiefer_wolfowitz, nexosim, reprise, simcore,
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

    /// Whether service times can be had in this way; our cluster always draws.
    #[must_use]
    pub fn offers(self, service: Service) -> bool {
        self != Self::Reprise || service == Service::Drawn
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
    if engine != Engine::Floor && !engine.follows(policy) {
        bail!("{engine:?} does not follow {policy:?}");
    }
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
        Service::Drawn => hand_written(engine, policy, work, work.drawn(), record),
        Service::Ready => hand_written(engine, policy, work, |row| row.service_ns, record),
    }
}

fn hand_written(
    engine: Engine,
    policy: Policy,
    work: &Work,
    service: impl Fn(&crate::Row) -> i64,
    record: &mut impl Record,
) -> anyhow::Result<()> {
    match engine {
        Engine::Floor => floor::run(&work.rows, service, record),
        Engine::Bare => bare::run(&work.rows, policy, work.workers, service, record),
        Engine::KieferWolfowitz => {
            kiefer_wolfowitz::run(&work.rows, work.workers, service, record);
        }
        Engine::Reprise => bail!("our cluster draws service times at dispatch"),
        Engine::Nexosim | Engine::Simcore => bail!("{engine:?} makes no summary"),
    }
    Ok(())
}
