//! The program `trace`: makes trace files, and says what is in them.

mod cli;
mod command;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    command::run(cli::Cli::parse())
}
