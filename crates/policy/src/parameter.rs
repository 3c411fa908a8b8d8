//! What a policy can be told, by `name:key=value,...`: parsed once, for all policies alike.

use std::fmt;
use std::time::Duration;

use crate::registry::{PolicyError, PolicySpec};

/// One parameter of a policy.
#[derive(Clone, Copy, Debug)]
pub struct ParameterSpec {
    /// Its key. A time's ends in `_ms`.
    pub name: &'static str,
    /// What it may be.
    pub values: Values,
    /// What it is when nothing is said, as it is written.
    pub default: &'static str,
    /// What it does, in a line.
    pub meaning: &'static str,
}

/// What a parameter may be, and how that is written.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number, both ends included.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A time in milliseconds, with up to six decimals, both ends included.
    Millis {
        /// The shortest, in ms.
        min: u64,
        /// The longest, in ms.
        max: u64,
    },
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(&words.join("|")),
            Self::Number { min, max } | Self::Millis { min, max } => write!(f, "{min}..{max}"),
        }
    }
}

impl fmt::Display for ParameterSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.values)
    }
}

/// The values of a policy's parameters, defaults where nothing was said.
#[derive(Clone, Debug)]
pub struct Parameters {
    policy: &'static str,
    values: Vec<(&'static ParameterSpec, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Word(&'static str),
    Number(u64),
    Time(Duration),
}

impl Parameters {
    /// Reads `text`, which is what follows the colon: `key=value,...`, or nothing.
    ///
    /// # Panics
    /// Where a default of `spec` is not among its own values: that is a bug of its author.
    pub(crate) fn parse(spec: &PolicySpec, text: &str) -> Result<Self, PolicyError> {
        let default = |parameter: &'static ParameterSpec| {
            let value = parameter.values.parse(parameter.default);
            (parameter, value.expect("the default of a parameter is one of its values"))
        };
        let mut values: Vec<_> = spec.parameters.iter().map(default).collect();
        let mut seen = vec![false; values.len()];
        for piece in text.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            let (key, written) = piece.split_once('=').unwrap_or((piece, ""));
            let index = spec.parameters.iter().position(|parameter| parameter.name == key);
            let index = index.ok_or_else(|| PolicyError::no_parameter(spec, key))?;
            if std::mem::replace(&mut seen[index], true) {
                return Err(PolicyError::twice(spec, key));
            }
            let parameter = &spec.parameters[index];
            let value = parameter.values.parse(written);
            values[index].1 = value.ok_or_else(|| PolicyError::value(spec, parameter, written))?;
        }
        Ok(Self { policy: spec.name, values })
    }

    /// The policy's name with those parameters that are not what they are by default, in the order
    /// of its specification: text that makes the same policy again.
    #[must_use]
    pub fn name(&self) -> String {
        let told = self.values.iter().filter(|(spec, value)| {
            spec.values.parse(spec.default).is_some_and(|default| default != *value)
        });
        let told: Vec<_> = told.map(|(spec, value)| format!("{}={value}", spec.name)).collect();
        match told.as_slice() {
            [] => self.policy.to_owned(),
            told => format!("{}:{}", self.policy, told.join(",")),
        }
    }

    /// The word that the parameter `name` is.
    ///
    /// # Panics
    /// Where the policy's specification has no such parameter: that is a bug of its author.
    #[must_use]
    pub fn word(&self, name: &str) -> &'static str {
        match self.value(name) {
            Value::Word(word) => word,
            value => panic!("{name}={value} is not a word"),
        }
    }

    /// The number that the parameter `name` is.
    ///
    /// # Panics
    /// As [`Parameters::word`].
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Number(number) => number,
            value => panic!("{name}={value} is not a number"),
        }
    }

    /// The time that the parameter `name` is.
    ///
    /// # Panics
    /// As [`Parameters::word`].
    #[must_use]
    pub fn time(&self, name: &str) -> Duration {
        match self.value(name) {
            Value::Time(time) => time,
            value => panic!("{name}={value} is not a time"),
        }
    }

    /// Whether the policy has this parameter at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(spec, _)| spec.name == name)
    }

    fn value(&self, name: &str) -> Value {
        let found = self.values.iter().find(|(spec, _)| spec.name == name);
        found.unwrap_or_else(|| panic!("policy {} has no parameter {name}", self.policy)).1
    }
}

impl Values {
    fn parse(self, text: &str) -> Option<Value> {
        match self {
            Self::Words(words) => {
                words.iter().find(|word| **word == text).map(|word| Value::Word(word))
            }
            Self::Number { min, max } => {
                let number = digits(text)?;
                (min..=max).contains(&number).then_some(Value::Number(number))
            }
            Self::Millis { min, max } => {
                let time = millis(text)?;
                let range = Duration::from_millis(min)..=Duration::from_millis(max);
                range.contains(&time).then_some(Value::Time(time))
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) => {
                let decimals = format!("{:06}", time.as_nanos() % NANOS_PER_MILLI);
                let decimals = decimals.trim_end_matches('0');
                let point = if decimals.is_empty() { "" } else { "." };
                write!(f, "{}{point}{decimals}", time.as_millis())
            }
        }
    }
}

const NANOS_PER_MILLI: u128 = 1_000_000;

/// A whole number; `u64::from_str` would take a sign too.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Milliseconds with up to six decimals, exactly.
fn millis(text: &str) -> Option<Duration> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.len() > 6 {
        return None;
    }
    let nanos = digits(&format!("{decimals:0<6}")).filter(|_| !decimals.is_empty())?;
    Duration::from_millis(digits(whole)?).checked_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actions, Event, Policy, View};
    use request::Moment;

    struct Named(String);

    impl Policy for Named {
        fn name(&self) -> String {
            self.0.clone()
        }

        fn on_event(&mut self, _: Moment, _: Event<'_>, _: &dyn View, _: &mut Actions) {}
    }

    const SPEC: PolicySpec = PolicySpec {
        name: "toy",
        summary: "does nothing",
        parameters: &[
            ParameterSpec {
                name: "late",
                values: Values::Words(&["serve", "drop"]),
                default: "serve",
                meaning: "a word",
            },
            ParameterSpec {
                name: "weight",
                values: Values::Number { min: 1, max: 9 },
                default: "2",
                meaning: "a number",
            },
            ParameterSpec {
                name: "age_ms",
                values: Values::Millis { min: 0, max: 60_000 },
                default: "500",
                meaning: "a time",
            },
        ],
        make: |parameters| Box::new(Named(parameters.name())),
    };

    fn parse(text: &str) -> Result<Parameters, String> {
        Parameters::parse(&SPEC, text).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_read_and_what_is_not_said_has_its_default() {
        let parameters = parse("weight=9, age_ms=0.25").unwrap();
        assert_eq!(parameters.word("late"), "serve");
        assert_eq!(parameters.number("weight"), 9);
        assert_eq!(parameters.time("age_ms"), Duration::from_micros(250));
    }

    #[test]
    fn the_name_is_canonical_and_makes_the_same_again() {
        for (text, name) in [
            ("", "toy"),
            ("late=serve,weight=2", "toy"),
            ("age_ms=500.000", "toy"),
            ("age_ms=007.500,late=drop", "toy:late=drop,age_ms=7.5"),
            ("weight=03", "toy:weight=3"),
            ("age_ms=0.000001", "toy:age_ms=0.000001"),
            ("age_ms=60000", "toy:age_ms=60000"),
        ] {
            assert_eq!(parse(text).unwrap().name(), name, "{text}");
            let (_, again) = name.split_once(':').unwrap_or((name, ""));
            assert_eq!(parse(again).unwrap().name(), name, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_would_be() {
        let takes = "it takes late=serve|drop, weight=1..9, age_ms=0..60000";
        for key in ["speed=1", "speed", "=", "Late=drop"] {
            let key_alone = key.split('=').next().unwrap();
            let error = parse(key).unwrap_err();
            assert_eq!(error, format!("policy toy has no parameter '{key_alone}'; {takes}"));
        }
        assert_eq!(parse("late=drop,late=drop").unwrap_err(), "policy toy: late is given twice");
        for text in ["late=", "late", "late=never"] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("late=") && error.contains("late=serve|drop"), "{error}");
        }
        for text in ["weight=0", "weight=10", "weight=+3", "weight=", "weight=99999999999999999999"]
        {
            assert!(parse(text).unwrap_err().ends_with("it takes weight=1..9"), "{text}");
        }
        for time in ["", ".", "1.", ".5", "-1", "60000.000001", "0.0000001", "1e3", "1.+5"] {
            let error = parse(&format!("age_ms={time}")).unwrap_err();
            assert!(error.ends_with("it takes age_ms=0..60000"), "{time}: {error}");
        }
    }
}
