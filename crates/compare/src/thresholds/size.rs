//! Sizes of changes, as people write them and as the method counts them.

use std::fmt;
use std::str::FromStr;

use crate::{MetricKind, Unit};

/// A size of a change: per cent of a latency or rate, or percentage points of a share. Exact, in
/// millionths of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A ratio: 50,000 is 5 %.
    Relative(u32),
    /// A difference of shares: 5,000 is half a percentage point.
    Points(u32),
}

impl Size {
    /// The threshold of a metric of which nobody says another.
    pub(super) const fn default_of(kind: MetricKind) -> Self {
        match kind {
            MetricKind::P50 | MetricKind::P95 => Self::Relative(50_000),
            MetricKind::P99 => Self::Relative(100_000),
            MetricKind::SloAttainment => Self::Points(5_000),
            MetricKind::ErrorRate => Self::Points(2_000),
            MetricKind::Goodput => Self::Relative(10_000),
        }
    }

    /// The size whose harm is nearest to `harm` and not below it.
    #[must_use]
    pub fn at_least(harm: f64, kind: MetricKind) -> Self {
        let millionths = |share: f64| {
            let rounded = libm::ceil(share * 1e6 - 1e-9);
            // Casts of floating point saturate, which is what is wanted of a size beyond all.
            rounded as u32
        };
        match kind.unit() {
            Unit::Latency | Unit::Rate => Self::Relative(millionths(libm::expm1(harm))),
            Unit::Share => Self::Points(millionths(harm)),
        }
    }

    /// Rounded up to what people would choose: half a per cent, or a tenth of a percentage point.
    pub(crate) const fn to_step(self) -> Self {
        const fn up(millionths: u32, step: u32) -> u32 {
            millionths.div_ceil(step).saturating_mul(step)
        }
        match self {
            Self::Relative(millionths) => Self::Relative(up(millionths, 5_000)),
            Self::Points(millionths) => Self::Points(up(millionths, 1_000)),
        }
    }

    /// In units of harm: the logarithm of a ratio, or a share of 1.
    #[must_use]
    pub fn harm(self) -> f64 {
        match self {
            Self::Relative(millionths) => libm::log1p(f64::from(millionths) / 1e6),
            Self::Points(millionths) => f64::from(millionths) / 1e6,
        }
    }

    /// Why it is no size of this metric, if it is none.
    pub(crate) fn misfit(self, kind: MetricKind) -> Option<String> {
        match (self, kind.unit()) {
            (Self::Relative(_), Unit::Latency | Unit::Rate) | (Self::Points(_), Unit::Share) => {
                None
            }
            (Self::Relative(_), Unit::Share) => Some(format!(
                "{kind} is a share, whose changes are in percentage points; write for example \
                0.5pp"
            )),
            (Self::Points(_), Unit::Latency | Unit::Rate) => {
                Some(format!("changes of {kind} are in per cent; write for example 5%"))
            }
        }
    }
}

/// Digits after the point: nothing finer than a millionth.
const DECIMALS: usize = 4;

impl FromStr for Size {
    type Err = String;

    /// Reads `5%` or `0.5pp`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (number, size): (_, fn(u32) -> Self) =
            match (text.strip_suffix('%'), text.strip_suffix("pp")) {
                (Some(number), _) => (number, Self::Relative),
                (_, Some(number)) => (number, Self::Points),
                (None, None) => {
                    return Err(format!(
                        "`{text}` needs a unit: 5% of a latency, 0.5pp of a share"
                    ));
                }
            };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > DECIMALS {
            return Err(format!(
                "`{text}` is not a number such as 5% or 0.5pp, with at most {DECIMALS} decimals"
            ));
        }
        let millionths = format!("{whole}{decimals:0<DECIMALS$}").parse();
        millionths.map(size).map_err(|_| format!("`{text}` is too large"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Relative(millionths) | Self::Points(millionths)) = *self;
        let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
        let number = text.trim_end_matches('0').trim_end_matches('.');
        match self {
            Self::Relative(_) => write!(f, "{number}%"),
            Self::Points(_) => write!(f, "{number}pp"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly_and_told_alike() {
        for (text, size) in [
            ("5%", Size::Relative(50_000)),
            ("0.1234%", Size::Relative(1_234)),
            ("0.5pp", Size::Points(5_000)),
            ("0%", Size::Relative(0)),
            ("250%", Size::Relative(2_500_000)),
        ] {
            assert_eq!(text.parse(), Ok(size));
            assert_eq!(size.to_string(), text);
        }
        for text in ["", "5", "%", "-5%", "5 %", "0.12345%", "1e1%", ".5pp", "99999999%", "pp"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn steps_go_up() {
        for (text, up) in [("5%", "5%"), ("5.0001%", "5.5%"), ("0%", "0%"), ("0.31pp", "0.4pp")] {
            assert_eq!(text.parse::<Size>().unwrap().to_step().to_string(), up);
        }
        let most = Size::Relative(u32::MAX).to_step();
        assert_eq!(most.to_string().parse(), Ok(most));
    }

    #[test]
    fn a_harm_is_never_rounded_down() {
        let kind = MetricKind::P50;
        for harm in [0.0, 1e-7, 0.0123, 0.3] {
            assert!(Size::at_least(harm, kind).harm() >= harm - 1e-15, "{harm}");
        }
        let five = Size::Relative(50_000);
        assert_eq!(Size::at_least(five.harm(), kind), five);
    }
}
