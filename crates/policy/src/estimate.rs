//! How long a batch will take, in the middle or at worst.

use std::time::Duration;

use request::ModelId;

use crate::parameter::{ParameterSpec, Parameters, Values};
use crate::{View, WorkerId};

/// The parameter `estimate` of the policies that plan.
pub(crate) const ESTIMATE: ParameterSpec = ParameterSpec {
    name: "estimate",
    values: Values::Words(&["mean", "worst"]),
    default: "mean",
    meaning: "plan with the mean service time, or with its 99th percentile",
};

/// Which estimate of a service time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Estimate {
    /// The mean.
    Mean,
    /// The 99th percentile.
    Worst,
}

impl Estimate {
    /// As `parameters` say.
    pub(crate) fn of(parameters: &Parameters) -> Self {
        match parameters.word(ESTIMATE.name) {
            "worst" => Self::Worst,
            _ => Self::Mean,
        }
    }

    /// Time from a dispatch to `worker` until the batch is served; `None` where the worker can
    /// never hold the model.
    ///
    /// The worst case is known for a worker of speed 1 that holds the model. On any other it
    /// exceeds the mean in the same proportion, a load included.
    pub(crate) fn time(
        self,
        worker: WorkerId,
        model: ModelId,
        size: u32,
        view: &dyn View,
    ) -> Option<Duration> {
        let time = view.time_to_serve(worker, model, size)?;
        match self {
            Self::Mean => Some(time),
            Self::Worst => {
                let (mean, worst) = (view.estimate(model, size), view.worst_case(model, size));
                Some(scaled(time, worst, mean))
            }
        }
    }
}

/// `time x numerator / denominator`, rounded up; the numerator where the denominator is zero.
fn scaled(time: Duration, numerator: Duration, denominator: Duration) -> Duration {
    if denominator.is_zero() {
        return time.saturating_add(numerator);
    }
    if numerator == denominator {
        return time;
    }
    let product = time.as_nanos().saturating_mul(numerator.as_nanos());
    let nanos = product.div_ceil(denominator.as_nanos());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_case_keeps_its_proportion_to_the_mean() {
        let scaled = |time, worst, mean| {
            let nanos = Duration::from_nanos;
            scaled(nanos(time), nanos(worst), nanos(mean)).as_nanos()
        };
        assert_eq!(scaled(10, 30, 20), 15);
        assert_eq!(scaled(5, 3, 2), 8, "rounded up");
        assert_eq!(scaled(7, 0, 0), 7);
        assert_eq!(scaled(7, 4, 0), 11, "a load before a service that takes no time on average");
        assert_eq!(scaled(u64::MAX, u64::MAX, 1), u128::from(u64::MAX));
    }
}
