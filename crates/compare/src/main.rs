//! The binary `compare`.

mod cli;
mod command;

use std::process::ExitCode;

use crate::cli::{Cli, Job};
use crate::command::complain::complain;

/// Exit code for bad input and refusals; clap uses the same for usage.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let result = match Cli::job() {
        Job::Judge(arguments) => command::judge::run(&arguments),
        Job::Agree(arguments) => command::agree::run(&arguments),
        Job::Calibrate(arguments) => command::calibrate::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::from(REFUSED)
        }
    }
}
