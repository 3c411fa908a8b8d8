//! Journals cut off at every byte, damaged ones, and full disks.

use std::fs;
use std::path::Path;

use super::*;
use crate::Verdict;
use crate::testing::{answered, info, varied};

/// Writes a journal in batches of these sizes, and leaves it where it is.
fn write(folder: &Path, batches: &[usize]) -> PathBuf {
    let mut journal = Journal::create(&folder.join("run.arrow"), &info()).unwrap();
    let mut rows = varied(100).into_iter();
    for (run, &count) in (0..).zip(batches) {
        journal.run_started(&RunRecord { run, ..RunRecord::default() }).unwrap();
        rows.by_ref().take(count).for_each(|row| journal.push(&row).unwrap());
        journal.flush().unwrap();
    }
    journal.path().into()
}

fn read(path: &Path) -> Result<Vec<Outcome>, OutcomeError> {
    let mut reader = OutcomeReader::open(path)?;
    let count = reader.row_count();
    let rows: Vec<_> = reader.rows().collect::<Result<_, _>>()?;
    assert_eq!(rows.len() as u64, count);
    Ok(rows)
}

#[test]
fn what_was_flushed_is_read_while_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&folder.path().join("run.csv"), &info()).unwrap();
    assert_eq!(journal.path(), folder.path().join("run.csv.journal"));
    assert_eq!(read(journal.path()).unwrap(), []);
    let rows = varied(40);
    for (index, row) in rows.iter().enumerate() {
        journal.push(row).unwrap();
        assert_eq!(read(journal.path()).unwrap(), rows[..index / 10 * 10]);
        if index % 10 == 9 {
            journal.flush().unwrap();
            let length = fs::metadata(journal.path()).unwrap().len();
            journal.flush().unwrap();
            assert_eq!(fs::metadata(journal.path()).unwrap().len(), length);
        }
    }
    journal.discard().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn its_verdict_is_that_the_run_did_not_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[1]);
    let read = OutcomeReader::open(&path).unwrap().info().clone();
    let reason = format!(
        "this is the journal of a run that did not end; `replay check {} -o TABLE` judges and \
        completes it",
        path.display()
    );
    let (verdict, verdict_reasons) = (Verdict::Invalid, vec![reason]);
    assert_eq!(read, RunInfo { verdict, verdict_reasons, cut_short: true, ..info() });
}

#[test]
fn each_run_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&folder.path().join("run.arrow"), &info()).unwrap();
    let told = |journal: &Journal| OutcomeReader::open(journal.path()).unwrap().info().clone();
    let early = told(&journal);
    let record = |run, epoch| RunRecord { run, epoch_unix_ns: Some(epoch), ..RunRecord::default() };
    journal.run_started(&record(0, 5)).unwrap();
    assert_eq!(told(&journal), RunInfo { epoch_unix_ns: Some(5), ..early.clone() });

    journal.push(&answered(0, 1)).unwrap();
    journal.run_started(&record(1, 9)).unwrap();
    journal.run_started(&RunRecord { steal_ns: Some(7), ..record(0, 5) }).unwrap();
    journal.push(&Outcome { run: 1, ..answered(0, 1) }).unwrap();
    journal.flush().unwrap();
    let whole = told(&journal);
    let (verdict, verdict_reasons) = (Verdict::Invalid, early.verdict_reasons.clone());
    let runs = [
        RunRecord { steal_ns: Some(7), ..record(0, 5) },
        RunRecord { cut_short: true, ..record(1, 9) },
    ];
    let runs =
        runs.map(|run| RunRecord { verdict, verdict_reasons: verdict_reasons.clone(), ..run });
    assert_eq!(whole, RunInfo { epoch_unix_ns: Some(5), runs: runs.into(), ..early });
    assert_eq!(read(journal.path()).unwrap().len(), 2);
    assert!(journal.run_started(&record(-1, 0)).is_err());
}

#[test]
fn more_rows_than_a_batch_holds_are_written_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&folder.path().join("run.arrow"), &info()).unwrap();
    let row = |id| answered(id, 5);
    let count = i64::try_from(BATCH_ROWS).unwrap() + 1;
    (0..count).for_each(|id| journal.push(&row(id)).unwrap());
    assert_eq!(OutcomeReader::open(journal.path()).unwrap().row_count(), BATCH_ROWS as u64);
    let path = journal.path().to_owned();
    drop(journal);
    assert!(read(&path).unwrap().into_iter().eq((0..count).map(row)));
}

#[test]
fn cut_off_at_any_byte_it_holds_its_whole_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[]);
    assert!(!path.exists(), "a journal without a row stays");
    let (sizes, rows) = ([2, 1, 4], varied(7));
    let bytes = fs::read(write(folder.path(), &sizes)).unwrap();
    let mut counts = Vec::new();
    for length in 0..=bytes.len() {
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes[..length]).unwrap();
        match read(&path) {
            Ok(read) => {
                assert_eq!(read, rows[..read.len()]);
                counts.push(read.len());
            }
            Err(error) => {
                assert!(counts.is_empty(), "{length} bytes: {error}");
                let told = ["cut off in its schema", "cut off in its dictionaries", "is empty"];
                let error = error.to_string();
                assert!(told.iter().any(|told| error.ends_with(told)), "{length} bytes: {error}");
            }
        }
    }
    assert!(counts.is_sorted());
    counts.dedup();
    assert_eq!(counts, [0, 2, 3, 7]);
}

#[test]
fn damage_is_an_error_or_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[2, 1, 4]);
    let bytes = fs::read(&path).unwrap();
    let mut refused = 0;
    for index in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[index] ^= [0x01, 0x80, 0xff][index % 3];
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        match read(&path) {
            Ok(read) => assert!([0, 2, 3, 7].contains(&read.len()), "byte {index}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > bytes.len() / 10);
}

#[test]
fn what_is_no_journal_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.arrow.journal");
    let refusal = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err().to_string()
    };
    assert!(refusal(b"some text that is longer").ends_with("at byte 0 does not begin as one"));
    assert!(refusal(&[0xff; 64]).ends_with("at byte 0 has a header of an impossible size"));
    fs::remove_file(&path).unwrap();
    let whole = fs::read(write(folder.path(), &[3])).unwrap();
    let twice = [&whole[..], &whole[..]].concat();
    assert!(refusal(&twice).ends_with("it holds a message that is out of place"));
    let mark = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    assert!(refusal(&[&whole[..], &mark, &mark].concat()).ends_with("and more follows"));
    fs::write(&path, [&whole[..], &mark].concat()).unwrap();
    assert_eq!(read(&path).unwrap(), varied(3));
    let zeros = [&whole[..], &[0; 64]].concat();
    let told = format!("the message at byte {} does not begin as one", whole.len());
    assert!(refusal(&zeros).ends_with(&told));
}

#[test]
fn a_row_that_a_reader_would_refuse_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&folder.path().join("run.arrow"), &info()).unwrap();
    journal.push(&answered(0, 1)).unwrap();
    let error = journal.push(&answered(0, 2)).unwrap_err().to_string();
    assert!(error.ends_with("row 2, column request_id: request 0 is in run 0 twice"), "{error}");
    assert!(journal.push(&Outcome { slo: 9, ..answered(1, 2) }).is_err());
    journal.flush().unwrap();
    assert_eq!(read(journal.path()).unwrap(), [answered(0, 1)]);
}

#[test]
fn the_rows_of_a_run_that_died_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[3]);
    let again = || Journal::create(&folder.path().join("run.arrow"), &info());
    let error = again().unwrap_err().to_string();
    assert!(error.contains("journal: it holds 3 rows of a run that did not end, which"), "{error}");
    assert_eq!(read(&path).unwrap(), varied(3));

    fs::write(&path, "a text of somebody else").unwrap();
    let error = again().unwrap_err().to_string();
    assert!(error.contains("it is there already, and no journal to overwrite"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"a text of somebody else");

    fs::write(&path, "").unwrap();
    std::mem::forget(again().unwrap());
    assert_eq!(read(&path).unwrap(), []);
    again().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(Journal::create(&folder.path().join("none/run.arrow"), &info()).is_err());
}

#[test]
fn a_full_disk_is_reported_and_can_be_got_over() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("run.arrow");
    let told = |error: OutcomeError| {
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("No space left on device"), "{source}");
        assert!(error.to_string().ends_with("run.arrow.journal"), "{error}");
    };
    let partial = folder.path().join("run.arrow.journal.partial");
    std::os::unix::fs::symlink("/dev/full", partial).unwrap();
    told(Journal::create(&table, &info()).unwrap_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let mut journal = Journal::create(&table, &info()).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let file = std::mem::replace(&mut journal.stream.file, full);
    journal.push(&answered(0, 1)).unwrap();
    told(journal.flush().unwrap_err());
    journal.push(&answered(1, 1)).unwrap();
    told(journal.flush().unwrap_err());
    journal.stream.file = file;
    journal.flush().unwrap();
    assert_eq!(read(journal.path()).unwrap(), [answered(0, 1), answered(1, 1)]);
}
