//! One table of each format version stays in `tests/data`: it must read for ever, and that of the
//! version that is written be written again to the byte.
//!
//! `BLESS=1 cargo test -p outcome kept` writes the tables of that version anew, for a release of
//! the libraries below that encodes differently. A new format version gets new ones beside them.

use std::fs;
use std::path::{Path, PathBuf};

use outcome::{
    Code, Floor, Journal, Outcome, OutcomeReader, OutcomeWriter, RunInfo, RunRecord, Status,
    Verdict,
};
use request::{Moment, RequestId, Tier};

const EXTENSIONS: [&str; 3] = ["arrow", "parquet", "csv"];
const NAMES: [&str; 3] = ["v2.arrow", "v2.parquet", "v2.csv"];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The run of the tables of version 1.
fn first_info() -> RunInfo {
    RunInfo {
        producer: "replay".into(),
        tool: "reprise 0.1.0".into(),
        trace_digest: "8d5e957f297893487bd98fa830fa6413".into(),
        trace_name: "urgent_heavy".into(),
        subject: "localhost:50051".into(),
        rate_scale: "1".into(),
        host: Some("bench-1".into()),
        clock: "monotonic".into(),
        epoch_unix_ns: Some(1_700_000_000_000_000_000),
        steal_ns: Some(0),
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["lag p99 of 1.400 ms is over 1 % of the tightest SLO".into()],
        slos: vec!["urgent".into(), "normal".into()],
        models: vec!["resnet50".into(), "vit".into()],
        ..RunInfo::default()
    }
}

/// Two runs, with all that later versions added.
fn info() -> RunInfo {
    let floor = Some(Floor { samples: 9, p50_ns: 50, p99_ns: 900, p999_ns: 2_000, max_ns: 2_000 });
    let (steal_ns, clock_step_ns) = (Some(0), Some(-12));
    let record = |run, epoch| RunRecord {
        run,
        epoch_unix_ns: Some(epoch),
        floor,
        steal_ns,
        clock_step_ns,
        ..RunRecord::default()
    };
    let second = RunRecord {
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["the machine is slow".into()],
        cut_short: true,
        ..record(1, 1_700_000_100_000_000_000)
    };
    first_info().of_runs(vec![record(0, 1_700_000_000_000_000_000), second])
}

/// The rows of the tables of version 1.
fn first_rows() -> Vec<Outcome> {
    let moment = |nanos| Some(Moment::from_nanos(nanos));
    let answered = Outcome {
        run: 0,
        request_id: RequestId(0),
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        arrival: Moment::from_nanos(1_000_000),
        deadline: Moment::from_nanos(101_000_000),
        sent: moment(1_000_250),
        started: moment(2_000_000),
        done: moment(13_345_678),
        status: Status::Ok,
        worker: Some(3),
        batch: Some(4),
        code: None,
        first_byte: None,
        held_ns: None,
    };
    let late = Outcome { request_id: RequestId(1), done: moment(101_000_001), ..answered };
    let failed = Outcome {
        request_id: RequestId(2),
        tier: Tier::Free,
        slo: 1,
        model: 1,
        started: None,
        status: Status::Error,
        worker: None,
        batch: None,
        code: Some(Code::Internal),
        ..answered
    };
    let unsent = Outcome {
        request_id: RequestId(3),
        sent: None,
        done: None,
        status: Status::Unsent,
        code: Some(Code::NotPrepared),
        ..failed
    };
    vec![answered, late, failed, unsent, Outcome { run: 1, ..answered }]
}

fn rows() -> Vec<Outcome> {
    let mut rows = first_rows();
    rows[0].first_byte = Some(Moment::from_nanos(13_300_000));
    rows[1].held_ns = Some(4_000);
    rows[3].code = Some(Code::Stale);
    rows
}

fn write(path: &Path) {
    let mut writer = OutcomeWriter::create(path, &info()).unwrap();
    for row in rows() {
        writer.push(&row).unwrap();
    }
    writer.finish(&info()).unwrap();
}

/// Writes the journal of the same runs into `folder`.
fn write_journal(folder: &Path) {
    let records = info().runs;
    let mut journal = Journal::create(&folder.join("v2.arrow"), &first_info()).unwrap();
    for record in &records {
        journal.run_started(record).unwrap();
        rows()
            .iter()
            .filter(|row| row.run == record.run)
            .for_each(|row| journal.push(row).unwrap());
        journal.flush().unwrap();
    }
}

#[test]
fn a_kept_journal_reads_and_is_written_again_to_the_byte() {
    let name = "v2.arrow.journal";
    if std::env::var_os("BLESS").is_some() {
        fs::remove_file(data(name)).ok();
        write_journal(&data(""));
    }
    let mut reader = OutcomeReader::open(data(name)).unwrap();
    let runs: Vec<_> = reader.info().runs.iter().map(|record| record.epoch_unix_ns).collect();
    assert_eq!(runs, info().runs.iter().map(|record| record.epoch_unix_ns).collect::<Vec<_>>());
    assert_eq!(reader.rows().collect::<Result<Vec<_>, _>>().unwrap(), rows());
    let folder = tempfile::tempdir().unwrap();
    write_journal(folder.path());
    assert!(fs::read(folder.path().join(name)).unwrap() == fs::read(data(name)).unwrap());
}

#[test]
fn kept_tables_read() {
    for name in NAMES {
        if std::env::var_os("BLESS").is_some() {
            write(&data(name));
        }
    }
    for (version, info, rows) in [("v1", first_info(), first_rows()), ("v2", info(), rows())] {
        for extension in EXTENSIONS {
            let name = format!("{version}.{extension}");
            let mut reader = OutcomeReader::open(data(&name)).unwrap();
            assert_eq!(reader.info(), &info, "{name}");
            assert_eq!(reader.rows().collect::<Result<Vec<_>, _>>().unwrap(), rows, "{name}");
        }
    }
}

#[test]
fn kept_tables_are_written_again_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        write(&folder.path().join(name));
    }
    for name in [&NAMES[..], &["v2.csv.meta.json"]].concat() {
        let same = fs::read(folder.path().join(name)).unwrap() == fs::read(data(name)).unwrap();
        assert!(same, "{name} has other bytes than before");
    }
}
