//! What sees every crate at once: benchmarks, and the tests of the map.
//!
//! There is no code here. The package holds
//!
//! - `benches/`, the Criterion benchmarks: one bench target with a module for each subject.
//!   `cargo bench -p benches` measures, `cargo bench -p benches -- simulate` measures what has that
//!   word in its name, and `cargo bench -p benches -- --test` runs each once to see that it works;
//! - `scripts/`, which measure the programs as a whole; each says at its top what it measures;
//! - `tests/architecture.rs`, which holds the map in `ARCHITECTURE.md` against what is there;
//! - `tests/self_test/`, which asks `compare` of simulated runs of which the truth is known; the
//!   example `self_test` prints how often it is right;
//! - `tests/together/`, which runs the real programs with each other and with foreign peers.
//!
//! Benchmarks report throughput (bytes, rows or requests per second), because that is what a user
//! of the tools waits for. Inputs are drawn from fixed seeds: two versions of the code meet the
//! same work. Figures of different machines, or of a machine that does something else besides, do
//! not compare.
