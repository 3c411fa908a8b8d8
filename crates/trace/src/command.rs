//! What the program does: a module for each subcommand.

mod generate;
mod info;
mod output_file;
mod record;
mod show;
mod text;

use std::io;
use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Usage, bad input, or no room to write.
const EXIT_BAD_INPUT: u8 = 2;

/// Stopped by the user.
const EXIT_INTERRUPTED: u8 = 130;

/// The user asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// Does what was asked, and gives the exit code.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let mut out = io::stdout().lock();
    let done = match cli.command {
        Command::Gen(args) => generate::run(&args, &mut out),
        Command::Info(args) => info::run(&args, &mut out),
        Command::Show(args) => show::run(&args, &mut out),
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
