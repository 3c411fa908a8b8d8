//! `trace check`: sound traces pass, and each planted defect is found by the test that is meant to.
//! Seeds are fixed, so a failure is a change of the code. The example `check_power` prints the whole
//! table, over as many seeds as asked for.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, Int8Array, Int64Array, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use request::{Moment, Seed, Tier};
use trace::check::{Report, Verdict, examine};
use trace::{
    Amounts, BatchSize, Step, TraceReader, TraceRow, TraceWriter, Workload, WorkloadFile, generate,
    generate_to,
};

use crate::defects::Defect;

fn report_of(bytes: &[u8]) -> Report {
    examine(&TraceReader::from_bytes("t.arrow", bytes).unwrap(), 0.01).unwrap()
}

#[test]
fn sound_traces_pass() {
    for name in Workload::BUILT_IN {
        let workload = Workload::built_in(name).unwrap();
        let alarms = (0..20).filter(|&seed| {
            let made = generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap();
            let report = report_of(&made.out);
            assert_eq!(report.broken_laws().next(), None, "{name}, seed {seed}");
            report.verdict == Verdict::Fail
        });
        // One file in a hundred may fail.
        assert!(alarms.count() <= 1, "{name}");
    }
    let alarms = (0..20)
        .filter(|&seed| report_of(&Defect::NoneElsewhere.file(seed)).verdict == Verdict::Fail);
    assert!(alarms.count() <= 1);
}

/// A minute of `balanced` that comes in this way.
fn coming(arrivals: &str, rate: Option<&str>, count: Option<u64>) -> Workload {
    let amounts = Amounts {
        arrivals: Some(arrivals.parse().unwrap()),
        rate: rate.map(|rate| rate.parse().unwrap()),
        total_qps: Some(60.0),
        count,
        ..Amounts::default()
    };
    WorkloadFile::built_in("balanced").unwrap().workload(&amounts).unwrap()
}

#[test]
fn sound_traces_of_every_process_pass() {
    let arrivals = [
        "poisson",
        "constant",
        "uniform:jitter=0.5",
        "gamma:cv=0.5",
        "gamma:cv=3",
        "weibull:cv=2",
        "on_off:on=1s,off=3s",
        "on_off:on=1s,off=3s,off_rate=0.1,shared=true,dwell=constant",
        "loadgen:schedule_seed=3",
    ];
    let rates = [None, Some("0-20:3,20-25:0,25-60:20"), Some("sinusoid:period=9s,amplitude=1")];
    let (mut files, mut alarms) = (0, 0);
    for arrivals in arrivals {
        for rate in rates {
            for count in [None, Some(3_000)] {
                if arrivals.starts_with("loadgen") && (rate.is_some() || count.is_some()) {
                    continue;
                }
                let mut workload = coming(arrivals, rate, count);
                for batch in [None, Some(BatchSize::Geometric { mean: 2.5 })] {
                    workload.arrivals.batch = batch.filter(|_| !arrivals.starts_with("loadgen"));
                    let made = generate_to(Vec::new(), &workload, Seed(files), 1, |_, _| {});
                    let report = report_of(&made.unwrap().out);
                    assert_eq!(report.broken_laws().next(), None, "{arrivals} {rate:?} {count:?}");
                    files += 1;
                    alarms += u64::from(report.verdict == Verdict::Fail);
                }
            }
        }
    }
    // One file in a hundred may fail.
    assert!(alarms <= 3, "{alarms} of {files}");
}

#[test]
fn a_law_that_is_not_the_one_claimed_is_found() {
    for (drawn, claimed, test) in [
        ("gamma:cv=1.5", "poisson", "anderson_darling_shape"),
        ("poisson", "uniform:jitter=0.5", "anderson_darling"),
        ("weibull:cv=2", "gamma:cv=2", "anderson_darling"),
        ("on_off:on=1s,off=3s", "poisson", "dispersion"),
        ("on_off:on=1s,off=2s", "on_off:on=1s,off=3s", "count"),
        ("uniform:jitter=0.01", "constant", "spacing"),
    ] {
        let claim = coming(claimed, None, None);
        let rows = generate(&coming(drawn, None, None), Seed(1), 1).unwrap().flatten();
        let report = report_of(&file_of(&claim, &rows.collect::<Vec<_>>(), &[]));
        let failed: Vec<&str> = report.failures().map(|judged| judged.finding.test).collect();
        assert!(failed.contains(&test), "{drawn} as {claimed}: {failed:?}");
    }
    let mut claim = coming("poisson", None, None);
    claim.arrivals.batch = Some(BatchSize::Geometric { mean: 2.0 });
    let mut drawn = claim.clone();
    drawn.arrivals.batch = Some(BatchSize::Fixed { size: 2 });
    let rows: Vec<TraceRow> = generate(&drawn, Seed(1), 1).unwrap().flatten().collect();
    let report = report_of(&file_of(&claim, &rows, &[]));
    assert!(report.failures().any(|judged| judged.finding.test == "batch_sizes"));
}

/// However the classes end: most by the time, some by the time and some by the count, all by the
/// count.
#[test]
fn probabilities_are_as_frequent_as_they_say() {
    for (min_query_count, seeds) in [(100, 60), (1800, 60), (4000, 30)] {
        let workload = Workload { min_query_count, ..Workload::built_in("balanced").unwrap() };
        let reports = (0..seeds).map(|seed| {
            report_of(&generate_to(Vec::new(), &workload, Seed(seed), 1, |_, _| {}).unwrap().out)
        });
        let p: Vec<f64> =
            reports.flat_map(|report| report.findings).map(|found| found.finding.p).collect();
        let count = p.len() as f64;
        // 5 standard deviations above, since tests of one trace depend on each other; findings
        // that count few things are more rarely extreme than they say.
        for level in [0.05, 0.01] {
            let share = p.iter().filter(|&&p| p <= level).count() as f64 / count;
            let deviation = (level * (1.0 - level) / count).sqrt();
            assert!(share < level + 5.0 * deviation, "{min_query_count}: {share} below {level}");
            assert!(share > 0.7 * level, "{min_query_count}: {share} below {level}");
        }
    }
}

#[test]
fn planted_defects_are_found_by_the_test_that_is_meant_to() {
    for (defect, test) in [
        (Defect::Rounded(1_000_000), "anderson_darling"),
        (Defect::Rounded(1_000_000), "grid"),
        (Defect::Rounded(10_000), "grid"),
        (Defect::SinglePrecision, "grid"),
        (Defect::Erlang, "anderson_darling_shape"),
        (Defect::Ramp, "kolmogorov"),
        (Defect::TwoStates, "dispersion"),
        (Defect::TwoStates, "dispersion_100"),
        (Defect::TwoStates, "ljung_box"),
        (Defect::Remembering, "ljung_box"),
        (Defect::Rate(1.05), "count"),
        (Defect::Rate(0.95), "anderson_darling"),
        (Defect::Mix(0.03), "class_mix"),
        (Defect::Models(0.05), "model_mix"),
        (Defect::RoundRobin, "transitions"),
        (Defect::SharedStream, "coincidence"),
        (Defect::SharedStreamThinned, "shared_gaps"),
        (Defect::SharedStreamScaled, "shared_gaps"),
        (Defect::Truncated, "dispersion_1000"),
    ] {
        for seed in 0..2 {
            let report = report_of(&defect.file(seed));
            let tests: Vec<&str> = report.failures().map(|found| found.finding.test).collect();
            assert!(tests.contains(&test), "{defect:?}, seed {seed}: {test} not in {tests:?}");
        }
    }
}

/// Rows of a small sound workload, and what it is.
fn small() -> (Workload, Vec<TraceRow>) {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    (workload.total_qps, workload.min_query_count) = (10.0, 10);
    let rows = generate(&workload, Seed(3), 1).unwrap().flatten().collect();
    (workload, rows)
}

fn file_of(workload: &Workload, rows: &[TraceRow], steps: &[Step]) -> Vec<u8> {
    let mut writer = TraceWriter::create_derived(Vec::new(), workload, Seed(3), steps).unwrap();
    writer.push(rows).unwrap();
    writer.finish().unwrap().out
}

/// The note of the only broken law.
#[track_caller]
fn broken(bytes: &[u8], law: &str) -> String {
    let report = report_of(bytes);
    assert_eq!(report.verdict, Verdict::Fail);
    let broken: Vec<_> = report.broken_laws().collect();
    assert_eq!(broken.iter().map(|law| law.law).collect::<Vec<_>>(), [law], "{broken:?}");
    broken[0].note.clone()
}

#[test]
fn laws_of_the_workload_are_held() {
    let change = |change: fn(&mut Vec<TraceRow>)| {
        let (workload, mut rows) = small();
        change(&mut rows);
        file_of(&workload, &rows, &[])
    };
    assert_eq!(report_of(&change(|_| {})).verdict, Verdict::Pass);
    let late = change(|rows| {
        rows[7].request.deadline = rows[7].request.deadline + Duration::from_nanos(1)
    });
    assert!(broken(&late, "slos").starts_with("row 7, column deadline_ns"));
    let long = change(|rows| {
        let mut row = *rows.last().unwrap();
        let slo = row.request.deadline - row.request.arrival;
        row.request.id.0 += 1;
        row.request.arrival = Moment::from_nanos(60_000_000_001);
        row.request.deadline = row.request.arrival + slo;
        rows.push(row);
    });
    assert!(broken(&long, "ends").contains("goes on past the duration"));

    let (workload, rows) = small();
    let mut other = workload.clone();
    let moved = other.classes.remove(0).share;
    other.classes[0].share += moved;
    let note = broken(&file_of(&other, &rows, &[]), "classes");
    assert!(note.contains("no requests of (1, urgent) were due"), "{note}");
    let kept: Vec<TraceRow> =
        rows.into_iter().filter(|row| row.request.tier != Tier::Vip).collect();
    assert!(broken(&file_of(&workload, &kept, &[]), "ends").contains("has 0 requests"));
    let senseless = Workload { total_qps: -1.0, ..workload };
    assert!(broken(&file_of(&senseless, &kept, &[]), "workload").contains("total_qps is -1"));
}

#[test]
fn rows_from_elsewhere_are_held_to_the_laws_of_rows_alone() {
    let (workload, rows) = small();
    let step = Step { operation: "import".to_owned(), ..Step::default() };
    let report = report_of(&file_of(&workload, &rows[..9], &[step]));
    assert_eq!(report.verdict, Verdict::Pass);
    assert!(report.findings.is_empty());
    let slos = report.laws.iter().find(|law| law.law == "slos").unwrap();
    assert_eq!(slos.verdict, Verdict::NotJudged);
    assert_eq!(slos.note, "the rows were not drawn, but made by import");
    let report = report_of(&file_of(&workload.recorded(), &rows[..9], &[]));
    assert_eq!((report.verdict, report.findings.len()), (Verdict::Pass, 0));
}

/// A sound file with some numbers of one column changed, as no writer of ours would.
fn altered(column: &str, change: impl Fn(&mut Vec<i64>)) -> Vec<u8> {
    let (workload, rows) = small();
    let mut file = FileReader::try_new(Cursor::new(file_of(&workload, &rows, &[])), None).unwrap();
    let batch = file.next().unwrap().unwrap();
    let index = batch.schema().index_of(column).unwrap();
    let narrow = batch.column(index).as_any().downcast_ref::<Int8Array>();
    let wide = batch.column(index).as_any().downcast_ref::<Int64Array>();
    let mut numbers: Vec<i64> = match (narrow, wide) {
        (Some(narrow), _) => narrow.values().iter().copied().map(i64::from).collect(),
        (_, Some(wide)) => wide.values().to_vec(),
        _ => panic!("{column} holds no numbers"),
    };
    change(&mut numbers);
    let array: ArrayRef = match narrow {
        Some(_) => Arc::new(numbers.into_iter().map(|n| n as i8).collect::<Int8Array>()),
        None => Arc::new(Int64Array::from(numbers)),
    };
    let mut columns = batch.columns().to_vec();
    columns[index] = array;
    let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
    let mut out = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    for key in ["reprise.rows", "reprise.digest"] {
        out.write_metadata(key, file.custom_metadata()[key].as_str());
    }
    out.write(&batch).unwrap();
    out.into_inner().unwrap()
}

#[test]
fn laws_of_rows_are_held() {
    let swapped = altered("arrival_ns", |times| times.swap(3, 4));
    assert!(broken(&swapped, "arrivals").starts_with("row 4, column arrival_ns: request 4"));
    let twice = altered("request_id", |ids| ids[9] = ids[2]);
    assert!(broken(&twice, "ids").contains("is also the id of row"));
    let early = altered("deadline_ns", |times| times[5] = 1);
    assert!(broken(&early, "deadlines").starts_with("row 5, column deadline_ns: 1 is not after"));
    let odd = altered("tier", |tiers| tiers[6] = 4);
    assert!(broken(&odd, "tiers").starts_with("row 6, column tier: 4 is not"));
    let other = altered("tensor_seed", |seeds| seeds[0] ^= 1);
    assert!(broken(&other, "digest").contains("the rows were changed"));
}

fn check(folder: &Path, args: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_trace"))
        .current_dir(folder)
        .arg("check")
        .args(args)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_exit_code_tells_pass_from_fail_from_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (workload, rows) = small();
    fs::write(folder.join("sound"), file_of(&workload, &rows, &[])).unwrap();
    fs::write(folder.join("early"), altered("deadline_ns", |times| times[5] = 1)).unwrap();
    fs::write(folder.join("rounded"), Defect::Rounded(1_000_000).file(0)).unwrap();
    fs::write(folder.join("text"), "request_id\n1\n").unwrap();

    let passed = check(folder, &["sound"]);
    assert_eq!(passed.status.code(), Some(0), "{}", text(&passed.stdout));
    assert!(text(&passed.stderr).is_empty());
    assert!(text(&passed.stdout).contains("laws      ✓ pass  arrivals, ids"));

    let failed = check(folder, &["sound", "early", "rounded"]);
    assert_eq!(failed.status.code(), Some(1));
    let told = text(&failed.stdout);
    assert!(told.contains("law       ✗ FAIL  deadlines: row 5, column deadline_ns"), "{told}");
    assert!(told.contains("multiples of 1000000 ns"), "{told}");
    assert!(told.contains("<1e-6"), "{told}");

    let unreadable = check(folder, &["text", "sound"]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(text(&unreadable.stderr).starts_with("trace: text: not a readable trace"));
    assert!(text(&unreadable.stdout).contains("sound"), "the other file has its say");
    assert_eq!(check(folder, &["sound", "--alpha", "2"]).status.code(), Some(2));
}

#[test]
fn it_is_json_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t"), Defect::Rounded(1_000_000).file(0)).unwrap();
    let output = check(folder.path(), &["t", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["verdict"], &json["path"]), (&"FAIL".into(), &"t".into()));
    let first = &json["findings"][0];
    assert_eq!(first["verdict"], "FAIL");
    for key in ["scope", "test", "note"] {
        assert!(first[key].is_string(), "{key}");
    }
    for key in ["statistic", "p", "p_holm"] {
        assert!(first[key].is_number(), "{key}");
    }
    assert_eq!(json["laws"].as_array().unwrap().len(), 10);
}
