//! Incomplete gamma functions.

use std::f64::consts::PI;

use crate::fraction::continued;

/// Regularised upper incomplete gamma function `Q(a, x)`, `a > 0`.
pub fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// Regularised lower incomplete gamma function `P(a, x)`, `a > 0`.
pub(crate) fn gamma_lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
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

/// `Q(a, x)` by its continued fraction, DLMF 8.9.2.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut denominator = x + 1.0 - a;
    let pairs = (1..=terms_max(a)).map(|step| {
        let index = step as f64;
        denominator += 2.0;
        (-index * (index - a), denominator)
    });
    let fraction = continued(x + 1.0 - a, pairs);
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
    use crate::testing::close;

    /// Few whole `a` have closed forms.
    #[test]
    fn closed_forms_are_met() {
        for x in [1e-6, 0.1, 1.9, 2.1, 3.5, 30.0, 300.0] {
            close(gamma_upper(1.0, x), libm::exp(-x), 1e-12);
            close(gamma_upper(2.0, x), (1.0 + x) * libm::exp(-x), 1e-12);
            close(gamma_upper(0.5, x), libm::erfc(libm::sqrt(x)), 1e-12);
            close(gamma_lower(0.5, x), libm::erf(libm::sqrt(x)), 1e-12);
        }
    }

    /// The change of form for a large `a` is not to be seen.
    #[test]
    fn forms_of_the_density_agree() {
        for a in [100.0, 101.5, 150.0] {
            for x in [60.0, 100.0, 180.0_f64] {
                let plain = libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
                close(density(a, x), plain, 1e-11);
            }
        }
    }
}
