//! The verbs: what was typed becomes what is done.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::{
    BareH2Args, BodyArgs, CpuArgs, EXIT_REFUSED, NaiveArgs, RoundArgs, ScriptArgs, Shape, SinkArgs,
    TableArgs, ToldArgs,
};
use crate::cpu::CpuTime;
use crate::own::Own;
use crate::round::{Round, Told};
use crate::{bare_h2, naive, schedule, sink, stamps, table};

pub(crate) fn run_sink(args: &SinkArgs) -> anyhow::Result<ExitCode> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped))
            .context("cannot listen for signals")?;
    }
    let config = sink::Config {
        listen: args.listen,
        frame_size_max: args.max_frame_size,
        count: args.count,
        rows_max: if args.output.is_some() { args.rows_max as usize } else { 0 },
        spin: args.spin,
        core: args.core,
    };
    let report = sink::serve(&config, &stopped, |address| {
        // Whoever reads this may be gone; the sink serves all the same.
        let _ = writeln!(std::io::stdout(), "{address}");
    })?;
    if let Some(path) = &args.output {
        stamps::write(path, &report.rows)?;
    }
    for refusal in &report.refusals {
        eprintln!("peers: {refusal}");
    }
    let report = json!({
        "requests": report.requests,
        "stamped": report.rows.len(),
        "connections": report.connections,
        "requests_per_read": report.requests as f64 / report.reads.max(1) as f64,
        "requests_per_s": report.requests as f64 * 1e9 / report.span_ns.max(1) as f64,
        "cpu_us_per_request": report.cpu_ns as f64 / 1e3 / report.requests.max(1) as f64,
        "closed_by_sink": report.refusals,
    });
    println!("{report}");
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn run_bare_h2(args: BareH2Args) -> anyhow::Result<ExitCode> {
    let Shape(shape) = args.shape;
    let report = bare_h2::run(&bare_h2::Config {
        to: args.to,
        connections: args.connections.into(),
        outstanding: args.outstanding.into(),
        shape,
        length: Duration::from_secs(args.seconds),
        core: args.core,
    })?;
    println!("{}", report.to_json());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn run_naive(args: NaiveArgs) -> anyhow::Result<ExitCode> {
    let Shape(shape) = args.shape;
    let timeout = Duration::from_secs(5);
    let report = naive::run(&naive::Config { trace: args.trace, to: args.to, shape, timeout })?;
    println!("{}", report.to_json());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn write_body(args: &BodyArgs) -> anyhow::Result<ExitCode> {
    let Shape(shape) = &args.shape;
    std::fs::write(&args.output, bare_h2::body(shape)?)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn print_script(args: &ScriptArgs) -> anyhow::Result<ExitCode> {
    let uri = format!("http://{}{}", args.to, wire::INFER_PATH);
    let mut out = BufWriter::new(std::io::stdout().lock());
    schedule::write_h2load_script(&schedule::read(&args.trace)?, &uri, &mut out)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn watch_cpu(args: &CpuArgs) -> anyhow::Result<ExitCode> {
    let (watched, status) = CpuTime::watch(&args.command)?;
    watched.write(&args.output)?;
    // A program that a signal ended has no code.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(EXIT_REFUSED).into())
}

pub(crate) fn print_round(args: &RoundArgs) -> anyhow::Result<ExitCode> {
    let schedule = args.trace.as_deref().map(schedule::read).transpose()?;
    let cpu = args.cpu.as_deref().map(CpuTime::read).transpose()?;
    let (rows, told) = (stamps::read(&args.stamps)?, args.told.read()?);
    let mut round = Round::new(&args.peer, rows, schedule.as_deref(), &told, cpu.as_ref())?;
    round.own = args.told.outcomes.as_deref().map(Own::read).transpose()?.flatten();
    println!("{}", serde_json::to_string(&round)?);
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn print_table(args: &TableArgs) -> anyhow::Result<ExitCode> {
    let rounds = table::read(&args.rounds)?;
    print!("{}", table::text(&rounds));
    if let Some(base) = &args.against {
        print!("\n{}", table::ratios(&rounds, base)?);
    }
    Ok(ExitCode::SUCCESS)
}

impl ToldArgs {
    fn read(&self) -> anyhow::Result<Told> {
        let text = |path: &Path| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        if let Some(path) = &self.outcomes {
            return Told::by_outcomes(path);
        }
        if let Some(path) = &self.epoch {
            let report: Value = serde_json::from_str(&text(path)?)?;
            let unix_ns = report["epoch_unix_ns"].as_i64();
            let unix_ns =
                unix_ns.with_context(|| format!("{} has no epoch_unix_ns", path.display()))?;
            return Ok(Told::Epoch { unix_ns });
        }
        if let Some(path) = &self.begun {
            let moments = text(path)?.lines().map(str::parse).collect::<Result<_, _>>();
            let what = || format!("{} is no list of integers", path.display());
            return moments.map(Told::Begun).with_context(what);
        }
        Ok(Told::Nothing)
    }
}
