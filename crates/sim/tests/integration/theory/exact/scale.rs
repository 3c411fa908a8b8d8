//! Time has no unit: a cluster that is so many times slower does the same so many times later.

use proptest::prelude::*;
use request::Moment;
use sim::Fate;

use super::{Row, TIMES_US, constant, requests, rows};

/// Policies that are told a time, which has to be scaled with the others, with the place for it.
const TOLD: [&str; 2] = ["aging:age_ms=", "drr:quantum_ms="];

fn scaled(moment: Moment, factor: i64) -> Moment {
    Moment::from_nanos(moment.as_nanos() * factor)
}

proptest! {
    /// By powers of two, which scale the fractions of a ms in a profile exactly.
    #[test]
    fn all_times_scaled_scale_every_outcome(
        rows in rows(2),
        workers in 1u32..4,
        factor in prop::sample::select(vec![2u32, 8, 1_024]),
    ) {
        let slower: Vec<Row> = rows
            .iter()
            .map(|&(at, slo, tier, model)| (at * factor, slo * factor, tier, model))
            .collect();
        let one = constant(&TIMES_US, workers);
        let other = constant(&TIMES_US.map(|time| time * factor), workers);
        let untold = policy::names().map(|name| (name.to_owned(), name.to_owned()));
        let untold = untold.filter(|(name, _)| !TOLD.iter().any(|told| told.starts_with(name)));
        let told = TOLD.map(|told| (format!("{told}1"), format!("{told}{factor}")));
        let late = ["edf", "fifo"].map(|name| {
            let name = format!("{name}:late=hopeless");
            (name.clone(), name)
        });
        for (policy, slower_policy) in untold.chain(told).chain(late) {
            let quick = one.run(&policy, requests(&rows));
            let slow = other.run(&slower_policy, requests(&slower));
            for (quick, slow) in quick.fates.iter().zip(&slow.fates) {
                let expected = scaled_fate(*quick, i64::from(factor));
                prop_assert_eq!(expected, *slow, "{}", policy);
            }
        }
    }
}

fn scaled_fate(fate: Fate, factor: i64) -> Fate {
    match fate {
        Fate::Served(served) => Fate::Served(cluster::Served {
            started: scaled(served.started, factor),
            finished: scaled(served.finished, factor),
            ..served
        }),
        Fate::Refused { reason, at } => Fate::Refused { reason, at: scaled(at, factor) },
        Fate::Lost { at } => Fate::Lost { at: scaled(at, factor) },
    }
}
