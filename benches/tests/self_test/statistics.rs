//! The tests of significance that programs other than `compare` judge latencies by. Each gives a
//! two-sided p-value, and knows nothing of what the numbers are.

use std::f64::consts::SQRT_2;

use probability::{Student, binomial_at_least};

/// Whether two samples have one mean, whatever their spreads: Welch 1947. Degrees of freedom are
/// rounded.
pub(crate) fn welch(a: &[f64], b: &[f64]) -> f64 {
    let [(mean_a, part_a), (mean_b, part_b)] = [a, b].map(|sample| {
        let (mean, variance) = moments(sample);
        (mean, variance / sample.len() as f64)
    });
    let of = |part: f64, sample: &[f64]| part * part / (sample.len() as f64 - 1.0);
    let error = part_a + part_b;
    let df = error * error / (of(part_a, a) + of(part_b, b));
    student(mean_b - mean_a, error, df.round() as u64)
}

/// Whether differences have a mean of 0: Student 1908.
pub(crate) fn paired(differences: &[f64]) -> f64 {
    let (mean, variance) = moments(differences);
    let count = differences.len();
    student(mean, variance / count as f64, count as u64 - 1)
}

/// Whether differences lie about 0: Wilcoxon 1945, by the normal law, with a correction for ties.
/// Differences of 0 are left out.
pub(crate) fn signed_rank(differences: &[f64]) -> f64 {
    let mut differences: Vec<f64> =
        differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    differences.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let (mut below, mut above_zero, mut tied) = (0.0, 0.0, 0.0);
    for equals in differences.chunk_by(|one, other| one.abs().total_cmp(&other.abs()).is_eq()) {
        let count = equals.len() as f64;
        let rank = below + (count + 1.0) / 2.0;
        above_zero += rank * equals.iter().filter(|difference| **difference > 0.0).count() as f64;
        tied += count * count * count - count;
        below += count;
    }
    let count = below;
    let mean = count * (count + 1.0) / 4.0;
    let variance = count * (count + 1.0) * (2.0 * count + 1.0) / 24.0 - tied / 48.0;
    match variance > 0.0 {
        true => libm::erfc((above_zero - mean).abs() / libm::sqrt(variance) / SQRT_2),
        false => 1.0,
    }
}

/// Whether as many pairs changed one way as the other: McNemar 1947, exactly.
pub(crate) fn mcnemar(one: u64, other: u64) -> f64 {
    (2.0 * binomial_at_least(one.max(other), one + other, 0.5)).min(1.0)
}

/// Whether two samples of few values are of one law: Mann and Whitney 1947, exactly, by all ways in
/// which the values could have been dealt to the samples. So ties need no correction.
pub(crate) fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let values: Vec<f64> = a.iter().chain(b).copied().collect();
    let of = |value: f64| {
        let less = values.iter().filter(|other| **other < value).count();
        let at_most = values.iter().filter(|other| **other <= value).count();
        less + at_most + 1
    };
    // Twice the ranks are whole, so that sums of them compare exactly.
    let ranks: Vec<usize> = values.iter().map(|&value| of(value)).collect();
    let sum = |dealt: u32| -> usize {
        (0..ranks.len()).filter(|index| dealt >> index & 1 == 1).map(|index| ranks[index]).sum()
    };
    let found = sum((1 << a.len()) - 1);
    let ways = (0..1_u32 << values.len()).filter(|dealt| dealt.count_ones() as usize == a.len());
    let (mut count, mut at_most, mut at_least) = (0, 0, 0);
    for sum in ways.map(sum) {
        count += 1;
        at_most += u32::from(sum <= found);
        at_least += u32::from(sum >= found);
    }
    (2.0 * f64::from(at_most.min(at_least)) / f64::from(count)).min(1.0)
}

/// Mean and sample variance of at least two numbers.
fn moments(sample: &[f64]) -> (f64, f64) {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares: f64 = sample.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, squares / (count - 1.0))
}

/// Two-sided p-value of an effect whose variance is estimated with so many degrees of freedom.
fn student(effect: f64, variance: f64, df: u64) -> f64 {
    match effect == 0.0 {
        true => 1.0,
        false => 2.0 * Student::new(df).above(effect.abs() / libm::sqrt(variance)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of sleep gained by ten patients with either drug: the example of Student 1908.
    const SLEEP: [[f64; 10]; 2] = [
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    ];

    fn gains() -> Vec<f64> {
        SLEEP[0].iter().zip(SLEEP[1]).map(|(one, other)| other - one).collect()
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}, not {expected}");
    }

    /// Here and below, scipy's figures; this one with 18 degrees of freedom for 17.776.
    #[test]
    fn two_samples() {
        close(welch(&SLEEP[0], &SLEEP[1]), 0.07918671421593813);
        close(welch(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.021311641128756713);
        assert_eq!(welch(&SLEEP[0], &SLEEP[0]), 1.0);
    }

    #[test]
    fn pairs() {
        close(paired(&gains()), 0.002832890197384273);
        assert_eq!(paired(&[0.0; 9]), 1.0);
    }

    /// The gains have a 0 and a tie.
    #[test]
    fn signed_ranks() {
        close(signed_rank(&gains()), 0.007632441648205508);
        close(signed_rank(&[1.0, -2.0, 3.0, 4.0, 5.0, -6.0, 7.5, 8.0]), 0.16142946236708333);
        assert_eq!(signed_rank(&[0.0; 9]), 1.0);
    }

    /// The first are the approvals of a prime minister, in two surveys of the same people: Agresti
    /// 1990, "Categorical Data Analysis".
    #[test]
    fn changed_pairs() {
        close(mcnemar(150, 86), 3.7159361395713866e-5);
        close(mcnemar(1, 9), 0.021484375);
        assert_eq!([mcnemar(0, 0), mcnemar(4, 4)], [1.0, 1.0]);
    }

    /// Three values a side cannot be told apart at 5 %, however far they are.
    #[test]
    fn ranks_of_few_values() {
        close(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1);
        close(mann_whitney(&[6.0, 7.0, 8.0, 9.0, 10.0], &[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 252.0);
        let a = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        close(mann_whitney(&a, &[1.15, 0.88, 0.90, 0.74, 1.21]), 0.2544122544122544);
        assert_eq!(mann_whitney(&[7.0; 5], &[7.0; 5]), 1.0);
    }

    /// By the permutation test of scipy.
    #[test]
    fn ranks_with_ties() {
        close(mann_whitney(&[1.0, 2.0, 2.0, 5.0], &[2.0, 3.0, 6.0, 6.0]), 0.2);
        let b = [2.0, 4.0, 4.0, 5.0, 6.0];
        close(mann_whitney(&[1.0, 1.0, 2.0, 3.0, 4.0], &b), 0.07936507936507936);
    }
}
