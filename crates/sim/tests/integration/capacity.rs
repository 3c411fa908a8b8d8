//! `sim capacity`: answers that are known otherwise.

use std::time::Duration;

use request::{Seed, Tier};
use serde_json::Value;
use trace::{Arrivals, Class, Process, Slo, Workload, generate_to};

use crate::support::{Fixture, text};

/// One class of requests, at `qps` for so many seconds.
fn one_class(process: Process, qps: f64, seconds: u64, slo: Duration) -> Vec<u8> {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    workload.total_qps = qps;
    workload.duration = Duration::from_secs(seconds);
    workload.arrivals = Arrivals { process, batch: None };
    workload.slos = vec![Slo { name: "urgent".to_owned(), target: slo }];
    let models = workload.classes[0].models.clone();
    let (tier, slo) = (Tier::Vip, "urgent".to_owned());
    workload.classes = vec![Class { tier, slo, share: 1.0, arrivals: None, rate: None, models }];
    generate_to(Vec::new(), &workload, Seed(3), 1, |_, _| {}).unwrap().out
}

/// Every 10 ms a request that takes 35 and may take 35: no request may wait.
fn every_ten_ms() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("d.arrow", one_class(Process::Constant, 100.0, 4, Duration::from_millis(35)));
    fixture.write("p.toml", "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 35\n");
    fixture
}

fn capacity(fixture: &Fixture, flags: &[&str]) -> Value {
    let arguments = [&["capacity", "d.arrow", "--profile", "p.toml", "--json"], flags].concat();
    serde_json::from_str(&fixture.stdout(&arguments)).unwrap()
}

#[test]
fn help_has_examples() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["capacity", "--help"]),
        snapbox::file!["snapshots/capacity_help.txt"]
    );
}

/// Virtual time: the numbers are the same on every machine.
#[test]
fn a_search_prints_the_answer_and_every_probe() {
    let flags = ["--target", "tier1>=99%,tier2/normal p95<=300ms", "--policies", "edf,fifo"];
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&[&["capacity", "t.arrow"], &flags[..]].concat()),
        snapbox::file!["snapshots/capacity.txt"]
    );
}

/// Three workers are offered 3.5: the fourth is the first that is enough.
#[test]
fn the_fewest_workers_are_found_where_they_are_known() {
    let fixture = every_ten_ms();
    for target in ["all>=100%", "tier1>=99.9%", "all p99<=35ms"] {
        let report = capacity(&fixture, &["--target", target, "--policies", "edf,fifo"]);
        for answer in report["answers"].as_array().unwrap() {
            assert_eq!(answer["answer"], 4, "{target}: {answer:#}");
            let probes = answer["probes"].as_array().unwrap();
            let holds =
                |level: u64| &probes.iter().find(|probe| probe["level"] == level).unwrap()["holds"];
            assert!(holds(4) == true && holds(3) == false && holds(5) == true, "{answer:#}");
            let load = probes[0]["offered_load"].as_f64().unwrap();
            assert!((load - 3.5).abs() < 0.02, "{load}");
            assert_eq!(answer["contradiction"], Value::Null);
        }
    }
}

/// Four workers that are never waited for take a request every 8.75 ms: a factor of 8/7. The
/// levels are powers of 1.01, and 1.01^13 = 1.138, 1.01^14 = 1.149.
#[test]
fn the_highest_rate_is_found_where_it_is_known() {
    let fixture = every_ten_ms();
    let find = ["--target", "all>=100%", "--find", "rate", "--workers", "4"];
    let report = capacity(&fixture, &find);
    assert_eq!(report["answers"][0]["answer"], 1.13809);
    let report = capacity(&fixture, &[&find[..], &["--tolerance", "0.1%"]].concat());
    let rate = report["answers"][0]["answer"].as_f64().unwrap();
    assert!(rate <= 8.0 / 7.0 && rate * 1.001 > 8.0 / 7.0, "{rate}");
}

/// P(response > t) of M/M/c, first come first served: Erlang's C, and an exponential wait before
/// an exponential service.
fn late_share(workers: u32, load: f64, mean_s: f64, limit_s: f64) -> f64 {
    let servers = f64::from(workers);
    // Erlang's B by its recursion, and C from it.
    let blocked = (1..=workers).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
    let waits = blocked / (1.0 - load / servers * (1.0 - blocked));
    let (served, drained) = (1.0 / mean_s, (servers - load) / mean_s);
    let (of_service, of_wait) = ((-served * limit_s).exp(), (-drained * limit_s).exp());
    (1.0 - waits) * of_service
        + waits * (drained * of_service - served * of_wait) / (drained - served)
}

/// Targets lie in the middle between what theory gives so many workers and one fewer.
#[test]
fn workers_are_as_many_as_erlang_says() {
    let fixture = Fixture::new();
    // A load of 5.8: the formula wants no queue that drains as fast as a request is served.
    let (qps, mean_s, limit_s) = (290.0, 0.020, 0.060);
    let slo = Duration::from_secs_f64(limit_s);
    fixture.write("d.arrow", one_class(Process::Poisson, qps, 20, slo));
    fixture.write("p.toml", "version = 1\n[default]\nlaw = \"exponential\"\nmean_ms = 20\n");
    let attainment = |workers| 1.0 - late_share(workers, qps * mean_s, mean_s, limit_s);
    for workers in [7, 8] {
        let target = 100.0 * f64::midpoint(attainment(workers - 1), attainment(workers));
        let target = format!("all>={target:.2}%");
        let flags = ["--target", &target, "--policies", "fifo", "--seeds", "1..5"];
        let answer = &capacity(&fixture, &flags)["answers"][0];
        assert_eq!(answer["answer"], workers, "{target}: {answer:#}");
        for probe in answer["probes"].as_array().unwrap() {
            let level = u32::try_from(probe["level"].as_u64().unwrap()).unwrap();
            // Little's law: as many workers are busy as the load says.
            let busy = probe["utilisation"].as_f64().unwrap() * f64::from(level);
            assert!((busy / probe["offered_load"].as_f64().unwrap() - 1.0).abs() < 0.03, "{busy}");
            // With one worker to spare, 6000 requests of each of five seeds are near the limit of
            // many; with less, the queue's memory is long.
            let mean = probe["targets"][0]["mean"].as_f64().unwrap();
            let is_near = (mean - attainment(level)).abs() < 0.02;
            assert!(is_near || level < 7, "{level}: {mean}, not {}", attainment(level));
        }
    }
}

#[test]
fn targets_out_of_reach_are_exit_1_and_say_so() {
    let fixture = every_ten_ms();
    let refused: [(&[&str], &[&str]); 3] = [
        // No request can be served in less than it takes.
        (
            &["--target", "all p50<=34ms"],
            &["edf needs more than 256 workers", "not even 256 workers are enough"],
        ),
        (
            &["--target", "all>=100%", "--workers-max", "3", "--policies", "fifo,edf"],
            &["fifo needs more than 3 workers, edf more than 3 workers"],
        ),
        (
            &["--target", "all p50<=34ms", "--find", "rate"],
            &["edf bears no rate at all", "not even the lowest rate is borne"],
        ),
    ];
    for (flags, reasons) in refused {
        let arguments = [&["capacity", "d.arrow", "--profile", "p.toml"], flags].concat();
        let output = fixture.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{flags:?}: {}", text(&output));
        assert!(output.stderr.is_empty(), "{}", text(&output));
        for reason in reasons {
            assert!(text(&output).contains(reason), "{flags:?}: {}", text(&output));
        }
    }
}

#[test]
fn the_answer_does_not_depend_on_threads() {
    let fixture = Fixture::new();
    let search = |threads| {
        let flags =
            ["--target", "all>=95%", "--policies", "edf,fifo,priority", "--threads", threads];
        fixture.stdout(&[&["capacity", "t.arrow", "--json"], &flags[..]].concat())
    };
    let one = search("1");
    assert_eq!(one, search("2"));
    assert_eq!(one, search("5"));
}

#[test]
fn bad_questions_are_exit_2_with_a_reason() {
    let fixture = every_ten_ms();
    let refused: [(&[&str], &str); 12] = [
        (&[], "--target <TARGETS>"),
        (&["--target", "tier1>99%"], "write it as tier1>=99.9% or tier1 p99<=50ms"),
        (&["--target", "tier9>=99%"], "'tier9' is no class"),
        (&["--target", "all>=101%"], "above 0% and at most 100%"),
        (&["--target", "all>=99%,all>=98%"], "another target is about the same"),
        (&["--target", "tier2>=99%"], "the trace has no requests of tier2"),
        (&["--target", "all>=99%", "--workers", "4"], "give --find rate"),
        (&["--target", "all>=99%", "--workers-max", "0"], "0 is not in 1.."),
        (&["--target", "all>=99%", "--confidence", "0.95"], "'0.95' is no confidence"),
        (&["--target", "all>=99%", "--tolerance", "0"], "from 0.01% to 100%"),
        (&["--target", "all>=99%", "--seeds", "1,2,1"], "--seeds names '1' twice"),
        (&["--target", "all>=99%", "--policies", "lifo"], "no policy is called 'lifo'"),
    ];
    for (flags, reason) in refused {
        let output = fixture.run(&[&["capacity", "d.arrow"], flags].concat());
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{flags:?}: {}", text(&output));
        assert!(text(&output).contains(reason), "{flags:?}: {}", text(&output));
    }
}
