//! `trace import`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use trace::Written;
use trace::import::{self, Import, ImportError, Summary};

use super::Interrupted;
use super::destination::Destination;
use super::generate::progress_bar;
use super::text::{decimals, seconds};
use crate::cli::ImportArgs;

/// Bytes for each call of the operating system.
const BUFFER_SIZE: usize = 1 << 20;

pub(super) fn run(args: &ImportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
        .context("cannot listen for interrupts")?;
    let (import, written) = match convert(args, &interrupted) {
        Err(_) if interrupted.load(Ordering::Relaxed) => return Err(Interrupted.into()),
        converted => converted?,
    };
    // Where the trace goes to stdout, what is said of it may not.
    match args.out.output.as_os_str() == "-" {
        true => report(args, &import, &written, &mut io::stderr()),
        false => report(args, &import, &written, out),
    }
}

fn report(
    args: &ImportArgs,
    import: &Import,
    written: &Written<()>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match args.out.json {
        true => write_json(args, import, written, out),
        false => write_text(args, import, written, out),
    }
}

/// Reads the source and writes the trace.
fn convert(
    args: &ImportArgs,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<(Import, Written<()>)> {
    let source = args.source.display().to_string();
    let (file, stem) = match args.source.as_os_str() == "-" {
        true => ("stdin".to_owned(), "stdin".to_owned()),
        false => {
            let stem = args.source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (source, stem)
        }
    };
    let options = args.options(&stem)?;
    if is_same(&args.source, &args.out.output) {
        bail!("{file}: is the source and the output; give -o another name");
    }
    let destination = Destination::new(&args.out.output, args.out.format)?;
    // Made first, so that nobody waits for an import that cannot be written.
    let output = destination.start(interrupted)?;
    let bytes = read(&args.source, &file)?;
    let bar = progress_bar(&file);
    let import = import::read(&file, &bytes, &options, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let import = import?;
    let written = import.write_as(destination.format(), output, |_| {});
    let written = written.map_err(|error| match error {
        ImportError::Write(error) => anyhow!(destination.blame(error)),
        other => anyhow!(other),
    })?;
    let written = destination.commit(written, interrupted)?;
    Ok((import, written))
}

/// Whether both are one file that is there.
fn is_same(source: &Path, output: &Path) -> bool {
    let real = |path| fs::canonicalize(path).ok();
    real(source).is_some_and(|source| real(output) == Some(source))
}

/// The bytes of the source: mapped where it is a file.
fn read(path: &Path, file: &str) -> anyhow::Result<Bytes> {
    if path.as_os_str() == "-" {
        return drain(&mut io::stdin().lock(), file);
    }
    let context = || format!("{file}: cannot open");
    let kind = fs::metadata(path).with_context(context)?;
    if kind.is_dir() {
        bail!("{file}: is a folder; give a file");
    }
    let mut opened = File::open(path).with_context(context)?;
    if !kind.is_file() {
        return drain(&mut opened, file);
    }
    if kind.len() == 0 {
        return Ok(Bytes::new());
    }
    map(&opened).with_context(context)
}

fn map(file: &File) -> io::Result<Bytes> {
    #[expect(unsafe_code, reason = "a file can be mapped in no other way")]
    // SAFETY: the map is only read. Whoever cuts the source short while it is imported stops the
    // program; nothing is written in that case.
    let mapped = unsafe { memmap2::Mmap::map(file) }?;
    Ok(Bytes::from_owner(mapped))
}

/// Copies a pipe to its end into a file without a name, so that it takes no memory.
fn drain(pipe: &mut impl io::Read, file: &str) -> anyhow::Result<Bytes> {
    let full = "cannot write a temporary copy, for which TMPDIR says the place";
    let full = || format!("{file}: {full}");
    let mut copy = tempfile::tempfile().with_context(full)?;
    let mut buffer = vec![0; BUFFER_SIZE];
    let mut size = 0;
    loop {
        let len = match pipe.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.with_context(|| format!("{file}: cannot read"))?,
        };
        if len == 0 {
            break;
        }
        copy.write_all(&buffer[..len]).with_context(full)?;
        size += len;
    }
    match size {
        0 => Ok(Bytes::new()),
        _ => map(&copy).with_context(full),
    }
}

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Imported<'a> {
    path: String,
    source: String,
    workload: &'a str,
    seed: u64,
    digest: &'a str,
    #[serde(flatten)]
    summary: &'a Summary,
}

fn write_json(
    args: &ImportArgs,
    import: &Import,
    written: &Written<()>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let imported = Imported {
        path: args.out.output.display().to_string(),
        source: args.source.display().to_string(),
        workload: &import.workload().name,
        seed: import.seed().0,
        digest: &written.digest,
        summary: import.summary(),
    };
    writeln!(out, "{}", serde_json::to_string(&imported)?)?;
    Ok(())
}

fn write_text(
    args: &ImportArgs,
    import: &Import,
    written: &Written<()>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let summary = import.summary();
    writeln!(
        out,
        "{}  {} rows  {}  sha256 {}",
        args.out.output.display(),
        written.rows,
        seconds(summary.span_ns),
        written.digest
    )?;
    writeln!(
        out,
        "source    {}, {}, {} rows, sha256 {}",
        args.source.display(),
        summary.kind,
        summary.source_rows,
        summary.source_sha256
    )?;
    writeln!(
        out,
        "arrivals  {}/s, gap CV {}",
        decimals(summary.rate_per_s, 2),
        decimals(summary.gap_cv, 3)
    )?;
    writeln!(out, "columns   {}", summary.columns.join(", "))?;
    if !summary.not_kept.is_empty() {
        writeln!(out, "not kept  {}", summary.not_kept.join(", "))?;
    }
    writeln!(
        out,
        "assigned  {} by workload {}, seed {}",
        summary.assigned.join(", "),
        summary.assigned_by,
        import.seed()
    )?;
    for note in &summary.notes {
        writeln!(out, "note      {note}")?;
    }
    Ok(())
}
