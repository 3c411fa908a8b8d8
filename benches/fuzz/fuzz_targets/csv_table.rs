//! CSV tables with their metadata beside them: the metadata, a zero byte, the table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::TraceReader;

fuzz_target!(|data: &[u8]| {
    let (sidecar, table) = fuzz::halves(data);
    let path = fuzz::put("t.csv", table);
    fuzz::put("t.csv.meta.json", sidecar);
    fuzz::sound::read_through(TraceReader::open(&path));
});
