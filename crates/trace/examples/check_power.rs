//! How often each test of `trace check` cries wolf, and how often it finds a planted defect.
//!
//! ```text
//! cargo run --release -p trace --example check_power -- 200
//! ```
//!
//! prints three tables over as many seeds: rejections by each test of unit Poisson streams; of
//! traces that `trace gen` makes; and of traces with a defect. A band holds 99 % of binomial
//! counts. Seeds are fixed, so the tables are the same everywhere.

#![expect(clippy::unwrap_used, reason = "a broken assumption should stop the tables")]

#[path = "../tests/integration/defects.rs"]
mod defects;

use std::collections::BTreeMap;

use defects::{Defect, Draws};
use request::Seed;
use trace::check::{Report, Residuals, Verdict, examine, of_stream};
use trace::{TraceReader, Workload, generate_to};

const LEVELS: [f64; 3] = [0.05, 0.01, 0.001];

/// Each test's probabilities, over seeds.
type Tally = BTreeMap<String, Vec<f64>>;

fn main() {
    let seeds: u64 = std::env::args().nth(1).map_or(200, |count| count.parse().unwrap());
    for length in [50.0, 300.0, 2_000.0, 10_000.0] {
        println!("unit Poisson streams of {length} expected arrivals, {seeds} seeds");
        print_levels(&streams(length, seeds));
    }
    let count_ended =
        Workload { min_query_count: 5_000, ..Workload::built_in("balanced").unwrap() };
    let busy = Workload {
        total_qps: 200_000.0,
        duration: std::time::Duration::from_secs(2),
        ..Workload::built_in("balanced").unwrap()
    };
    let built_in = Workload::BUILT_IN.map(|name| Workload::built_in(name).unwrap());
    let labels = built_in.iter().map(|workload| workload.name.clone());
    let labels =
        labels.chain(["balanced, to its counts".to_owned(), "balanced, 400,000".to_owned()]);
    let workloads = built_in.iter().cloned().chain([count_ended, busy]);
    for (label, workload) in labels.zip(workloads) {
        let seeds = if workload.total_qps > 1e5 { seeds / 10 } else { seeds };
        println!("trace gen {label}, {seeds} seeds");
        let reports = reports(seeds, |seed| {
            generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap().out
        });
        print_levels(&tally(&reports));
        print_files(&reports);
    }
    print_power(seeds);
}

fn streams(length: f64, seeds: u64) -> Tally {
    let stream = |seed| {
        let mut draws = Draws::new(seed, "unit");
        let (mut time, mut times) = (draws.exponential(), Vec::new());
        while time < length {
            times.push(time);
            time += draws.exponential();
        }
        of_stream(&Residuals::over(times, length))
    };
    let outcomes: Vec<_> = on_all_cores(seeds, stream).into_iter().flatten().collect();
    let mut tally = Tally::new();
    for finding in outcomes.into_iter().flatten() {
        tally.entry(finding.test.to_owned()).or_default().push(finding.p);
    }
    tally
}

/// What `make` gives for each seed, in order.
///
/// Threads of their own, since those of rayon would start another seed while they wait within one.
fn on_all_cores<T: Send>(seeds: u64, make: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let make = &make;
    std::thread::scope(|scope| {
        let part = |first| move || (first..seeds).step_by(threads as usize).map(make).collect();
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(part(first))).collect();
        let parts: Vec<Vec<T>> = parts.into_iter().map(|part| part.join().unwrap()).collect();
        let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
        (0..seeds).map(|seed| parts[(seed % threads) as usize].next().unwrap()).collect()
    })
}

fn reports(seeds: u64, file: impl Fn(u64) -> Vec<u8> + Sync) -> Vec<Report> {
    let report = |seed| {
        let trace = TraceReader::from_bytes("planted", &file(seed)).unwrap();
        examine(&trace, 0.01).unwrap()
    };
    on_all_cores(seeds, report)
}

fn tally(reports: &[Report]) -> Tally {
    let mut tally = Tally::new();
    for judged in reports.iter().flat_map(|report| &report.findings) {
        let scope = if judged.scope == "all" { "all" } else { "class" };
        let key = format!("{scope}/{}", judged.finding.test);
        tally.entry(key).or_default().push(judged.finding.p);
    }
    tally
}

fn print_levels(tally: &Tally) {
    println!("  {:32} {:>6} {:>16} {:>16} {:>16}", "test", "n", "5 %", "1 %", "0.1 %");
    for (test, found) in tally {
        let cells = LEVELS.map(|level| {
            let share = found.iter().filter(|&&p| p <= level).count() as f64 / found.len() as f64;
            let half = 2.576 * (level * (1.0 - level) / found.len() as f64).sqrt();
            let sign = if share > level + half { "high" } else { "" };
            format!("{:6.2} %±{:4.2}{sign:>4}", 100.0 * share, 100.0 * half)
        });
        println!(
            "  {test:32} {:>6} {:>16} {:>16} {:>16}",
            found.len(),
            cells[0],
            cells[1],
            cells[2]
        );
    }
}

fn print_files(reports: &[Report]) {
    let shares = LEVELS.map(|alpha| {
        let alarms = reports.iter().filter(|report| report.findings[0].p_holm <= alpha).count();
        format!("{alarms} of {} at {alpha}", reports.len())
    });
    let broken = reports.iter().flat_map(Report::broken_laws).count();
    println!("  files that alarm: {}; broken laws: {broken}\n", shares.join(", "));
}

fn print_power(seeds: u64) {
    use Defect::{
        Erlang, Mix, Models, NoneElsewhere, Ramp, Rate, Remembering, RoundRobin, Rounded,
        SharedStream, SharedStreamScaled, SharedStreamThinned, SinglePrecision, Truncated,
        TwoStates,
    };
    println!(
        "10,000 requests in three classes with a defect, {seeds} seeds, alpha 0.01 for a file"
    );
    println!("  {:28} {:>8}  tests that fail (share of files)", "defect", "found");
    for defect in [
        Defect::None,
        NoneElsewhere,
        Rounded(1_000_000),
        Rounded(10_000),
        Rounded(1_000),
        SinglePrecision,
        Erlang,
        Ramp,
        TwoStates,
        Remembering,
        Rate(1.05),
        Rate(0.95),
        Rate(1.02),
        Mix(0.03),
        Mix(0.01),
        Models(0.05),
        Models(0.01),
        RoundRobin,
        SharedStream,
        SharedStreamThinned,
        SharedStreamScaled,
        Truncated,
    ] {
        let reports = reports(seeds, |seed| defect.file(seed));
        let found = reports.iter().filter(|report| report.verdict == Verdict::Fail).count();
        let mut by_test: BTreeMap<String, usize> = BTreeMap::new();
        for report in &reports {
            let names = report.failures().map(|judged| {
                let scope = if judged.scope == "all" { "all" } else { "class" };
                format!("{scope}/{}", judged.finding.test)
            });
            let names: std::collections::BTreeSet<String> = names.collect();
            for name in names {
                *by_test.entry(name).or_default() += 1;
            }
        }
        let mut by_test: Vec<(String, usize)> = by_test.into_iter().collect();
        by_test.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let share = |count: usize| format!("{:.0} %", 100.0 * count as f64 / seeds as f64);
        let shown: Vec<String> = by_test
            .iter()
            .take(5)
            .map(|(name, count)| format!("{name} {}", share(*count)))
            .collect();
        println!("  {:28} {:>8}  {}", format!("{defect:?}"), share(found), shown.join(", "));
    }
}
