//! Does the class of a request depend on the class before it?
//!
//! Chi-square of the table of neighbours (Anderson and Goodman 1957, "Statistical inference about
//! Markov chains"): it finds classes that take turns, though each alone is sound. It holds where
//! every class is a Poisson stream and their rates keep the same proportions; streams that are
//! more regular take turns by themselves.

use probability::{chi_square_above, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};
use super::mix::{CELL_MIN, chi_square};

/// The classes of requests in order of arrival, as positions below `classes`.
pub fn order(labels: &[u32], classes: usize) -> Outcome {
    const TEST: &str = "transitions";
    let mut counts = vec![0_usize; classes];
    for &label in labels {
        counts[label as usize] += 1;
    }
    let (pool_of, pools) = pools(&counts);
    if pools < 2 {
        let reason = format!("{} requests do not make two classes frequent enough", labels.len());
        return Err(NotApplicable::new(TEST, reason));
    }
    let table = table(labels.iter().map(|&label| pool_of[label as usize]), pools);
    let (cells, turn) = cells(&table, pools);
    let statistic = chi_square(&cells);
    let above = |x: f64| chi_square_above(x, ((pools - 1) * (pools - 1)) as f64);
    let note = format!("a class follows itself {turn:.3} times as often as it should");
    Ok(Finding::new(TEST, statistic, above(statistic))
        .with_limit(limit(LIMIT_LEVEL, above))
        .with_note(note))
}

/// Puts rare classes together, so that every cell of the table expects enough: the place of each
/// class in the table, and the table's side.
fn pools(counts: &[usize]) -> (Vec<usize>, usize) {
    let total: usize = counts.iter().sum();
    let count_min = libm::sqrt(CELL_MIN * total as f64).ceil() as usize;
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&class| counts[class]);
    let (mut pool_of, mut pools, mut open) = (vec![0; counts.len()], 0_usize, 0);
    for class in order {
        pool_of[class] = pools;
        open += counts[class];
        if open >= count_min.max(1) {
            pools += 1;
            open = 0;
        }
    }
    // Classes are sorted by size, so only a trace of nothing but rare classes ends with an open pool.
    let last = pools.saturating_sub(1);
    pool_of.iter_mut().for_each(|pool| *pool = (*pool).min(last));
    (pool_of, pools)
}

/// How often each is followed by each, row by row.
fn table(labels: impl Iterator<Item = usize>, side: usize) -> Vec<u64> {
    let mut table = vec![0; side * side];
    let mut last = None;
    for label in labels {
        if let Some(last) = last {
            table[last * side + label] += 1;
        }
        last = Some(label);
    }
    table
}

/// (observed, expected) of each cell, and how often a class follows itself, as a part of what is
/// expected.
fn cells(table: &[u64], side: usize) -> (Vec<(f64, f64)>, f64) {
    let at = |row: usize, column: usize| table[row * side + column] as f64;
    let rows: Vec<f64> = (0..side).map(|i| (0..side).map(|j| at(i, j)).sum()).collect();
    let columns: Vec<f64> = (0..side).map(|j| (0..side).map(|i| at(i, j)).sum()).collect();
    let total: f64 = rows.iter().sum();
    let cell = |i: usize, j: usize| (at(i, j), rows[i] * columns[j] / total);
    let cells = (0..side).flat_map(|i| (0..side).map(move |j| (i, j))).map(|(i, j)| cell(i, j));
    let diagonal: Vec<(f64, f64)> = (0..side).map(|i| cell(i, i)).collect();
    let sum = |part: fn(&(f64, f64)) -> f64| diagonal.iter().map(part).sum::<f64>();
    (cells.collect(), sum(|cell| cell.0) / sum(|cell| cell.1))
}

#[cfg(test)]
mod tests {
    use request::Seed;

    use super::*;

    #[test]
    fn turns_are_found() {
        let chance: Vec<u32> = (0..10_000).map(|i| (Seed(7).draw(i) % 3) as u32).collect();
        let sound = order(&chance, 3).unwrap();
        assert!(sound.p > 0.001, "{sound:?}");
        assert!((sound.limit_high.unwrap() - 18.47).abs() < 0.01, "four degrees of freedom");
        let turns: Vec<u32> = (0..10_000).map(|i| i % 3).collect();
        let finding = order(&turns, 3).unwrap();
        assert!(finding.p < 1e-100);
        assert_eq!(finding.note, "a class follows itself 0.000 times as often as it should");
    }

    #[test]
    fn rare_classes_share_a_row() {
        // Of 1000, a class needs 71 to expect 5 neighbours of its own kind.
        assert_eq!(pools(&[500, 30, 429, 41]), (vec![2, 0, 1, 0], 3));
        assert_eq!(pools(&[980, 20]), (vec![0, 0], 1));
        assert!(order(&[0; 100], 2).is_err());
        assert!(order(&[], 0).is_err());
    }
}
