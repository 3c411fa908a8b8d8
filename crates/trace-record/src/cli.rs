//! What is typed, and what it means.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget};
use wire::Endpoint;

use crate::record::{Progress, Recording};
use crate::slo::parse_time;
use crate::{Bounds, Config, SloClasses, record, recover};

/// Bad input, or a recording that is not whole.
const EXIT_REFUSED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  trace record --listen 127.0.0.1:50050 --scheduler-url localhost:50051 -o t.arrow
  trace record -o t.arrow --duration 10min --slo fast=50ms,slow=2s
  trace record -o t.arrow --limit 1000 --keep-tensors tensors --json
  trace record --recover t.arrow.journal -o t.arrow      after a crash

Point clients at the address of --listen. Ctrl-C or SIGTERM ends the recording: calls in flight are
finished, then the trace is written; a second one does not wait for them.

Exit codes: 0 recorded, 2 bad input, scheduler not reachable at the start, nothing recorded, or the
recording is not whole (disk full, recorder too slow).";

/// Writes the requests that pass a gRPC proxy to a trace file.
///
/// Every call is passed on to the scheduler byte for byte. A request arrives when its headers do;
/// its SLO class is that of the smallest target it still fits; its tensor seed is the first 8 bytes
/// of its tensor's SHA-256, so a replay sends other numbers of the same shape.
#[derive(Debug, Parser)]
#[command(name = "trace record", bin_name = "trace record", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    /// Address for clients; port 0 is any free port
    #[arg(long, default_value = "127.0.0.1:50050", value_name = "ADDRESS")]
    listen: SocketAddr,

    /// The scheduler, host:port
    #[arg(long, env = "SCHEDULER_URL", default_value = "localhost:50051", value_name = "URL")]
    scheduler_url: Endpoint,

    /// Wait for the scheduler instead of giving up where it cannot be reached at the start
    #[arg(long)]
    wait: bool,

    /// How long the scheduler may take to accept a connection, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS",
          value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    connect_timeout: u64,

    /// The trace; while recording, its journal is FILE.journal
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,

    /// Replace FILE where it is there
    #[arg(long, help_heading = "Output")]
    overwrite: bool,

    /// Name of the workload in the trace
    #[arg(long, default_value = "recorded", help_heading = "Output", value_parser = name)]
    name: String,

    /// SLO classes by target; a request is of the smallest that it fits, give or take 5 %.
    /// Requests with more time are `longer`, those without a deadline (or a day) `none`
    #[arg(long, default_value_t, value_name = "NAME=TIME,...", help_heading = "Output")]
    slo: SloClasses,

    /// Count times from the start of the recording, not from the first arrival
    #[arg(long, help_heading = "Output")]
    keep_offset: bool,

    /// Write each distinct tensor to DIR/SHA256.f32, as little-endian f32
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    keep_tensors: Option<PathBuf>,

    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Make the trace of a journal that a crash has left
    #[arg(long, value_name = "JOURNAL", help_heading = "Output",
          conflicts_with_all = ["listen", "wait", "name", "slo", "keep_offset", "keep_tensors",
                                "limit", "duration", "fsync"])]
    recover: Option<PathBuf>,

    /// Stop after so many requests
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..),
          help_heading = "End")]
    limit: Option<u64>,

    /// Stop after this time, such as 90s, 10min or 2h
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "End")]
    duration: Option<Duration>,

    /// How long calls in flight may take at the end, in ms
    #[arg(long, default_value_t = 5_000, value_name = "MS", help_heading = "End",
          value_parser = clap::value_parser!(u64).range(0..=3_600_000))]
    grace_ms: u64,

    /// The longest message that is recorded, in MiB; longer ones are passed on
    #[arg(long, default_value_t = 64, value_name = "MIB", help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=2_048))]
    message_mib: u32,

    /// Requests that wait for the recorder, in MiB; those beyond are passed on unrecorded
    #[arg(long, default_value_t = 512, value_name = "MIB", help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    backlog_mib: u32,

    /// Threads that forward
    #[arg(long, default_value_t = 1, value_name = "COUNT", help_heading = "Limits",
          value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: u16,

    /// Force the journal to the disk several times a second: it then outlives a crash of the
    /// machine
    #[arg(long, help_heading = "Limits")]
    fsync: bool,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("trace-record: {error:#}");
            ExitCode::from(EXIT_REFUSED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let recording = match &cli.recover {
        Some(journal) => recover(journal, &cli.output, cli.overwrite)?,
        None => {
            let config = cli.config();
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let shown = bar.clone();
            let mut last = 0;
            let show = move |progress: Progress| {
                shown.set_message(line(progress, progress.rows - last));
                shown.tick();
                last = progress.rows;
            };
            let recording = record(
                &config,
                |address, journal| {
                    eprintln!(
                        "trace-record: listening at {address}, passing on to {}; journal {}",
                        config.scheduler,
                        journal.display()
                    );
                },
                show,
            );
            bar.finish_and_clear();
            recording?
        }
    };
    conclude(cli, &recording)
}

fn line(progress: Progress, rate: u64) -> String {
    let Progress { rows, errors } = progress;
    format!("{rows} requests  {rate}/s  {errors} errors")
}

fn conclude(cli: &Cli, recording: &Recording) -> anyhow::Result<ExitCode> {
    if cli.json {
        println!("{}", recording.to_json());
    } else {
        print!("{recording}");
    }
    if recording.is_whole() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("trace-record: the recording is not whole; the summary says what is missing");
    Ok(ExitCode::from(EXIT_REFUSED))
}

impl Cli {
    fn config(&self) -> Config {
        const MIB: usize = 1 << 20;
        Config {
            listen: self.listen,
            scheduler: self.scheduler_url.clone(),
            connect_timeout: Duration::from_millis(self.connect_timeout),
            wait: self.wait,
            output: self.output.clone(),
            overwrite: self.overwrite,
            name: self.name.clone(),
            slo: self.slo.clone(),
            keep_offset: self.keep_offset,
            limit: self.limit,
            duration: self.duration,
            grace: Duration::from_millis(self.grace_ms),
            bounds: Bounds {
                message_len_max: self.message_mib as usize * MIB,
                backlog_len_max: self.backlog_mib as usize * MIB,
            },
            keep_tensors: self.keep_tensors.clone(),
            fsync: self.fsync,
            thread_count: self.threads.into(),
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(char::is_control) {
        true => Err("give one line of text".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let nanos = parse_time(text).and_then(|nanos| u64::try_from(nanos).ok()).filter(|&ns| ns > 0);
    nanos
        .map(Duration::from_nanos)
        .ok_or_else(|| "give a whole number of ms, s, min or h, as in 90s".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        for text in ["", "0s", "90", "s", "-1s", "1.5h", "9223372036854775807h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
