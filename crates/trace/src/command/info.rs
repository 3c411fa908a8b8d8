//! `trace info`

use std::io::Write;

use serde::Serialize;
use trace::{Header, Stats, TraceReader, Workload};

use super::text::{decimals, percent, seconds, table};
use crate::cli::InfoArgs;

pub(super) fn run(args: &InfoArgs, out: &mut impl Write) -> anyhow::Result<()> {
    for (index, file) in args.files.iter().enumerate() {
        let reader = TraceReader::open(file)?;
        reader.verify_digest()?;
        let stats = Stats::of(&reader)?;
        let name = file.display().to_string();
        if args.json {
            write_json(&name, &reader, &stats, out)?;
        } else {
            if index > 0 {
                writeln!(out)?;
            }
            write_text(&name, &reader, &stats, out)?;
        }
    }
    Ok(())
}

/// What `--json` prints for a file.
#[derive(Serialize)]
struct Info<'a> {
    path: &'a str,
    file_bytes: u64,
    tool: &'a str,
    seed: u64,
    digest: &'a str,
    digest_verified: bool,
    workload: &'a Workload,
    #[serde(flatten)]
    stats: &'a Stats,
}

fn write_json(
    path: &str,
    reader: &TraceReader,
    stats: &Stats,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Header { workload, seed, tool, digest, .. } = reader.header();
    let file_bytes = reader.file_size();
    // A digest that does not match has been an error before this.
    let digest_verified = true;
    let info =
        Info { path, file_bytes, tool, seed: seed.0, digest, digest_verified, workload, stats };
    writeln!(out, "{}", serde_json::to_string(&info)?)?;
    Ok(())
}

fn write_text(
    path: &str,
    reader: &TraceReader,
    stats: &Stats,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Header { workload, seed, tool, digest, .. } = reader.header();
    let duration = seconds(workload.duration.as_nanos().try_into().unwrap_or(i64::MAX));
    writeln!(out, "{path}")?;
    writeln!(
        out,
        "workload  {}, {}/s for {duration}, at least {} requests, seed {seed}",
        workload.name, workload.total_qps, workload.min_query_count
    )?;
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
    writeln!(out, "digest    {digest} (verified)")?;
    writeln!(out, "file      {} bytes, written by {tool}", reader.file_size())?;
    writeln!(out)?;
    writeln!(out, "{}", classes(stats))?;
    writeln!(out)?;
    writeln!(out, "{}", models(stats))?;
    Ok(())
}

fn classes(stats: &Stats) -> String {
    let rows = stats.classes.iter().map(|class| {
        vec![
            class.tier.to_string(),
            class.slo.clone(),
            class.rows.to_string(),
            percent(Some(class.share)),
            decimals(class.rate_per_s, 2),
            decimals(class.gap_cv, 3),
        ]
    });
    table(&["tier", "slo", "count", "share", "rate/s", "gap CV"], &["slo"], rows)
}

fn models(stats: &Stats) -> String {
    let rows = stats.models.iter().map(|model| {
        let shape: Vec<String> = model.shape.iter().map(i32::to_string).collect();
        vec![model.model.clone(), model.rows.to_string(), percent(model.share), shape.join("x")]
    });
    table(&["model", "count", "share", "tensor"], &["model", "tensor"], rows)
}
