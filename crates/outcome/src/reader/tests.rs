//! Round trips through every format, and damage of every kind.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use request::Moment;

use crate::testing::{answered, info, varied};
use crate::{Outcome, OutcomeError, OutcomeReader, OutcomeWriter, RunInfo, Verdict};

const NAMES: [&str; 3] = ["run.arrow", "run.parquet", "run.csv"];

fn write(path: &Path, info: &RunInfo, rows: &[Outcome]) {
    let mut writer = OutcomeWriter::create(path, info).unwrap();
    for row in rows {
        writer.push(row).unwrap();
    }
    writer.finish(info).unwrap();
}

fn read(path: &Path) -> Result<(RunInfo, Vec<Outcome>), OutcomeError> {
    let mut reader = OutcomeReader::open(path)?;
    let rows = reader.rows().collect::<Result<_, _>>()?;
    Ok((reader.info().clone(), rows))
}

fn refusal(path: &Path) -> String {
    read(path).unwrap_err().to_string()
}

#[test]
fn every_format_gives_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let awkward = RunInfo {
        subject: "a \"quoted\", näme\nof two lines".into(),
        slos: vec!["urgent, very".into(), "\"normal\"".into(), String::new()],
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["lag p99 is 3 ms".into()],
        cut_short: true,
        ..info()
    };
    for name in NAMES {
        for (run, count) in [(info(), 0), (info(), 1), (awkward.clone(), 300)] {
            let path = folder.path().join(name);
            write(&path, &run, &varied(count));
            assert_eq!(read(&path).unwrap(), (run, varied(count)), "{count} rows of {name}");
        }
    }
}

#[test]
fn rows_pass_in_batches_and_more_than_once() {
    let folder = tempfile::tempdir().unwrap();
    let rows = varied(2 * 65_536 + 17);
    for name in NAMES {
        let path = folder.path().join(name);
        write(&path, &info(), &rows);
        let mut reader = OutcomeReader::open(&path).unwrap();
        assert_eq!(reader.row_count(), rows.len() as u64);
        assert_eq!(reader.rows().take(70_000).filter(Result::is_ok).count(), 70_000);
        assert!(reader.rows().map(Result::unwrap).eq(rows.iter().copied()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn rows_in_any_order_come_back_in_it(
        count in 0_i64..40, turn in 0_usize..40, name in prop::sample::select(&NAMES[..]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = varied(count);
        let turn = turn.min(rows.len());
        rows.rotate_left(turn);
        let path = folder.path().join(name);
        write(&path, &info(), &rows);
        prop_assert_eq!(read(&path).unwrap().1, rows);
    }
}

#[test]
fn what_is_no_table_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in NAMES {
        assert!(refusal(&at(name)).contains("cannot read"), "missing {name}");
        fs::write(at(name), "").unwrap();
        assert!(refusal(&at(name)).ends_with("the file is empty"), "empty {name}");
        fs::write(at(name), "this is a text about something else entirely\n").unwrap();
        read(&at(name)).unwrap_err();
        fs::remove_file(at(name)).unwrap();
        fs::create_dir(at(name)).unwrap();
        assert!(refusal(&at(name)).contains("cannot read"), "folder {name}");
    }
    assert!(refusal(&at("run.txt")).contains("end it in .arrow, .parquet or .csv"));
}

/// Reads every damaged version of a small file. Damage may go unseen, where it only changes a
/// value into another possible one; it may never panic, and never lose a row in silence.
fn damage<I: Iterator<Item = Vec<u8>>>(name: &str, damages: fn(Vec<u8>) -> I) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let rows = varied(9);
    write(&path, &info(), &rows);
    for bytes in damages(fs::read(&path).unwrap()) {
        replace(&path, &bytes);
        if let Ok((_, read)) = read(&path) {
            assert_eq!(read.len(), rows.len());
        }
    }
}

/// A new file in place of the old: some file systems wait for the disk where one is overwritten.
fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn cut_short(bytes: Vec<u8>) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(move |length| bytes[..length].to_vec())
}

/// Each byte in turn, with the lowest bit, the highest or all of its bits turned.
fn flipped(bytes: Vec<u8>) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(move |index| {
        let mut bytes = bytes.clone();
        bytes[index] ^= [0x01, 0x80, 0xff][index % 3];
        bytes
    })
}

#[test]
fn a_file_cut_at_any_length_is_survived() {
    NAMES.into_iter().for_each(|name| damage(name, cut_short));
}

#[test]
fn a_flipped_byte_in_arrow_is_survived() {
    damage("run.arrow", flipped);
}

#[test]
fn a_flipped_byte_in_parquet_is_survived() {
    damage("run.parquet", flipped);
}

/// The library makes room for what a page claims to be.
#[test]
fn a_page_of_parquet_is_not_believed_to_be_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.parquet");
    write(&path, &info(), &varied(300));
    let mut bytes = fs::read(&path).unwrap();
    // The header of the first page: its type, its size, its size in the file, each behind a byte
    // for the field. As much as the header grows, its page shrinks.
    let size = 7..8 + bytes[7..].iter().position(|&byte| byte < 0x80).unwrap();
    assert_eq!((bytes[4], bytes[6], bytes[size.end]), (0x15, 0x15, 0x15));
    let grown = 5 - u8::try_from(size.len()).unwrap();
    bytes[size.end + 1] = bytes[size.end + 1].checked_sub(2 * grown).unwrap();
    let largest = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    bytes.splice(size, largest);
    replace(&path, &bytes);
    let error = refusal(&path);
    assert!(error.contains("column run: a page of"), "{error}");
    assert!(error.ends_with("claims to be one of 2147483647 bytes compressed"), "{error}");
}

#[test]
fn a_flipped_byte_in_csv_is_survived() {
    damage("run.csv", flipped);
}

#[test]
fn a_flipped_byte_in_the_metadata_of_csv_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let (path, sidecar) = (folder.path().join("run.csv"), folder.path().join("run.csv.meta.json"));
    write(&path, &info(), &varied(9));
    let bytes = fs::read(&sidecar).unwrap();
    for bytes in flipped(bytes.clone()).chain(cut_short(bytes)) {
        replace(&sidecar, &bytes);
        let _ = read(&path);
    }
    fs::remove_file(&sidecar).unwrap();
    assert!(refusal(&path).contains("cannot read the metadata of a CSV table, "));
}

fn late() -> Outcome {
    Outcome { first_byte: Some(Moment::from_nanos(1_000_500)), ..answered(1, 200_000_000) }
}

/// A CSV table whose text can be changed.
struct Text {
    folder: tempfile::TempDir,
    text: String,
}

impl Text {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.csv");
        write(&path, &info(), &[answered(0, 5), late()]);
        let text = fs::read_to_string(path).unwrap();
        Self { folder, text }
    }

    fn refusal(&self, from: &str, to: &str) -> String {
        assert!(self.text.contains(from), "{from} is not in\n{}", self.text);
        let path: PathBuf = self.folder.path().join("run.csv");
        fs::write(&path, self.text.replacen(from, to, 1)).unwrap();
        let prefix = format!("{}: ", path.display());
        refusal(&path).trim_start_matches(&prefix).to_owned()
    }
}

#[test]
fn a_wrong_value_is_named_by_line_and_column() {
    let text = Text::new();
    insta::assert_snapshot!(text.text, @r"
        run,request_id,tier,slo,model,arrival_ns,deadline_ns,sent_ns,started_ns,done_ns,status,latency_ns,slo_met,worker,batch,code,first_byte_ns,held_ns
        0,0,1,urgent,resnet50,1000000,101000000,1000000,,1000005,ok,5,true,,,,,
        0,1,1,urgent,resnet50,1000000,101000000,1000000,,201000000,ok,200000000,false,,,,1000500,
        ");
    let refusals = [
        ("tier,slo", "tire,slo"),
        ("tier,slo", "slo,slo"),
        ("0,0,1,urgent", "0,0,4,urgent"),
        ("0,0,1,urgent", "0,0,,urgent"),
        ("0,0,1,urgent", "0,zero,1,urgent"),
        ("0,0,1,urgent", "0,0,1,soon"),
        ("0,1,1,urgent", "0,0,1,urgent"),
        ("0,1,1,urgent", "-1,1,1,urgent"),
        ("1000000,101000000", "1000000,1000"),
        (",ok,5,true", ",OK,5,true"),
        (",ok,5,true", ",error,5,true"),
        (",ok,5,true", ",ok,6,true"),
        (",ok,5,true", ",ok,,true"),
        (",ok,5,true", ",ok,5,false"),
        (",ok,5,true", ",ok,5,yes"),
        (",ok,5,true,,,", ",ok,5,true,-1,,"),
        (",ok,5,true,,,", ",ok,5,true,,0,"),
        (",ok,5,true,,,", ",ok,5,true,,,OK"),
        (",ok,5,true,,,", ",ok,5,true,,,INTERNAL"),
        (",ok,5,true,,,", ",ok,5,true,,"),
        ("1000500", "999999"),
        ("1000500", "soon"),
    ];
    let told = refusals.map(|(from, to)| format!("{to}\n    {}", text.refusal(from, to)));
    insta::assert_snapshot!(told.join("\n"), @r"
        tire,slo
            column tier: is missing from the header
        slo,slo
            column tier: is missing from the header
        0,0,4,urgent
            line 2, column tier: 4 is not 1, 2 or 3
        0,0,,urgent
            line 2, column tier: is empty
        0,zero,1,urgent
            line 2, column request_id: `zero` is not an integer that fits the column
        0,0,1,soon
            line 2, column slo: `soon` is not among the SLO classes of the table's metadata
        0,0,1,urgent
            line 3, column request_id: request 0 is in run 0 twice
        -1,1,1,urgent
            line 3, column run: -1 is negative
        1000000,1000
            line 2, column deadline_ns: 1000 ns is before the arrival at 1000000 ns
        ,OK,5,true
            line 2, column status: `OK` is not among the names of this format version
        ,error,5,true
            line 2, column latency_ns: is 5, and by the other columns it is empty
        ,ok,6,true
            line 2, column latency_ns: is 6, and by the other columns it is 5
        ,ok,,true
            line 2, column latency_ns: is empty, and by the other columns it is 5
        ,ok,5,false
            line 2, column slo_met: is false, and by the other columns it is true
        ,ok,5,yes
            line 2, column slo_met: `yes` is neither true nor false
        ,ok,5,true,-1,,
            line 2, column worker: `-1` is not an integer that fits the column
        ,ok,5,true,,0,
            line 2, column batch: 0 is not within 1 to 2147483647
        ,ok,5,true,,,OK
            line 2, column code: `OK` is not among the names of this format version
        ,ok,5,true,,,INTERNAL
            line 2, column code: is INTERNAL although the status is ok
        ,ok,5,true,,
            not a readable outcome table: CSV error: record 1 (line: 2, byte: 146): found record with 17 fields, but the previous record has 18 fields
        999999
            line 3, column first_byte_ns: 999999 ns is before sent_ns at 1000000 ns
        soon
            line 3, column first_byte_ns: `soon` is not an integer that fits the column
        ");
}

#[test]
fn a_lost_row_is_noticed() {
    let text = Text::new();
    let last = text.text.lines().last().unwrap();
    let told = text.refusal(&format!("{last}\n"), "");
    assert_eq!(told, "not a readable outcome table: it holds 1 rows, and its metadata says 2");
}

#[test]
fn columns_of_text_may_come_in_any_order_with_others_between() {
    let text = Text::new();
    let path = text.folder.path().join("run.csv");
    let turned: Vec<_> = text
        .text
        .lines()
        .map(|line| line.split(',').rev().chain(["note"]).collect::<Vec<_>>().join(","))
        .collect();
    fs::write(&path, turned.join("\r\n")).unwrap();
    assert_eq!(read(&path).unwrap().1, [answered(0, 5), late()]);
}
