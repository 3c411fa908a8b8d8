//! How often `compare` cries wolf at two runs of one version, and how often it finds a slowdown;
//! and what others would have said of the same runs.
//!
//! ```text
//! cargo run --release -p benches --example self_test -- 200
//! cargo run --release -p benches --example self_test -- mild/runs/5+5/0% 17
//! ```
//!
//! The first prints a line for each study over as many comparisons, the second the report of one
//! comparison. Seeds are fixed, so both are the same everywhere.

#![expect(clippy::unwrap_used, reason = "a broken assumption should stop the tables")]

#[path = "../tests/self_test/noise.rs"]
mod noise;
#[path = "../tests/self_test/queue.rs"]
mod queue;
#[path = "../tests/self_test/rivals.rs"]
mod rivals;
#[path = "../tests/self_test/statistics.rs"]
mod statistics;
#[path = "../tests/self_test/study.rs"]
mod study;
#[path = "../tests/self_test/traffic.rs"]
mod traffic;

use noise::Noise;
use rivals::{Alarm, RIVALS};
use study::{Study, Tally};
use traffic::Load;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => print_table(200),
        [count] => print_table(count.parse().expect("a number of comparisons")),
        [name, number] => {
            let number = number.parse().expect("the number of a comparison");
            let study = studies().into_iter().find(|study| study.to_string() == *name);
            let study = study.expect("the name of a study, as the table prints it");
            println!("{}", study.compared(number).report());
        }
        _ => panic!("give a number of comparisons, or a study and the number of a comparison"),
    }
}

/// Every load with every noise and number of runs that says something about it.
fn studies() -> Vec<Study> {
    let designs = |slower: u32| -> Vec<(Noise, usize)> {
        let runs = [(Noise::RUNS, 3), (Noise::RUNS, 5), (Noise::LOUD, 5)];
        let one = [(Noise::JITTER, 1), (Noise::RUNS, 1), (Noise::LOUD, 1)];
        // With noise from run to run, one run a side can only guess at a slowdown.
        let one = if slower == 0 { &one[..] } else { &one[..1] };
        one.iter().chain(&runs).copied().collect()
    };
    let of_load = |load: Load| {
        [0, 3, 5].into_iter().flat_map(move |slower| {
            let study = move |(noise, runs)| Study { load, noise, runs, slower };
            designs(slower).into_iter().map(study)
        })
    };
    [Load::MILD, Load::HARD].into_iter().flat_map(of_load).collect()
}

fn print_table(count: u64) {
    println!("Of {count} comparisons each, the share in which the candidate is called worse, %.");
    println!("Of rivals: beyond chance/and by more than the threshold, where these differ.\n");
    let names: String = RIVALS.iter().map(|(name, _)| format!("{name:>12}")).collect();
    println!("{:19}{:>8}{:>10}{:>11}{names}", "study", "any p", "any Holm", "regressed");
    for study in studies() {
        let (comparisons, alarms): (Vec<_>, Vec<_>) = study
            .each(count, |compared| {
                let alarms = RIVALS.map(|(_, rival)| rival(&compared));
                (compared.comparison, alarms)
            })
            .into_iter()
            .unzip();
        let percent = |part: usize| format!("{:.1}", 100.0 * part as f64 / count as f64);
        let tally = Tally::of(&comparisons);
        let [any_p, any_holm, regressed] =
            [tally.any_p, tally.any_holm, tally.regressed.len()].map(percent);
        let rival = |index: usize| {
            let share = |is_raised: fn(Alarm) -> bool| {
                percent(alarms.iter().filter(|alarms| is_raised(alarms[index])).count())
            };
            match (share(|alarm| alarm.by_chance), share(|alarm| alarm.by_threshold)) {
                (chance, threshold) if chance == threshold => chance,
                (chance, threshold) => format!("{chance}/{threshold}"),
            }
        };
        let rivals: String =
            (0..RIVALS.len()).map(|index| format!("{:>12}", rival(index))).collect();
        println!("{study:19}{any_p:>8}{any_holm:>10}{regressed:>11}{rivals}");
    }
}
