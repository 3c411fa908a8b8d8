//! Which SLO class a request belongs to, judged by the time it has left when it arrives.
//!
//! The wire carries a deadline and no class. A request loses part of its target on the way, by the
//! lag of its sender and in transit, so its class is the one of the smallest target that it still
//! fits. The deadline itself is kept as it was seen; the class is only a name.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Class of requests without a deadline, and of those whose deadline is a day away or more.
pub(crate) const NONE: &str = "none";

/// Class of requests that have longer than the longest target.
pub(crate) const LONGER: &str = "longer";

/// What stands for no deadline, because every request of a trace has one: a day.
pub(crate) const NONE_NS: i64 = 24 * 3_600 * 1_000_000_000;

/// How far the clocks of a client and the recorder may differ, in percent of a target, before a
/// request falls into the next class.
const TOLERANCE_PERCENT: i64 = 5;

/// The named targets, smallest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SloClasses(Vec<SloClass>);

/// A named target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SloClass {
    pub(crate) name: String,
    pub(crate) slo_ns: i64,
}

/// Where a request belongs: a position among the classes, or one of the two that stand beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Class(usize),
    Longer,
    None,
}

impl SloClasses {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, SloClass> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The class of a request that has this long left; below zero where it is late.
    pub(crate) fn place(&self, left_ns: i64) -> Place {
        if left_ns >= NONE_NS {
            return Place::None;
        }
        // Less than a day on either side: 108 times that fits.
        let fits = |class: &SloClass| {
            i128::from(left_ns) * 100
                <= i128::from(class.slo_ns) * i128::from(100 + TOLERANCE_PERCENT)
        };
        self.0.iter().position(fits).map_or(Place::Longer, Place::Class)
    }
}

impl Default for SloClasses {
    /// The classes of the built-in workloads.
    fn default() -> Self {
        let class =
            |name: &str, ms: i64| SloClass { name: name.to_owned(), slo_ns: ms * 1_000_000 };
        Self(vec![class("urgent", 100), class("normal", 500), class("relaxed", 2_000)])
    }
}

/// Why a text does not name SLO classes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SloError {
    /// One of the parts is not NAME=TIME.
    #[error("'{0}' is not NAME=TIME with a whole number of ns, us, ms or s, as in urgent=100ms")]
    Form(String),
    /// A target that is zero, or a day or more.
    #[error("'{0}': give a target of at least 1 ns and less than a day")]
    Target(String),
    /// A name that stands for something else.
    #[error("'{NONE}' and '{LONGER}' name requests without a fitting class; choose another name")]
    Reserved,
    /// A name or a target is used twice.
    #[error("'{0}' has the name or the target of another class")]
    Twice(String),
}

impl FromStr for SloClasses {
    type Err = SloError;

    fn from_str(text: &str) -> Result<Self, SloError> {
        let mut classes: Vec<SloClass> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let class = parse_class(part)?;
            let is_same =
                |other: &SloClass| other.name == class.name || other.slo_ns == class.slo_ns;
            if classes.iter().any(is_same) {
                return Err(SloError::Twice(part.to_owned()));
            }
            classes.push(class);
        }
        classes.sort_by_key(|class| class.slo_ns);
        Ok(Self(classes))
    }
}

fn parse_class(part: &str) -> Result<SloClass, SloError> {
    let form = || SloError::Form(part.to_owned());
    let (name, time) = part.split_once('=').ok_or_else(form)?;
    let slo_ns = parse_time(time).ok_or_else(form)?;
    if name.is_empty() || name.contains(char::is_control) {
        return Err(form());
    }
    if [NONE, LONGER].contains(&name) {
        return Err(SloError::Reserved);
    }
    if !(1..NONE_NS).contains(&slo_ns) {
        return Err(SloError::Target(part.to_owned()));
    }
    Ok(SloClass { name: name.to_owned(), slo_ns })
}

/// A length of time as it is typed, such as `100ms`, in ns; at most what an i64 holds.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit_ns = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit_ns)
}

/// A length of time as [`parse_time`] reads it.
fn time_text(nanos: i64) -> String {
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    let whole = units.into_iter().find(|(_, unit_ns)| nanos % unit_ns == 0);
    let (unit, unit_ns) = whole.unwrap_or(("ns", 1));
    format!("{}{unit}", nanos / unit_ns)
}

impl fmt::Display for SloClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |class: &SloClass| format!("{}={}", class.name, time_text(class.slo_ns));
        f.write_str(&self.0.iter().map(part).collect::<Vec<_>>().join(","))
    }
}

impl SloClass {
    pub(crate) fn target(&self) -> Duration {
        Duration::from_nanos(self.slo_ns.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_belongs_to_the_smallest_target_that_it_fits() {
        let classes = SloClasses::default();
        let (ms, s) = (1_000_000, 1_000_000_000);
        for (left_ns, place) in [
            (i64::MIN, Place::Class(0)),
            (-5, Place::Class(0)),
            (99 * ms, Place::Class(0)),
            (105 * ms, Place::Class(0)),
            (105 * ms + 1, Place::Class(1)),
            (499 * ms, Place::Class(1)),
            (2 * s, Place::Class(2)),
            (2_100 * ms, Place::Class(2)),
            (2_100 * ms + 1, Place::Longer),
            (NONE_NS - 1, Place::Longer),
            (NONE_NS, Place::None),
            (i64::MAX, Place::None),
        ] {
            assert_eq!(classes.place(left_ns), place, "{left_ns}");
        }
    }

    #[test]
    fn classes_are_read_in_any_order() {
        let classes: SloClasses = "relaxed=2s, urgent=100ms,normal=500000us".parse().unwrap();
        assert_eq!(classes, SloClasses::default());
        assert_eq!(classes.to_string(), "urgent=100ms,normal=500ms,relaxed=2s");
        assert_eq!(classes.to_string().parse(), Ok(classes));
        assert_eq!("a=1ns".parse::<SloClasses>().unwrap().len(), 1);
        // Found by fuzzing: times that are no short decimals of a larger unit.
        let odd = "a=1ns,b=2us,c=499999us,d=90s";
        assert_eq!(odd.parse::<SloClasses>().unwrap().to_string(), odd);
    }

    #[test]
    fn what_names_no_classes_is_refused() {
        let error = |text: &str| text.parse::<SloClasses>().unwrap_err();
        for text in [
            "",
            "a",
            "a=",
            "a=1",
            "a=ms",
            "a=1.5s",
            "a=-1s",
            "=1s",
            "a=1d",
            "a=1s,",
            "a=9223372036854775807s",
        ] {
            assert!(matches!(error(text), SloError::Form(_)), "{text}");
        }
        for text in ["a=0ms", "a=86400s", "a=24h"] {
            assert!(matches!(error(text), SloError::Target(_)), "{text}");
        }
        for text in ["a=1s,a=2s", "a=1s,b=1000ms"] {
            assert!(matches!(error(text), SloError::Twice(_)), "{text}");
        }
        assert_eq!(error("none=1s"), SloError::Reserved);
    }
}
