//! Mean and spread of the gaps between arrivals.

/// Takes arrivals in order; keeps Welford's running mean and sum of squares of their gaps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    count: u64,
    last_ns: Option<i64>,
    mean: f64,
    squares: f64,
}

impl Gaps {
    pub(crate) fn add(&mut self, arrival_ns: i64) {
        if let Some(last_ns) = self.last_ns {
            let gap = (arrival_ns - last_ns) as f64;
            let away = gap - self.mean;
            self.mean += away / self.count as f64;
            self.squares += away * (gap - self.mean);
        }
        self.count += 1;
        self.last_ns = Some(arrival_ns);
    }

    /// Number of arrivals.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn last_ns(&self) -> Option<i64> {
        self.last_ns
    }

    /// Coefficient of variation of the gaps.
    pub(crate) fn cv(&self) -> Option<f64> {
        let gaps = self.count.checked_sub(1).filter(|&gaps| gaps >= 2)?;
        let deviation = (self.squares / (gaps - 1) as f64).sqrt();
        (self.mean > 0.0).then(|| deviation / self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cv(arrivals: &[i64]) -> Option<f64> {
        let mut gaps = Gaps::default();
        arrivals.iter().for_each(|&arrival| gaps.add(arrival));
        gaps.cv()
    }

    #[test]
    fn the_spread_of_gaps_is_that_of_the_textbook() {
        // Gaps 1, 2, 3: mean 2, standard deviation 1.
        assert_eq!(cv(&[10, 11, 13, 16]), Some(0.5));
        assert_eq!(cv(&[0, 5, 10, 15]), Some(0.0));
        for too_few in [&[][..], &[3], &[3, 4], &[7, 7, 7, 7]] {
            assert_eq!(cv(too_few), None, "{too_few:?}");
        }
    }
}
