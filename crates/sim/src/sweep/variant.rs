//! Profiles that differ in some keys.

use std::fmt;

use cluster::Profile;
use toml::{Table, Value};

use super::SweepError;

/// The most profiles of one sweep: each is kept in memory.
pub(super) const VARIANTS_MAX: usize = 10_000;

/// A key of the profile and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As TOML spells it: `default.mean_ms`.
    pub name: String,
    /// Numbers and other TOML values; a bare word is text.
    pub values: Vec<String>,
}

/// A profile with some of its keys set.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Name and value of each key that was set.
    pub set: Vec<(String, String)>,
    /// The profile.
    pub profile: Profile,
}

/// The profiles that `parameters` make of `profile`, one for each combination of their values, the
/// last parameter varying fastest.
///
/// # Errors
/// Where a name is no key of a section that the profile has, or a value makes no sense there.
pub fn variants(profile: &Profile, parameters: &[Parameter]) -> Result<Vec<Variant>, SweepError> {
    if parameters.is_empty() {
        return Ok(vec![Variant { set: Vec::new(), profile: profile.clone() }]);
    }
    let counts = parameters.iter().map(|parameter| parameter.values.len());
    let count = counts.fold(1, usize::saturating_mul);
    if count > VARIANTS_MAX {
        return Err(SweepError::TooMany { count });
    }
    let base: Table = profile.text().parse().map_err(|error| SweepError::Profile {
        parameter: "--set".to_owned(),
        source: cluster::ProfileError::Parse(error),
    })?;
    combinations(parameters).into_iter().map(|set| variant(&base, set)).collect()
}

fn combinations(parameters: &[Parameter]) -> Vec<Vec<(String, String)>> {
    parameters.iter().fold(vec![Vec::new()], |combinations, Parameter { name, values }| {
        let longer = |set: Vec<(String, String)>| {
            values.iter().map(move |value| {
                let mut set = set.clone();
                set.push((name.clone(), value.clone()));
                set
            })
        };
        combinations.into_iter().flat_map(longer).collect()
    })
}

fn variant(base: &Table, set: Vec<(String, String)>) -> Result<Variant, SweepError> {
    let mut table = base.clone();
    for (name, value) in &set {
        let patch = patch(name, value).ok_or_else(|| SweepError::Key { name: name.clone() })?;
        merge(&mut table, patch, "").map_err(|section| {
            let (name, known) = (name.clone(), sections(base).join(", "));
            SweepError::Section { name, section, known }
        })?;
    }
    let variant = |profile| Variant { set: set.clone(), profile };
    Profile::parse(&table.to_string())
        .map(variant)
        .map_err(|source| SweepError::Profile { parameter: written(&set), source })
}

/// The document that holds this key and nothing else; `None` where the name is no key.
fn patch(name: &str, value: &str) -> Option<Table> {
    let word = Value::String(value.to_owned()).to_string();
    let parse = |value: &str| format!("{name} = {value}").parse::<Table>().ok();
    let table = parse(value).or_else(|| parse(&word))?;
    // More than one key would be a value that goes on in a further line.
    (table.len() == 1).then_some(table)
}

/// Puts the values of `patch` into `table`; `Err` is the path of a section that it has not.
fn merge(table: &mut Table, patch: Table, path: &str) -> Result<(), String> {
    for (key, value) in patch {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(patch)) => merge(inner, patch, &path)?,
            (None, Value::Table(_)) => return Err(path),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
    Ok(())
}

/// The sections in which keys of models stand.
fn sections(profile: &Table) -> Vec<String> {
    let models = profile.get("models").and_then(Value::as_table);
    let models = models.into_iter().flat_map(Table::keys).map(|name| format!("models.{name}"));
    let default = profile.contains_key("default").then(|| "default".to_owned());
    models.chain(default).collect()
}

fn written(set: &[(String, String)]) -> String {
    set.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Variant {
    /// `default.mean_ms=10 default.cv=0.5`; nothing of a profile as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, values: &[&str]) -> Parameter {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        Parameter { name: name.to_owned(), values }
    }

    #[test]
    fn every_combination_is_a_profile() {
        let parameters = [
            parameter("default.mean_ms", &["10", "30"]),
            parameter("models.vit.law", &["constant", "exponential"]),
            parameter("models.vit.cv", &["0.5"]),
        ];
        // A constant law has no cv: such a combination is refused, by its key.
        let error = variants(&Profile::default(), &parameters).unwrap_err();
        let text = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(text.starts_with("default.mean_ms=10 models.vit.law=constant"), "{text}");
        assert!(text.contains("cv of model 'vit' is 0.5"), "{text}");

        let parameters = [
            parameter("default.mean_ms", &["10", "30"]),
            parameter("models.vit.cv", &["0.5", "1"]),
        ];
        let variants = variants(&Profile::default(), &parameters).unwrap();
        let names: Vec<_> = variants.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "default.mean_ms=10 models.vit.cv=0.5",
                "default.mean_ms=10 models.vit.cv=1",
                "default.mean_ms=30 models.vit.cv=0.5",
                "default.mean_ms=30 models.vit.cv=1",
            ]
        );
        for (variant, mean_ms) in variants.iter().zip([10, 10, 30, 30]) {
            let other = variant.profile.model("other").unwrap();
            assert_eq!(variant.profile.estimate(other, 1).as_millis(), mean_ms);
        }
    }

    #[test]
    fn more_profiles_than_anybody_could_wait_for_are_refused() {
        let many = vec!["1"; 101];
        let parameters = [parameter("default.cv", &many), parameter("default.mean_ms", &many)];
        let error = variants(&Profile::default(), &parameters).unwrap_err().to_string();
        assert_eq!(error, "the values combine to 10201 profiles; at most 10000 are simulated");
    }

    #[test]
    fn no_parameters_are_the_profile_as_it_is() {
        let variants = variants(&Profile::default(), &[]).unwrap();
        assert_eq!(variants.len(), 1);
        assert_eq!(variants[0].profile, Profile::default());
    }

    #[test]
    fn bad_keys_are_refused_by_name() {
        for (name, value, reason) in [
            ("models.bert.mean_ms", "10", "no section [models.bert] (it has: models.resnet50, "),
            ("mean ms", "10", "'mean ms' is no key of a profile"),
            ("default.mean_ms", "10\nx = 1", "is no key of a profile"),
            ("default.mean_ms", "-1", "default.mean_ms=-1: the profile's mean_ms of model"),
            ("default.speed", "1", "unknown field `speed`"),
            ("version", "7", "version 7"),
        ] {
            let error = variants(&Profile::default(), &[parameter(name, &[value])]).unwrap_err();
            let text = super::super::describe(&error);
            assert!(text.contains(reason), "{text}");
        }
    }
}
