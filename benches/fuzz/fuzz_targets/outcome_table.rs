//! Tables of outcomes: Arrow files, journals and Parquet by their start, else metadata, a zero byte,
//! CSV.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use outcome::OutcomeReader;

fuzz_target!(|data: &[u8]| {
    let path = if data.starts_with(b"ARROW1") {
        fuzz::put("o.arrow", data)
    } else if data.starts_with(&[0xff; 4]) {
        fuzz::put("o.arrow.journal", data)
    } else if data.starts_with(b"PAR1") {
        fuzz::put("o.parquet", data)
    } else {
        let (sidecar, table) = fuzz::halves(data);
        fuzz::put("o.csv.meta.json", sidecar);
        fuzz::put("o.csv", table)
    };
    let Ok(mut reader) = OutcomeReader::open(&path).map_err(fuzz::sound::show) else { return };
    let rows: Result<Vec<_>, _> = reader.rows().collect();
    if let Ok(rows) = rows.map_err(fuzz::sound::show) {
        let summary = outcome::Summary::new(reader.info(), &rows);
        assert!(!summary.to_string().is_empty());
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    use fuzz::mutate::{ARROW, PARQUET, framed};
    framed(data, size, max_size, seed, &[ARROW, PARQUET])
});
