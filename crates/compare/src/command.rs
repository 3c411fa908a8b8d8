//! What the program does: a file a job.

pub(crate) mod agree;
pub(crate) mod calibrate;
pub(crate) mod complain;
pub(crate) mod judge;
mod report_files;
mod step_summary;
mod terminal;
mod whole;

use std::io::{self, ErrorKind, Write};

use anyhow::Context;

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the report")
        }
        _ => Ok(()),
    }
}
