//! What the program does: a module for each subcommand.

mod check;
mod convert;
mod cut;
mod derive;
mod destination;
mod diff;
mod generate;
mod import;
mod info;
mod merge;
mod output_file;
mod plot;
mod record;
mod scale;
mod show;
mod text;

use std::io;
use std::process::ExitCode;

use trace::{Fault, TraceError};

use crate::cli::{Cli, Command};

/// Judged, and not as it should be.
const EXIT_NOT_PASSED: u8 = 1;

/// Usage, bad input, or no room to write.
const EXIT_BAD_INPUT: u8 = 2;

/// Stopped by the user.
const EXIT_INTERRUPTED: u8 = 130;

/// The user asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// What was judged is not as it should be; what is wrong has been printed.
#[derive(Debug, thiserror::Error)]
#[error("did not pass")]
struct NotPassed;

/// Does what was asked, and gives the exit code.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let mut out = io::stdout().lock();
    let done = match cli.command {
        Command::Gen(args) => generate::run(&args, &mut out),
        Command::Check(args) => check::run(&args, &mut out),
        Command::Info(args) => info::run(&args, &mut out),
        Command::Plot(args) => plot::run(&args, &mut out),
        Command::Show(args) => show::run(&args, &mut out),
        Command::Import(args) => import::run(&args, &mut out),
        Command::Convert(args) => convert::run(&args, &mut out),
        Command::Cut(args) => cut::run(&args, &mut out),
        Command::Merge(args) => merge::run(&args, &mut out),
        Command::Scale(args) => scale::run(&args, &mut out),
        Command::Diff(args) => diff::run(&args, &mut out),
        Command::Record(args) => match record::run(&args) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
    };
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    if is_broken_pipe(&error) {
        // Whoever reads, such as `head`, has seen enough.
        return ExitCode::SUCCESS;
    }
    if error.is::<NotPassed>() {
        return ExitCode::from(EXIT_NOT_PASSED);
    }
    eprintln!("trace: {error:#}");
    match error.is::<Interrupted>() {
        true => ExitCode::from(EXIT_INTERRUPTED),
        false => ExitCode::from(EXIT_BAD_INPUT),
    }
}

/// Looks through the causes, and into traces that could not be written.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let fault = cause.downcast_ref::<TraceError>().map(|error| &error.fault);
        let source = match fault {
            Some(Fault::Io { source, .. }) => Some(source),
            _ => cause.downcast_ref::<io::Error>(),
        };
        source.is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
    })
}
