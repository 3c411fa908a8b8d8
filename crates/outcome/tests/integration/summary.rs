//! A summary can be made row by row from a file, without holding its rows.

use std::path::Path;

use outcome::{OutcomeReader, Summary, Tally};

#[test]
fn a_tally_of_a_file_is_the_summary_of_its_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/v1.parquet");
    let mut reader = OutcomeReader::open(path).unwrap();
    let (mut tally, mut rows) = (Tally::default(), Vec::new());
    for row in reader.rows() {
        let row = row.unwrap();
        tally.push(&row);
        rows.push(row);
    }
    let summary = tally.summary(reader.info());
    assert_eq!(summary, Summary::new(reader.info(), &rows));
    assert_eq!(summary.runs, 2);
    assert!(summary.to_string().contains("DEGRADED: lag p99 of 1.400 ms"));
}
