//! One thing for each tier or SLO class: what a choice of a map comes to, made beforehand.

use request::Tier;

use crate::facts::Facts;
use crate::map::{Choice, Label, Literal};
use crate::traffic::Model;

/// One of a few, by what a request is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chosen<T> {
    /// For all requests of a model.
    Same(T),
    /// By tier, the first at 0.
    ByTier([T; 3]),
    /// By position of the SLO class.
    BySlo(Vec<T>),
}

impl<T> Chosen<T> {
    /// What `make` makes of the constants of a choice.
    ///
    /// # Errors
    /// Where a label has no constant, or `make` refuses it.
    pub(crate) fn of(
        choice: &Choice,
        model: &Model<'_>,
        slos: &[String],
        make: impl Fn(&Literal) -> Result<T, String>,
    ) -> Result<Self, String> {
        let of = |label: &str| make(constant(choice, label)?);
        Ok(match choice.of {
            Label::Tier => Self::by_tier(|tier| of(&tier.to_string()))?,
            Label::Slo => Self::BySlo(slos.iter().map(|slo| of(slo)).collect::<Result<_, _>>()?),
            Label::Model => Self::Same(of(model.trace_name)?),
        })
    }

    /// What `make` makes of each tier's number.
    ///
    /// # Errors
    /// Where it refuses one.
    pub(crate) fn by_tier(make: impl Fn(u8) -> Result<T, String>) -> Result<Self, String> {
        let [first, second, third] = Tier::ALL.map(|tier| make(tier.number()));
        Ok(Self::ByTier([first?, second?, third?]))
    }

    /// That of a request.
    pub(crate) fn get(&self, facts: &Facts) -> &T {
        match self {
            Self::Same(one) => one,
            Self::ByTier(all) => &all[usize::from(facts.tier.number()) - 1],
            Self::BySlo(all) => &all[facts.slo],
        }
    }

    /// The longest of all, by `len`.
    pub(crate) fn len_max(&self, len: impl Fn(&T) -> usize) -> usize {
        let all = match self {
            Self::Same(one) => std::slice::from_ref(one),
            Self::ByTier(all) => all,
            Self::BySlo(all) => all,
        };
        all.iter().map(len).max().unwrap_or(0)
    }
}

/// The constant of a label.
fn constant<'a>(choice: &'a Choice, label: &str) -> Result<&'a Literal, String> {
    choice.get(label).ok_or_else(|| {
        let of = match choice.of {
            Label::Tier => "tier",
            Label::Slo => "SLO class",
            Label::Model => "model",
        };
        format!("its values leave {of} {label} out; add it, or an otherwise = ..")
    })
}
