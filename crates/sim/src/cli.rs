//! What is typed, and what it means: a file for each command.

mod capacity;
mod emulation;
mod fit;
mod lists;
mod pictures;
mod policies;
mod run;
mod sweep;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use policy::Registry;

/// Exit code of a usage error, bad input or a refusal.
const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  sim traces/urgent_heavy.arrow                                   edf on 2 workers
  sim traces/urgent_heavy.arrow --policy edf,fifo,priority -o out/ one table a policy
  sim t.arrow --policy edf:late=drop --workers 4 --profile p.toml -o run.parquet
  sim t.arrow --rate-scale 1.5 --json                             the same requests, faster
  sim t.arrow --policy edf,fifo --report r.html --timeline t.json to look at

Exit codes: 0 done, 2 bad input or a policy that broke a rule.";

/// Simulates scheduling policies on a trace, in virtual time.
#[derive(Debug, Parser)]
#[command(name = "sim", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fit(fit::FitArgs),
    Policies(policies::PoliciesArgs),
    Sweep(sweep::SweepArgs),
    Capacity(capacity::CapacityArgs),
}

/// Runs the program with the built-in policies.
#[must_use]
pub fn main() -> ExitCode {
    main_with(&Registry::built_in(), std::env::args_os())
}

/// Runs the program with the policies of `registry`. The first of `arguments` is its name.
#[must_use]
pub fn main_with(registry: &Registry, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = Cli::parse_from(arguments);
    let result = match &cli.command {
        Some(Command::Fit(args)) => fit::run(args),
        Some(Command::Policies(args)) => policies::run(args, registry),
        Some(Command::Sweep(args)) => sweep::run(args, registry),
        Some(Command::Capacity(args)) => match capacity::run(args, registry) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        None => run::run(&cli.run, registry),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(()),
    }
}
