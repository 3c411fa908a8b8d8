//! Were both sides fired alike? A side whose requests were sent later looks slower.

use crate::{Class, CompareError, MetricKind, Settings, Side, Traffic};

/// Share of what matters that the sides' lags may differ by without a word.
const QUIET: f64 = 0.1;
/// Share of what matters beyond which the sides are not compared.
const LIMIT: f64 = 0.5;

/// Compares the mean lags of two sides. What matters is the threshold of the fastest tier's median,
/// in ns; a caution where the lags differ by more than a tenth of it.
///
/// # Errors
/// Where they differ by more than half of it.
pub fn check_lags(
    traffic: &Traffic,
    a: &Side,
    b: &Side,
    settings: &Settings,
) -> Result<Option<String>, CompareError> {
    let (Some(lag_a), Some(lag_b)) = (mean_lag(a), mean_lag(b)) else { return Ok(None) };
    let Some(matters) = least_that_matters(traffic, a, b, settings) else { return Ok(None) };
    let gap = (lag_b - lag_a).abs();
    let told = || {
        format!(
            "requests of {} were sent {:.3} ms late in the mean, those of {} {:.3} ms; the \
            difference is {:.0} % of the least change of latency that matters ({:.3} ms)",
            a.name,
            lag_a / 1e6,
            b.name,
            lag_b / 1e6,
            gap / matters * 100.0,
            matters / 1e6
        )
    };
    match gap {
        gap if gap > LIMIT * matters => Err(CompareError::Lags { problem: told() }),
        gap if gap > QUIET * matters => Ok(Some(told())),
        _ => Ok(None),
    }
}

/// Mean over the runs of a side, ns; `None` where no lag is known.
fn mean_lag(side: &Side) -> Option<f64> {
    let lags: Vec<f64> = side.runs().filter_map(|run| Some(run.lag.as_ref()?.mean_ns)).collect();
    (!lags.is_empty()).then(|| lags.iter().sum::<f64>() / lags.len() as f64)
}

/// The threshold of the median of the fastest tier in any run, ns.
fn least_that_matters(traffic: &Traffic, a: &Side, b: &Side, settings: &Settings) -> Option<f64> {
    let kind = MetricKind::P50;
    let ppm = kind.quantile()?;
    let tiers = traffic.classes(false).into_iter().filter(|class| *class != Class::All);
    let medians = tiers.flat_map(|tier| {
        let cells = traffic.cells_of(&tier);
        let delta = settings.thresholds.delta(&tier, kind);
        let runs = a.runs().chain(b.runs());
        runs.map(move |run| run.quantile(&cells, ppm) * delta).collect::<Vec<_>>()
    });
    medians.filter(|matters| matters.is_finite() && *matters > 0.0).min_by(f64::total_cmp)
}
