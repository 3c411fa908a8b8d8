//! The functions that turn a statistic into a probability.
//!
//! Tails are computed as tails, never as 1 - x, so that a probability of 1e-14 keeps its digits.
//! All of it stands on `libm`, so that a verdict is the same on every machine.

use std::f64::consts::PI;

/// `P(X > x)` for a chi-square of `df` degrees of freedom.
pub(crate) fn chi_square_above(x: f64, df: f64) -> f64 {
    gamma_upper(df / 2.0, x / 2.0)
}

/// `P(X < x)` for a chi-square of `df` degrees of freedom.
pub(crate) fn chi_square_below(x: f64, df: f64) -> f64 {
    gamma_lower(df / 2.0, x / 2.0)
}

/// `P(N <= count)` for a Poisson count: DLMF 8.4.10, `Q(count + 1, mean)`.
pub(super) fn poisson_at_most(count: u64, mean: f64) -> f64 {
    gamma_upper(count as f64 + 1.0, mean)
}

/// `P(N >= count)` for a Poisson count.
pub(super) fn poisson_at_least(count: u64, mean: f64) -> f64 {
    match count {
        0 => 1.0,
        _ => gamma_lower(count as f64, mean),
    }
}

/// `P(X >= count)` for `trials` independent trials that each succeed with `chance`, below 1.
///
/// Terms are added outward from `count`, away from the mean, where each is a known fraction of the
/// one before.
pub(crate) fn binomial_at_least(count: u64, trials: u64, chance: f64) -> f64 {
    if count == 0 || count > trials {
        return if count == 0 { 1.0 } else { 0.0 };
    }
    let (n, odds) = (trials as f64, chance / (1.0 - chance));
    let term = |k: f64| {
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        libm::exp(ways + k * libm::log(chance) + (n - k) * libm::log1p(-chance))
    };
    let add = |first: f64, ratio: &dyn Fn(f64) -> f64, step: f64| {
        let (mut k, mut term, mut sum) = (first, term(first), 0.0);
        while (0.0..=n).contains(&k) && term > sum * f64::EPSILON / 16.0 {
            sum += term;
            term *= ratio(k);
            k += step;
        }
        sum
    };
    let count = count as f64;
    let tail = match count > n * chance {
        true => add(count, &|k| (n - k) / (k + 1.0) * odds, 1.0),
        false => 1.0 - add(count - 1.0, &|k| k / (n - k + 1.0) / odds, -1.0),
    };
    tail.clamp(0.0, 1.0)
}

/// `P(|Z| > z)` for a standard normal deviate.
#[cfg(test)]
pub(super) fn normal_beyond(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// `P(K > x)` for Kolmogorov's limiting law (Kolmogorov 1933).
///
/// The alternating series converges fast for large `x`, its theta transform for small.
pub(super) fn kolmogorov_above(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: i32| {
            let odd = f64::from(2 * k - 1);
            libm::exp(-odd * odd * PI * PI / (8.0 * x * x))
        };
        return 1.0 - libm::sqrt(2.0 * PI) / x * (1..=5).map(term).sum::<f64>();
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * f64::from(k * k) * x * x)
    };
    (1..=6).map(term).sum::<f64>()
}

/// The statistic at which a falling tail function passes `level`: the limit of a test.
pub(crate) fn limit(level: f64, tail: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1.0;
    while tail(high) > level && high < 1e12 {
        high *= 2.0;
    }
    let mut low = 0.0;
    // 60 halvings leave less than the last digit of a 64-bit float.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match tail(middle) > level {
            true => low = middle,
            false => high = middle,
        }
    }
    0.5 * (low + high)
}

/// Regularised lower incomplete gamma function `P(a, x)`, `a > 0`.
fn gamma_lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// Regularised upper incomplete gamma function `Q(a, x)`, `a > 0`.
pub(crate) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// `P(a, x)` by its power series: DLMF 8.11.4 divided by Γ(a).
fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
    for _ in 0..terms_max(a) {
        k += 1.0;
        term *= x / k;
        sum += term;
        if term < sum * f64::EPSILON / 4.0 {
            break;
        }
    }
    (sum * a * density(a, x)).clamp(0.0, 1.0)
}

/// `Q(a, x)` by its continued fraction, DLMF 8.9.2, evaluated forwards by Lentz's method.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    /// Stands for a denominator of 0.
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / if b.abs() < TINY { TINY } else { b };
    let mut fraction = d;
    for step in 1..=terms_max(a) {
        let i = step as f64;
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        c = b + numerator / c;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = if c.abs() < TINY { TINY } else { c };
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    (fraction * a * density(a, x)).clamp(0.0, 1.0)
}

/// Both expansions converge in a few times sqrt(a) steps where `x` is near `a`.
fn terms_max(a: f64) -> u64 {
    1000 + (40.0 * libm::sqrt(a)) as u64
}

/// `x^a e^-x / Γ(a + 1)`.
///
/// For large `a` by Stirling's series, because the three large terms of the plain form cancel.
fn density(a: f64, x: f64) -> f64 {
    if a < 100.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    let away = (x - a) / a;
    let exponent = a * (libm::log1p(away) - away);
    let stirling = 1.0 / (12.0 * a) - 1.0 / (360.0 * a * a * a);
    libm::exp(exponent - stirling) / libm::sqrt(2.0 * PI * a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        let distance = (found - expected).abs() / expected.abs();
        assert!(distance < 1e-9, "{found} instead of {expected}");
    }

    /// Expected values are mpmath's, from 30 digits.
    #[test]
    fn tails_are_those_of_another_library() {
        for &(x, df, above) in CHI_SQUARE {
            close(chi_square_above(x, df), above);
        }
        for &(count, mean, at_most, at_least) in POISSON {
            close(poisson_at_most(count, mean), at_most);
            close(poisson_at_least(count, mean), at_least);
        }
        for &(count, trials, chance, at_least) in BINOMIAL {
            close(binomial_at_least(count, trials, chance), at_least);
        }
        for &(x, above) in KOLMOGOROV {
            close(kolmogorov_above(x), above);
        }
    }

    #[test]
    fn the_ends_are_ends() {
        assert_eq!(poisson_at_least(0, 3.0), 1.0);
        assert_eq!(binomial_at_least(0, 5, 0.5), 1.0);
        assert_eq!(binomial_at_least(6, 5, 0.5), 0.0);
        assert_eq!(chi_square_above(0.0, 3.0), 1.0);
        assert_eq!(kolmogorov_above(0.0), 1.0);
        assert_eq!(kolmogorov_above(40.0), 0.0);
    }

    /// Section 12 of the statistics: the table of limits.
    #[test]
    fn limits_are_those_of_the_tables() {
        let near = |found: f64, expected: f64, digit: f64| {
            assert!((found - expected).abs() <= 0.501 * digit, "{found} instead of {expected}");
        };
        for (level, kolmogorov, ljung_box, mix, transitions, count) in [
            (0.05, 1.358, 31.41, 5.99, 9.49, 1.96),
            (0.01, 1.628, 37.57, 9.21, 13.28, 2.58),
            (0.001, 1.949, 45.31, 13.82, 18.47, 3.29),
        ] {
            near(limit(level, kolmogorov_above), kolmogorov, 0.001);
            near(limit(level, |x| chi_square_above(x, 20.0)), ljung_box, 0.01);
            near(limit(level, |x| chi_square_above(x, 2.0)), mix, 0.01);
            near(limit(level, |x| chi_square_above(x, 4.0)), transitions, 0.01);
            near(limit(level, normal_beyond), count, 0.01);
        }
        for (windows, level, low, high) in [
            (100.0, 0.05, 0.741, 1.297),
            (100.0, 0.01, 0.672, 1.404),
            (100.0, 0.001, 0.597, 1.535),
            (1000.0, 0.05, 0.914, 1.090),
            (1000.0, 0.01, 0.889, 1.119),
            (1000.0, 0.001, 0.859, 1.154),
        ] {
            let df = windows - 1.0;
            near(limit(level / 2.0, |x| chi_square_above(x, df)) / df, high, 0.001);
            near(limit(1.0 - level / 2.0, |x| chi_square_above(x, df)) / df, low, 0.001);
        }
    }

    /// Statistic, degrees of freedom, probability above.
    const CHI_SQUARE: &[(f64, f64, f64)] = &[
        (0.1, 1.0, 7.51829634045849e-1),
        (3.84, 1.0, 5.00435212487051e-2),
        (31.41, 20.0, 5.00052392023152e-2),
        (200.0, 20.0, 1.12534739608427e-31),
        (999.0, 999.0, 4.94049877958528e-1),
        (1300.0, 999.0, 3.39821749651548e-10),
        (10.5, 4.0, 3.27969899948837e-2),
    ];

    /// Count, mean, probability of at most and of at least the count.
    const POISSON: &[(u64, f64, f64, f64)] = &[
        (3, 0.01, 9.99999999586653e-1, 1.65421652807488e-7),
        (5, 5.0, 6.15960654833063e-1, 5.59506714934788e-1),
        (40, 20.0, 9.99974573681766e-1, 5.32020251124622e-5),
        (10300, 10000.0, 9.98613282242914e-1, 1.43236536746676e-3),
        (9600, 10000.0, 2.90528015717617e-5, 9.99972172211543e-1),
        (1001000, 1000000.0, 8.41465670963428e-1, 1.58776219137774e-1),
    ];

    /// Count, trials, chance, probability of at least the count.
    const BINOMIAL: &[(u64, u64, f64, f64)] = &[
        (1, 10, 0.1, 6.513215599e-1),
        (9, 10, 0.5, 1.07421875e-2),
        (30, 1000, 0.01, 2.05998885097196e-7),
        (5, 1000, 0.01, 9.71313600000995e-1),
        (1200, 10000, 0.1, 4.80263293731295e-11),
        (1000, 10000, 0.1, 5.04875916309322e-1),
    ];

    /// Statistic, probability above.
    const KOLMOGOROV: &[(f64, f64)] = &[
        (0.5, 9.63945243664875e-1),
        (0.999, 2.71073164115064e-1),
        (1.0, 2.69999671677355e-1),
        (1.358, 5.0026797334447e-2),
        (1.949, 1.00370731456876e-3),
        (3.0, 3.04599594894253e-8),
    ];
}
