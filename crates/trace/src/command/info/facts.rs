//! The lines of `trace info`: a fact a line, its name in front.

use std::io::Write;
use std::time::Duration;

use trace::{Header, Length, Stats, TraceReader, WindowStats};

use super::super::text::{decimals, percent, seconds};

pub(super) fn write(
    reader: &TraceReader,
    stats: &Stats,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Header { workload, seed, tool, digest, provenance, .. } = reader.header();
    let duration = seconds(workload.duration.as_nanos().try_into().unwrap_or(i64::MAX));
    writeln!(
        out,
        "workload  {}, {}/s for {duration}, at least {} requests, seed {seed}",
        workload.name, workload.total_qps, workload.min_query_count
    )?;
    for (index, line) in workload.arrivals_in_words().iter().enumerate() {
        writeln!(out, "{}  {line}", if index == 0 { "arrivals" } else { "        " })?;
    }
    for step in provenance {
        writeln!(out, "made by   {step}")?;
    }
    writeln!(
        out,
        "rows      {} up to {}, {}/s, gap CV {}",
        stats.rows,
        seconds(stats.span_ns),
        decimals(stats.rate_per_s, 2),
        decimals(stats.gap_cv, 3)
    )?;
    writeln!(
        out,
        "meetings  {} of arrivals within 1 us of another class's",
        percent(stats.coincident_share)
    )?;
    writeln!(out, "bursts    {}", bursts(&stats.windows))?;
    writeln!(out, "digest    {digest} (verified)")?;
    writeln!(out, "file      {} bytes, written by {tool}", reader.file_size())?;
    Ok(())
}

fn bursts(windows: &[WindowStats]) -> String {
    let length = |window: &WindowStats| {
        Length(Duration::from_nanos(window.window_ns.unsigned_abs())).to_string()
    };
    let told = windows
        .iter()
        .map(|window| format!("{} in {}", decimals(window.index_of_dispersion, 2), length(window)));
    let told: Vec<String> = told.collect();
    let peak = windows.iter().find(|window| window.window_ns == 1_000_000_000);
    let peak = peak.and_then(|window| window.peak_to_mean);
    format!(
        "variance/mean of counts {}; fullest second {} times the mean",
        told.join(", "),
        decimals(peak, 2)
    )
}
