//! Policies by name: `edf`, or with parameters `edf:late=drop`.

use crate::parameter::{ParameterSpec, Parameters};
use crate::{
    Policy, admission, aging, batch_edf, clockwork, drr, edf, fifo, least_slack, priority, shed,
    sjf, tier_edf, wfq,
};

/// A policy that can be made by name.
#[derive(Clone, Copy, Debug)]
pub struct PolicySpec {
    /// What it is called: lower case, words joined by hyphens.
    pub name: &'static str,
    /// What runs next under it, in a line.
    pub summary: &'static str,
    /// What it can be told, in the order in which its name tells it.
    pub parameters: &'static [ParameterSpec],
    /// Makes one. Its [`Policy::name`] is that of the parameters, [`Parameters::name`].
    pub make: fn(&Parameters) -> Box<dyn Policy>,
}

/// The policies that there are.
///
/// A program begins with [`Registry::built_in`] and adds its own by [`Registry::with`].
#[derive(Clone, Debug)]
pub struct Registry {
    /// In alphabetical order.
    specs: Vec<PolicySpec>,
}

const BUILT_IN: [PolicySpec; 13] = [
    admission::SPEC,
    aging::SPEC,
    batch_edf::SPEC,
    clockwork::SPEC,
    drr::SPEC,
    edf::SPEC,
    fifo::SPEC,
    least_slack::SPEC,
    priority::SPEC,
    shed::SPEC,
    sjf::SPEC,
    tier_edf::SPEC,
    wfq::SPEC,
];

impl Registry {
    /// The policies of this crate.
    #[must_use]
    pub fn built_in() -> Self {
        BUILT_IN.into_iter().fold(Self { specs: Vec::new() }, Self::with)
    }

    /// Adds a policy; it takes the place of one of the same name.
    ///
    /// # Panics
    /// Where a parameter's default is not one of its values.
    #[must_use]
    pub fn with(mut self, spec: PolicySpec) -> Self {
        Parameters::parse(&spec, "").expect("no text has no mistake");
        match self.specs.binary_search_by_key(&spec.name, |known| known.name) {
            Ok(index) => self.specs[index] = spec,
            Err(index) => self.specs.insert(index, spec),
        }
        self
    }

    /// Makes the policy that `text` names: `name` or `name:key=value,...`.
    ///
    /// # Errors
    /// Where there is no such policy, parameter or value; the error says what there is.
    pub fn make(&self, text: &str) -> Result<Box<dyn Policy>, PolicyError> {
        let (name, parameters) = text.split_once(':').unwrap_or((text, ""));
        let spec = self.iter().find(|spec| spec.name == name);
        let spec = spec.ok_or_else(|| PolicyError::Unknown {
            name: name.to_owned(),
            known: self.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", "),
        })?;
        Ok((spec.make)(&Parameters::parse(spec, parameters)?))
    }

    /// The policies, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &PolicySpec> {
        self.specs.iter()
    }
}

/// Why a text names no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// There is no policy of this name.
    #[error("no policy is called '{name}'; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The policy has no such parameter, or the parameter no such value.
    #[error("policy {policy}{problem}")]
    Parameter {
        /// The policy.
        policy: String,
        /// What is wrong, and what there is instead.
        problem: String,
    },
}

impl PolicyError {
    pub(crate) fn no_parameter(spec: &PolicySpec, key: &str) -> Self {
        let takes: Vec<_> = spec.parameters.iter().map(ToString::to_string).collect();
        let takes = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
        Self::parameter(spec, format!(" has no parameter '{key}'; it takes {takes}"))
    }

    pub(crate) fn twice(spec: &PolicySpec, key: &str) -> Self {
        Self::parameter(spec, format!(": {key} is given twice"))
    }

    pub(crate) fn value(spec: &PolicySpec, parameter: &ParameterSpec, written: &str) -> Self {
        let key = parameter.name;
        Self::parameter(spec, format!(" does not take '{key}={written}'; it takes {parameter}"))
    }

    fn parameter(spec: &PolicySpec, problem: String) -> Self {
        Self::Parameter { policy: spec.name.to_owned(), problem }
    }
}

/// The names of the built-in policies, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|spec| spec.name)
}

/// Makes the built-in policy that `text` names, as [`Registry::make`].
///
/// # Errors
/// Where there is no such policy, parameter or value.
pub fn by_name(text: &str) -> Result<Box<dyn Policy>, PolicyError> {
    Registry::built_in().make(text)
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
                last.push(if last.contains(':') { ',' } else { ':' });
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
        let registry = Registry::built_in();
        for name in names() {
            assert_eq!(registry.make(name).unwrap().name(), name);
            assert_eq!(by_name(&format!("{name}:")).unwrap().name(), name);
        }
        assert!(names().is_sorted());
        assert!(registry.iter().map(|spec| spec.name).eq(names()));
    }

    #[test]
    fn an_unknown_name_says_what_there_is() {
        let known = names().collect::<Vec<_>>().join(", ");
        for name in ["lifo", "", "EDF"] {
            let error = by_name(name).err().unwrap().to_string();
            assert_eq!(error, format!("no policy is called '{name}'; there are: {known}"));
        }
    }

    #[test]
    fn a_policy_of_ones_own_is_found_and_may_take_a_built_in_name() {
        let own = PolicySpec { name: "lifo", summary: "mine", ..fifo::SPEC };
        let registry = Registry::built_in().with(own).with(PolicySpec { name: "edf", ..own });
        let specs: Vec<_> = registry.iter().map(|spec| (spec.name, spec.summary)).collect();
        assert!(specs.contains(&("lifo", "mine")) && specs.contains(&("edf", "mine")));
        assert_eq!(specs.len(), BUILT_IN.len() + 1);
        assert!(specs.is_sorted());
        assert_eq!(registry.make("lifo:late=drop").unwrap().name(), "lifo:late=drop");
    }

    #[test]
    fn lists_split_between_policies_and_not_between_parameters() {
        assert_eq!(split_list("edf, fifo"), ["edf", "fifo"]);
        assert_eq!(
            split_list("edf:late=drop,late=serve,fifo"),
            ["edf:late=drop,late=serve", "fifo"]
        );
        assert_eq!(split_list("edf,late=drop"), ["edf:late=drop"]);
    }
}
