//! What the command prints, and what it refuses.

use outcome::{OutcomeReader, Status};

use crate::support::{Fixture, Replayed, binary, text};

#[test]
fn help_has_examples_and_exit_codes() {
    let output = binary().env("COLUMNS", "100").arg("--help").output().unwrap();
    snapbox::assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        snapbox::file!["snapshots/help.txt"]
    );
}

#[test]
fn check_gives_the_verdict_again() {
    let output = binary().env("COLUMNS", "100").args(["check", "--help"]).output().unwrap();
    snapbox::assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        snapbox::file!["snapshots/check_help.txt"]
    );

    let fixture = Fixture::new();
    let output = fixture.replay().args(["--workers", "64", "-o", "run.csv"]).output().unwrap();
    let code = output.status.code();
    let run = Replayed::read(&fixture.path("run.csv"), output);
    let check = |flags: &[&str]| {
        // A target in the environment is no reason to replay.
        let mut command = binary();
        command.current_dir(fixture.folder.path()).env("SCHEDULER_URL", "localhost:1");
        command.arg("check").args(flags).output().unwrap()
    };
    let output = check(&["run.csv"]);
    assert_eq!(output.status.code(), code, "{}", text(&output));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.contains("run.csv: replay of") && stdout.contains("lag p99.9"), "{stdout}");
    assert!(!stdout.contains("DIFFERS"), "{stdout}");

    // What cannot be read is named, and the rest is judged all the same.
    let output = check(&["--json", "run.csv", "t.arrow", "missing.arrow"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["tables"][0]["runs"][0]["requests"], run.rows.len());
    assert_eq!(json["tables"][0]["runs"][0]["agrees"], true);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("t.arrow: ") && error.contains("missing.arrow"), "{error}");
    assert_eq!(check(&[]).status.code(), Some(2));
    let output = check(&["run.csv", "-o", "again.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("run.csv is no .journal"), "{}", text(&output));
    let output = check(&["a.arrow.journal", "b.arrow.journal", "--metrics-csv", "m.csv"]);
    assert!(text(&output).contains("2 files are given"), "{}", text(&output));
}

#[test]
fn without_a_url_it_starts_its_own_scheduler_and_says_so() {
    // A busy machine must not make requests expire.
    let fixture = Fixture::patient();
    let output = fixture.replay().args(["--workers", "64"]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("started the embedded scheduler (edf, 64 workers)"), "{error}");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["tier", "slo_attainment_%", "lag", "verdict", "result/t.arrow"] {
        assert!(stdout.contains(word), "{word} is missing: {stdout}");
    }
    let run = Replayed::read(&fixture.path("result/t.arrow"), output);
    assert_eq!(run.count(Status::Ok), run.rows.len());
    let metrics = std::fs::read_to_string(fixture.path("result/metrics.csv")).unwrap();
    let columns = "timestamp_issued,sample_id,tier,slo,model,latency_ns,latency_ms,slo_met,";
    assert!(metrics.starts_with(columns), "{metrics}");
    assert_eq!(metrics.lines().count(), run.rows.len() + 1);
}

#[test]
fn every_format_holds_the_same_run() {
    let fixture = Fixture::new();
    for name in ["run.arrow", "run.parquet", "run.csv"] {
        let flags = ["--limit", "20", "--workers", "64", "-o", name];
        let output = fixture.replay().args(flags).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
        let mut reader = OutcomeReader::open(fixture.path(name)).unwrap();
        assert_eq!(reader.rows().filter(|row| row.is_ok()).count(), 20);
        assert_eq!(reader.info().producer, "replay");
    }
}

#[test]
fn a_faster_rate_shortens_the_schedule_and_keeps_slos() {
    let fixture = Fixture::new();
    let flags = ["--rate-scale", "4", "--workers", "64", "-o", "run.arrow", "--json"];
    let output = fixture.replay().args(flags).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output));
    let run = Replayed::read(&fixture.path("run.arrow"), output);
    assert!(run.rows.iter().all(|row| row.arrival.as_nanos() <= 510_000_000));
    let slos = [100, 500, 2000].map(std::time::Duration::from_millis);
    assert!(run.rows.iter().all(|row| slos.contains(&(row.deadline - row.arrival))));
    assert_eq!(run.info.rate_scale, "4");
    let json: serde_json::Value = serde_json::from_slice(&run.output.stdout).unwrap();
    assert!(json.is_object());
}

#[test]
fn bad_input_is_exit_2_with_a_reason() {
    let fixture = Fixture::new();
    let whole = std::fs::read(fixture.trace()).unwrap();
    std::fs::write(fixture.path("cut.arrow"), &whole[..whole.len() / 2]).unwrap();
    let refused: [(&[&str], &str); 11] = [
        (&["missing.arrow"], "missing.arrow"),
        (&["cut.arrow"], "cut.arrow"),
        (&["t.arrow", "--policy", "lifo"], "no policy is called 'lifo'"),
        (&["t.arrow", "--profile", "none.toml"], "none.toml"),
        (&["t.arrow", "-o", "run.txt"], "run.txt"),
        (&["t.arrow", "-o", "/dev/null/run.arrow"], "/dev/null"),
        (&["t.arrow", "--metrics-addr", "nowhere"], "cannot serve metrics at nowhere"),
        (&["t.arrow", "--rate-scale", "nan"], "'nan' is not a number"),
        (&["t.arrow", "--scheduler-url", "h:1", "--tls-ca", "ca.pem"], "asks for TLS"),
        (&["t.arrow", "--assign", "any"], "neither least-loaded nor class"),
        (&["t.arrow", "--realtime", "yes"], "none of auto, on and off"),
    ];
    for (arguments, reason) in refused {
        let output = binary().current_dir(fixture.folder.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(reason), "{arguments:?}: {}", text(&output));
    }
}
