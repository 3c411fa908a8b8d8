//! What a writer refuses, and that its bytes depend on nothing but rows and run.

use std::fs;
use std::path::Path;

use crate::testing::{answered, info, varied};
use crate::{MetricsCsv, Outcome, OutcomeError, OutcomeReader, OutcomeWriter, RunInfo};

const NAMES: [&str; 3] = ["run.arrow", "run.parquet", "run.csv"];

fn write(path: &Path, info: &RunInfo, rows: &[Outcome]) {
    let mut writer = OutcomeWriter::create(path, info).unwrap();
    for row in rows {
        writer.push(row).unwrap();
    }
    writer.finish(info).unwrap();
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let (one, two) = (folder.path().join(format!("1{name}")), folder.path().join(name));
        write(&one, &info(), &varied(300));
        write(&two, &info(), &varied(300));
        assert!(fs::read(&one).unwrap() == fs::read(&two).unwrap(), "{name}");
    }
}

#[test]
fn no_file_names_its_writers_library() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        write(&path, &info(), &varied(3));
        let bytes = fs::read(&path).unwrap();
        let names = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(!names(b"parquet-rs") && !names(b"arrow-rs"), "{name}");
    }
}

#[test]
fn a_table_in_the_making_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let mut writer = OutcomeWriter::create(folder.path().join(name), &info()).unwrap();
        writer.push(&answered(0, 1)).unwrap();
        assert!(!folder.path().join(name).exists());
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_row_that_a_reader_would_refuse_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = OutcomeWriter::create(folder.path().join("run.csv"), &info()).unwrap();
    writer.push(&answered(0, 1)).unwrap();
    let error = writer.push(&answered(0, 2)).unwrap_err().to_string();
    assert!(error.ends_with("row 2, column request_id: request 0 is in run 0 twice"), "{error}");
    let error = writer.push(&Outcome { slo: 9, ..answered(1, 2) }).unwrap_err().to_string();
    assert!(error.ends_with("row 3, column slo: index 9 is not among the 3 of the run"), "{error}");
}

#[test]
fn a_table_goes_on_without_a_row_that_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        let mut writer = OutcomeWriter::create(&path, &info()).unwrap();
        writer.push(&answered(0, 1)).unwrap();
        assert!(writer.push(&answered(0, 2)).is_err());
        writer.push(&answered(1, 3)).unwrap();
        writer.finish(&info()).unwrap();
        let mut reader = OutcomeReader::open(&path).unwrap();
        let rows = reader.rows().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(rows, [answered(0, 1), answered(1, 3)], "{name}");
    }
}

#[test]
fn a_table_that_lost_rows_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.arrow");
    std::os::unix::fs::symlink("/dev/full", folder.path().join("run.arrow.partial")).unwrap();
    let mut writer = OutcomeWriter::create(&path, &info()).unwrap();
    let refused = (0..200_000).filter(|&id| writer.push(&answered(id, 1)).is_err()).count();
    assert!(refused > 1, "every chunk after the first that failed is refused");
    let error = writer.finish(&info()).unwrap_err().to_string();
    assert!(error.contains("rows before these could not be written"), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["none/run.arrow", "run.txt", "run"] {
        assert!(OutcomeWriter::create(folder.path().join(name), &info()).is_err(), "{name}");
    }
    fs::create_dir(folder.path().join("run.arrow")).unwrap();
    assert!(OutcomeWriter::create(folder.path().join("run.arrow"), &info()).is_err());
}

/// A disk that is full from the start takes nothing, but a buffer in between may hide that until
/// the table is finished. It may not hide it for longer.
#[test]
fn a_full_disk_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let full = |name: &str| {
        let partial = folder.path().join(format!("{name}.partial"));
        std::os::unix::fs::symlink("/dev/full", partial).unwrap();
        folder.path().join(name)
    };
    let told = |name: &str, error: &OutcomeError| {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let text = format!("{error}: {source}");
        assert!(text.contains(name) && text.contains("No space left on device"), "{text}");
    };
    for name in NAMES {
        for rows in [0, 3, 100_000] {
            let path = full(name);
            let write = || -> Result<(), OutcomeError> {
                let mut writer = OutcomeWriter::create(&path, &info())?;
                (0..rows).try_for_each(|id| writer.push(&answered(id, 1)))?;
                writer.finish(&info())
            };
            told(name, &write().unwrap_err());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{rows} rows of {name}");
        }
    }
    let path = full("run.csv.meta.json").with_file_name("run.csv");
    let writer = OutcomeWriter::create(path, &info()).unwrap();
    told("run.csv.meta.json", &writer.finish(&info()).unwrap_err());

    let mut metrics = MetricsCsv::create(full("metrics.csv"), &info()).unwrap();
    metrics.push(&answered(0, 1)).unwrap();
    told("metrics.csv", &metrics.finish().unwrap_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn lists_of_names_must_be_usable() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |info: RunInfo| {
        OutcomeWriter::create(folder.path().join("run.arrow"), &info).unwrap_err().to_string()
    };
    let twice = RunInfo { slos: vec!["a".into(), "b".into(), "a".into()], ..info() };
    assert!(refusal(twice).contains("reprise.slos: `a` is listed twice"));
    let many = RunInfo { models: (0..40_000).map(|index| index.to_string()).collect(), ..info() };
    assert!(refusal(many).contains("reprise.models: 40000 names"));
}

#[test]
fn what_is_fixed_at_the_start_stays() {
    let folder = tempfile::tempdir().unwrap();
    let writer = OutcomeWriter::create(folder.path().join("run.csv"), &info()).unwrap();
    let changed = RunInfo { subject: "fifo".into(), ..info() };
    let error = writer.finish(&changed).unwrap_err().to_string();
    assert!(error.contains("reprise.subject: changed during the run"), "{error}");
}
