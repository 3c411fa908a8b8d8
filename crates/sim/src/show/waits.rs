//! How long the requests of each class waited.

use outcome::units::{grouped, millis};
use outcome::{Grid, Spread, Summary};

const HEADER: [&str; 8] = [
    "tier",
    "slo",
    "started",
    "wait_ms",
    "wait_p50_ms",
    "wait_p95_ms",
    "wait_p99_ms",
    "wait_max_ms",
];

/// From arrival to start of execution, of those that started.
pub(super) fn grid(summary: &Summary) -> Grid {
    let mut grid = Grid::new(&HEADER).words(&[0, 1]);
    for (class, of_class) in &summary.classes {
        grid.row(cells(&class.tier.to_string(), &class.slo, of_class.queueing_delay));
    }
    grid.rule().row(cells("all", "", summary.all.queueing_delay));
    grid
}

fn cells(tier: &str, slo: &str, wait: Option<Spread>) -> [String; 8] {
    let time = |of: fn(Spread) -> u64| wait.map_or("-".into(), |wait| millis(of(wait).into()));
    [
        tier.into(),
        slo.into(),
        grouped(wait.map_or(0, |wait| wait.count)),
        time(|wait| wait.mean_ns),
        time(|wait| wait.p50_ns),
        time(|wait| wait.p95_ns),
        time(|wait| wait.p99_ns),
        time(|wait| wait.max_ns),
    ]
}
