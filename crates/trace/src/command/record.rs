//! `trace record`: hands over to the program `trace-record`, which opens sockets.
//!
//! It is a program of its own because this one must stay free of sockets and clocks: `sim` is
//! built on it.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context as _, bail};

use crate::cli::RecordArgs;

const PROGRAM: &str = "trace-record";

/// Runs the other program with the same arguments, and ends as it ends.
pub(super) fn run(args: &RecordArgs) -> anyhow::Result<ExitCode> {
    let path = beside(env::current_exe().ok().as_deref());
    let program = path.as_deref().map_or(OsStr::new(PROGRAM), Path::as_os_str);
    match hand_over(Command::new(program).args(&args.arguments)) {
        Ok(status) => Ok(exit_code(status)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "the program `{PROGRAM}` is neither beside this one nor on PATH; build it with `cargo \
             build --release -p {PROGRAM}`"
        ),
        Err(error) => Err(error).with_context(|| format!("cannot run {}", program.display())),
    }
}

/// The program in the folder of this one, where it is there.
fn beside(this: Option<&Path>) -> Option<PathBuf> {
    let path = this?.with_file_name(format!("{PROGRAM}{}", env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// Becomes the other program, so that signals reach it and nothing stands between.
#[cfg(unix)]
fn hand_over(command: &mut Command) -> io::Result<ExitStatus> {
    use std::os::unix::process::CommandExt as _;

    Err(command.exec())
}

#[cfg(not(unix))]
fn hand_over(command: &mut Command) -> io::Result<ExitStatus> {
    command.status()
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
