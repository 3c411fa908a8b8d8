//! Picks one of several things by weight, comparing integers.

use rand_core::Rng;
use request::ModelId;

use crate::workload::{Class, Workload};

/// Things with weights, ready to be picked from by a 53-bit number.
#[derive(Clone, Debug)]
pub(crate) struct Choice<T> {
    /// Upper end of each thing's part of the 53-bit numbers; the last part ends with them.
    ends: Vec<(u64, T)>,
    last: T,
}

impl<T: Copy> Choice<T> {
    /// `total` is what the weights sum to. Things of weight 0 are never picked; `None` where
    /// there is nothing else.
    pub(crate) fn new(weighted: impl Iterator<Item = (f64, T)>, total: f64) -> Option<Self> {
        let mut sum = 0.0;
        let mut ends: Vec<(u64, T)> = weighted
            .filter(|&(weight, _)| weight > 0.0)
            .map(|(weight, thing)| {
                sum += weight;
                ((sum / total * (1_u64 << 53) as f64) as u64, thing)
            })
            .collect();
        let (_, last) = ends.pop()?;
        Some(Self { ends, last })
    }

    /// The thing in whose part the upper 53 of these random bits fall.
    pub(crate) fn pick(&self, bits: u64) -> T {
        let drawn = bits >> 11;
        self.ends.iter().find(|&&(end, _)| drawn < end).map_or(self.last, |&(_, thing)| thing)
    }

    /// Leaves the stream alone where there is nothing to choose: for a stream that nothing else
    /// reads.
    pub(crate) fn pick_from(&self, draws: &mut impl Rng) -> T {
        match self.ends.is_empty() {
            true => self.last,
            false => self.pick(draws.next_u64()),
        }
    }
}

/// The models of a class of a valid workload.
pub(crate) fn models_of(workload: &Workload, class: &Class) -> Choice<ModelId> {
    let id = |name: &str| {
        let position = workload.models.iter().position(|model| model.name == name);
        ModelId(position.expect("a valid class names models of its workload") as u16)
    };
    let weighted = class.models.iter().map(|share| (share.weight, id(&share.model)));
    Choice::new(weighted, 1.0).expect("weights that sum to 1 are not all 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_wide_as_weights() {
        let choice = Choice::new([(0.25, 'a'), (0.0, 'b'), (0.75, 'c')].into_iter(), 1.0).unwrap();
        assert_eq!(choice.pick(0), 'a');
        assert_eq!(choice.pick((1 << 62) - 1), 'a');
        assert_eq!(choice.pick(1 << 62), 'c');
        assert_eq!(choice.pick(u64::MAX), 'c');
        let halved = Choice::new([(0.25, 'a'), (0.25, 'c')].into_iter(), 0.5).unwrap();
        assert_eq!((halved.pick((1 << 63) - 1), halved.pick(1 << 63)), ('a', 'c'));
        assert!(Choice::new([(0.0, 'a')].into_iter(), 1.0).is_none());
    }
}
