//! `trace info`

mod facts;
mod load;
mod tables;

use std::io::Write;

use anyhow::Context as _;
use serde::Serialize;
use trace::{Header, OfferedLoad, ServiceMeans, Stats, Step, TraceReader, Workload};

use crate::cli::InfoArgs;
use load::Load;

pub(super) fn run(args: &InfoArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let profile = match &args.profile {
        None => None,
        Some(path) => {
            let means = ServiceMeans::read(path).with_context(|| path.display().to_string())?;
            Some((path.display().to_string(), means))
        }
    };
    for (index, file) in args.files.iter().enumerate() {
        let reader = TraceReader::open(file)?;
        reader.verify_digest()?;
        let stats = Stats::of(&reader)?;
        let name = file.display().to_string();
        let load = match &profile {
            None => None,
            Some((path, means)) => {
                let load = OfferedLoad::of(&stats, means).with_context(|| path.clone())?;
                Some(Load::new(path, args.workers, load))
            }
        };
        if args.json {
            write_json(&name, &reader, &stats, load.as_ref(), out)?;
        } else {
            if index > 0 {
                writeln!(out)?;
            }
            write_text(&name, &reader, &stats, load.as_ref(), out)?;
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
    provenance: &'a [Step],
    #[serde(flatten)]
    stats: &'a Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<&'a Load>,
}

fn write_json(
    path: &str,
    reader: &TraceReader,
    stats: &Stats,
    load: Option<&Load>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Header { workload, seed, tool, digest, provenance, .. } = reader.header();
    let file_bytes = reader.file_size();
    // A digest that does not match has been an error before this.
    let digest_verified = true;
    let info = Info {
        path,
        file_bytes,
        tool,
        seed: seed.0,
        digest,
        digest_verified,
        workload,
        provenance,
        stats,
        load,
    };
    writeln!(out, "{}", serde_json::to_string(&info)?)?;
    Ok(())
}

fn write_text(
    path: &str,
    reader: &TraceReader,
    stats: &Stats,
    load: Option<&Load>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "{path}")?;
    facts::write(reader, stats, out)?;
    if let Some(load) = load {
        load.write(out)?;
    }
    writeln!(out)?;
    writeln!(out, "{}", tables::classes(stats))?;
    writeln!(out)?;
    writeln!(out, "{}", tables::models(stats, load))?;
    Ok(())
}
