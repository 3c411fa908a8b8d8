//! Values and changes as people read them: latency up is +, attainment down is -.
//!
//! Inside, every effect is harm: positive is worse, and ratios are logarithms. Here it is turned
//! back, with the unit of its metric.

use outcome::units::millis;

use super::signed::signed;
use crate::{Interval, Metric, MetricKind, Unit};

/// A value with its unit: `15.50 ms`, `98.08 %`, `57.50 /s`.
pub(crate) fn value(value: f64, kind: MetricKind) -> String {
    match kind.unit() {
        Unit::Latency if value.is_infinite() => "inf".into(),
        Unit::Latency => format!("{} ms", about_millis(value.round() as i128)),
        Unit::Share => format!("{:.2} %", value * 100.0),
        Unit::Rate => format!("{value:.2} /s"),
    }
}

/// Nanoseconds as milliseconds to about four digits, which is what a table is read by.
fn about_millis(nanos: i128) -> String {
    let (grain_ns, digits_less) = match nanos {
        ..10_000_000 => (1_000, 0),
        10_000_000..100_000_000 => (10_000, 1),
        100_000_000.. => (100_000, 2),
    };
    let text = millis((nanos + grain_ns / 2) / grain_ns * grain_ns);
    text[..text.len() - digits_less].into()
}

/// An amount of harm as a change of the metric itself, with its sign: `+7.1 %`, `-0.23 pp`.
pub(crate) fn change(harm: f64, kind: MetricKind) -> String {
    format!("{} {}", number(harm, kind), unit(kind))
}

/// The same without the unit.
pub(crate) fn number(harm: f64, kind: MetricKind) -> String {
    let decimals = if kind.unit() == Unit::Share { 2 } else { 1 };
    signed(amount(harm * kind.harm_sign(), kind), decimals)
}

/// An effect in the unit of changes: per cent, or percentage points.
pub(crate) fn amount(effect: f64, kind: MetricKind) -> f64 {
    let share = match kind.unit() {
        Unit::Latency | Unit::Rate => libm::expm1(effect),
        Unit::Share => effect,
    };
    share * 100.0
}

/// The unit of changes.
pub(crate) const fn unit(kind: MetricKind) -> &'static str {
    match kind.unit() {
        Unit::Latency | Unit::Rate => "%",
        Unit::Share => "pp",
    }
}

/// An amount of harm as a size without a sign: `2.31 %`, `0.12 pp`.
pub(crate) fn size(harm: f64, kind: MetricKind) -> String {
    format!("{:.2} {}", amount(harm, kind), unit(kind))
}

/// The limits of 95 % confidence, the lower change first, or `-` where there are none.
pub(crate) fn limits(interval: Option<&Interval>, kind: MetricKind) -> String {
    let Some(interval) = interval else { return "-".into() };
    let [low, high] = match kind.harm_sign() > 0.0 {
        true => [interval.lo95, interval.hi95],
        false => [interval.hi95, interval.lo95],
    };
    format!("[{}, {}]", number(low, kind), number(high, kind))
}

/// The least harm that matters, as a change of the metric.
pub(crate) fn limit(metric: &Metric) -> String {
    change(metric.delta, metric.kind)
}

/// A p-value: never 0, which no data can show.
pub(crate) fn p_value(p: f64, exact: bool) -> String {
    match p {
        _ if exact => "exact".into(),
        p if p < 1e-6 => "<1e-6".into(),
        p if p < 1e-3 => format!("{p:.0e}"),
        p => format!("{p:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_the_sign_of_the_metric() {
        let ten = 1.1_f64.ln();
        assert_eq!(change(ten, MetricKind::P99), "+10.0 %");
        assert_eq!(change(0.0023, MetricKind::SloAttainment), "-0.23 pp");
        assert_eq!(change(0.0023, MetricKind::ErrorRate), "+0.23 pp");
        assert_eq!(change(ten, MetricKind::Goodput), "-9.1 %");
        assert_eq!(change(f64::INFINITY, MetricKind::P50), "+inf %");
        assert_eq!(change(f64::NEG_INFINITY, MetricKind::P50), "-100.0 %");
    }

    #[test]
    fn latencies_have_about_four_digits() {
        for (nanos, text) in [
            (0.0, "0.000 ms"),
            (1_234_567.0, "1.235 ms"),
            (9_999_900.0, "10.000 ms"),
            (15_504_900.0, "15.50 ms"),
            (99_996_000.0, "100.00 ms"),
            (134_650_000.0, "134.7 ms"),
            (2_000_000_000.0, "2000.0 ms"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(value(nanos, MetricKind::P50), text);
        }
    }

    #[test]
    fn sizes_have_no_sign() {
        assert_eq!(size(1.023_1_f64.ln(), MetricKind::P99), "2.31 %");
        assert_eq!(size(0.001_2, MetricKind::SloAttainment), "0.12 pp");
        assert_eq!(size(0.0, MetricKind::Goodput), "0.00 %");
    }

    #[test]
    fn limits_go_up() {
        let interval = Interval { lo90: -0.001, hi90: 0.003, lo95: -0.002, hi95: 0.004 };
        assert_eq!(limits(Some(&interval), MetricKind::SloAttainment), "[-0.40, +0.20]");
        assert_eq!(limits(Some(&interval), MetricKind::ErrorRate), "[-0.20, +0.40]");
        assert_eq!(limits(None, MetricKind::P50), "-");
    }

    #[test]
    fn a_p_value_is_never_zero() {
        for (p, text) in [(0.0, "<1e-6"), (1e-7, "<1e-6"), (0.000_12, "1e-4"), (0.05, "0.050")] {
            assert_eq!(p_value(p, false), text);
        }
        assert_eq!(p_value(0.0, true), "exact");
    }
}
