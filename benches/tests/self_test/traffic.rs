//! What both sides of a comparison share: the requests, and how much work each of them is.

use std::time::Duration;

use cluster::Profile;
use request::Seed;
use trace::{Amounts, TraceRow, Workload, WorkloadFile, generate};

use crate::queue::WORKERS;

/// Requests of a trace: at 120 to 140 a second they come for 140 to 170 s.
const REQUESTS: u64 = 20_000;

/// Mean service time, ms.
const MEAN_MS: f64 = 20.0;

/// How requests come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) name: &'static str,
    /// Arrival rate times mean service time, over the workers.
    utilisation: f64,
    arrivals: &'static str,
}

impl Load {
    /// Independent users.
    pub(crate) const MILD: Self = Self { name: "mild", utilisation: 0.6, arrivals: "poisson" };

    /// Bursts of 2 s in the mean, at 1.1 times what the workers can serve, every 8 s.
    pub(crate) const HARD: Self = Self {
        name: "hard",
        utilisation: 0.7,
        arrivals: "on_off:on=2s,off=6s,off_rate=0.52,shared=true",
    };
}

/// A trace, and its base sizes.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    /// In order of arrival.
    pub(crate) rows: Vec<TraceRow>,
    /// How long each takes on a worker without noise, ns.
    pub(crate) sizes_ns: Vec<u64>,
}

impl Traffic {
    /// The workload `balanced`, with all its tiers and SLO classes, under this load.
    pub(crate) fn new(load: Load, seed: Seed) -> Self {
        let amounts = Amounts {
            total_qps: Some(load.utilisation * f64::from(WORKERS) / (MEAN_MS / 1e3)),
            duration: Some(Duration::from_secs(1)),
            arrivals: Some(load.arrivals.parse().unwrap()),
            ..Amounts::default()
        };
        let mut workload: Workload =
            WorkloadFile::built_in("balanced").unwrap().workload(&amounts).unwrap();
        workload.count = Some(REQUESTS);
        let drawn = generate(&workload, seed.derive("trace"), 1).unwrap();
        let rows: Vec<TraceRow> = drawn.flatten().collect();
        let (profile, seed) = Self::services(seed);
        let (model, times) = (profile.model("any").unwrap(), profile.service_times(seed));
        let size = |row: &TraceRow| times.draw(model, row.request.id, 1).as_nanos() as u64;
        Self { sizes_ns: rows.iter().map(size).collect(), rows }
    }

    /// Where the base sizes come from: the simulator's log-normal law, with sigma 1.
    pub(crate) fn services(seed: Seed) -> (Profile, Seed) {
        let cv = libm::sqrt(libm::expm1(1.0));
        let law = "law = \"lognormal\"";
        let text = format!("version = 1\n[default]\n{law}\nmean_ms = {MEAN_MS}\ncv = {cv}\n");
        (Profile::parse(&text).unwrap(), seed.derive("size"))
    }
}
