//! Continued fractions.

/// Stands for a denominator of 0.
const TINY: f64 = 1e-300;

/// `1 / (first + n1 / (d1 + n2 / (d2 + ...)))` for pairs of `(n, d)`, evaluated forwards until it
/// no longer changes, or the pairs end: Lentz 1976, as modified by Thompson and Barnett 1986.
pub(crate) fn continued(first: f64, pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut above = 1.0 / TINY;
    let mut below = 1.0 / away_from_zero(first);
    let mut fraction = below;
    for (numerator, denominator) in pairs {
        below = 1.0 / away_from_zero(numerator * below + denominator);
        above = away_from_zero(denominator + numerator / above);
        let factor = below * above;
        fraction *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_without_end_are_what_they_stand_for() {
        let golden = continued(1.0, std::iter::repeat((1.0, 1.0)));
        assert!((golden - 2.0 / (1.0 + 5.0_f64.sqrt())).abs() < 1e-15, "{golden}");
        // tan 1 = 1 / (1 - 1 / (3 - 1 / (5 - ...)))
        let tangent = continued(1.0, (1..).map(|index| (-1.0, f64::from(2 * index + 1))));
        assert!((tangent - libm::tan(1.0)).abs() < 1e-15, "{tangent}");
    }

    #[test]
    fn pairs_may_end_and_denominators_may_vanish() {
        assert_eq!(continued(4.0, std::iter::empty()), 0.25);
        // 1 / (0 + 1 / 2)
        assert!((continued(0.0, [(1.0, 2.0)].into_iter()) - 2.0).abs() < 1e-15);
    }
}
