//! What the command refuses: exit code 2, with the reason, and nothing on stdout.

use crate::support::{Fixture, text, trace_bytes};

const UNKNOWN_MODELS: &str = "version = 1\n[models.gpt]\nlaw = \"constant\"\nmean_ms = 10\n";
const BAD_MEAN: &str = "version = 1\n[models.vit]\nlaw = \"constant\"\nmean_ms = -3\n";
const BAD_FIELD: &str = "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 1\nspeed = 2\n";

#[test]
fn bad_input_is_exit_2_with_a_reason() {
    let fixture = Fixture::new();
    let whole = trace_bytes();
    fixture.write("cut.arrow", &whole[..whole.len() / 2]);
    fixture.write("empty.arrow", "");
    fixture.write("unknown.toml", UNKNOWN_MODELS);
    fixture.write("mean.toml", BAD_MEAN);
    fixture.write("field.toml", BAD_FIELD);
    let refused: [(&[&str], &[&str]); 15] = [
        (&[], &["<TRACE>"]),
        (&["missing.arrow"], &["missing.arrow"]),
        (&["cut.arrow"], &["cut.arrow"]),
        (&["empty.arrow"], &["empty.arrow"]),
        (&["t.arrow", "--policy", "lifo"], &["'lifo'", "edf, fifo, "]),
        (&["t.arrow", "--policy", "edf:late=never"], &["'late=never'", "late=serve|drop|hopeless"]),
        (&["t.arrow", "--policy", "edf,fifo,edf"], &["'edf' twice"]),
        (&["t.arrow", "--policy", "edf,edf:late=serve"], &["'edf:late=serve' twice"]),
        (&["t.arrow", "--policy", "edf,fifo", "-o", "run.arrow"], &["run.arrow", "folder"]),
        (&["t.arrow", "-o", "run.txt"], &["run.txt"]),
        (&["t.arrow", "--profile", "none.toml"], &["none.toml"]),
        (&["t.arrow", "--profile", "mean.toml"], &["mean.toml", "mean_ms of model 'vit' is -3"]),
        (&["t.arrow", "--profile", "field.toml"], &["field.toml", "speed"]),
        (&["t.arrow", "--profile", "unknown.toml"], &["(it has: gpt)", "[default]"]),
        (&["t.arrow", "--rate-scale", "nan"], &["'nan' is not a number from 0.001 to 1000"]),
    ];
    for (arguments, reasons) in refused {
        let output = fixture.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        for reason in reasons {
            assert!(error.contains(reason), "{arguments:?} does not say {reason:?}: {error}");
        }
    }
}

#[test]
fn a_refused_run_leaves_no_table() {
    let fixture = Fixture::new();
    fixture.write("unknown.toml", UNKNOWN_MODELS);
    let output = fixture.run(&["t.arrow", "--profile", "unknown.toml", "-o", "run.arrow"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    for name in ["run.arrow", "run.arrow.partial"] {
        assert!(!fixture.path(name).exists(), "{name} is left");
    }
}
