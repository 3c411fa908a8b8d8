//! What a run says of a mean, and how sure it is.

/// Batches whose means stand for independent observations (Conway 1963; Law and Kelton recommend
/// 20 to 30).
const BATCHES: usize = 25;

/// Student's t with 24 degrees of freedom, 99.9 % two-sided: any table.
const T: f64 = 3.745;

/// The mean of a long run, with its 99.9 % band.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub(crate) mean: f64,
    pub(crate) half_width: f64,
}

impl Band {
    /// From a series in order of time. Its first 26th is the run's beginning, when the cluster was
    /// emptier than it is on average, and does not count.
    pub(crate) fn of(series: &[f64]) -> Self {
        let size = series.len() / (BATCHES + 1);
        assert!(size > 0, "{} values are no long run", series.len());
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let means: Vec<f64> = series.rchunks_exact(size).take(BATCHES).map(mean).collect();
        let middle = mean(&means);
        let squares: Vec<f64> = means.iter().map(|mean| (mean - middle).powi(2)).collect();
        let variance = squares.iter().sum::<f64>() / (BATCHES - 1) as f64;
        Self { mean: middle, half_width: T * (variance / BATCHES as f64).sqrt() }
    }

    pub(crate) fn contains(self, value: f64) -> bool {
        (self.mean - value).abs() <= self.half_width
    }

    /// Checks that the band holds what theory says, and that it is narrow enough to say something:
    /// at most `width` to either side, as a share of the answer.
    pub(crate) fn check(self, answer: f64, width: f64, what: impl std::fmt::Display) {
        let Self { mean, half_width } = self;
        let share = half_width / answer;
        let found = format!("{what}: {mean:.5} +- {:.2} %, theory {answer:.5}", 100.0 * share);
        assert!(self.contains(answer), "{found}");
        assert!(share <= width, "{found}; the band is too wide to say anything");
    }
}

/// The share of a series of which something is true.
pub(crate) fn share<T>(series: &[T], test: impl Fn(&T) -> bool) -> Band {
    let values: Vec<f64> = series.iter().map(|value| f64::from(u8::from(test(value)))).collect();
    Band::of(&values)
}

#[test]
fn a_band_is_the_mean_with_the_error_of_its_batches() {
    // Batches of 2 whose means are 0 and 2 in turn, after a beginning of 2 values that is far off.
    let series = (0..52).map(|n| if n < 2 { 1e9 } else { f64::from(n / 2 % 2 * 2) });
    let band = Band::of(&series.collect::<Vec<_>>());
    assert!((band.mean - 26.0 / 25.0).abs() < 1e-12, "13 of 25 batches are 2: {band:?}");
    let variance = (13.0 * 0.96f64.powi(2) + 12.0 * 1.04f64.powi(2)) / 24.0;
    assert!((band.half_width - 3.745 * (variance / 25.0).sqrt()).abs() < 1e-12, "{band:?}");
    assert!(band.contains(1.04) && !band.contains(0.0));
}
