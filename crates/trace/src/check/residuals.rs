//! Arrivals in the time of their own law.
//!
//! Whatever the process, its arrivals `t_i` become those of a Poisson process of rate 1 when time
//! is measured by the process's own cumulated intensity: `r_i = integral of the intensity up to
//! t_i` (Papangelou 1972; Brown, Barbieri, Ventura, Kass and Frank 2002, "The time-rescaling theorem
//! and its application to neural spike train data analysis"). So one set of tests serves every
//! law of arrivals.
//!
//! Times in a file are whole nanoseconds. At a high rate that grain would show, so whoever makes
//! residuals draws each within its nanosecond, as its law has it.

/// The times of what must be a Poisson process of rate 1, if the trace is what it claims to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    times: Vec<f64>,
    length: f64,
    ends_at_count: bool,
}

impl Residuals {
    /// A process that was watched over `[0, length]`, however many arrived.
    ///
    /// `times` need not be sorted; those outside move to the nearer end.
    #[must_use]
    pub fn over(mut times: Vec<f64>, length: f64) -> Self {
        let length = length.max(0.0);
        for time in &mut times {
            *time = time.clamp(0.0, length);
        }
        sort(&mut times);
        Self { times, length, ends_at_count: false }
    }

    /// A process that was watched until so many had arrived; it ends with the last of them.
    #[must_use]
    pub fn up_to_last(mut times: Vec<f64>) -> Self {
        for time in &mut times {
            *time = time.max(0.0);
        }
        sort(&mut times);
        let length = times.last().copied().unwrap_or(0.0);
        Self { times, length, ends_at_count: true }
    }

    /// When they arrived, in order.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// How long was watched, which is also how many arrivals are expected.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Whether the count, not the time, said when to stop.
    #[must_use]
    pub fn ends_at_count(&self) -> bool {
        self.ends_at_count
    }

    /// The gaps between arrivals; the first begins at 0.
    ///
    /// The gap that the end cuts short is left out. Where the time said when to stop, that makes
    /// the others shorter by one part in their number, which is far below what chance does; tests
    /// of the gaps keep their levels from 10 arrivals on.
    pub(super) fn gaps(&self) -> impl Iterator<Item = f64> + '_ {
        let before = [0.0].into_iter().chain(self.times.iter().copied());
        self.times.iter().zip(before).map(|(time, before)| time - before)
    }

    /// The arrivals that are independent and uniform on `[0, length]`, given how many there are:
    /// all, or all but the last where that is what ends the process.
    pub(super) fn uniform_times(&self) -> &[f64] {
        let kept = self.times.len() - usize::from(self.ends_at_count && !self.times.is_empty());
        &self.times[..kept]
    }
}

/// Fewer numbers are sorted by one thread. A thread that waits for others takes up another class
/// meanwhile, on top of its stack, so that is for large classes alone, of which there are few.
const SORT_TOGETHER_MIN: usize = 1 << 20;

/// Sorts on all threads where that pays; the result is the same for any number.
pub(super) fn sort(numbers: &mut [f64]) {
    use rayon::slice::ParallelSliceMut as _;
    if numbers.is_sorted() {
        return;
    }
    match numbers.len() < SORT_TOGETHER_MIN {
        true => numbers.sort_unstable_by(f64::total_cmp),
        false => numbers.par_sort_unstable_by(f64::total_cmp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_begin_at_zero() {
        let residuals = Residuals::over(vec![2.0, 0.5, 3.5], 4.0);
        assert_eq!(residuals.times(), [0.5, 2.0, 3.5]);
        assert_eq!(residuals.gaps().collect::<Vec<_>>(), [0.5, 1.5, 1.5]);
        assert_eq!(residuals.uniform_times().len(), 3);
    }

    #[test]
    fn the_last_arrival_can_be_the_end() {
        let residuals = Residuals::up_to_last(vec![0.5, 2.0, 3.5]);
        assert_eq!(residuals.length(), 3.5);
        assert_eq!(residuals.uniform_times(), [0.5, 2.0]);
        assert!(Residuals::up_to_last(Vec::new()).uniform_times().is_empty());
    }
}
