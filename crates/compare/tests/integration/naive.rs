//! The method once more, request by request and without any cleverness, on tables of any shape:
//! ties, failures, unequal numbers of runs, blocks without requests.

use std::collections::BTreeMap;

use compare::{Comparison, Design, MetricKind, Row, Settings, Status, compare, of_rows};
use proptest::prelude::*;
use request::{Moment, RequestId, Tier};

const BLOCKS: u32 = 8;

/// What a run made of each request: its latency in ns, if it ended `ok`, and whether in time.
type Fates = Vec<(Option<u64>, bool)>;

/// Arrivals in ns and tiers, and for each run of each side its fates.
#[derive(Clone, Debug)]
struct Case {
    requests: Vec<(i64, Tier)>,
    sides: [Vec<Fates>; 2],
}

/// Of each side, so many runs.
fn case(runs: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    // Few different latencies, so that there are ties; a second set of rare large ones.
    let latency = prop_oneof![8 => 1_u64..40, 1 => 1_000_u64..1_010];
    let fate = prop_oneof![
        12 => (latency, any::<bool>()).prop_map(|(latency, met)| (Some(latency), met)),
        1 => Just((None, false)),
    ];
    let runs = (runs.clone(), runs);
    (40_usize..120, runs).prop_flat_map(move |(count, (runs_a, runs_b))| {
        let request = (0_i64..1_000, prop::sample::select(&Tier::ALL[..2]));
        let fates = prop::collection::vec(fate.clone(), count);
        let side = |runs| prop::collection::vec(fates.clone(), runs);
        let requests = prop::collection::vec(request, count);
        (requests, side(runs_a), side(runs_b)).prop_map(|(mut requests, a, b)| {
            requests.sort();
            Case { requests, sides: [a, b] }
        })
    })
}

impl Case {
    fn comparison(&self) -> Comparison {
        let rows = |fates: &Fates| -> Vec<Row> {
            let each = (0..).zip(&self.requests).zip(fates);
            let row = |((id, &(arrival, tier)), &(latency_ns, slo_met))| Row {
                id: RequestId(id),
                arrival: Moment::from_nanos(arrival),
                tier,
                slo: 0,
                latency_ns,
                slo_met,
                lag_ns: None,
            };
            let mut rows: Vec<Row> = each.map(row).collect();
            // Their order means nothing.
            rows.reverse();
            rows
        };
        let side = |side: &Vec<Fates>| side.iter().map(rows).collect::<Vec<_>>();
        let sides = [("a", side(&self.sides[0])), ("b", side(&self.sides[1]))];
        let (traffic, sides) = of_rows(&sides, BLOCKS).unwrap();
        compare(&traffic, &sides[0], &sides[1], &Settings::default())
    }

    /// The t of paired differences by block; `d` tells of a request by its position.
    fn block_t(&self, tier: Option<Tier>, d: impl Fn(usize) -> f64) -> (f64, u64) {
        let (first, last) = (self.requests[0].0, self.requests[self.requests.len() - 1].0);
        let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
        for (index, &(arrival, of)) in self.requests.iter().enumerate() {
            if tier.is_none_or(|tier| tier == of) {
                let block = (arrival - first) * i64::from(BLOCKS) / (last - first + 1);
                *sums.entry(block).or_default() += d(index);
            }
        }
        let count = sums.len() as f64;
        if sums.len() < 2 {
            return (0.0, 1);
        }
        let total: f64 = sums.values().sum();
        let squares: f64 = sums.values().map(|sum| (sum - total / count).powi(2)).sum();
        let deviation = (squares / (count - 1.0)).sqrt() * count.sqrt();
        let t = match (deviation < 1e-9, total.abs() < 1e-9) {
            (_, true) => 0.0,
            (true, false) => f64::INFINITY.copysign(total),
            (false, false) => total / deviation,
        };
        (t, sums.len() as u64 - 1)
    }

    /// Latencies of a side in a tier, every run together, infinite where there is none.
    fn latencies(&self, side: usize, tier: Option<Tier>) -> Vec<f64> {
        let of_run = |fates: &Fates| -> Vec<f64> {
            let each = self.requests.iter().zip(fates);
            let of_tier = each.filter(|((_, of), _)| tier.is_none_or(|tier| tier == *of));
            of_tier.map(|(_, (latency, _))| finite(*latency)).collect()
        };
        self.sides[side].iter().flat_map(of_run).collect()
    }

    /// The value at which both sides together, half each, reach the share `ppm`.
    fn pooled(&self, tier: Option<Tier>, ppm: u128) -> f64 {
        let runs = [self.sides[0].len(), self.sides[1].len()];
        let mut all: Vec<(f64, u128)> = (0..2)
            .flat_map(|side| {
                let weight = runs[1 - side] as u128;
                self.latencies(side, tier).into_iter().map(move |latency| (latency, weight))
            })
            .collect();
        all.sort_by(|one, other| one.0.total_cmp(&other.0));
        let target = (ppm * all.iter().map(|(_, weight)| weight).sum::<u128>()).div_ceil(1_000_000);
        let mut reached = 0;
        let found = all.iter().find(|(_, weight)| {
            reached += weight;
            reached >= target
        });
        found.unwrap().0
    }

    /// Mean over the runs of a side of an indicator of one request.
    fn mean(&self, side: usize, index: usize, of: impl Fn(&(Option<u64>, bool)) -> bool) -> f64 {
        let runs = &self.sides[side];
        let count = runs.iter().filter(|fates| of(&fates[index])).count();
        count as f64 / runs.len() as f64
    }
}

fn finite(latency: Option<u64>) -> f64 {
    latency.map_or(f64::INFINITY, |latency| latency as f64)
}

/// Nearest rank.
fn quantile(mut values: Vec<f64>, ppm: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(ppm * values.len()).div_ceil(1_000_000) - 1]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn blocks_are_those_of_the_plain_method(case in case(1..4)) {
        let comparison = case.comparison();
        prop_assume!(comparison.design == Design::Blocks);
        for (name, tier) in [("all", None), ("tier1", Some(Tier::Vip)), ("tier2", Some(Tier::Premium))] {
            let Some(p50) = comparison.metric(name, MetricKind::P50) else { continue };
            if let Some(found) = &p50.estimate {
                let (a, b) = (
                    quantile(case.latencies(0, tier), 500_000),
                    quantile(case.latencies(1, tier), 500_000),
                );
                prop_assert_eq!((found.a, found.b), (a, b));
                let finite_both = a.is_finite() && b.is_finite();
                prop_assert_eq!(found.status == Status::Ok, finite_both);
                let limit = match finite_both {
                    true => case.pooled(tier, 500_000),
                    false => {
                        let both = [case.latencies(0, tier), case.latencies(1, tier)].concat();
                        both.into_iter().filter(|latency| latency.is_finite()).fold(0.0, f64::max)
                    }
                };
                let above = |fate: &(Option<u64>, bool)| finite(fate.0) > limit;
                let (t, df) = case.block_t(tier, |index| {
                    case.mean(1, index, above) - case.mean(0, index, above)
                });
                prop_assert!(near(found.test.t, t), "{name}: t {}, plainly {t}", found.test.t);
                prop_assert_eq!(found.test.df, df);
            }
            let met = |fate: &(Option<u64>, bool)| fate.1;
            let attainment = comparison.metric(name, MetricKind::SloAttainment).unwrap();
            if let Some(found) = &attainment.estimate {
                let (t, df) =
                    case.block_t(tier, |index| case.mean(0, index, met) - case.mean(1, index, met));
                prop_assert!(near(found.test.t, t), "{name}: t {}, plainly {t}", found.test.t);
                prop_assert_eq!(found.test.df, df);
            }
        }
    }

    #[test]
    fn runs_are_those_of_the_plain_method(case in case(3..6)) {
        let comparison = case.comparison();
        prop_assert_eq!(comparison.design, Design::Runs);
        let attainment = comparison.metric("all", MetricKind::SloAttainment).unwrap();
        let found = &attainment.estimate.as_ref().unwrap().test;
        let shares = |side: usize| -> Vec<f64> {
            let share = |fates: &Fates| {
                fates.iter().filter(|fate| fate.1).count() as f64 / fates.len() as f64
            };
            case.sides[side].iter().map(share).collect()
        };
        let (a, b) = (shares(0), shares(1));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let squares =
            |values: &[f64]| values.iter().map(|value| (value - mean(values)).powi(2)).sum::<f64>();
        let df = a.len() + b.len() - 2;
        let variance = (squares(&a) + squares(&b)) / df as f64;
        let error = (variance * (1.0 / a.len() as f64 + 1.0 / b.len() as f64)).sqrt();
        let harm = mean(&a) - mean(&b);
        prop_assert!((found.harm - harm).abs() < 1e-12);
        prop_assume!(error > 1e-9);
        prop_assert!(near(found.t, harm / error));
        prop_assert_eq!(found.df, df as u64);
    }
}

fn near(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}
