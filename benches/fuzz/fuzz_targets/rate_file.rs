//! The CSV file of a rate over time that a workload file names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace::{Amounts, WorkloadFile};

const WORKLOAD: &str = r#"
version = 1
duration = "60s"
rate = { shape = "file", path = "rate.csv", time = "t" }
slos = [{ name = "a", target = "100ms" }]
models = [{ name = "m", shape = [1] }]
[[classes]]
tier = 1
slo = "a"
share = 1.0
models = [{ model = "m", weight = 1.0 }]
"#;

fuzz_target!(|data: &[u8]| {
    fuzz::put("rate.csv", data);
    let path = fuzz::put("workload.toml", WORKLOAD.as_bytes());
    let file = WorkloadFile::read(&path).expect("it is a workload file");
    if let Ok(workload) = file.workload(&Amounts::default()).map_err(fuzz::sound::show) {
        fuzz::generated::check(&workload, None);
    }
});
