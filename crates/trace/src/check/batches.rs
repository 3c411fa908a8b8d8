//! Do batches have the sizes that they should?

use std::collections::BTreeMap;

use probability::{chi_square_above, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::mix::{chi_square, pooled};

/// Number of batches by size, against the probability of each size from 1 on.
///
/// Sizes are pooled upwards until each cell expects 5; the last holds all sizes above. A size of
/// probability 0 is never by chance, which is all there is to say where every batch has one size.
pub fn sizes(batches: &BTreeMap<u64, u64>, probability: impl Fn(u64) -> f64) -> Outcome {
    const TEST: &str = "batch_sizes";
    let total: u64 = batches.values().sum();
    let impossible = batches.iter().find(|&(&size, &count)| count > 0 && probability(size) <= 0.0);
    if let Some((size, count)) = impossible {
        let note = format!("{count} batches of {size}, which should not be");
        return Ok(Finding::new(TEST, f64::INFINITY, 0.0).with_note(note));
    }
    let largest = batches.keys().next_back().copied().unwrap_or(0);
    let mut below = 0.0;
    let cells: Vec<(f64, f64)> = (1..=largest)
        .map(|size| {
            below += probability(size);
            let observed = batches.get(&size).copied().unwrap_or(0) as f64;
            (observed, total as f64 * probability(size))
        })
        .collect();
    let above_all = (0.0, total as f64 * (1.0 - below).max(0.0));
    let cells = pooled(cells.into_iter().chain([above_all]));
    if cells.len() < 2 {
        let reason = format!("{total} batches do not make two sizes of 5 expected each");
        return Err(NotApplicable::new(TEST, reason));
    }
    let statistic = chi_square(&cells);
    let above = |x: f64| chi_square_above(x, (cells.len() - 1) as f64);
    let requests: u64 = batches.iter().map(|(size, count)| size * count).sum();
    let mean = requests as f64 / total as f64;
    Ok(Finding::new(TEST, statistic, above(statistic))
        .with_limit(limit(LIMIT_LEVEL, above))
        .with_note(format!("{total} batches of {mean:.2} requests on average")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Geometric sizes from 1 on, of mean 2.
    fn geometric(size: u64) -> f64 {
        0.5_f64.powi(size as i32)
    }

    #[test]
    fn sizes_are_compared() {
        let sound = BTreeMap::from([
            (1, 504),
            (2, 250),
            (3, 126),
            (4, 60),
            (5, 31),
            (6, 15),
            (7, 7),
            (9, 7),
        ]);
        assert!(sizes(&sound, geometric).unwrap().p > 0.1);
        let even = BTreeMap::from([(1, 250), (2, 250), (3, 250), (4, 250)]);
        assert!(sizes(&even, geometric).unwrap().p < 1e-6);
    }

    #[test]
    fn a_fixed_size_is_the_only_one() {
        let fixed = |size: u64| if size == 4 { 1.0 } else { 0.0 };
        assert!(sizes(&BTreeMap::from([(4, 99), (3, 1)]), fixed).unwrap().p < 1e-100);
        assert!(sizes(&BTreeMap::from([(4, 100)]), fixed).is_err());
        assert!(sizes(&BTreeMap::new(), geometric).is_err());
    }
}
