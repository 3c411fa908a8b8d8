//! What a field or header holds: a constant, a text with placeholders, a choice, a number.

use std::collections::BTreeMap;

use toml::Value as Toml;

use super::placeholder::{Part, Placeholder, parts};
use crate::facts::Quantity;

/// What a field or header holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// The same for all requests.
    Literal(Literal),
    /// A text that holds a placeholder, or is one.
    Text(Vec<Part>),
    /// One constant for each tier, SLO class or model.
    Choice(Choice),
    /// A number, times `scale`, plus `offset`.
    Linear(Linear),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
}

/// What decides between constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Tier,
    Slo,
    Model,
}

/// Constants by a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) of: Label,
    pub(crate) values: BTreeMap<String, Literal>,
    /// That of labels which `values` leaves out.
    pub(crate) otherwise: Option<Literal>,
}

/// A straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Linear {
    pub(crate) of: Quantity,
    pub(crate) scale: f64,
    pub(crate) offset: f64,
}

const HELP: &str = "write { of = \"tier\", values = { 1 = .., 2 = .., 3 = .. } } or \
                    { of = \"tier\", scale = -1, offset = 4 }";

impl Value {
    /// # Errors
    /// Where it is none of these, in words.
    pub(crate) fn parse(value: &Toml) -> Result<Self, String> {
        match value {
            Toml::String(text) => {
                let parts = parts(text)?;
                Ok(match &parts[..] {
                    [Part::Literal(text)] => Self::Literal(Literal::Text(text.clone())),
                    _ => Self::Text(parts),
                })
            }
            Toml::Table(table) => of_table(table),
            value => Literal::parse(value).map(Self::Literal),
        }
    }

    /// The placeholder that it is, and nothing else.
    pub(crate) fn as_placeholder(&self) -> Option<Placeholder> {
        match self {
            Self::Text(parts) => match parts[..] {
                [Part::Placeholder(placeholder)] => Some(placeholder),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Choice {
    /// The constant of a label, if it has one.
    pub(crate) fn get(&self, label: &str) -> Option<&Literal> {
        self.values.get(label).or(self.otherwise.as_ref())
    }
}

impl Literal {
    pub(super) fn parse(value: &Toml) -> Result<Self, String> {
        Ok(match value {
            Toml::Boolean(value) => Self::Bool(*value),
            Toml::Integer(value) => Self::Int(*value),
            Toml::Float(value) => Self::Float(*value),
            Toml::String(value) => Self::Text(value.clone()),
            Toml::Array(values) => {
                Self::List(values.iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Toml::Datetime(value) => {
                return Err(format!("a date is no value here; write it as text, \"{value}\""));
            }
            Toml::Table(_) => return Err("a table is no constant".to_owned()),
        })
    }

    /// What it is, for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            // With its point, which says why it is no whole number.
            Self::Float(value) => format!("{value:?}"),
            Self::Text(value) => format!("\"{value}\""),
            Self::List(_) => "a list".to_owned(),
        }
    }
}

fn of_table(table: &toml::Table) -> Result<Value, String> {
    if !table.contains_key("of")
        && let Some((key, _)) = table.iter().next()
    {
        // The commonest slip in TOML: an unquoted key with a dot is a table.
        return Err(format!(
            "'{key}' is in a table of its own; a path with a dot stands in quotes (\"a.{key}\" = ..); \
             {HELP}"
        ));
    }
    let known = ["of", "values", "otherwise", "scale", "offset"];
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("'{key}' is unknown; {HELP}"));
    }
    let Some(of) = table.get("of").and_then(Toml::as_str) else {
        return Err(format!("it does not say of what; {HELP}"));
    };
    match (table.get("values"), table.get("otherwise")) {
        (None, None) => linear(of, table).map(Value::Linear),
        (values, otherwise) => {
            if table.contains_key("scale") || table.contains_key("offset") {
                return Err(format!("it has both values and a scale or offset; {HELP}"));
            }
            choice(of, values, otherwise).map(Value::Choice)
        }
    }
}

fn choice(of: &str, values: Option<&Toml>, otherwise: Option<&Toml>) -> Result<Choice, String> {
    let of = match of {
        "tier" => Label::Tier,
        "slo" => Label::Slo,
        "model" => Label::Model,
        _ => return Err(format!("values are of tier, slo or model, not of {of}")),
    };
    let values = match values {
        None => BTreeMap::new(),
        Some(Toml::Table(table)) => {
            let parsed = table.iter().map(|(key, value)| Ok((key.clone(), Literal::parse(value)?)));
            parsed.collect::<Result<_, String>>()?
        }
        Some(_) => return Err(format!("its values are no table; {HELP}")),
    };
    let is_tier = |key: &String| ["1", "2", "3"].contains(&key.as_str());
    if of == Label::Tier
        && let Some(key) = values.keys().find(|key| !is_tier(key))
    {
        return Err(format!("tiers are 1, 2 and 3, not {key}"));
    }
    Ok(Choice { of, values, otherwise: otherwise.map(Literal::parse).transpose()? })
}

fn linear(of: &str, table: &toml::Table) -> Result<Linear, String> {
    let Placeholder::Number(of) = Placeholder::from_name(of)? else {
        return Err(format!("{of} is no number, and needs values; {HELP}"));
    };
    Ok(Linear { of, scale: number(table, "scale", 1.0)?, offset: number(table, "offset", 0.0)? })
}

#[expect(clippy::cast_precision_loss, reason = "factors are small")]
fn number(table: &toml::Table, key: &str, default: f64) -> Result<f64, String> {
    let number = match table.get(key) {
        None => default,
        Some(Toml::Integer(value)) => *value as f64,
        Some(Toml::Float(value)) => *value,
        Some(_) => return Err(format!("its {key} is no number")),
    };
    if number.is_finite() { Ok(number) } else { Err(format!("its {key} is not finite")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Time, Unit};

    fn parse(text: &str) -> Result<Value, String> {
        let table: toml::Table = format!("v = {text}").parse().unwrap();
        Value::parse(&table["v"])
    }

    #[test]
    fn each_form_is_read() {
        assert_eq!(parse("7"), Ok(Value::Literal(Literal::Int(7))));
        assert_eq!(parse("'HIGH'"), Ok(Value::Literal(Literal::Text("HIGH".to_owned()))));
        let list = Literal::List(vec![Literal::Int(1), Literal::Bool(true)]);
        assert_eq!(parse("[1, true]"), Ok(Value::Literal(list)));
        let tier = Placeholder::Number(Quantity::Tier);
        assert_eq!(parse("'{tier}'").unwrap().as_placeholder(), Some(tier));
        assert_eq!(parse("'t{tier}'").unwrap().as_placeholder(), None);
        let of = Quantity::Time(Time::Slo, Unit::Millis);
        let line = Linear { of, scale: 0.5, offset: 0.0 };
        assert_eq!(parse("{ of = 'slo_ms', scale = 0.5 }"), Ok(Value::Linear(line)));
        let Value::Choice(choice) =
            parse("{ of = 'tier', values = { 1 = 'HIGH' }, otherwise = 'LOW' }").unwrap()
        else {
            panic!("it is a choice")
        };
        assert_eq!((choice.of, choice.values.len()), (Label::Tier, 1));
    }

    #[test]
    fn anything_else_says_how_it_is_written() {
        for (text, words) in [
            ("1979-05-27", "a date is no value"),
            ("'{'", "stands alone"),
            ("{}", "does not say of what"),
            (
                "{ off = 'tier' }",
                "'off' is in a table of its own; a path with a dot stands in quotes",
            ),
            ("{ of = 'tier', x = 1 }", "'x' is unknown"),
            ("{ of = 'tier', values = 1 }", "no table"),
            ("{ of = 'tier', values = { 4 = 1 } }", "tiers are 1, 2 and 3, not 4"),
            ("{ of = 'request_id', values = { 4 = 1 } }", "of tier, slo or model"),
            ("{ of = 'slo' }", "slo is no number"),
            ("{ of = 'tier', scale = 'x' }", "its scale is no number"),
            ("{ of = 'tier', scale = nan }", "its scale is not finite"),
            ("{ of = 'tier', scale = 1, values = {} }", "both values and a scale"),
            ("[{}]", "a table is no constant"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
