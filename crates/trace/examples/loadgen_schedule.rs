//! Prints the Server schedule of MLPerf LoadGen, one arrival in nanoseconds a line.
//!
//! `cargo run --release -p trace --example loadgen_schedule -- SEED QPS MIN_DURATION_MS MIN_COUNT`

use std::io::Write as _;

use anyhow::Context as _;
use trace::LoadgenSchedule;

fn main() -> anyhow::Result<()> {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let [seed, qps, duration_ms, count] = &typed[..] else {
        anyhow::bail!("give SEED QPS MIN_DURATION_MS MIN_COUNT");
    };
    let duration_ms: i64 = duration_ms.parse().context("duration")?;
    let duration_ns = duration_ms.checked_mul(1_000_000).context("duration is too long")?;
    let schedule = LoadgenSchedule::new(
        seed.parse().context("seed")?,
        qps.parse().context("qps")?,
        duration_ns,
        count.parse().context("count")?,
    );
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for arrival_ns in schedule {
        writeln!(out, "{arrival_ns}")?;
    }
    out.flush()?;
    Ok(())
}
