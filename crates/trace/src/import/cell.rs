//! One value of a source, before anybody knows what it means.

use std::borrow::Cow;

use request::Tier;

use super::datetime;
use super::decimal::{self, NotWhole, Whole};

/// One value of a source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// There is none.
    Empty,
    /// Text, a decimal number among it.
    Text(Cow<'a, str>),
    /// A number.
    Integer(i64),
    /// A point in time that the source itself knows as one, in Unix ns.
    Instant(i64),
}

/// What a number of a source counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// A date and a time of day.
    DateTime,
}

impl Unit {
    /// Names as they are typed.
    pub(crate) const NAMED: [(&'static str, Self); 5] = [
        ("ns", Self::Nanoseconds),
        ("us", Self::Microseconds),
        ("ms", Self::Milliseconds),
        ("s", Self::Seconds),
        ("datetime", Self::DateTime),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|&(known, _)| known == name).map(|(_, unit)| unit)
    }

    pub(crate) fn name(self) -> &'static str {
        let named = Self::NAMED.into_iter().find(|&(_, unit)| unit == self);
        named.expect("every unit has a name").0
    }

    /// Places by which the point of a number moves to make it nanoseconds.
    fn shift(self) -> i32 {
        match self {
            Self::Nanoseconds | Self::DateTime => 0,
            Self::Microseconds => 3,
            Self::Milliseconds => 6,
            Self::Seconds => 9,
        }
    }
}

impl Cell<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim_ascii().is_empty(),
            Self::Integer(_) | Self::Instant(_) => false,
        }
    }

    /// As a time or a length in ns. The error says what would be right.
    pub(crate) fn nanos(&self, unit: Unit) -> Result<Whole, String> {
        let text = match self {
            Self::Instant(nanos) => return Ok(Whole { value: *nanos, exact: true }),
            Self::Integer(number) => Cow::from(number.to_string()),
            Self::Text(text) => Cow::from(text.trim_ascii()),
            Self::Empty => return Err("is empty; a time is needed".to_owned()),
        };
        if unit == Unit::DateTime {
            let read = datetime::parse(&text).map(|(value, exact)| Whole { value, exact });
            return read.ok_or_else(|| {
                let shown = shorten(&text);
                format!("`{shown}` is no date and time such as 2023-11-16 18:15:46.68")
            });
        }
        decimal::parse(&text, unit.shift()).map_err(|error| {
            let (shown, unit) = (shorten(&text), unit.name());
            match error {
                NotWhole::NotNumber => format!("`{shown}` is no number of {unit}"),
                NotWhole::TooLarge => {
                    format!("`{shown}` {unit} do not fit 64 bits of ns; is the unit right?")
                }
            }
        })
    }

    /// As a whole number.
    pub(crate) fn integer(&self) -> Result<i64, String> {
        let text = self.text();
        match decimal::parse(text.trim_ascii(), 0) {
            Ok(Whole { value, exact: true }) => Ok(value),
            _ => Err(format!("`{}` is no whole number that fits 64 bits", shorten(&text))),
        }
    }

    /// As one of the tiers.
    pub(crate) fn tier(&self) -> Option<Tier> {
        self.integer().ok().and_then(Tier::from_number)
    }

    /// As text.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::from(""),
            Self::Text(text) => Cow::from(&**text),
            Self::Integer(number) | Self::Instant(number) => Cow::from(number.to_string()),
        }
    }
}

/// The beginning of a text, for an error.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}
