//! Gives arrivals that have none a class, a model and a tensor seed.
//!
//! Arrivals that come from elsewhere, such as an imported log, or that are one stream for all
//! classes, are marked by a workload's shares: arrival `i` takes number `i` of three streams (class,
//! model, tensor seed) that no class of a generated trace uses, so a mark depends on the workload,
//! the seed and `i` alone. A part of a mark that is known beforehand narrows the choice and moves
//! no draw.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use request::{ModelId, Seed, Tier};

use crate::choice::{Choice, models_of};
use crate::stream::{Purpose, SHARED, stream};
use crate::workload::Workload;

/// What an arrival lacks to be a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its priority.
    pub tier: Tier,
    /// Position of its SLO class in the workload's list.
    pub slo: u16,
    /// Latency target of that SLO class.
    pub target: Duration,
    /// Position of its model in the workload's list.
    pub model: ModelId,
    /// Where its tensor begins.
    pub tensor_seed: Seed,
}

/// Draws marks, one for each arrival in order.
#[derive(Clone, Debug)]
pub struct Marks {
    classes: Vec<MarkedClass>,
    /// Which classes are left, by the tier and the SLO class that are known.
    choices: BTreeMap<Known, Choice<usize>>,
    class_draws: ChaCha8Rng,
    model_draws: ChaCha8Rng,
    tensor_seeds: ChaCha8Rng,
}

/// What is known of a class: its tier, its SLO class.
type Known = (Option<Tier>, Option<u16>);

#[derive(Clone, Debug)]
struct MarkedClass {
    tier: Tier,
    slo: u16,
    target: Duration,
    models: Choice<ModelId>,
}

impl Marks {
    /// Starts with the first arrival. The workload is valid; its rate does not matter, so a class
    /// takes part however few requests per second it has.
    #[must_use]
    pub fn new(workload: &Workload, seed: Seed) -> Self {
        let mut classes = Vec::with_capacity(workload.classes.len());
        let mut members: BTreeMap<Known, Vec<(f64, usize)>> = BTreeMap::new();
        for (index, class) in workload.classes.iter().enumerate() {
            let slo = workload.slos.iter().position(|slo| slo.name == class.slo);
            let slo = slo.expect("a valid class names an SLO of its workload");
            let target = workload.slos[slo].target;
            let slo = slo as u16;
            let models = models_of(workload, class);
            classes.push(MarkedClass { tier: class.tier, slo, target, models });
            for tier in [None, Some(class.tier)] {
                for slo in [None, Some(slo)] {
                    members.entry((tier, slo)).or_default().push((class.share, index));
                }
            }
        }
        let choices = members.into_iter().filter_map(|(known, members)| {
            // Shares of all classes sum to 1 but for rounding, which the last part takes up.
            let total = match known {
                (None, None) => 1.0,
                _ => members.iter().fold(0.0, |sum, (share, _)| sum + share),
            };
            Some((known, Choice::new(members.into_iter(), total)?))
        });
        Self {
            classes,
            choices: choices.collect(),
            class_draws: stream(seed, SHARED, Purpose::Class),
            model_draws: stream(seed, SHARED, Purpose::Model),
            tensor_seeds: stream(seed, SHARED, Purpose::TensorSeed),
        }
    }

    /// The mark of the next arrival.
    pub fn next_mark(&mut self) -> Mark {
        self.next_mark_given(None, None)
    }

    /// The mark of the next arrival, of which the tier or the SLO class may be known: drawn among
    /// the classes that agree. Where none does, among those of that SLO class, then of that tier,
    /// then among all.
    pub fn next_mark_given(&mut self, tier: Option<Tier>, slo: Option<u16>) -> Mark {
        let narrowed = [(tier, slo), (None, slo), (tier, None), (None, None)];
        let choice = narrowed.iter().find_map(|known| self.choices.get(known));
        let choice = choice.expect("shares that sum to 1 are not all 0");
        let class = &self.classes[choice.pick(self.class_draws.next_u64())];
        Mark {
            tier: class.tier,
            slo: class.slo,
            target: class.target,
            model: class.models.pick(self.model_draws.next_u64()),
            tensor_seed: Seed(self.tensor_seeds.next_u64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(seed: u64) -> Marks {
        Marks::new(&Workload::built_in("balanced").unwrap(), Seed(seed))
    }

    #[test]
    fn what_is_known_moves_no_draw() {
        let (mut free, mut narrowed) = (marks(42), marks(42));
        for i in 0..1000 {
            let tier = (i % 2 == 0).then_some(Tier::Free);
            let slo = (i % 3 == 0).then_some(1);
            let (drawn, given) = (free.next_mark(), narrowed.next_mark_given(tier, slo));
            assert_eq!(drawn.tensor_seed, given.tensor_seed);
            assert!(tier.is_none_or(|tier| given.tier == tier));
            assert!(slo.is_none_or(|slo| given.slo == slo));
            if (tier, slo) == (None, None) {
                assert_eq!(drawn, given);
            }
        }
    }

    #[test]
    fn an_unknown_class_falls_back() {
        let mut marks = marks(1);
        // An SLO class that the workload does not have: the tier still counts.
        assert!(
            (0..100).all(|_| { marks.next_mark_given(Some(Tier::Vip), Some(9)).tier == Tier::Vip })
        );
    }

    /// Chi-square of 90,000 marks over nine classes, at 0.1 % with eight degrees of freedom.
    #[test]
    fn marks_have_the_shares_of_the_workload() {
        let workload = Workload::built_in("urgent_heavy").unwrap();
        let mut marks = Marks::new(&workload, Seed(7));
        let (mut counts, mut vit, mut not_urgent) = ([0_u32; 9], 0_u32, 0_u32);
        for _ in 0..90_000 {
            let mark = marks.next_mark();
            counts[usize::from(mark.tier.number() - 1) * 3 + usize::from(mark.slo)] += 1;
            assert_eq!(mark.target, workload.slos[usize::from(mark.slo)].target);
            not_urgent += u32::from(mark.slo > 0);
            vit += u32::from(mark.model == ModelId(1));
        }
        let square = |(&count, class): (&u32, &crate::Class)| {
            let expected = 90_000.0 * class.share;
            (f64::from(count) - expected).powi(2) / expected
        };
        let chi: f64 = counts.iter().zip(&workload.classes).map(square).sum();
        assert!(chi < 26.12, "{chi}");
        let share = f64::from(vit) / f64::from(not_urgent);
        assert!((share - 0.3).abs() < 0.01, "{share}");
    }

    /// The streams are part of the format: these marks may not change within a version.
    #[test]
    fn marks_are_fixed() {
        let mut marks = marks(42);
        let drawn: Vec<_> = (0..4)
            .map(|_| marks.next_mark())
            .map(|mark| (mark.tier.number(), mark.slo, mark.model.0, mark.tensor_seed.0))
            .collect();
        assert_eq!(
            drawn,
            [
                (3, 1, 1, 3_112_020_163_394_978_902),
                (3, 1, 1, 9_009_255_662_975_133_838),
                (3, 1, 1, 13_180_715_973_442_709_748),
                (1, 0, 0, 2_506_812_090_464_181_561),
            ]
        );
    }
}
