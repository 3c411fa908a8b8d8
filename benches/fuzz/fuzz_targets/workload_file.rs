//! Workload files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::{Amounts, WorkloadFile};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let file = WorkloadFile::parse("t", text.to_owned()).map_err(fuzz::sound::show);
    let Ok(file) = file else { return };
    let workload = file.workload(&Amounts::default()).map_err(fuzz::sound::show);
    if let Ok(workload) = workload {
        fuzz::generated::check(&workload, file.seed());
    }
});
