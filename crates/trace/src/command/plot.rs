//! `trace plot`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail, ensure};
use trace::{Plot, TraceReader};

use super::Interrupted;
use super::output_file::OutputFile;
use crate::cli::PlotArgs;

/// What stands for standard input.
const STDIN: &str = "-";

/// What a plot is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Html,
    Svg,
}

pub(super) fn run(args: &PlotArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
        .context("cannot listen for interrupts")?;
    let outputs = outputs(args)?;
    for (path, files) in &outputs {
        let format = format(path)?;
        let mut plots = Vec::with_capacity(files.len());
        for file in files {
            let reader = TraceReader::open(file)?;
            reader.verify_digest()?;
            plots.push(Plot::of(&file_name(file), &reader)?);
            if interrupted.load(Ordering::Relaxed) {
                return Err(Interrupted.into());
            }
        }
        let text = match format {
            Format::Html => Plot::html(&plots),
            Format::Svg => Plot::svg(&plots),
        };
        write(path, &text, &interrupted)?;
        report(args, path, files, text.len(), out)?;
    }
    Ok(())
}

/// Which files go where.
fn outputs(args: &PlotArgs) -> anyhow::Result<Vec<(PathBuf, Vec<PathBuf>)>> {
    if let Some(output) = &args.output {
        let is_input = args.files.iter().any(|file| file == output);
        ensure!(!is_input, "{}: would be written over; give another -o", output.display());
        return Ok(vec![(output.clone(), args.files.clone())]);
    }
    let mut outputs: Vec<(PathBuf, Vec<PathBuf>)> = Vec::with_capacity(args.files.len());
    for file in &args.files {
        ensure!(file != Path::new(STDIN), "name the plot of standard input, as in -o t.html");
        let output = file.with_extension("html");
        ensure!(
            output != *file,
            "{}: a plot would be written over it; name another with -o",
            file.display()
        );
        ensure!(
            outputs.iter().all(|(other, _)| *other != output),
            "{}: two traces would be plotted there; plot them one by one with -o, or into one page",
            output.display()
        );
        outputs.push((output, vec![file.clone()]));
    }
    Ok(outputs)
}

fn format(path: &Path) -> anyhow::Result<Format> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => Ok(Format::Html),
        Some("svg") => Ok(Format::Svg),
        _ => bail!("{}: a plot is .html or .svg; give -o such a name", path.display()),
    }
}

/// What a trace is called in its plot: no folder, which differs from machine to machine.
fn file_name(file: &Path) -> String {
    if file == Path::new(STDIN) {
        return "stdin".to_owned();
    }
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

fn write(path: &Path, text: &str, interrupted: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut file = OutputFile::create(path, interrupted)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.commit());
    match written {
        Err(_) if interrupted.load(Ordering::Relaxed) => Err(Interrupted.into()),
        written => written.with_context(|| format!("{}: cannot write", path.display())),
    }
}

fn report(
    args: &PlotArgs,
    path: &Path,
    files: &[PathBuf],
    bytes: usize,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if args.json {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let line = serde_json::json!({
            "path": path.display().to_string(),
            "traces": files,
            "bytes": bytes,
        });
        writeln!(out, "{line}")?;
        return Ok(());
    }
    writeln!(out, "{}  {bytes} bytes", path.display())?;
    Ok(())
}
