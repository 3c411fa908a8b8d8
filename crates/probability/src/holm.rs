//! Many tests at once.

/// Probabilities adjusted for being judged together, in the order given: Holm 1979, "A simple
/// sequentially rejective multiple test procedure".
///
/// Of n, the i-th smallest, from 0, is multiplied by n - i, and is at least the one before it and at
/// most 1. So equals stay equal, whatever their order. Whatever the dependence between the tests,
/// the chance that any adjusted probability is `alpha` or less by chance alone is at most `alpha`.
///
/// ```
/// assert_eq!(probability::holm(&[0.04, 0.01, 0.02, 0.9]), [0.08, 0.04, 0.06, 0.9]);
/// ```
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let count = probabilities.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&one, &other| probabilities[one].total_cmp(&probabilities[other]));
    let (mut adjusted, mut least) = (vec![0.0; count], 0.0);
    for (place, index) in order.into_iter().enumerate() {
        let multiplied = (count - place) as f64 * probabilities[index];
        least = f64::max(least, multiplied.min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_later_one_is_never_less_than_one_before() {
        assert_eq!(holm(&[0.03, 0.01, 0.025]), [0.05, 0.03, 0.05]);
        assert_eq!(holm(&[0.5, 0.01, 0.5]), [1.0, 0.03, 1.0]);
        assert_eq!(holm(&[0.0, 1.0]), [0.0, 1.0]);
        assert_eq!(holm(&[0.2]), [0.2]);
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        /// The closure of Bonferroni's test over all families of the rest, which is what Holm's
        /// short cut stands for.
        #[test]
        fn it_is_the_worst_of_all_families(given in prop::collection::vec(0.0..0.4_f64, 1..7)) {
            let adjusted = holm(&given);
            for (index, found) in adjusted.into_iter().enumerate() {
                let families = (0..1_u32 << given.len()).filter(|family| family >> index & 1 == 1);
                let worst = families.map(|family| {
                    let members = (0..given.len()).filter(|member| family >> member & 1 == 1);
                    let least = members.map(|member| given[member]).fold(1.0, f64::min);
                    (f64::from(family.count_ones()) * least).min(1.0)
                });
                prop_assert_eq!(found, worst.fold(0.0, f64::max));
            }
        }

        #[test]
        fn the_order_given_does_not_matter(
            mut given in prop::collection::vec(prop::sample::select(vec![0.001, 0.01, 0.02, 0.3]), 0..9),
        ) {
            let mut adjusted = holm(&given);
            given.reverse();
            adjusted.reverse();
            prop_assert_eq!(adjusted, holm(&given));
        }
    }
}
