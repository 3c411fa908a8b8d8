//! What the program does: a module for each subcommand.

mod check;
mod generate;
mod import;
mod info;
mod output_file;
mod plot;
mod show;
mod text;

use std::io;
use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// A check failed.
const EXIT_NOT_PASSED: u8 = 1;

/// Usage, bad input, or no room to write.
const EXIT_BAD_INPUT: u8 = 2;

/// Stopped by the user.
const EXIT_INTERRUPTED: u8 = 130;

/// The user asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// What was judged did not pass; it has been said.
#[derive(Debug, thiserror::Error)]
#[error("a check failed")]
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

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let source = error.downcast_ref::<io::Error>();
    source.is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
}
