//! Do the kinds of request come in their shares? Pearson's chi-square (Pearson 1900).
//!
//! A share that is off by one point needs tens of thousands of requests to show.

use probability::{chi_square_above, limit};

use super::finding::{Finding, LIMIT_LEVEL, NotApplicable, Outcome};

/// Cells that expect fewer are put together (Cochran 1954).
pub(super) const CELL_MIN: f64 = 5.0;

/// Counts of each kind against the shares they should have.
///
/// `test` names the finding; `names` are for its note. Shares need not sum to 1.
pub fn shares(
    test: &'static str,
    counts: &[u64],
    shares: &[f64],
    name: impl Fn(usize) -> String,
) -> Outcome {
    let total: u64 = counts.iter().sum();
    let sum: f64 = shares.iter().sum();
    let expected = |index: usize| total as f64 * shares[index] / sum;
    if let Some(index) = (0..counts.len()).find(|&index| counts[index] > 0 && shares[index] <= 0.0)
    {
        let note = format!("{} of {}, which should not be", counts[index], name(index));
        return Ok(Finding::new(test, f64::INFINITY, 0.0).with_note(note));
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|&index| shares[index] > 0.0).collect();
    order.sort_by(|&a, &b| shares[a].total_cmp(&shares[b]));
    let cells = order.iter().map(|&index| (counts[index] as f64, expected(index)));
    let cells = pooled(cells);
    if cells.len() < 2 {
        let reason = match order.len() {
            0 | 1 => "there is nothing to choose from".to_owned(),
            _ => format!("{total} requests do not make two kinds of {CELL_MIN} expected each"),
        };
        return Err(NotApplicable::new(test, reason));
    }
    let statistic = chi_square(&cells);
    let above = |x: f64| chi_square_above(x, (cells.len() - 1) as f64);
    let away = |&index: &usize| {
        (counts[index] as f64 - expected(index)).abs() / libm::sqrt(expected(index))
    };
    let furthest = order.iter().max_by(|a, b| away(a).total_cmp(&away(b)));
    let &furthest = furthest.expect("there are two cells");
    let note = format!(
        "furthest off: {} of {} instead of {:.1}",
        counts[furthest],
        name(furthest),
        expected(furthest)
    );
    Ok(Finding::new(test, statistic, above(statistic))
        .with_limit(limit(LIMIT_LEVEL, above))
        .with_note(note))
}

/// Sum of (observed - expected)^2 / expected.
pub(super) fn chi_square(cells: &[(f64, f64)]) -> f64 {
    let term = |(observed, expected): &(f64, f64)| {
        (observed - expected) * (observed - expected) / expected
    };
    cells.iter().map(term).sum()
}

/// Cells (observed, expected), of which neighbours are put together until each expects enough.
pub(super) fn pooled(cells: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut open = (0.0, 0.0);
    for (observed, expected) in cells {
        open = (open.0 + observed, open.1 + expected);
        if open.1 >= CELL_MIN {
            kept.push(open);
            open = (0.0, 0.0);
        }
    }
    if let Some(last) = kept.last_mut() {
        *last = (last.0 + open.0, last.1 + open.1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(counts: &[u64], expected: &[f64]) -> Outcome {
        shares("mix", counts, expected, |index| format!("kind {index}"))
    }

    #[test]
    fn shares_are_compared() {
        // By hand: (10^2 + 10^2) / 50 = 4 with one degree of freedom.
        let finding = found(&[60, 40], &[0.5, 0.5]).unwrap();
        assert!((finding.statistic - 4.0).abs() < 1e-12);
        assert!((finding.p - 0.0455).abs() < 1e-4);
        assert!(finding.note.ends_with("instead of 50.0"), "{}", finding.note);
    }

    #[test]
    fn rare_kinds_are_put_together() {
        let rare = pooled([(1.0, 2.0), (9.0, 4.0), (90.0, 94.0), (3.0, 1.0)].into_iter());
        assert_eq!(rare, [(10.0, 6.0), (93.0, 95.0)]);
        assert!(found(&[3, 4], &[0.5, 0.5]).is_err());
        assert!(found(&[], &[]).is_err());
    }

    #[test]
    fn what_should_not_be_is_never_by_chance() {
        assert!(found(&[100, 1], &[1.0, 0.0]).unwrap().p < 1e-100);
        assert!(found(&[100, 0], &[1.0, 0.0]).is_err(), "one kind has no mix");
    }
}
