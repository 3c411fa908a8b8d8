//! Counts of arrivals in windows of one length: how bursty traffic is on that scale.
//!
//! The index of dispersion (Cox and Lewis 1966) is the variance of the counts over their mean: 1 for
//! a Poisson stream in windows of any length, 0 for an even one, and above 1 for bursts.

use serde::Serialize;

/// Takes arrivals in order, and counts them in windows that follow each other from time 0.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    window_ns: u64,
    /// End of the window that is being counted: up to a window after the largest time.
    end_ns: u64,
    count: u64,
    /// Whole windows so far, their arrivals, and the sum of the squares of their counts.
    windows: u64,
    arrivals: u64,
    squares: u128,
    count_max: u64,
}

/// What the counts in windows of one length look like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowStats {
    /// Length of a window.
    pub window_ns: i64,
    /// Whole windows in the trace.
    pub windows: u64,
    /// Variance of their counts over the mean: 1 for a Poisson stream. `None` where there are
    /// fewer than two windows, or nothing in them.
    pub index_of_dispersion: Option<f64>,
    /// The fullest window's count over the mean count. `None` where nothing is in any.
    pub peak_to_mean: Option<f64>,
}

impl Counts {
    /// Windows of this length, at least 1 ns.
    pub(crate) fn new(window_ns: i64) -> Self {
        let window_ns = window_ns.max(1).unsigned_abs();
        Self {
            window_ns,
            end_ns: window_ns,
            count: 0,
            windows: 0,
            arrivals: 0,
            squares: 0,
            count_max: 0,
        }
    }

    /// Adds an arrival; none is before time 0.
    pub(crate) fn add(&mut self, arrival_ns: i64) {
        self.close_until(arrival_ns.unsigned_abs());
        self.count += 1;
    }

    /// Ends every window that ends by this time.
    fn close_until(&mut self, time_ns: u64) {
        if time_ns < self.end_ns {
            return;
        }
        let closed = 1 + (time_ns - self.end_ns) / self.window_ns;
        self.windows += closed;
        self.arrivals += self.count;
        self.squares += u128::from(self.count) * u128::from(self.count);
        self.count_max = self.count_max.max(self.count);
        self.count = 0;
        self.end_ns += closed * self.window_ns;
    }

    /// The figures of the windows that end by `until_ns`, which is not before the last arrival.
    pub(crate) fn finish(mut self, until_ns: i64) -> WindowStats {
        self.close_until(until_ns.unsigned_abs());
        let (windows, arrivals) = (self.windows as f64, self.arrivals as f64);
        let mean = arrivals / windows;
        let is_filled = self.windows > 0 && self.arrivals > 0;
        WindowStats {
            window_ns: self.window_ns.cast_signed(),
            windows: self.windows,
            index_of_dispersion: (is_filled && self.windows > 1)
                .then(|| self.squares_off() / (windows - 1.0) / mean),
            peak_to_mean: is_filled.then(|| self.count_max as f64 / mean),
        }
    }

    /// Sum of the squared distances of the counts from their mean: exact where it fits.
    fn squares_off(&self) -> f64 {
        let (windows, arrivals) = (u128::from(self.windows), u128::from(self.arrivals));
        let exact = windows.checked_mul(self.squares).map(|squares| squares - arrivals * arrivals);
        match exact {
            Some(scaled) => scaled as f64 / windows as f64,
            None => {
                let mean = arrivals as f64 / windows as f64;
                (self.squares as f64 - arrivals as f64 * mean).max(0.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(window_ns: i64, arrivals: &[i64], until_ns: i64) -> WindowStats {
        let mut counts = Counts::new(window_ns);
        arrivals.iter().for_each(|&arrival| counts.add(arrival));
        counts.finish(until_ns)
    }

    #[test]
    fn counts_are_those_of_a_hand() {
        // Windows of 10: 2, 0, 4, and one that is not whole. Mean 2, variance 4.
        let found = counted(10, &[0, 9, 20, 21, 22, 29, 30], 35);
        assert_eq!(found.windows, 3);
        assert_eq!(found.index_of_dispersion, Some(2.0));
        assert_eq!(found.peak_to_mean, Some(2.0));
        let even = counted(10, &[5, 15, 25, 35], 40);
        assert_eq!(even.index_of_dispersion, Some(0.0));
    }

    #[test]
    fn nothing_is_told_of_nothing() {
        for (arrivals, until) in [(&[][..], 0), (&[], 100), (&[3], 9), (&[0], 0)] {
            assert_eq!(counted(10, arrivals, until).index_of_dispersion, None);
        }
        let huge = counted(i64::MAX / 2 + 1, &[0, i64::MAX], i64::MAX);
        assert_eq!(huge.windows, 1);
    }

    proptest! {
        #[test]
        fn it_agrees_with_counting_each_window(
            window_ns in 1_i64..50,
            mut arrivals in prop::collection::vec(0_i64..1000, 1..60),
            after in 0_i64..100,
        ) {
            arrivals.sort_unstable();
            let until = arrivals[arrivals.len() - 1] + after;
            let found = counted(window_ns, &arrivals, until);
            let counts: Vec<f64> = (0..until / window_ns)
                .map(|w| arrivals.iter().filter(|&&a| a / window_ns == w).count() as f64)
                .collect();
            prop_assert_eq!(found.windows, counts.len() as u64);
            let mean = counts.iter().sum::<f64>() / counts.len() as f64;
            if counts.len() > 1 && mean > 0.0 {
                let squares: f64 = counts.iter().map(|c| (c - mean) * (c - mean)).sum();
                let expected = squares / (counts.len() - 1) as f64 / mean;
                prop_assert!((found.index_of_dispersion.unwrap() - expected).abs() < 1e-9);
            }
        }
    }
}
