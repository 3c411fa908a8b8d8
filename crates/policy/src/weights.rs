//! Weights of the tiers.

use request::Tier;

use crate::parameter::{ParameterSpec, Parameters, Values};

const VALUES: Values = Values::Number { min: 1, max: 1_000_000 };

/// The parameters `w1`, `w2` and `w3`, with the weights that they have by default.
pub(crate) const fn weights(defaults: [&'static str; 3]) -> [ParameterSpec; 3] {
    let [w1, w2, w3] = defaults;
    [
        ParameterSpec { name: "w1", values: VALUES, default: w1, meaning: "weight of tier 1" },
        ParameterSpec { name: "w2", values: VALUES, default: w2, meaning: "weight of tier 2" },
        ParameterSpec { name: "w3", values: VALUES, default: w3, meaning: "weight of tier 3" },
    ]
}

/// How much each tier counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights([u64; 3]);

impl Weights {
    /// As `parameters` say.
    pub(crate) fn of(parameters: &Parameters) -> Self {
        Self(["w1", "w2", "w3"].map(|name| parameters.number(name)))
    }

    /// The weight of `tier`, at least 1.
    pub(crate) fn weight(self, tier: Tier) -> u64 {
        self.0[position(tier)]
    }
}

/// The position of `tier`, from 0.
pub(crate) fn position(tier: Tier) -> usize {
    usize::from(tier.number() - 1)
}
