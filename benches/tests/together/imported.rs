//! What other programs have logged, simulated and replayed.

use std::path::{Path, PathBuf};

use crate::programs::Server;
use crate::programs::{outcomes, program, replay, run, trace};

/// A log in the test data of `trace`.
fn log(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/trace/tests/data/import").join(name)
}

#[test]
fn real_logs_are_simulated_and_replayed() {
    for name in ["azure_llm_2023.csv", "mooncake.jsonl"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut import = program("trace", folder);
        import.arg("import").arg(log(name)).args(["-o", "t.arrow", "--tensor-shape", "1x4"]);
        // Real time would take as long as the log did.
        run(import.args(["--time-scale", "1/20", "--limit", "100"]), &[0]);
        let (header, rows) = trace(&folder.join("t.arrow"));
        assert_eq!(header.provenance[0].operation, "import");
        assert!(!rows.is_empty());
        run(program("trace", folder).args(["check", "t.arrow"]), &[0]);

        run(program("sim", folder).args(["t.arrow", "--policy", "fifo", "-o", "sim.arrow"]), &[0]);
        let (_, simulated) = outcomes(&folder.join("sim.arrow"));
        let scheduler = Server::scheduler(folder, &["--policy", "fifo"]);
        // A busy machine may be late, which is the verdict's business.
        run(&mut replay(folder, "t.arrow", &scheduler.address), &[0, 3]);
        let (_, replayed) = outcomes(&folder.join("run.arrow"));
        let ids = |outcomes: &[outcome::Outcome]| {
            let mut ids: Vec<i64> = outcomes.iter().map(|outcome| outcome.request_id.0).collect();
            ids.sort_unstable();
            ids
        };
        let expected: Vec<i64> = rows.iter().map(|row| row.request.id.0).collect();
        assert_eq!(ids(&simulated), expected, "{name}");
        assert_eq!(ids(&replayed), expected, "{name}");
    }
}
