//! The `engines` program: one engine on one trace, timed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use engines::{Engine, Policy, Record, Row, Service, Waits, Work, engine};
use outcome::{OutcomeReader, Status};
use serde_json::json;

/// Runs the problem of this folder through one simulator.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs an engine, and prints waits and speed as one JSON object
    Run {
        /// Which
        engine: Engine,
        #[command(flatten)]
        input: Input,
        /// Order of service
        #[arg(long)]
        policy: Policy,
        /// When service times are drawn
        #[arg(long, default_value = "drawn")]
        service: Service,
        /// Summarise latencies by class
        #[arg(long)]
        summary: bool,
    },
    /// Writes the work as columns of little-endian i64, for engines that are not Rust: count;
    /// arrivals, deadlines and service times in ns; tiers from 0
    Export {
        #[command(flatten)]
        input: Input,
        /// The file
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Prints the waits of an outcome table
    Table {
        /// The table
        table: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct Input {
    /// The trace
    trace: PathBuf,
    /// Service times (TOML)
    #[arg(long)]
    profile: PathBuf,
    /// Number of workers
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
}

impl Input {
    fn read(&self) -> anyhow::Result<Work> {
        Work::read(&self.trace, &self.profile, self.workers)
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("engines: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Run { engine, input, policy, service, summary } => {
            let mut work = input.read()?;
            if *service == Service::Ready {
                work.draw_all();
            }
            time(*engine, &work, *policy, *service, *summary)
        }
        Command::Export { input, output } => {
            let mut work = input.read()?;
            work.draw_all();
            export(&work, output)
        }
        Command::Table { table } => {
            let waits = waits_of_table(table)?;
            println!("{}", json!({ "waits": waits, "mean_wait_ms": waits.mean_ms() }));
            Ok(())
        }
    }
}

fn time(
    engine: Engine,
    work: &Work,
    policy: Policy,
    service: Service,
    summary: bool,
) -> anyhow::Result<()> {
    let (waits, classes, took) = if summary {
        let (summary, took) = engine::run_with_summary(engine, policy, service, work)?;
        (summary.waits(), Some(summary.to_json()), took)
    } else {
        let (waits, took) = engine::run(engine, policy, service, work)?;
        (waits, None, took)
    };
    let seconds = took.as_secs_f64();
    let line = json!({
        "requests": work.rows.len(),
        "seconds": seconds,
        "per_second": work.rows.len() as f64 / seconds,
        "waits": waits,
        "mean_wait_ms": waits.mean_ms(),
        "classes": classes,
    });
    println!("{line}");
    Ok(())
}

fn export(work: &Work, path: &Path) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&u64::try_from(work.rows.len())?.to_le_bytes())?;
    let columns: [fn(&Row) -> i64; 4] = [
        |row| row.arrival_ns,
        |row| row.deadline_ns,
        |row| row.service_ns,
        |row| i64::from(row.tier),
    ];
    for column in columns {
        for row in work.rows.iter() {
            out.write_all(&column(row).to_le_bytes())?;
        }
    }
    Ok(out.flush()?)
}

fn waits_of_table(path: &Path) -> anyhow::Result<Waits> {
    let mut waits = Waits::default();
    for outcome in OutcomeReader::open(path)?.rows() {
        let outcome = outcome?;
        let (Status::Ok, Some(started)) = (outcome.status, outcome.started) else {
            anyhow::bail!("request {} was not served", outcome.request_id.0);
        };
        let row = Row {
            id: outcome.request_id.0,
            arrival_ns: outcome.arrival.as_nanos(),
            deadline_ns: outcome.deadline.as_nanos(),
            service_ns: 0,
            tier: outcome.tier.number() - 1,
            class: 0,
        };
        waits.served(&row, started.as_nanos(), started.as_nanos());
    }
    Ok(waits)
}
