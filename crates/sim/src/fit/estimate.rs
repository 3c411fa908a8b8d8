//! From service times to the parameters of each law, as a profile writes them.

use std::collections::BTreeMap;

use cluster::{Law, ModelProfile, Profile};

use super::services::Service;

/// Fewer times of one size than this say too little of its quantiles.
const TABLE_TIMES_MIN: usize = 30;

/// What a table states between the least and the greatest, as far as the times reach.
const PERCENTILES: [f64; 20] = [
    0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 98.0,
    99.0, 99.5, 99.8, 99.9,
];

/// A percentile is stated where at least so many times lie beyond it, on either side.
const BEYOND_MIN: f64 = 5.0;

/// The most samples that are written.
const SAMPLES_MAX: usize = 1000;

/// Service times of one model, and what the laws share.
pub(super) struct Estimates {
    /// Sorted.
    by_size: BTreeMap<u32, Vec<u64>>,
    /// `None` where only one size was seen.
    batch_marginal: Option<f64>,
    /// Times over what their batch costs, which makes them those of batches of one; sorted.
    of_one_ns: Vec<f64>,
}

/// A law with its parameters.
pub(super) struct Candidate {
    /// The model's section of a profile, apart from its heading.
    pub(super) section: String,
    /// The same as a cluster reads it, so that what is judged is what will run.
    pub(super) profile: ModelProfile,
}

impl Estimates {
    /// # Panics
    /// Where there are no times: the caller refuses that.
    pub(super) fn new(services: &[Service]) -> Self {
        assert!(!services.is_empty(), "a model without times is refused");
        let mut by_size: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for service in services {
            by_size.entry(service.size).or_default().push(service.time_ns);
        }
        by_size.values_mut().for_each(|times| times.sort_unstable());
        let batch_marginal = batch_marginal(&by_size);
        let marginal = batch_marginal.unwrap_or(1.0);
        let of_one = |service: &Service| {
            service.time_ns as f64 / (1.0 + marginal * (f64::from(service.size) - 1.0))
        };
        let mut of_one_ns: Vec<f64> = services.iter().map(of_one).collect();
        of_one_ns.sort_by(f64::total_cmp);
        Self { by_size, batch_marginal, of_one_ns }
    }

    /// Mean time of a batch of one.
    pub(super) fn mean_ns(&self) -> f64 {
        mean(&self.of_one_ns)
    }

    /// Standard deviation over mean, once the size of the batch is accounted for.
    pub(super) fn cv(&self) -> f64 {
        libm::sqrt(variance(&self.of_one_ns)) / self.mean_ns()
    }

    /// The law with its parameters; `Err` says why there is none.
    pub(super) fn candidate(&self, law: Law) -> Result<Candidate, String> {
        let section = match law {
            Law::Constant | Law::Exponential => self.mean_ms() + &self.batches(),
            Law::Lognormal => {
                format!("{}cv = {}\n{}", self.mean_ms(), self.lognormal_cv()?, self.batches())
            }
            Law::Table => self.table()?,
            Law::Empirical => format!("{}{}", self.batches(), self.samples()),
        };
        let section = format!("law = \"{law}\"\n{section}");
        let profile = read(&section)?;
        if matches!(law, Law::Table | Law::Empirical) {
            // What the times state already is repeated for programs that read means alone.
            let mean_ms = ms(profile.mean(1).as_nanos() as f64);
            return Ok(Candidate { section: format!("{section}mean_ms = {mean_ms}\n"), profile });
        }
        Ok(Candidate { section, profile })
    }

    fn mean_ms(&self) -> String {
        format!("mean_ms = {}\n", ms(self.mean_ns()))
    }

    /// From the logarithms, which no single outlier can carry away. The mean beside it stays the
    /// measured one, since utilisation hangs on it.
    fn lognormal_cv(&self) -> Result<String, String> {
        let logarithms: Vec<f64> = self.of_one_ns.iter().map(|&time| libm::log(time)).collect();
        let cv = decimal(libm::sqrt(libm::expm1(variance(&logarithms))));
        if cv == "0" { Err("the times do not vary".to_owned()) } else { Ok(cv) }
    }

    /// How batches come into the laws of one request.
    fn batches(&self) -> String {
        let size_max = self.by_size.last_key_value().map_or(1, |(size, _)| *size);
        match self.batch_marginal {
            _ if size_max == 1 => String::new(),
            Some(marginal) => {
                format!("batch_size_max = {size_max}\nbatch_marginal = {}\n", decimal(marginal))
            }
            None => format!(
                "batch_size_max = {size_max}\n# Batches of {size_max} alone were seen: what a \
                 smaller one takes is a guess.\nbatch_marginal = 1\n"
            ),
        }
    }

    /// The times; where they are too many to write, the means of equally many neighbours, which
    /// keeps the mean and is within 0.1 % of their distribution.
    fn samples(&self) -> String {
        let (all, kept) = (&self.of_one_ns, self.of_one_ns.len().min(SAMPLES_MAX));
        let bound = |step: usize| step * all.len() / kept;
        let times = (0..kept).map(|step| ms(mean(&all[bound(step)..bound(step + 1)])));
        format!("samples_ms = [{}]\n", times.collect::<Vec<_>>().join(", "))
    }

    fn table(&self) -> Result<String, String> {
        let of_one = self.by_size.get(&1).map_or(0, Vec::len);
        if of_one < TABLE_TIMES_MIN {
            return Err(format!(
                "a table needs {TABLE_TIMES_MIN} batches of one, and {of_one} were seen"
            ));
        }
        let sizes = self.by_size.iter().filter(|(_, times)| times.len() >= TABLE_TIMES_MIN);
        let size_max = sizes.clone().map(|(size, _)| *size).max().unwrap_or(1);
        let batches: Vec<String> = sizes
            .map(|(size, times)| {
                let quantiles = quantiles(times).join(", ");
                format!("  {{ size = {size}, quantiles_ms = {{ {quantiles} }} }},\n")
            })
            .collect();
        let size_max = match size_max {
            1 => String::new(),
            size_max => format!("batch_size_max = {size_max}\n"),
        };
        Ok(format!("{size_max}batches = [\n{}]\n", batches.concat()))
    }
}

/// Reads a section as a profile of its own.
fn read(section: &str) -> Result<ModelProfile, String> {
    let profile = Profile::parse(&format!("version = 1\n[default]\n{section}"));
    let profile = profile.map_err(|error| error.to_string())?;
    let model = profile.model("default").map_err(|error| error.to_string())?;
    Ok(profile.of(model).clone())
}

/// What each further request adds to a batch, as a share of the first: the line through the means
/// of the sizes, each as heavy as its relative error is small. From 0 to 1, as a profile allows.
fn batch_marginal(by_size: &BTreeMap<u32, Vec<u64>>) -> Option<f64> {
    if by_size.len() < 2 {
        return None;
    }
    let points = by_size.iter().map(|(&size, times)| {
        let times: Vec<f64> = times.iter().map(|&time| time as f64).collect();
        let mean = mean(&times);
        (f64::from(size) - 1.0, mean, times.len() as f64 / (mean * mean))
    });
    let sum = |value: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.clone().map(|(further, mean, weight)| weight * value(further, mean)).sum()
    };
    let total = sum(&|_, _| 1.0);
    let (further, time) = (sum(&|x, _| x) / total, sum(&|_, y| y) / total);
    let slope = sum(&|x, y| (x - further) * (y - time)) / sum(&|x, _| (x - further).powi(2));
    let of_one = time - slope * further;
    Some(if of_one > 0.0 { (slope / of_one).clamp(0.0, 1.0) } else { 1.0 })
}

/// Nearest-rank quantiles of sorted times as a table writes them, from p0 to p100.
fn quantiles(sorted: &[u64]) -> Vec<String> {
    let count = sorted.len() as f64;
    let is_known = |percentile: &&f64| {
        let shorter = f64::min(**percentile, 100.0 - **percentile) / 100.0;
        shorter * count >= BEYOND_MIN
    };
    let inner = PERCENTILES.iter().filter(is_known).map(|&percentile| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = libm::ceil(percentile / 100.0 * count) as usize;
        let time = ms(sorted[rank.clamp(1, sorted.len()) - 1] as f64);
        if percentile == libm::rint(percentile) {
            format!("p{percentile} = {time}")
        } else {
            format!("\"p{percentile}\" = {time}")
        }
    });
    let ends = [("p0", sorted.first()), ("p100", sorted.last())]
        .map(|(name, time)| format!("{name} = {}", ms(time.copied().unwrap_or(1) as f64)));
    let [least, greatest] = ends;
    std::iter::once(least).chain(inner).chain([greatest]).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Unbiased; 0 of a single value.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    squares / (values.len() as f64 - 1.0).max(1.0)
}

/// ns as ms, to the ns.
fn ms(time_ns: f64) -> String {
    decimal(libm::rint(time_ns).max(1.0) / 1e6)
}

/// Six decimals without zeros at the end.
fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(times: &[(u32, u64)]) -> Vec<Service> {
        times.iter().map(|&(size, time_ns)| Service { size, time_ns }).collect()
    }

    fn section(times: &[(u32, u64)], law: Law) -> String {
        Estimates::new(&services(times)).candidate(law).map_or_else(|error| error, |c| c.section)
    }

    #[test]
    fn parameters_are_those_of_the_times() {
        let times = [(1, 1_000_000), (1, 3_000_000)];
        assert_eq!(section(&times, Law::Constant), "law = \"constant\"\nmean_ms = 2\n");
        assert_eq!(section(&times, Law::Exponential), "law = \"exponential\"\nmean_ms = 2\n");
        // The logarithms' variance is (ln 3)^2 / 2, and cv^2 = exp of it - 1.
        let cv = (((3f64.ln().powi(2) / 2.0).exp()) - 1.0).sqrt();
        let expected = format!("law = \"lognormal\"\nmean_ms = 2\ncv = {cv:.6}\n");
        assert_eq!(section(&times, Law::Lognormal), expected);
        let expected = "law = \"empirical\"\nsamples_ms = [1, 3]\nmean_ms = 2\n";
        assert_eq!(section(&times, Law::Empirical), expected);
    }

    #[test]
    fn batches_that_grow_evenly_give_their_share() {
        let times: Vec<_> =
            (1..=4).map(|size| (size, 700_000 + 300_000 * u64::from(size))).collect();
        let expected =
            "law = \"constant\"\nmean_ms = 1\nbatch_size_max = 4\nbatch_marginal = 0.3\n";
        assert_eq!(section(&times, Law::Constant), expected);
        // Larger batches that are quicker save all that a profile can say.
        assert!(section(&[(1, 5), (2, 4)], Law::Constant).contains("batch_marginal = 0\n"));
    }

    #[test]
    fn a_single_size_says_nothing_of_the_others() {
        let section = section(&[(4, 8_000_000); 3], Law::Constant);
        assert!(
            section.contains("mean_ms = 2\nbatch_size_max = 4\n# Batches of 4 alone"),
            "{section}"
        );
    }

    #[test]
    fn what_the_times_cannot_tell_is_refused() {
        assert_eq!(section(&[(1, 5); 40], Law::Lognormal), "the times do not vary");
        assert_eq!(
            section(&[(2, 5); 40], Law::Table),
            "a table needs 30 batches of one, and 0 were seen"
        );
    }

    #[test]
    fn a_table_states_what_the_times_reach() {
        let times: Vec<_> = (1..=100).map(|ms| (1, ms * 1_000_000)).collect();
        let expected = "law = \"table\"\nbatches = [\n  { size = 1, quantiles_ms = { p0 = 1, p5 = 5, \
                        p10 = 10, p20 = 20, p30 = 30, p40 = 40, p50 = 50, p60 = 60, p70 = 70, \
                        p80 = 80, p90 = 90, p95 = 95, p100 = 100 } },\n]\nmean_ms = 50.025\n";
        assert_eq!(section(&times, Law::Table), expected);
    }

    #[test]
    fn many_samples_are_thinned_and_keep_their_mean() {
        let times: Vec<_> = (1..=5000).map(|us| (1, us * 1000)).collect();
        let section = section(&times, Law::Empirical);
        assert!(section.starts_with("law = \"empirical\"\nsamples_ms = [0.003, 0.008, 0.013,"));
        assert!(section.ends_with("\nmean_ms = 2.5005\n"), "{section}");
        assert_eq!(section.matches(", ").count(), 999);
    }
}
