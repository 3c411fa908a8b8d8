//! Policies by name: `edf`, or with parameters `edf:late=drop`.

use std::fmt;

use crate::Policy;
use crate::edf::Edf;
use crate::fifo::Fifo;
use crate::greedy::{Greedy, Late, Queue};
use crate::priority::Priority;

/// A policy's name, and how one is made from its parameters.
type Maker = fn(Late) -> Box<dyn Policy>;

const MAKERS: [(&str, Maker); 3] =
    [(Edf::NAME, make::<Edf>), (Fifo::NAME, make::<Fifo>), (Priority::NAME, make::<Priority>)];

fn make<Q: Queue + Default + 'static>(late: Late) -> Box<dyn Policy> {
    Box::new(Greedy::new(Q::default(), late))
}

/// Why a text names no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// There is no policy of this name.
    Unknown(String),
    /// The policy has no such parameter, or the parameter no such value.
    Parameter {
        /// The policy.
        policy: String,
        /// The text that was not understood.
        text: String,
    },
}

impl std::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                let known: Vec<_> = names().collect();
                write!(f, "no policy is called '{name}'; there are: {}", known.join(", "))
            }
            Self::Parameter { policy, text } => write!(
                f,
                "policy {policy} does not understand '{text}'; it takes late=serve or late=drop"
            ),
        }
    }
}

/// The names of the built-in policies, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    MAKERS.iter().map(|(name, _)| *name)
}

/// Makes the policy that `spec` names: `name` or `name:key=value,...`.
///
/// Every built-in policy takes `late=serve` (the default: requests past their deadline run all the
/// same) or `late=drop` (they are answered `expired` when their turn comes).
///
/// # Errors
/// Where there is no such policy or parameter.
pub fn by_name(spec: &str) -> Result<Box<dyn Policy>, PolicyError> {
    let (name, parameters) = spec.split_once(':').unwrap_or((spec, ""));
    let maker = MAKERS.iter().find(|(known, _)| *known == name).map(|(_, maker)| maker);
    let maker = maker.ok_or_else(|| PolicyError::Unknown(name.to_owned()))?;
    let mut late = Late::default();
    for parameter in parameters.split(',').filter(|text| !text.is_empty()) {
        late = match parameter {
            "late=serve" => Late::Serve,
            "late=drop" => Late::Drop,
            text => {
                let (policy, text) = (name.to_owned(), text.to_owned());
                return Err(PolicyError::Parameter { policy, text });
            }
        };
    }
    Ok(maker(late))
}

/// Splits a list of policies at its commas: `edf:late=drop,fifo` holds two.
///
/// A piece that is only `key=value` is a further parameter of the policy before it.
#[must_use]
pub fn split_list(list: &str) -> Vec<String> {
    let mut specs: Vec<String> = Vec::new();
    for piece in list.split(',').map(str::trim) {
        match specs.last_mut() {
            Some(last) if piece.contains('=') && !piece.contains(':') => {
                last.push(',');
                last.push_str(piece);
            }
            _ => specs.push(piece.to_owned()),
        }
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_makes_its_policy() {
        for name in names() {
            assert_eq!(by_name(name).unwrap().name(), name);
            assert_eq!(by_name(&format!("{name}:late=serve")).unwrap().name(), name);
            let dropping = format!("{name}:late=drop");
            assert_eq!(by_name(&dropping).unwrap().name(), dropping);
        }
    }

    #[test]
    fn an_unknown_name_or_parameter_says_what_there_is() {
        let error = |spec| by_name(spec).err().unwrap().to_string();
        assert_eq!(error("lifo"), "no policy is called 'lifo'; there are: edf, fifo, priority");
        assert_eq!(error(""), "no policy is called ''; there are: edf, fifo, priority");
        assert!(error("edf:late=never").contains("does not understand 'late=never'"));
        assert!(error("edf:speed").contains("late=serve or late=drop"));
    }

    #[test]
    fn lists_split_between_policies_and_not_between_parameters() {
        assert_eq!(split_list("edf, fifo"), ["edf", "fifo"]);
        assert_eq!(
            split_list("edf:late=drop,late=serve,fifo"),
            ["edf:late=drop,late=serve", "fifo"]
        );
    }
}
