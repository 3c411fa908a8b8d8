//! Journals of recordings, and the traces that are made of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::TraceReader;

fuzz_target!(|data: &[u8]| {
    let journal = fuzz::put("t.arrow.journal", data);
    let output = fuzz::scratch("t.arrow");
    if trace_record::recover(&journal, &output, true).map_err(fuzz::sound::show).is_ok() {
        let reader = TraceReader::open(&output).expect("it was just written");
        fuzz::sound::described(&reader.header().workload);
        fuzz::sound::read_through(Ok(reader));
    }
});
