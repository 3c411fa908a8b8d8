//! `sim fit`: what was simulated with a known profile comes back out of the table.

use std::time::Duration;

use cluster::{Law, ModelProfile, Profile};
use outcome::Outcome;

use crate::support::{Fixture, long_trace, text};

/// Laws that a fit must tell apart, by the two models of a trace.
const LOGNORMAL_AND_EXPONENTIAL: &str = r#"version = 1
[models.resnet50]
law = "lognormal"
mean_ms = 20.0
cv = 0.25
[models.vit]
law = "exponential"
mean_ms = 8.0
"#;
const CONSTANT_AND_TABLE: &str = r#"version = 1
[models.resnet50]
law = "constant"
mean_ms = 3.5
[models.vit]
law = "table"
batches = [{ size = 1, quantiles_ms = { p0 = 5, p40 = 8, p60 = 16, p99 = 22, p100 = 24 } }]
"#;

fn service_times_ms(rows: &[Outcome], model: u16) -> Vec<f64> {
    let of_model = rows.iter().filter(|row| row.model == model);
    let time = |row: &Outcome| (row.done.unwrap() - row.started.unwrap()).as_secs_f64() * 1e3;
    let mut times: Vec<f64> = of_model.map(time).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// What the profile's models are, by name.
fn model(profile: &Profile, name: &str) -> ModelProfile {
    profile.of(profile.model(name).unwrap()).clone()
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    let off = found / expected - 1.0;
    assert!(off.abs() <= tolerance, "{found} instead of {expected}");
}

/// Simulates with `profile`, fits, simulates again with what was fitted and another seed, and holds
/// the two runs' quantiles together. Gives back the fitted profile.
fn round_trip(profile: &str, flags: &[&str]) -> Profile {
    let fixture = Fixture::new();
    fixture.write("long.arrow", long_trace());
    fixture.write("true.toml", profile);
    let simulate = |profile, seed, output| {
        let flags = ["--policy", "fifo", "--workers", "16", "--seed", seed, "-o", output];
        fixture.stdout(&[&["long.arrow", "--profile", profile], &flags[..]].concat());
        fixture.table(output)
    };
    let (info, before) = simulate("true.toml", "1", "before.arrow");
    fixture.stdout(&[&["fit", "before.arrow", "-o", "fitted.toml"], flags].concat());
    let (_, after) = simulate("fitted.toml", "2", "after.arrow");
    for index in 0..info.models.len() {
        let index = u16::try_from(index).unwrap();
        let (before, after) = (service_times_ms(&before, index), service_times_ms(&after, index));
        // Fixed seeds; the bands are over five standard errors of each quantile wide.
        for (share, tolerance) in [(0.5, 0.05), (0.95, 0.05), (0.99, 0.08)] {
            let at = |times: &[f64]| times[(share * times.len() as f64) as usize];
            near(at(&after), at(&before), tolerance);
        }
    }
    Profile::read(&fixture.path("fitted.toml")).unwrap()
}

#[test]
fn lognormal_and_exponential_times_give_their_parameters_back() {
    let fitted = round_trip(LOGNORMAL_AND_EXPONENTIAL, &[]);
    let (resnet50, vit) = (model(&fitted, "resnet50"), model(&fitted, "vit"));
    assert_eq!((resnet50.law, vit.law), (Law::Lognormal, Law::Exponential));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    near(ms(resnet50.mean(1)), 20.0, 0.015);
    near(ms(vit.mean(1)), 8.0, 0.1);
    // cv is what the 99th percentile of a log-normal law hangs on.
    let truth = Profile::parse(LOGNORMAL_AND_EXPONENTIAL).unwrap();
    near(ms(resnet50.worst_case(1)), ms(model(&truth, "resnet50").worst_case(1)), 0.02);
}

#[test]
fn constant_times_and_quantiles_give_themselves_back() {
    let fitted = round_trip(CONSTANT_AND_TABLE, &[]);
    let (resnet50, vit) = (model(&fitted, "resnet50"), model(&fitted, "vit"));
    assert_eq!((resnet50.law, vit.law), (Law::Constant, Law::Table));
    assert_eq!(resnet50.mean(1), Duration::from_micros(3500));
    let truth = Profile::parse(CONSTANT_AND_TABLE).unwrap();
    near(vit.mean(1).as_secs_f64(), model(&truth, "vit").mean(1).as_secs_f64(), 0.04);
}

#[test]
fn samples_give_themselves_back() {
    let fitted = round_trip(CONSTANT_AND_TABLE, &["--law", "empirical"]);
    assert_eq!(model(&fitted, "vit").law, Law::Empirical);
    assert_eq!(model(&fitted, "resnet50").worst_case(1), Duration::from_micros(3500));
}

/// Virtual time: the numbers are the same on every machine.
#[test]
fn a_fit_prints_what_it_found_and_writes_it_down() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--workers", "20", "-o", "run.arrow"]);
    snapbox::assert_data_eq!(
        fixture.stdout(&["fit", "run.arrow", "-o", "p.toml"]),
        snapbox::file!["snapshots/fit.txt"]
    );
    let profile = String::from_utf8(fixture.bytes("p.toml")).unwrap();
    snapbox::assert_data_eq!(&profile, snapbox::file!["snapshots/fit.toml"]);
    assert_eq!(fixture.stdout(&["fit", "run.arrow", "-o", "-"]), profile);
    assert!(!fixture.path("p.toml.partial").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--workers", "20", "-o", "run.arrow"]);
    let mut child = fixture.command(&["fit", "run.arrow", "-o", "-"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn help_has_examples() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["fit", "--help"]),
        snapbox::file!["snapshots/fit_help.txt"]
    );
}

#[test]
fn json_has_the_laws_and_how_they_were_judged() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--workers", "20", "-o", "run.csv"]);
    let stdout = fixture.stdout(&["fit", "run.csv", "--law", "lognormal", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["method"], "started");
    let models = json["models"].as_array().unwrap();
    assert!(models.iter().all(|model| model["law"] == "lognormal"), "{stdout}");
    assert_eq!(models[0]["judgement"]["quantiles"][2]["name"], "p99");
}

/// As a table of `replay` against a server that tells nothing of itself.
#[test]
fn without_starts_light_load_tells_the_times() {
    let fixture = Fixture::new();
    fixture.write("long.arrow", long_trace());
    let flags = ["--workers", "50", "--policy", "fifo", "--limit", "4000", "--rate-scale"];
    for (scale, table) in [("0.01", "light.csv"), ("1", "heavy.csv")] {
        fixture.stdout(&[&["long.arrow", "-o", table], &flags[..], &[scale]].concat());
        fixture.write(table, without_starts(&fixture.bytes(table)));
    }
    let stdout = fixture.stdout(&["fit", "light.csv", "-o", "p.toml"]);
    assert!(stdout.contains("found no other in flight, since no starts are recorded"), "{stdout}");
    assert!(stdout.contains("found others in flight\n"), "{stdout}");
    let fitted = Profile::read(&fixture.path("p.toml")).unwrap();
    near(model(&fitted, "resnet50").mean(1).as_secs_f64(), 0.020, 0.02);

    let heavy = fixture.run(&["fit", "heavy.csv"]);
    assert_eq!(heavy.status.code(), Some(2), "{}", text(&heavy));
    assert!(text(&heavy).contains("run slower (--rate-scale 0.1)"), "{}", text(&heavy));
}

/// Empties the columns that only an emulated worker knows.
fn without_starts(csv: &[u8]) -> String {
    let csv = String::from_utf8(csv.to_vec()).unwrap();
    let mut hidden = Vec::new();
    let mut lines = Vec::new();
    for line in csv.lines() {
        let mut cells: Vec<&str> = line.split(',').collect();
        if line.starts_with('#') {
            lines.push(line.to_owned());
            continue;
        }
        if hidden.is_empty() {
            let unknown = ["started_ns", "worker", "batch"];
            hidden =
                unknown.map(|name| cells.iter().position(|cell| *cell == name).unwrap()).into();
        } else {
            hidden.iter().for_each(|&index| cells[index] = "");
        }
        lines.push(cells.join(","));
    }
    lines.join("\n") + "\n"
}

#[test]
fn what_cannot_be_fitted_is_exit_2_with_a_reason() {
    let fixture = Fixture::new();
    fixture.stdout(&["t.arrow", "--workers", "20", "-o", "run.arrow"]);
    fixture.stdout(&["t.arrow", "--limit", "40", "-o", "short.arrow"]);
    let refused: [(&[&str], &str); 8] = [
        (&["fit"], "<RUN>"),
        (&["fit", "missing.arrow"], "missing.arrow"),
        (&["fit", "t.arrow"], "t.arrow"),
        (&["fit", "short.arrow", "-o", "p.toml"], "service times among"),
        (&["fit", "run.arrow", "--model", "bert"], "no model 'bert'"),
        (&["fit", "run.arrow", "--law", "gamma"], "it must be auto, constant, exponential"),
        (&["fit", "run.arrow", "-o", "no/folder.toml"], "no/folder.toml: cannot write"),
        (&["fit", "run.arrow", "-o", "-", "--json"], "both want standard output"),
    ];
    for (arguments, reason) in refused {
        let output = fixture.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(reason), "{arguments:?}: {}", text(&output));
    }
    assert!(!fixture.path("p.toml").exists());
}
