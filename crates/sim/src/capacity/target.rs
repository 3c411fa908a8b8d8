//! What must hold: `tier1>=99.9%`, `tier2/urgent>=99%`, `tier1 p99<=50ms`.

use std::fmt;
use std::str::FromStr;

use outcome::Ppm;

use crate::Scope;
use crate::sweep::Decimal;

/// What must hold of some requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Of which requests.
    pub class: Scope,
    /// What.
    pub demand: Demand,
}

/// What is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// At least this share ends `ok` by the deadline.
    Attainment(Ppm),
    /// A quantile of the latency, over all requests, is at most so many ns.
    Latency {
        /// Which quantile: the 50th, 95th or 99th percentile.
        percentile: u8,
        /// The longest that it may be.
        nanos: u64,
    },
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no target: {problem}")]
pub struct TargetError {
    text: String,
    problem: String,
}

const FORMS: &str = "write it as tier1>=99.9% or tier1 p99<=50ms";

/// Reads targets that are separated by commas.
///
/// # Errors
/// Where one of them is none, or stands twice.
pub fn parse_targets(list: &str) -> Result<Vec<Target>, TargetError> {
    let mut targets: Vec<Target> = Vec::new();
    for text in list.split(',').map(str::trim) {
        let target: Target = text.parse()?;
        let asks_the_same = |other: &Target| {
            let latency = |demand: Demand| match demand {
                Demand::Attainment(_) => None,
                Demand::Latency { percentile, .. } => Some(percentile),
            };
            other.class == target.class && latency(other.demand) == latency(target.demand)
        };
        if targets.iter().any(asks_the_same) {
            let problem = "another target is about the same".to_owned();
            return Err(TargetError { text: text.to_owned(), problem });
        }
        targets.push(target);
    }
    Ok(targets)
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let target = match (text.split_once(">="), text.split_once("<=")) {
            (Some((class, share)), None) => attainment(class.trim(), share.trim()),
            (None, Some((quantile, limit))) => latency(quantile.trim(), limit.trim()),
            _ => Err(FORMS.to_owned()),
        };
        target.map_err(|problem| TargetError { text: text.to_owned(), problem })
    }
}

fn attainment(class: &str, share: &str) -> Result<Target, String> {
    let class = class.parse::<Scope>().map_err(|error| error.to_string())?;
    let number = share.strip_suffix('%').ok_or("a share is in per cent, as 99.9%")?;
    let number = Decimal::parse(number.trim());
    let ppm = number.and_then(|number| number.in_units(4));
    let ppm = ppm.ok_or("a share has at most four decimals, as 99.9999%")?;
    let ppm = u32::try_from(ppm).ok().filter(|ppm| (1..=1_000_000).contains(ppm));
    let ppm = ppm.ok_or("a share is above 0% and at most 100%")?;
    Ok(Target { class, demand: Demand::Attainment(Ppm(ppm)) })
}

fn latency(quantile: &str, limit: &str) -> Result<Target, String> {
    let (class, quantile) = quantile.rsplit_once(' ').unwrap_or(("all", quantile));
    let percentile = match quantile {
        "p50" => 50,
        "p95" => 95,
        "p99" => 99,
        _ => return Err(format!("'{quantile}' is neither p50, p95 nor p99; {FORMS}")),
    };
    let class = class.trim().parse::<Scope>().map_err(|error| error.to_string())?;
    // "ms" stands before "s", which it ends in.
    let units = [("ns", 0), ("us", 3), ("ms", 6), ("s", 9)];
    let time = units.into_iter().find_map(|(unit, places)| {
        Decimal::parse(limit.strip_suffix(unit)?.trim())?.in_units(places)
    });
    let nanos = time.and_then(|nanos| u64::try_from(nanos).ok()).filter(|&nanos| nanos > 0);
    let nanos = nanos.ok_or("a latency is a time above 0, as 50ms, 0.5s or 800us")?;
    Ok(Target { class, demand: Demand::Latency { percentile, nanos } })
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demand {
            Demand::Attainment(Ppm(ppm)) => {
                write!(f, "{}>={}%", self.class, Decimal::of_units(ppm.into(), 4))
            }
            Demand::Latency { percentile, nanos } => {
                write!(f, "{} p{percentile}<={}ms", self.class, Decimal::of_units(nanos.into(), 6))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_as_they_were_written() {
        for (text, told) in [
            ("tier1>=99.9%", "tier1>=99.9%"),
            ("all >= 100 %", "all>=100%"),
            ("tier2/urgent>=99.9999%", "tier2/urgent>=99.9999%"),
            ("p99<=50ms", "all p99<=50ms"),
            ("tier1  p50 <= 0.5s", "tier1 p50<=500ms"),
            ("tier3/normal p95<=800us", "tier3/normal p95<=0.8ms"),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), told, "{text}");
            assert_eq!(told.parse(), Ok(target), "{told}");
        }
    }

    #[test]
    fn bad_targets_say_what_is_wrong() {
        for (text, problem) in [
            ("", "write it as tier1>=99.9% or tier1 p99<=50ms"),
            ("tier1=99%", "write it as tier1>=99.9% or tier1 p99<=50ms"),
            ("tier4>=99%", "'tier4' is no class: write all, tier1 to tier3"),
            ("urgent>=99%", "'urgent' is no class"),
            ("tier1>=0.99", "a share is in per cent, as 99.9%"),
            ("tier1>=101%", "a share is above 0% and at most 100%"),
            ("tier1>=0%", "a share is above 0% and at most 100%"),
            ("tier1>=99.99999%", "at most four decimals"),
            ("tier1>=many%", "at most four decimals"),
            ("tier1<=99%", "'tier1' is neither p50, p95 nor p99"),
            ("tier1 p90<=5ms", "'p90' is neither p50, p95 nor p99"),
            ("tier1 p99<=0ms", "a latency is a time above 0"),
            ("tier1 p99<=5", "a latency is a time above 0"),
        ] {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
            assert!(error.starts_with(&format!("'{text}' is no target: ")), "{error}");
        }
        let error = parse_targets("tier1>=99%,p99<=5ms,tier1>=98%").unwrap_err().to_string();
        assert_eq!(error, "'tier1>=98%' is no target: another target is about the same");
        assert_eq!(parse_targets("tier1>=99%, tier1 p99<=5ms,tier1 p50<=1ms").unwrap().len(), 3);
    }
}
