//! Whether generated arrivals are what they claim to be. Seeds are fixed, so a failure is a change
//! of the generator, not bad luck; limits are those of a test at 0.1 %.

use rand_distr::{Distribution as _, Exp};
use request::Seed;
use trace::{Stats, TraceReader, TraceRow, Workload, generate, generate_to};

/// A minute of urgent_heavy at this rate.
fn workload(total_qps: f64) -> Workload {
    Workload { total_qps, ..Workload::built_in("urgent_heavy").unwrap() }
}

fn rows(workload: &Workload, seed: u64) -> Vec<TraceRow> {
    generate(workload, Seed(seed), 1).unwrap().flatten().collect()
}

/// Gaps of a workload's only class, in units of their mean.
fn unit_gaps(seed: u64, count: usize) -> Vec<f64> {
    let mut workload = workload(1000.0);
    workload.classes.truncate(1);
    workload.classes[0].share = 1.0;
    workload.min_query_count = count as u64;
    let mut last = 0;
    let gap = |row: &TraceRow| {
        let arrival = row.request.arrival.as_nanos();
        let gap = arrival - last;
        last = arrival;
        gap as f64 / 1e6
    };
    rows(&workload, seed).iter().take(count).map(gap).collect()
}

#[test]
fn classes_arrive_independently() {
    let made = generate_to(Vec::new(), &workload(70.0), Seed(42), 1, |_, _| {}).unwrap();
    let stats = Stats::of(&TraceReader::from_bytes("t", &made.out).unwrap()).unwrap();
    let cv = stats.gap_cv.unwrap();
    assert!((cv - 1.0).abs() < 0.05, "gap CV {cv}");
    let coincident = stats.coincident_share.unwrap();
    assert!(coincident < 0.01, "{coincident} of arrivals coincide");
    assert_eq!(stats.classes.len(), 9);
    assert_eq!(stats.classes.iter().map(|class| class.rows).sum::<u64>(), stats.rows);
    assert_eq!(stats.models.iter().map(|model| model.rows).sum::<u64>(), stats.rows);
}

#[test]
fn classes_and_models_come_in_their_shares() {
    let workload = workload(1000.0);
    let rows = rows(&workload, 42);
    let observed = |class: &trace::Class, model: u16| {
        let is_of = |row: &&TraceRow| {
            row.request.tier == class.tier
                && workload.slos[usize::from(row.slo)].name == class.slo
                && row.request.model.0 == model
        };
        rows.iter().filter(is_of).count() as f64
    };
    let mut chi_square = 0.0;
    let mut cells = 0;
    for class in &workload.classes {
        for (model, share) in class.models.iter().enumerate() {
            let expected = rows.len() as f64 * class.share * share.weight;
            chi_square += (observed(class, model as u16) - expected).powi(2) / expected;
            cells += 1;
        }
    }
    assert_eq!(cells, 15);
    // The 0.1 % limit for 14 degrees of freedom.
    assert!(chi_square < 36.12, "chi-square {chi_square}");
}

#[test]
fn the_count_is_that_of_the_rate() {
    let expected = 60.0 * 1000.0;
    for seed in 0..5 {
        let count = rows(&workload(1000.0), seed).len() as f64;
        let distance = (count - expected).abs() / f64::sqrt(expected);
        assert!(distance < 3.29, "seed {seed}: {count} requests");
    }
}

/// Two samples of one distribution, drawn by two programs.
#[test]
fn gaps_are_those_of_another_exponential() {
    const COUNT: usize = 20_000;
    let mut ours = unit_gaps(42, COUNT);
    let mut random = rand_chacha_stream();
    let exponential = Exp::new(1.0).unwrap();
    let mut theirs: Vec<f64> = (0..COUNT).map(|_| exponential.sample(&mut random)).collect();
    ours.sort_by(f64::total_cmp);
    theirs.sort_by(f64::total_cmp);
    // Kolmogorov and Smirnov; the 0.1 % limit for two samples of this size.
    let limit = 1.949 * (2.0 / COUNT as f64).sqrt();
    let distance = largest_distance(&ours, &theirs);
    assert!(distance < limit, "{distance} above {limit}");
}

fn rand_chacha_stream() -> rand_chacha::ChaCha8Rng {
    use rand_core::SeedableRng as _;
    rand_chacha::ChaCha8Rng::from_seed([9; 32])
}

/// Largest distance between the two cumulative shares; both samples are sorted and of one size.
fn largest_distance(a: &[f64], b: &[f64]) -> f64 {
    let below = |sample: &[f64], x: f64| sample.partition_point(|&y| y <= x) as f64;
    let distances = a.iter().chain(b).map(|&x| (below(a, x) - below(b, x)).abs());
    distances.fold(0.0, f64::max) / a.len() as f64
}

/// Anderson and Darling's test against the exponential distribution of the known rate.
#[test]
fn gaps_are_exponential_into_the_tails() {
    let mut gaps = unit_gaps(7, 10_000);
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len();
    let terms = gaps.iter().enumerate().map(|(i, &gap)| {
        let (lower, upper_tail) = ((-(-gap).exp_m1()).ln(), -gaps[n - 1 - i]);
        (2 * i + 1) as f64 * (lower + upper_tail)
    });
    let statistic = -(n as f64) - terms.sum::<f64>() / n as f64;
    assert!(statistic < 5.9, "A2 {statistic}");
}

/// Ljung and Box's test for memory in the gaps, over 20 lags.
#[test]
fn gaps_have_no_memory() {
    let gaps = unit_gaps(42, 10_000);
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    let away: Vec<f64> = gaps.iter().map(|gap| gap - mean).collect();
    let variance: f64 = away.iter().map(|a| a * a).sum();
    let correlation =
        |lag: usize| away.iter().zip(&away[lag..]).map(|(a, b)| a * b).sum::<f64>() / variance;
    let sum: f64 = (1..=20).map(|lag| correlation(lag).powi(2) / (n - lag as f64)).sum();
    let statistic = n * (n + 2.0) * sum;
    assert!(statistic < 45.31, "Q {statistic}");
}

/// Counts in equal windows vary as much as they are large.
#[test]
fn counts_are_dispersed_as_poisson() {
    let rows = rows(&workload(1000.0), 42);
    let mut counts = [0.0_f64; 1000];
    for row in &rows {
        counts[(row.request.arrival.as_nanos() / 60_000_000).min(999) as usize] += 1.0;
    }
    let mean = counts.iter().sum::<f64>() / 1000.0;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 999.0;
    let dispersion = variance / mean;
    assert!((0.859..1.154).contains(&dispersion), "dispersion {dispersion}");
}

/// Which class comes next does not depend on which came last.
#[test]
fn classes_follow_each_other_by_chance() {
    let rows = rows(&workload(1000.0), 42);
    let tier = |row: &TraceRow| usize::from(row.request.tier.number()) - 1;
    let mut table = [[0.0_f64; 3]; 3];
    for pair in rows.windows(2) {
        table[tier(&pair[0])][tier(&pair[1])] += 1.0;
    }
    let total = (rows.len() - 1) as f64;
    let from = table.map(|row| row.iter().sum::<f64>());
    let to = [0, 1, 2].map(|j| table.iter().map(|row| row[j]).sum::<f64>());
    let mut chi_square = 0.0;
    for (i, row) in table.iter().enumerate() {
        for (j, observed) in row.iter().enumerate() {
            let expected = from[i] * to[j] / total;
            chi_square += (observed - expected).powi(2) / expected;
        }
    }
    assert!(chi_square < 18.47, "chi-square {chi_square}");
}
