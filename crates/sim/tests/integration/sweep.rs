//! `sim sweep`: every cell once, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::support::{Fixture, long_trace, text};

/// Two policies, three numbers of workers, two rates, two seeds.
const SWEEP: [&str; 10] = [
    "sweep",
    "t.arrow",
    "--policies",
    "edf,priority:late=drop",
    "--workers",
    "1..3",
    "--rate-scales",
    "0.8..1.2..0.4",
    "--seeds",
    "1,2",
];
const CELLS: u64 = 24;

/// What each cell has a row for: all, three tiers, nine classes.
const CLASSES: usize = 13;

fn sweep(flags: &[&'static str]) -> Vec<&'static str> {
    [&SWEEP, flags].concat()
}

fn json(fixture: &Fixture, arguments: &[&str]) -> Value {
    serde_json::from_str(&fixture.stdout(&[arguments, &["--json"]].concat())).unwrap()
}

/// A table as it is read by whoever has a Parquet reader.
fn read(path: &Path) -> (BTreeMap<String, String>, RecordBatch) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let pairs = builder.metadata().file_metadata().key_value_metadata().unwrap().iter();
    let metadata = pairs.map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default()));
    let metadata = metadata.collect();
    let mut batches = builder.build().unwrap();
    let batch = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none(), "it is small enough for one batch");
    (metadata, batch)
}

/// The column of text.
fn words<'a>(batch: &'a RecordBatch, name: &str) -> Vec<&'a str> {
    let column = batch.column_by_name(name).unwrap().as_dictionary::<Int32Type>();
    let values = column.values().as_string::<i32>();
    column.keys().values().iter().map(|&key| values.value(key as usize)).collect()
}

fn reals(batch: &RecordBatch, name: &str) -> Vec<f64> {
    batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

fn whole(batch: &RecordBatch, name: &str) -> Vec<i64> {
    batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn help_has_examples() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&["sweep", "--help"]),
        snapbox::file!["snapshots/sweep_help.txt"]
    );
}

/// Virtual time: the numbers are the same on every machine.
#[test]
fn a_sweep_prints_numbers_with_their_spread_and_a_map_of_each_policy() {
    snapbox::assert_data_eq!(
        Fixture::new().stdout(&sweep(&["-o", "s.parquet"])),
        snapbox::file!["snapshots/sweep.txt"]
    );
}

#[test]
fn a_table_has_a_row_for_each_cell_and_class_in_order() {
    let fixture = Fixture::new();
    fixture.stdout(&sweep(&["-o", "s.parquet"]));
    let (metadata, batch) = read(&fixture.path("s.parquet"));
    assert_eq!(metadata["reprise.format"], "sweep");
    assert_eq!(metadata["reprise.version"], "1");
    assert!(metadata["reprise.tool"].starts_with("sim "));
    assert!(metadata["reprise.traces"].contains("\"t.arrow\":\""));
    assert_eq!(batch.num_rows(), usize::try_from(CELLS).unwrap() * CLASSES);

    let cells = words(&batch, "workers").into_iter().zip(reals(&batch, "rate_scale"));
    let cells = cells.zip(words(&batch, "policy")).zip(whole(&batch, "seed"));
    let cells: Vec<_> =
        cells.map(|(((workers, rate), policy), seed)| (workers, rate, policy, seed)).collect();
    assert!(cells.is_sorted_by(|one, next| one <= next), "the order is that of the flags");
    let classes = words(&batch, "class");
    assert!(classes.chunks(CLASSES).all(|cell| cell == &classes[..CLASSES]));
    assert_eq!(classes[..5], ["all", "tier1", "tier2", "tier3", "tier1/urgent"]);

    // The classes of a tier are the tier, and the tiers are all.
    let counts = whole(&batch, "slo_met");
    for cell in counts.chunks(CLASSES) {
        assert_eq!(cell[0], cell[1..4].iter().sum::<i64>());
        assert_eq!(cell[0], cell[4..].iter().sum::<i64>());
    }
}

/// A cell is the simulation that the main command makes.
#[test]
fn a_cell_is_what_a_simulation_alone_gives() {
    let fixture = Fixture::new();
    fixture.stdout(&sweep(&["-o", "s.parquet"]));
    let (_, batch) = read(&fixture.path("s.parquet"));
    let (counts, met, p99) =
        (whole(&batch, "count"), whole(&batch, "slo_met"), whole(&batch, "p99_ns"));
    let (wait, goodput) = (whole(&batch, "wait_mean_ns"), reals(&batch, "goodput_per_s"));
    let mut row = 0;
    for workers in ["1", "2", "3"] {
        for rate in ["0.8", "1.2"] {
            for policy in ["edf", "priority:late=drop"] {
                for seed in ["1", "2"] {
                    let flags = ["--workers", workers, "--rate-scale", rate, "--seed", seed];
                    let alone =
                        json(&fixture, &[&["t.arrow", "--policy", policy], &flags[..]].concat());
                    let (run, all) = (&alone[0], &alone[0]["all"]);
                    let named = (workers, rate, policy, seed);
                    assert_eq!(all["count"], counts[row], "{named:?}");
                    assert_eq!(all["slo_met"], met[row], "{named:?}");
                    assert_eq!(run["goodput_per_s"], goodput[row], "{named:?}");
                    if all["p99_ns"] != "inf" {
                        assert_eq!(all["p99_ns"], p99[row], "{named:?}");
                    }
                    assert_eq!(all["queueing_delay"]["mean_ns"], wait[row], "{named:?}");
                    row += CLASSES;
                }
            }
        }
    }
}

#[test]
fn threads_and_repetition_change_no_byte() {
    let fixture = Fixture::new();
    for extension in ["parquet", "arrow", "csv"] {
        let table = |name: &str, flags: &[&str]| {
            let name = format!("{name}.{extension}");
            fixture.stdout(&[&SWEEP, flags, &["-o", &name]].concat());
            fixture.bytes(&name)
        };
        let once = table("one", &["--threads", "1"]);
        assert!(once == table("two", &["--threads", "2"]), "threads change {extension}");
        assert!(once == table("five", &["--threads", "5"]), "threads change {extension}");
        // From the journal alone, and anew.
        assert!(once == table("one", &[]), "the journal changes {extension}");
        assert!(once == table("one", &["--fresh"]), "starting over changes {extension}");
    }
}

#[test]
fn every_format_has_the_same_cells() {
    let fixture = Fixture::new();
    let flags = ["sweep", "t.arrow", "--policies", "edf:preempt=on,late=drop", "--seeds", "1..3"];
    for table in ["s.csv", "s.arrow", "s.parquet"] {
        fixture.stdout(&[&flags[..], &["-o", table]].concat());
    }
    let (metadata, batch) = read(&fixture.path("s.parquet"));
    let file = File::open(fixture.path("s.arrow")).unwrap();
    let mut arrow = FileReader::try_new(file, None).unwrap();
    let pairs = arrow.schema().metadata().clone().into_iter();
    let stated = metadata.into_iter().filter(|(key, _)| key.starts_with("reprise."));
    assert!(pairs.eq(stated), "{:?}", arrow.schema());
    let in_arrow = arrow.next().unwrap().unwrap();
    assert_eq!(in_arrow.columns(), batch.columns());

    let mut reader = csv::Reader::from_path(fixture.path("s.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let schema = batch.schema();
    assert!(header.iter().eq(schema.fields().iter().map(|field| field.name())), "{header:?}");
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows = reader.records().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(rows.len(), batch.num_rows());
    for (row, policy) in rows.iter().zip(words(&batch, "policy")) {
        assert_eq!(&row[at("policy")], policy);
        assert!(policy.contains(','), "a name that must be quoted: {policy}");
    }
    for (row, waiting) in rows.iter().zip(reals(&batch, "waiting_mean")) {
        assert_eq!(row[at("waiting_mean")].parse(), Ok(waiting));
    }
}

/// A process killed in the middle of its work loses the cells under way and no others.
#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let fixture = Fixture::new();
    // Cells of the second trace are long: the process is killed among them.
    fixture.write("long.arrow", long_trace());
    let flags = ["sweep", "t.arrow", "long.arrow", "--seeds", "1..6", "--threads", "1"];
    let to = |name| [&flags[..], &["-o", name]].concat();
    let mut child = fixture.command(&to("killed.parquet")).spawn().unwrap();
    let journal = || std::fs::read(fixture.path("killed.parquet.journal")).unwrap_or_default();
    let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
    // The first line is the header.
    while lines(&journal()) < 1 + 6 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = lines(&journal()) as u64 - 1;
    assert!((6..12).contains(&kept), "{kept} of 12 cells had ended");
    assert!(!fixture.path("killed.parquet").exists());

    let resumed = json(&fixture, &to("killed.parquet"));
    assert_eq!(resumed["cells"], 12);
    assert_eq!(resumed["simulated"], 12 - kept);
    json(&fixture, &to("whole.parquet"));
    assert!(fixture.bytes("killed.parquet") == fixture.bytes("whole.parquet"));
}

#[test]
fn a_torn_line_costs_its_cell_alone() {
    let fixture = Fixture::new();
    assert_eq!(json(&fixture, &sweep(&["-o", "s.parquet"]))["simulated"], CELLS);
    let (table, journal) = (fixture.bytes("s.parquet"), fixture.bytes("s.parquet.journal"));
    fixture.write("s.parquet.journal", &journal[..journal.len() - 7]);
    let mended = json(&fixture, &sweep(&["-o", "s.parquet"]));
    assert_eq!((&mended["simulated"], &mended["torn_lines"]), (&1.into(), &1.into()));
    assert!(fixture.bytes("s.parquet") == table);
    // What was added after the torn line is whole.
    assert_eq!(json(&fixture, &sweep(&["-o", "s.parquet"]))["simulated"], 0);
}

#[test]
fn a_finished_sweep_has_nothing_left_to_do_and_a_longer_one_only_what_is_new() {
    let fixture = Fixture::new();
    fixture.write("ten.toml", crate::support::TEN_MS);
    let simulated = |flags: &[&'static str]| {
        json(&fixture, &sweep(&[flags, &["-o", "s.parquet"]].concat()))["simulated"].clone()
    };
    assert_eq!(simulated(&[]), CELLS);
    assert_eq!(simulated(&[]), 0);
    let stdout = fixture.stdout(&sweep(&["-o", "s.parquet"]));
    assert!(stdout.contains("nothing left to do: all 24 are in s.parquet.journal"), "{stdout}");
    // Another profile or another limit is another cell; the old ones stay known.
    assert_eq!(simulated(&["--profile", "ten.toml"]), CELLS);
    assert_eq!(simulated(&["--limit", "20"]), CELLS);
    assert_eq!(simulated(&["--set", "models.vit.mean_ms=50,60"]), 2 * CELLS);
    assert_eq!(simulated(&[]), 0);
    assert_eq!(simulated(&["--fresh"]), CELLS);
    assert_eq!(simulated(&["--profile", "ten.toml"]), CELLS);

    let more =
        ["sweep", "t.arrow", "--policies", "edf,fifo", "--workers", "2..4", "-o", "s.parquet"];
    let more = [&more[..], &["--seeds", "1..2", "--rate-scales", "0.8"]].concat();
    // Of edf, two numbers of workers at both seeds are known.
    assert_eq!(json(&fixture, &more)["simulated"], 12 - 4);
}

#[test]
fn keys_of_the_profile_are_columns() {
    let fixture = Fixture::new();
    fixture.write("ten.toml", crate::support::TEN_MS);
    let flags = ["sweep", "t.arrow", "--profile", "ten.toml", "--workers", "4"];
    let sets = ["--set", "default.mean_ms=10,20", "--set", "default.law=constant,exponential"];
    fixture.stdout(&[&flags[..], &sets, &["-o", "s.parquet"]].concat());
    let (_, batch) = read(&fixture.path("s.parquet"));
    let means: Vec<_> =
        reals(&batch, "default.mean_ms").chunks(CLASSES).map(|row| row[0]).collect();
    let laws: Vec<_> = words(&batch, "default.law").chunks(CLASSES).map(|row| row[0]).collect();
    assert_eq!(means, [10.0, 10.0, 20.0, 20.0]);
    assert_eq!(laws, ["constant", "exponential", "constant", "exponential"]);
    // Four workers hardly ever make anybody wait: the median is the service time.
    let p50 = whole(&batch, "p50_ns");
    assert_eq!((p50[0], p50[2 * CLASSES]), (10_000_000, 20_000_000));
}

#[test]
fn traces_of_one_workload_are_seeds_to_whoever_looks() {
    let fixture = Fixture::new();
    fixture.write("u.arrow", crate::support::trace_of_seed(8));
    let flags = ["sweep", "t.arrow", "u.arrow", "--seeds", "1..3", "--metric", "p95"];
    let stdout = fixture.stdout(&flags);
    assert!(
        stdout.contains("p95 of all, ms, mean over 2 traces x 3 seeds [least, most]"),
        "{stdout}"
    );
    let report = json(&fixture, &flags);
    assert_eq!(report["points"].as_array().unwrap().len(), 1);
    assert_eq!(report["points"][0]["count"], 6);
}

/// One worker of 10 MB holds no model of 20: those cells fail, the others do not.
#[test]
fn a_cell_that_fails_is_told_of_and_the_others_run() {
    let fixture = Fixture::new();
    fixture.write(
        "p.toml",
        "version = 1\n[default]\nlaw = \"constant\"\nmean_ms = 10\nmemory_mb = 20\n",
    );
    fixture.write("small.toml", "version = 1\n[[workers]]\nmemory_mb = 10\n");
    let flags =
        ["sweep", "t.arrow", "--profile", "p.toml", "--workers", "2,small.toml", "-o", "s.parquet"];
    for _ in 0..2 {
        let output = fixture.run(&flags);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("1 of 2 cells failed"), "{error}");
        assert!(error.contains("t.arrow, edf, workers small.toml, rate x1, seed 42: "), "{error}");
        let (_, batch) = read(&fixture.path("s.parquet"));
        assert_eq!(batch.num_rows(), CLASSES);
    }
}

#[test]
fn bad_flags_are_exit_2_with_a_reason() {
    let fixture = Fixture::new();
    fixture.write("x.parquet.journal", "something else\n");
    let refused: [(&[&str], &str); 16] = [
        (&[], "<TRACE>"),
        (&["missing.arrow"], "missing.arrow"),
        (&["t.arrow", "t.arrow"], "the list of traces names 't.arrow' twice"),
        (&["t.arrow", "--policies", "lifo"], "no policy is called 'lifo'"),
        (&["t.arrow", "--policies", "edf,edf:late=serve"], "--policies names 'edf' twice"),
        (&["t.arrow", "--workers", "0"], "--workers: 0"),
        (&["t.arrow", "--workers", "none.toml"], "none.toml"),
        (&["t.arrow", "--rate-scales", "0..1"], "'0' is not a number from 0.001 to 1000"),
        (&["t.arrow", "--seeds", "5..1"], "'5..1' begins above its end"),
        (&["t.arrow", "--seeds", "1.5"], "'1.5' is no whole number"),
        (&["t.arrow", "--set", "default.mean_ms"], "default.mean_ms=10,20"),
        (&["t.arrow", "--set", "models.bert.cv=1"], "no section [models.bert]"),
        (&["t.arrow", "--metric", "p42"], "'p42' is no metric"),
        (&["t.arrow", "--class", "tier1/bronze"], "no trace has the SLO class 'bronze'"),
        (&["t.arrow", "-o", "s.txt"], "s.txt"),
        (&["t.arrow", "-o", "x.parquet"], "no journal of a sweep"),
    ];
    for (arguments, reason) in refused {
        let output = fixture.run(&[&["sweep"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(reason), "{arguments:?}: {}", text(&output));
    }
    assert_eq!(fixture.bytes("x.parquet.journal"), b"something else\n");
}
