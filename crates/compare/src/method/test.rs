//! The t machinery: an effect with its standard error becomes p-values and limits.

use probability::Student;

/// An effect, turned so that positive is worse, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The effect: ln ratio of latencies or goodput, difference of shares; positive is worse.
    pub harm: f64,
    /// The effect in standard errors.
    pub t: f64,
    /// Degrees of freedom.
    pub df: u64,
    /// Chance of so much harm, or more, if there were none.
    pub p_worse: f64,
    /// Chance of so little harm, or less, if there were none.
    pub p_better: f64,
    /// Limits of the harm, where they can be told.
    pub interval: Option<Interval>,
    /// Whether all units agree exactly, so that nothing was left to chance.
    pub exact: bool,
}

/// Confidence limits of an effect, in its units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit of the 90 % interval: with 95 % confidence the effect is above.
    pub lo90: f64,
    /// Upper limit of the 90 % interval.
    pub hi90: f64,
    /// Lower limit of the 95 % interval.
    pub lo95: f64,
    /// Upper limit of the 95 % interval.
    pub hi95: f64,
}

impl Interval {
    /// No width.
    pub(crate) const fn at(value: f64) -> Self {
        Self { lo90: value, hi90: value, lo95: value, hi95: value }
    }

    const EVERYTHING: Self = Self {
        lo90: f64::NEG_INFINITY,
        hi90: f64::INFINITY,
        lo95: f64::NEG_INFINITY,
        hi95: f64::INFINITY,
    };
}

/// The quantiles of Student's t that bound 90 % and 95 % intervals.
pub(crate) fn critical(df: u64) -> (f64, f64) {
    let student = Student::new(df);
    (student.quantile(0.95), student.quantile(0.975))
}

impl TTest {
    /// The test of an effect `harm` with this standard error, by Student's t.
    pub(crate) fn of_effect(harm: f64, standard_error: f64, df: u64) -> Self {
        // No negative zero, which reads like an effect.
        let harm = harm + 0.0;
        if standard_error == 0.0 {
            return Self::exact(harm, df);
        }
        if standard_error.is_infinite() {
            let interval = Some(Interval::EVERYTHING);
            return Self { harm, t: 0.0, df, p_worse: 0.5, p_better: 0.5, interval, exact: false };
        }
        let t = harm / standard_error;
        let (c90, c95) = critical(df);
        let (wide90, wide95) = (c90 * standard_error, c95 * standard_error);
        let interval = Interval {
            lo90: harm - wide90,
            hi90: harm + wide90,
            lo95: harm - wide95,
            hi95: harm + wide95,
        };
        let student = Student::new(df);
        Self {
            harm,
            t,
            df,
            p_worse: student.above(t),
            p_better: student.below(t),
            interval: Some(interval),
            exact: false,
        }
    }

    /// All units agree: what was found is certain, as far as they go.
    fn exact(harm: f64, df: u64) -> Self {
        let (t, p_worse, p_better) = match harm {
            harm if harm > 0.0 => (f64::INFINITY, 0.0, 1.0),
            harm if harm < 0.0 => (f64::NEG_INFINITY, 1.0, 0.0),
            _ => (0.0, 1.0, 1.0),
        };
        let interval = Some(Interval::at(harm));
        Self { harm, t, df, p_worse, p_better, interval, exact: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_tails_belong_together() {
        // Twice the standard error, 3 degrees of freedom: tables give 2.353 and 3.182.
        let test = TTest::of_effect(0.2, 0.1, 3);
        assert!((test.t - 2.0).abs() < 1e-12);
        assert!((test.p_worse + test.p_better - 1.0).abs() < 1e-12);
        let interval = test.interval.unwrap();
        assert!((interval.lo90 - (0.2 - 0.235_336)).abs() < 1e-5);
        assert!((interval.hi95 - (0.2 + 0.318_245)).abs() < 1e-5);
        assert!(!test.exact);
    }

    #[test]
    fn without_any_spread_an_effect_is_certain() {
        let harm = TTest::of_effect(0.1, 0.0, 4);
        assert_eq!((harm.t, harm.p_worse, harm.p_better), (f64::INFINITY, 0.0, 1.0));
        assert_eq!(harm.interval, Some(Interval::at(0.1)));
        let good = TTest::of_effect(-0.1, 0.0, 4);
        assert_eq!((good.t, good.p_worse, good.p_better), (f64::NEG_INFINITY, 1.0, 0.0));
        let none = TTest::of_effect(0.0, 0.0, 4);
        assert_eq!((none.t, none.p_worse, none.p_better), (0.0, 1.0, 1.0));
        assert!(harm.exact && good.exact && none.exact);
    }

    #[test]
    fn with_endless_spread_nothing_is_known() {
        let test = TTest::of_effect(0.1, f64::INFINITY, 1);
        assert_eq!((test.t, test.p_worse, test.p_better), (0.0, 0.5, 0.5));
        assert_eq!(test.interval.map(|interval| interval.hi90), Some(f64::INFINITY));
    }
}
