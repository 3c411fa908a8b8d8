//! How well a law foretells service times that it was not fitted to.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Law, ModelProfile};
use outcome::Ppm;
use probability::{kolmogorov_above, kolmogorov_multiple};
use serde::Serialize;

use super::services::Service;

/// Times that vary less than this, as standard deviation over mean, are as good as constant: a
/// hundredth is what neither a policy nor a deadline notices.
const CONSTANT_CV: f64 = 0.01;

/// A law is refused for its distance where that is too large to be chance at this level and also
/// larger than [`DISTANCE_MIN`]: with enough times no law is true. The level is not strict, because
/// the law that comes next is a wider one, and nothing is lost by it.
const LEVEL: f64 = 0.05;
const DISTANCE_MIN: f64 = 0.01;

/// A law is refused for a quantile that is off by more than `compare` lets pass (5, 5 and 10 %),
/// unless that could be chance: so many standard errors.
const QUANTILES: [(&str, Ppm, f64); 3] =
    [("p50", Ppm::P50, 0.05), ("p95", Ppm::P95, 0.05), ("p99", Ppm::P99, 0.10)];
const QUANTILE_ERRORS: f64 = 3.29;

/// A law against times that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Largest distance between the two distributions, from 0 to 1 (Kolmogorov and Smirnov).
    pub distance: f64,
    /// How often chance alone would make it as large.
    pub p_value: f64,
    /// Foretold and found quantiles.
    pub quantiles: Vec<QuantileError>,
    /// Why the law is refused, if it is.
    pub refused: Option<String>,
}

/// A quantile as the law has it and as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantileError {
    /// `p50`, `p95` or `p99`.
    pub name: &'static str,
    /// By the law, over the sizes of batch that were seen.
    pub foretold_ns: u64,
    /// By nearest rank.
    pub found_ns: u64,
    /// Foretold over found, less 1.
    pub error: f64,
}

impl Judgement {
    /// Sets `profile`, which was fitted to `fitted` times, beside `services`.
    ///
    /// # Panics
    /// Where there are no services.
    pub(super) fn new(profile: &ModelProfile, fitted: usize, services: &[Service]) -> Self {
        let mut refused = None;
        let distance = distance(profile, services);
        // The error of the fit counts like that of as many times again, as in Smirnov's test of two
        // samples. That is exact for samples taken as they are, and lenient where a law's few
        // parameters are known better than that.
        let effective = 1.0 / (1.0 / fitted as f64 + 1.0 / services.len() as f64);
        let p_value = kolmogorov_above(kolmogorov_multiple(effective) * distance);
        if profile.law == Law::Constant {
            let cv = cv(profile, services);
            if cv > CONSTANT_CV {
                refused = Some(format!("the times vary: cv {cv:.3}"));
            }
        } else if p_value < LEVEL && distance > DISTANCE_MIN {
            refused = Some(format!("KS distance {distance:.3}, {}", p_text(p_value)));
        }
        let mut sorted: Vec<u64> = services.iter().map(|service| service.time_ns).collect();
        sorted.sort_unstable();
        let sizes = sizes(services);
        let mut quantiles = Vec::with_capacity(QUANTILES.len());
        for (name, ppm, practical) in QUANTILES {
            let found_ns = ppm.of(&sorted).expect("the caller has services");
            let foretold_ns = foretold_ns(profile, &sizes, f64::from(ppm.0) / 1e6);
            let error = foretold_ns as f64 / found_ns as f64 - 1.0;
            let is_off = error.abs() > practical;
            if refused.is_none() && is_off && is_beyond_chance(&sorted, foretold_ns, ppm, effective)
            {
                refused = Some(format!("{name} is off by {:+.1} %", 100.0 * error));
            }
            quantiles.push(QuantileError { name, foretold_ns, found_ns, error });
        }
        Self { distance, p_value, quantiles, refused }
    }
}

/// `p = 0.250`, never `p = 0`.
pub(super) fn p_text(p_value: f64) -> String {
    if p_value < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p_value:.3}") }
}

/// Spread about what the law foretells for each size, relative to it.
fn cv(profile: &ModelProfile, services: &[Service]) -> f64 {
    let squares = services.iter().map(|service| {
        let off = service.time_ns as f64 / profile.mean(service.size).as_nanos() as f64 - 1.0;
        off * off
    });
    libm::sqrt(squares.sum::<f64>() / services.len() as f64)
}

/// The share of requests that the law has below each time should be even; how far is it from that?
///
/// By share, because batches of different sizes have different distributions and one test for all
/// of them is wanted. A law that has a step at a time, as samples do, fills the whole step.
fn distance(profile: &ModelProfile, services: &[Service]) -> f64 {
    let below = |service: &Service| {
        let share = |time_ns| profile.share_within(Duration::from_nanos(time_ns), service.size);
        (share(service.time_ns), share(service.time_ns - 1))
    };
    let mut shares: Vec<(f64, f64)> = services.iter().map(below).collect();
    shares.sort_by(|one, other| f64::total_cmp(&one.0, &other.0));
    let count = shares.len() as f64;
    let (mut largest, mut seen) = (0.0, 0);
    for step in shares.chunk_by(|one, other| one.0 == other.0) {
        let under = step.iter().map(|share| share.1).fold(f64::INFINITY, f64::min);
        let before = under - f64::from(seen) / count;
        seen += u32::try_from(step.len()).expect("a table has fewer rows");
        let after = f64::from(seen) / count - step[0].0;
        largest = f64::max(largest, f64::max(before, after));
    }
    largest
}

fn sizes(services: &[Service]) -> BTreeMap<u32, f64> {
    let mut sizes = BTreeMap::new();
    for service in services {
        *sizes.entry(service.size).or_insert(0.0) += 1.0 / services.len() as f64;
    }
    sizes
}

/// The time within which this share of batches end, if they have these sizes; by halving.
fn foretold_ns(profile: &ModelProfile, sizes: &BTreeMap<u32, f64>, share: f64) -> u64 {
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let of_size = sizes.keys().map(|&size| ns(profile.quantile(share, size)));
    let (mut low, mut high) =
        of_size.fold((u64::MAX, 0), |(low, high), time| (low.min(time), high.max(time)));
    let within = |time_ns: u64| -> f64 {
        let time = Duration::from_nanos(time_ns);
        sizes.iter().map(|(&size, weight)| weight * profile.share_within(time, size)).sum()
    };
    while low < high {
        let middle = low + (high - low) / 2;
        if within(middle) < share { low = middle + 1 } else { high = middle }
    }
    low
}

/// Whether more or fewer times lie beyond the quantile than chance, of the fit and of these times,
/// would have there.
fn is_beyond_chance(sorted: &[u64], foretold_ns: u64, ppm: Ppm, effective: f64) -> bool {
    let count = sorted.len() as f64;
    let share = f64::from(ppm.0) / 1e6;
    let allowed = QUANTILE_ERRORS * libm::sqrt(share * (1.0 - share) / effective);
    // A step of the times at the quantile counts as on whichever side suits it.
    let within = sorted.partition_point(|&time| time <= foretold_ns) as f64 / count;
    let below = sorted.partition_point(|&time| time < foretold_ns) as f64 / count;
    below > share + allowed || within < share - allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::Profile;
    use request::{ModelId, RequestId, Seed};

    fn profile(section: &str) -> Profile {
        Profile::parse(&format!("version = 1\n[default]\n{section}")).unwrap()
    }

    /// Draws of a law, judged by another.
    fn judged(drawn: &str, by: &str) -> Judgement {
        let times = profile(drawn).service_times(Seed(3));
        let draw = |id: i64| {
            let size = 1 + u32::try_from(id % 3).unwrap();
            let time = times.draw(ModelId(0), RequestId(id), size);
            Service { size, time_ns: u64::try_from(time.as_nanos()).unwrap() }
        };
        let services: Vec<Service> = (0..6000).map(draw).collect();
        let by = profile(by);
        Judgement::new(by.of(ModelId(0)), services.len(), &services)
    }

    const BATCHES: &str = "batch_size_max = 3\nbatch_marginal = 0.5";

    #[test]
    fn a_law_foretells_its_own_draws() {
        for law in [
            "law = \"constant\"\nmean_ms = 5",
            "law = \"exponential\"\nmean_ms = 5",
            "law = \"lognormal\"\nmean_ms = 5\ncv = 0.4",
            "law = \"empirical\"\nsamples_ms = [1, 2, 2, 2, 9]",
        ] {
            let law = format!("{law}\n{BATCHES}");
            let judgement = judged(&law, &law);
            assert_eq!(judgement.refused, None, "{law}: {judgement:?}");
        }
    }

    #[test]
    fn another_law_is_refused_with_the_reason() {
        let reason = |drawn: &str, by: &str| judged(drawn, by).refused.unwrap();
        let batches = |law: &str| format!("{law}\nmean_ms = 5\n{BATCHES}");
        let lognormal = batches("law = \"lognormal\"\ncv = 0.4");
        let exponential = batches("law = \"exponential\"");
        let constant = batches("law = \"constant\"");
        assert!(reason(&lognormal, &constant).starts_with("the times vary: cv 0."));
        let distance = reason(&lognormal, &exponential);
        assert!(distance.starts_with("KS distance 0."), "{distance}");
        assert!(distance.ends_with(", p < 0.001"), "{distance}");
        // All but the last two of a hundred are alike.
        let tail = |last: u32| {
            let quantiles = format!("quantiles_ms = {{ p0 = 1, p98 = 2, p100 = {last} }}");
            format!("law = \"table\"\nbatches = [{{ size = 1, {quantiles} }}]")
        };
        assert!(reason(&tail(10), &tail(3)).starts_with("p99 is off by -"));
        assert_eq!(judged(&tail(10), &tail(10)).refused, None);
    }

    #[test]
    fn the_distance_is_the_textbooks() {
        let by = profile(
            "law = \"table\"\nbatches = [{ size = 1, quantiles_ms = { p0 = 1e-6, p100 = 10 } }]",
        );
        let times = [1, 2, 3, 9].map(|ms| Service { size: 1, time_ns: ms * 1_000_000 });
        assert!((distance(by.of(ModelId(0)), &times) - 0.45).abs() < 1e-6);
    }
}
