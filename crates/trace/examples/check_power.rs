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
use std::time::Duration;

use defects::{Defect, Draws};
use request::Seed;
use trace::check::{Report, Residuals, Verdict, examine, of_stream};
use trace::{
    Amounts, Arrivals, BatchSize, Process, TraceReader, TraceWriter, Workload, WorkloadFile,
    generate, generate_to,
};

const LEVELS: [f64; 3] = [0.05, 0.01, 0.001];

/// Each test's probabilities, over seeds.
type Tally = BTreeMap<String, Vec<f64>>;

fn main() {
    let seeds: u64 = std::env::args().nth(1).map_or(200, |count| count.parse().unwrap());
    for length in [50.0, 300.0, 2_000.0, 10_000.0] {
        println!("unit Poisson streams of {length} expected arrivals, {seeds} seeds");
        print_levels(&streams(length, seeds));
    }
    for name in Workload::BUILT_IN {
        print_generated(name, &Workload::built_in(name).unwrap(), seeds);
    }
    for (label, qps, seconds, arrivals, rate) in PROCESSES {
        print_generated(label, &workload(qps, seconds, arrivals, rate), seeds);
    }
    print_special(seeds);
    print_claims(seeds);
    print_power(seeds);
}

/// Label, requests/s, seconds, arrivals, rate over time.
type Row = (&'static str, f64, u64, &'static str, Option<&'static str>);

/// Every process, and every kind of rate over time.
const PROCESSES: [Row; 20] = [
    ("poisson", 200.0, 30, "poisson", None),
    ("poisson, 200,000/s", 200_000.0, 1, "poisson", None),
    ("constant", 200.0, 30, "constant", None),
    ("uniform 0.5", 200.0, 30, "uniform:jitter=0.5", None),
    ("gamma 0.3", 200.0, 30, "gamma:cv=0.3", None),
    ("gamma 2", 200.0, 30, "gamma:cv=2", None),
    ("gamma 4", 200.0, 30, "gamma:cv=4", None),
    ("weibull 0.5", 200.0, 30, "weibull:cv=0.5", None),
    ("weibull 3", 200.0, 30, "weibull:cv=3", None),
    ("on_off", 200.0, 30, "on_off:on=1s,off=3s", None),
    ("on_off, shared", 200.0, 30, "on_off:on=1s,off=3s,shared=true", None),
    ("on_off, constant dwell", 200.0, 30, "on_off:on=1s,off=1s,off_rate=0.2,dwell=constant", None),
    ("loadgen", 200.0, 30, "loadgen:schedule_seed=0", None),
    ("steps", 200.0, 30, "poisson", Some("0-10:30,10-12:0,12-30:300")),
    ("ramp", 200.0, 30, "poisson", Some("ramp:from=10,to=300")),
    ("sinusoid", 200.0, 30, "poisson", Some("sinusoid:period=7s,amplitude=1")),
    ("sinusoid, 200,000/s", 200_000.0, 1, "poisson", Some("sinusoid:period=300ms,amplitude=1")),
    ("gamma 2, ramp", 200.0, 30, "gamma:cv=2", Some("ramp:from=10,to=300")),
    ("constant, sinusoid", 200.0, 30, "constant", Some("sinusoid:period=7s,amplitude=0.9")),
    ("on_off, steps", 200.0, 30, "on_off:on=1s,off=3s", Some("0-10:30,10-30:300")),
];

fn workload(qps: f64, seconds: u64, arrivals: &str, rate: Option<&str>) -> Workload {
    let amounts = Amounts {
        total_qps: Some(qps),
        duration: Some(Duration::from_secs(seconds)),
        arrivals: Some(arrivals.parse().unwrap()),
        rate: rate.map(|rate| rate.parse().unwrap()),
        ..Amounts::default()
    };
    WorkloadFile::built_in("balanced").unwrap().workload(&amounts).unwrap()
}

/// Workloads that end by a count, and batches.
fn print_special(seeds: u64) {
    let mut counts = Workload::built_in("balanced").unwrap();
    counts.min_query_count = 5_000;
    print_generated("poisson, to its minimum counts", &counts, seeds);
    let count = Some(6_000);
    let exact = Workload { count, ..workload(200.0, 30, "poisson", None) };
    print_generated("poisson, exact count", &exact, seeds);
    let exact = Workload { count, ..workload(200.0, 30, "gamma:cv=2", Some("ramp:from=0,to=9")) };
    print_generated("gamma 2, ramp, exact count", &exact, seeds);
    for batch in [BatchSize::Fixed { size: 4 }, BatchSize::Geometric { mean: 3.0 }] {
        let mut batches = workload(200.0, 30, "poisson", None);
        batches.arrivals.batch = Some(batch);
        print_generated(&format!("poisson, {batch:?}"), &batches, seeds);
    }
    let mut mixed = workload(200.0, 30, "poisson", None);
    let arrivals = ["gamma:cv=2", "constant", "on_off:on=1s,off=2s", "loadgen:schedule_seed=1"];
    for (class, arrivals) in mixed.classes.iter_mut().zip(arrivals) {
        class.arrivals = Some(workload(1.0, 1, arrivals, None).arrivals);
    }
    print_generated("a process for each class", &mixed, seeds);
}

fn print_generated(label: &str, workload: &Workload, seeds: u64) {
    let seeds = if workload.total_qps > 1e5 { seeds.div_ceil(4) } else { seeds };
    println!("trace gen {label}, {seeds} seeds");
    let reports = reports(seeds, |seed| {
        // Seeds of its own, so that an unlucky one does not count in each table.
        let seed = Seed(seed).derive(label);
        let mut workload = workload.clone();
        reseed(&mut workload.arrivals, seed);
        workload.classes.iter_mut().flat_map(|c| &mut c.arrivals).for_each(|a| reseed(a, seed));
        generate_to(Vec::new(), &workload, seed, 1, |_, _| {}).unwrap().out
    });
    print_levels(&tally(&reports));
    print_files(&reports);
}

/// LoadGen's schedule has a seed of its own.
fn reseed(arrivals: &mut Arrivals, seed: Seed) {
    if let Process::Loadgen { schedule_seed } = &mut arrivals.process {
        *schedule_seed = seed.0;
    }
}

/// Traces that were drawn by one law, and claim another.
fn print_claims(seeds: u64) {
    println!("traces of 6,000 requests in nine classes that claim another law, {seeds} seeds");
    println!("  {:28} {:28} {:>8}", "drawn", "claimed", "found");
    for (drawn, claimed) in [
        ("gamma:cv=1.3", "poisson"),
        ("poisson", "gamma:cv=1.3"),
        ("gamma:cv=2", "gamma:cv=2.5"),
        ("weibull:cv=2", "gamma:cv=2"),
        ("uniform:jitter=0.5", "uniform:jitter=0.6"),
        ("on_off:on=1s,off=3s", "poisson"),
        ("on_off:on=1s,off=2s", "on_off:on=1s,off=3s"),
        ("uniform:jitter=0.01", "constant"),
        ("loadgen:schedule_seed=0", "poisson"),
    ] {
        let true_one = workload(200.0, 30, drawn, None);
        let claim = workload(200.0, 30, claimed, None);
        let reports = reports(seeds, |seed| {
            let mut writer = TraceWriter::create(Vec::new(), &claim, Seed(seed)).unwrap();
            generate(&true_one, Seed(seed), 1)
                .unwrap()
                .for_each(|rows| writer.push(&rows).unwrap());
            writer.finish().unwrap().out
        });
        let found = reports.iter().filter(|report| report.verdict == Verdict::Fail).count();
        let share = 100.0 * found as f64 / seeds as f64;
        println!("  {drawn:28} {claimed:28} {share:>6.0} %");
    }
    println!();
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
