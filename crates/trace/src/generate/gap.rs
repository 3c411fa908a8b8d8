//! Gaps between arrivals, in multiples of their mean, each from 64 random bits.
//!
//! All mathematics is that of `libm`, which gives the same bits everywhere; the platform's does
//! not. A law that needs more than one random number draws them from the 64 bits as a seed, so that
//! gap `i` always uses number `i` of its stream.

use probability::gamma_upper;
use request::Seed;

use crate::workload::Process;

/// A law of independent gaps with mean 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum GapLaw {
    /// Rate 1.
    Exponential,
    /// Always 1.
    Constant,
    /// Uniform from `1 - jitter` to `1 + jitter`.
    Uniform { jitter: f64 },
    /// Gamma with this shape and scale `1 / shape`.
    Gamma { shape: f64 },
    /// Weibull with this shape and a scale that makes the mean 1.
    Weibull { shape: f64, scale: f64 },
}

impl GapLaw {
    /// The law of a valid process; that of [`Process::Modulated`] is the one within a state.
    pub(crate) fn of(process: &Process) -> Self {
        match *process {
            Process::Poisson | Process::Modulated { .. } => Self::Exponential,
            // Neither draws gaps here.
            Process::Loadgen { .. } | Process::Recorded => Self::Exponential,
            Process::Constant => Self::Constant,
            Process::Uniform { jitter } => Self::Uniform { jitter },
            // The variance of a gamma variable of mean 1 is 1 / shape.
            Process::Gamma { cv } => Self::Gamma { shape: 1.0 / (cv * cv) },
            Process::Weibull { cv } => {
                let shape = weibull_shape(cv);
                Self::Weibull { shape, scale: 1.0 / libm::tgamma(1.0 + 1.0 / shape) }
            }
        }
    }

    /// A gap from 64 random bits.
    pub(crate) fn draw(&self, bits: u64) -> f64 {
        match *self {
            Self::Exponential => -libm::log(uniform(bits)),
            Self::Constant => 1.0,
            Self::Uniform { jitter } => 1.0 - jitter + 2.0 * jitter * uniform(bits),
            Self::Gamma { shape } => gamma(Seed(bits), shape) / shape,
            Self::Weibull { shape, scale } => {
                scale * libm::pow(-libm::log(uniform(bits)), 1.0 / shape)
            }
        }
    }
}

impl GapLaw {
    /// Probability of a gap longer than `gap`, in multiples of the mean. A tail, computed as one.
    pub(crate) fn survival(&self, gap: f64) -> f64 {
        if gap <= 0.0 {
            return 1.0;
        }
        match *self {
            Self::Exponential => libm::exp(-gap),
            Self::Constant => f64::from(u8::from(gap < 1.0)),
            Self::Uniform { jitter } => ((1.0 + jitter - gap) / (2.0 * jitter)).clamp(0.0, 1.0),
            Self::Gamma { shape } => gamma_upper(shape, shape * gap),
            Self::Weibull { shape, scale } => libm::exp(-libm::pow(gap / scale, shape)),
        }
    }
}

/// A number above 0 and up to 1, from the upper 53 bits.
pub(crate) fn uniform(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    ((bits >> 11) + 1) as f64 * STEP
}

/// A gamma variable of scale 1, by rejection (Marsaglia and Tsang 2000, "A simple method for
/// generating gamma variables"; shapes below 1 by their section 6).
fn gamma(seed: Seed, shape: f64) -> f64 {
    let mut numbers = (0..).map(|counter| uniform(seed.draw(counter)));
    let mut next = || numbers.next().expect("a range without an end has a next number");
    if shape < 1.0 {
        let lifted = libm::pow(next(), 1.0 / shape);
        return lifted * gamma_of_large_shape(&mut next, shape + 1.0);
    }
    gamma_of_large_shape(&mut next, shape)
}

/// The shape is at least 1; more than 19 of 20 candidates are taken.
fn gamma_of_large_shape(next: &mut impl FnMut() -> f64, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = normal(next(), next());
        let base = 1.0 + c * normal;
        if base <= 0.0 {
            continue;
        }
        let v = base * base * base;
        if libm::log(next()) < 0.5 * normal * normal + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// A standard normal variable from two uniform ones (Box and Muller 1958).
fn normal(radius: f64, angle: f64) -> f64 {
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}

/// The shape of the Weibull law with this coefficient of variation, which falls as the shape grows:
/// `cv^2 = gamma(1 + 2 / shape) / gamma(1 + 1 / shape)^2 - 1`.
fn weibull_shape(cv: f64) -> f64 {
    let cv_of = |shape: f64| {
        let log = libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape);
        libm::expm1(log).sqrt()
    };
    let (mut low, mut high) = (0.05, 1000.0);
    // Each halving gains a bit, and a 64-bit float has 53.
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if cv_of(middle) > cv {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and coefficient of variation of many gaps.
    fn moments(law: GapLaw) -> (f64, f64) {
        const COUNT: u64 = 200_000;
        let gaps: Vec<f64> = (0..COUNT).map(|i| law.draw(Seed(7).draw(i))).collect();
        assert!(gaps.iter().all(|gap| gap.is_finite() && *gap >= 0.0), "{law:?}");
        let mean = gaps.iter().sum::<f64>() / COUNT as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / COUNT as f64;
        (mean, variance.sqrt() / mean)
    }

    #[test]
    fn gaps_have_the_mean_and_spread_that_were_asked_for() {
        for cv in [0.05, 0.3, 0.9, 1.0, 1.5, 3.0] {
            for process in [Process::Gamma { cv }, Process::Weibull { cv }] {
                let (mean, found) = moments(GapLaw::of(&process));
                // Heavy tails converge slowly: three standard errors of the mean, and more.
                assert!((mean - 1.0).abs() < 0.01 * cv.max(1.0), "{process:?}: mean {mean}");
                assert!((found / cv - 1.0).abs() < 0.06, "{process:?}: cv {found}");
            }
        }
        let (mean, cv) = moments(GapLaw::of(&Process::Uniform { jitter: 0.6 }));
        assert!((mean - 1.0).abs() < 0.003 && (cv - 0.6 / 3_f64.sqrt()).abs() < 0.003);
        let (mean, cv) = moments(GapLaw::of(&Process::Poisson));
        assert!((mean - 1.0).abs() < 0.01 && (cv - 1.0).abs() < 0.01);
        assert_eq!(moments(GapLaw::of(&Process::Constant)).0, 1.0);
    }

    #[test]
    fn a_weibull_law_of_spread_1_is_exponential() {
        let GapLaw::Weibull { shape, scale } = GapLaw::of(&Process::Weibull { cv: 1.0 }) else {
            panic!("another law")
        };
        assert!((shape - 1.0).abs() < 1e-9 && (scale - 1.0).abs() < 1e-9);
    }

    #[test]
    fn as_many_gaps_survive_as_should() {
        const COUNT: u64 = 100_000;
        for process in [
            Process::Poisson,
            Process::Uniform { jitter: 0.7 },
            Process::Gamma { cv: 0.4 },
            Process::Gamma { cv: 2.5 },
            Process::Weibull { cv: 0.4 },
            Process::Weibull { cv: 2.5 },
        ] {
            let law = GapLaw::of(&process);
            for gap in [0.1, 0.5, 1.0, 1.5, 4.0] {
                let longer = (0..COUNT).filter(|&i| law.draw(Seed(5).draw(i)) > gap).count();
                let (found, expected) = (longer as f64 / COUNT as f64, law.survival(gap));
                // Four standard errors at most.
                assert!((found - expected).abs() < 0.0064, "{process:?} {gap}: {found} {expected}");
            }
        }
        assert_eq!(GapLaw::Constant.survival(0.99), 1.0);
        assert_eq!(GapLaw::Constant.survival(1.01), 0.0);
    }

    /// The same law, drawn by another library: two-sample Kolmogorov and Smirnov at 0.1 %.
    #[test]
    fn gamma_and_weibull_gaps_are_those_of_another_library() {
        use rand_core::SeedableRng as _;
        use rand_distr::{Distribution as _, Gamma, Weibull};

        const COUNT: usize = 20_000;
        let mut random = rand_chacha::ChaCha8Rng::from_seed([3; 32]);
        for cv in [0.4, 1.0, 2.5] {
            let gamma = GapLaw::of(&Process::Gamma { cv });
            let GapLaw::Gamma { shape } = gamma else { panic!("another law") };
            let theirs = Gamma::new(shape, 1.0 / shape).unwrap();
            let theirs = (0..COUNT).map(|_| theirs.sample(&mut random)).collect();
            close(gamma, theirs);

            let weibull = GapLaw::of(&Process::Weibull { cv });
            let GapLaw::Weibull { shape, scale } = weibull else { panic!("another law") };
            let theirs = Weibull::new(scale, shape).unwrap();
            let theirs = (0..COUNT).map(|_| theirs.sample(&mut random)).collect();
            close(weibull, theirs);
        }
    }

    fn close(law: GapLaw, mut theirs: Vec<f64>) {
        let mut ours: Vec<f64> =
            (0..theirs.len() as u64).map(|i| law.draw(Seed(11).draw(i))).collect();
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        let below = |sample: &[f64], x: f64| sample.partition_point(|&y| y <= x) as f64;
        let distance = ours
            .iter()
            .chain(&theirs)
            .map(|&x| (below(&ours, x) - below(&theirs, x)).abs() / ours.len() as f64)
            .fold(0.0, f64::max);
        assert!(distance < 1.949 * (2.0 / ours.len() as f64).sqrt(), "{law:?}: {distance}");
    }
}
