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
    let answered = (latency, any::<bool>()).prop_map(|(latency, met)| (Some(latency), met));
    // Mostly few failures, and sometimes so many that medians of some runs are infinite.
    let fate = move |answered_of_20: u32| prop_oneof![answered_of_20 => answered.clone(), 20 - answered_of_20 => Just((None, false))];
    let runs = (runs.clone(), runs);
    let answered = prop_oneof![Just(19_u32), Just(10)];
    (40_usize..120, runs, answered).prop_flat_map(move |(count, (runs_a, runs_b), answered)| {
        let request = (0_i64..1_000, prop::sample::select(&Tier::ALL[..2]));
        let fates = prop::collection::vec(fate(answered), count);
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
        let span = case.requests[case.requests.len() - 1].0 - case.requests[0].0 + 1;
        for (kind, sign) in [
            (MetricKind::P50, 1.0),
            (MetricKind::SloAttainment, -1.0),
            (MetricKind::ErrorRate, 1.0),
            (MetricKind::Goodput, -1.0),
        ] {
            let metric = comparison.metric("all", kind).unwrap();
            let Some(found) = &metric.estimate else { continue };
            let [a, b] = [0, 1].map(|side| case.of_runs(side, kind));
            let (effect, error, df) = two_samples(&a, &b);
            prop_assert_eq!(found.test.df, df);
            if kind == MetricKind::Goodput {
                let rate = |side: usize| {
                    let shares = case.of_runs(side, MetricKind::SloAttainment);
                    shares.iter().sum::<f64>() / shares.len() as f64
                        * case.requests.len() as f64 * 1e9 / span as f64
                };
                prop_assert!(near(found.a, rate(0)) && near(found.b, rate(1)));
            }
            let compared_as_told = kind != MetricKind::P50 || case.medians_are_finite();
            if compared_as_told && a.iter().chain(&b).all(|value| value.is_finite()) {
                prop_assert!((found.test.harm - sign * effect).abs() < 1e-12, "{kind}");
            }
            if error > 1e-9 {
                prop_assert!(near(found.test.t, sign * effect / error), "{kind}: {found:?}");
            }
        }
    }
}

impl Case {
    /// One number a run, as the runs design compares them: where the median of a run is infinite,
    /// the share of each run above the median of all.
    fn of_runs(&self, side: usize, kind: MetricKind) -> Vec<f64> {
        let share = |of: fn(&(Option<u64>, bool)) -> bool| -> Vec<f64> {
            let of_run = |fates: &Fates| {
                fates.iter().filter(|fate| of(fate)).count() as f64 / fates.len() as f64
            };
            self.sides[side].iter().map(of_run).collect()
        };
        match kind {
            MetricKind::SloAttainment => share(|fate| fate.1),
            MetricKind::ErrorRate => share(|fate| fate.0.is_none()),
            MetricKind::Goodput => share(|fate| fate.1).into_iter().map(f64::ln).collect(),
            _ => {
                let of_run = |fates: &Fates| fates.iter().map(|fate| finite(fate.0)).collect();
                let runs: Vec<Vec<f64>> = self.sides[side].iter().map(of_run).collect();
                if self.medians_are_finite() {
                    return self.medians(side).into_iter().map(f64::ln).collect();
                }
                let all = [self.latencies(0, None), self.latencies(1, None)].concat();
                let limit = match quantile(all.clone(), 500_000) {
                    limit if limit.is_finite() => limit,
                    _ => all.into_iter().filter(|latency| latency.is_finite()).fold(0.0, f64::max),
                };
                let above = |run: Vec<f64>| {
                    run.iter().filter(|latency| **latency > limit).count() as f64 / run.len() as f64
                };
                runs.into_iter().map(above).collect()
            }
        }
    }

    fn medians(&self, side: usize) -> Vec<f64> {
        let of_run =
            |fates: &Fates| quantile(fates.iter().map(|fate| finite(fate.0)).collect(), 500_000);
        self.sides[side].iter().map(of_run).collect()
    }

    fn medians_are_finite(&self) -> bool {
        [0, 1].into_iter().flat_map(|side| self.medians(side)).all(f64::is_finite)
    }
}

/// Difference of means, its pooled standard error, and degrees of freedom.
fn two_samples(a: &[f64], b: &[f64]) -> (f64, f64, u64) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let squares =
        |values: &[f64]| values.iter().map(|value| (value - mean(values)).powi(2)).sum::<f64>();
    let df = a.len() + b.len() - 2;
    let variance = (squares(a) + squares(b)) / df as f64;
    let error = (variance * (1.0 / a.len() as f64 + 1.0 / b.len() as f64)).sqrt();
    (mean(b) - mean(a), error, df as u64)
}

fn near(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}
