use std::time::Duration;

use cluster::Queue;
use outcome::{Outcome, RunInfo, Status, Summary};
use request::Moment;

use super::*;
use crate::testing::outcome;
use crate::{Gauges, WorkerGauge};

/// Requests that arrive each ms, take this long and have a deadline after 10 ms; 0 is refused.
fn simulation(policy: &str, latencies_ms: &[u64]) -> Simulation {
    let info = RunInfo { producer: "sim".into(), subject: policy.into(), ..RunInfo::default() };
    let info = RunInfo { slos: vec!["urgent".into()], rate_scale: "1".into(), ..info };
    let rows: Vec<Outcome> = (0..).zip(latencies_ms).map(|(row, &ms)| ended(row, ms)).collect();
    let busy_ns = 1_000_000 * latencies_ms.iter().sum::<u64>();
    let worker = WorkerGauge { busy_ns, batches: rows.len() as u64, ..WorkerGauge::default() };
    let gauges = Gauges {
        length: Duration::from_millis(100),
        workers: vec![worker, WorkerGauge { preempted: 3, ..WorkerGauge::default() }],
        queue: Queue { waiting_max: 7, waiting_area: 50_000_000, in_flight_area: 0 },
    };
    Simulation { summary: Summary::new(&info, &rows), gauges }
}

fn ended(row: u64, latency_ms: u64) -> Outcome {
    let after = |ms: u64| Moment::ZERO + Duration::from_millis(row + ms);
    let status = if latency_ms == 0 { Status::Rejected } else { Status::Ok };
    Outcome {
        arrival: after(0),
        deadline: after(10),
        started: (status == Status::Ok).then(|| after(latency_ms / 2)),
        done: Some(after(latency_ms)),
        status,
        ..outcome(row)
    }
}

#[test]
fn the_best_of_each_row_is_marked() {
    let text = text(&[simulation("fast", &[2, 20, 4]), simulation("slow", &[6, 8, 6])], WIDTH);
    let totals = text.lines().filter(|line| line.starts_with("all"));
    let total: Vec<String> =
        totals.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let latencies = "all 3 66.67 *100.00 *4.000 6.000 20.000 *8.000 20.000 *8.000";
    assert_eq!(total, [latencies, "all 3 4.333 *3.333"], "{text}");
}

#[test]
fn equals_are_not_marked_and_refusals_do_not_shorten_waits() {
    let equal = text(&[simulation("a", &[2, 4]), simulation("b", &[2, 4])], WIDTH);
    assert!(!equal.contains("*2.000") && !equal.contains("*100.00"), "{equal}");
    let refusing = text(&[simulation("a", &[2, 0]), simulation("b", &[2, 8])], WIDTH);
    assert!(!refusing.contains("*2.500") && !refusing.contains("*1.000"), "{refusing}");
    assert!(refusing.contains("rejected            1        0"), "{refusing}");
}

#[test]
fn a_single_request_has_no_rate() {
    let text = text(&[simulation("a", &[2]), simulation("b", &[4])], WIDTH);
    let line = text.lines().find(|line| line.starts_with("goodput_/s")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["goodput_/s", "-", "-"]);
}

#[test]
fn no_line_is_wider_than_asked() {
    let names = ["edf", "fifo", "priority", "sjf", "slack", "aging", "a", "b", "c", "d", "e", "f"];
    for count in [2, 3, 6, names.len()] {
        let simulations: Vec<_> =
            names[..count].iter().map(|name| simulation(name, &[2, 20, 1000])).collect();
        for width in [80, 100, 160] {
            let text = text(&simulations, width);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width, "{count} policies are {widest} wide, not {width}:\n{text}");
            let cells = text.matches("20.000").count() + text.matches("1000.000").count();
            assert!(cells >= 2 * count, "a policy is left out:\n{text}");
        }
    }
}

#[test]
fn long_names_are_told_by_letters() {
    let text = text(&[simulation("edf", &[1]), simulation("edf:late=drop", &[2])], WIDTH);
    assert!(text.contains("A   edf\nB   edf:late=drop\n"), "{text}");
    assert_eq!(text.matches("edf:late=drop").count(), 1, "{text}");
}

#[test]
fn one_policy_tells_of_its_cluster_and_its_waits() {
    let simulation = simulation("edf", &[2, 20, 4]);
    let text = text(std::slice::from_ref(&simulation), WIDTH);
    assert!(text.starts_with(&simulation.summary.to_string()), "{text}");
    for line in [
        "workers   2, busy 13.00 % of 0.100 s (the least 0.00 %, the most 26.00 %)",
        "stopped   3 batches preempted, 0 lost",
        "queue     0.50 waiting on average, 7 at most",
    ] {
        assert!(text.contains(line), "no '{line}' in {text}");
    }
    let wait = "all                 3    4.333        2.000       10.000       10.000       10.000";
    assert!(text.contains(wait), "{text}");
}

#[test]
fn json_has_the_summary_and_the_gauges() {
    let one = simulation("edf", &[2, 20, 4]);
    let list: serde_json::Value = serde_json::from_str(&json(std::slice::from_ref(&one))).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&one.summary.to_json()).unwrap();
    let entry = list[0].as_object().unwrap();
    for (name, value) in summary.as_object().unwrap() {
        assert_eq!(entry.get(name), Some(value), "{name}");
    }
    let gauges = &entry["gauges"];
    assert_eq!(gauges["utilisation"], 0.13);
    assert_eq!(gauges["queue"]["waiting_mean"], 0.5);
    assert_eq!(gauges["workers"][0]["busy_ns"], 26_000_000);
    assert_eq!(gauges["workers"][1]["preempted"], 3);
}

#[test]
fn marks_are_coloured_and_nothing_else() {
    assert_eq!(coloured("a  *1.5  2\n* is"), "a  \u{1b}[1;32m*1.5\u{1b}[0m  2\n* is");
}
