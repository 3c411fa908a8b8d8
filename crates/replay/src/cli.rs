//! What is typed, and what it means.

mod args;
mod check;
mod security;
mod target;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Parser;
use outcome::{RunInfo, Summary, Verdict};
use signal_hook::consts::{SIGINT, SIGTERM};
use trace::TraceReader;

use crate::embedded::Embedded;
use crate::report::{self, Report};
use crate::series::{Side, run_all};
use crate::watch::{self, Metrics, Watch, Watchers};
use crate::{Endpoint, ReplayError, Session};
use args::{Cli, Command, Letter};
use target::Chosen;

/// Exit codes; `README.md` documents them once for all programs.
const EXIT_REFUSED: u8 = 2;
const EXIT_INVALID: u8 = 3;
const EXIT_INTERRUPTED: u8 = 130;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("replay: {error:#}");
            let interrupted =
                matches!(error.downcast_ref::<ReplayError>(), Some(ReplayError::Interrupted));
            ExitCode::from(if interrupted { EXIT_INTERRUPTED } else { EXIT_REFUSED })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    if let Some(Command::Check(check)) = cli.command() {
        return check::run(check);
    }
    let interrupted = interrupt_flag()?;
    let trace = TraceReader::open(cli.trace())?;
    // Before a scheduler is started for nothing.
    let chosen = cli.target().target()?;
    let (server, embedded) = server(cli)?;
    let letter = cli.versus().map(|_| Letter::A);
    let mut ready = vec![prepare(cli, &trace, server, &chosen, letter, &interrupted)?];
    if let Some(versus) = cli.versus() {
        let server = Server::at(versus);
        ready.push(prepare(cli, &trace, server, &chosen, Some(Letter::B), &interrupted)?);
    }
    // Once there is something to report of each: until then no file is made.
    let sides = ready.into_iter().map(|ready| ready.side(cli, &trace));
    let mut sides = sides.collect::<anyhow::Result<Vec<_>>>()?;
    let mut watchers = watchers(cli, &trace)?;
    let watch = &mut |progress: &_| watchers.look(progress);
    let ran = run_all(&mut sides, cli.runs(), &interrupted, watch);
    watchers.close();
    let stopped = embedded.map_or(Ok(()), Embedded::stop);
    match ran {
        Ok(()) => {
            let code = conclude(cli, sides)?;
            stopped.context("the embedded scheduler failed")?;
            Ok(code)
        }
        Err(error) if sides.iter().all(|side| side.report.run_count() == 0) => Err(error.into()),
        Err(error) => {
            conclude(cli, sides)?;
            Err(error).context("the runs above are complete, but the series is not")
        }
    }
}

/// Where the requests go.
struct Server {
    endpoint: Endpoint,
    /// Its name for people.
    subject: String,
    /// What is known of it, by the names of the flags.
    parameters: Vec<(&'static str, String)>,
}

impl Server {
    /// A scheduler of which only the address is known.
    fn at(url: &Endpoint) -> Self {
        Self { endpoint: url.clone(), subject: url.to_string(), parameters: Vec::new() }
    }
}

fn server(cli: &Cli) -> anyhow::Result<(Server, Option<Embedded>)> {
    if let Some(url) = cli.scheduler_url() {
        return Ok((Server::at(url), None));
    }
    cli.target().check_embedded()?;
    let embedded = Embedded::start(cli.emulation())?;
    let subject = embedded.description().to_owned();
    eprintln!("replay: no --scheduler-url and no SCHEDULER_URL: started the {subject}");
    let endpoint = embedded.address().to_string().parse()?;
    let parameters = embedded.parameters();
    Ok((Server { endpoint, subject, parameters }, Some(embedded)))
}

fn watchers(cli: &Cli, trace: &TraceReader) -> anyhow::Result<Watchers> {
    let mut watchers = vec![watch::on_stderr()];
    if let Some(address) = cli.metrics_addr() {
        let metrics = Metrics::bind(address, &trace.header().workload.name)?;
        eprintln!("replay: metrics at http://{}/metrics", metrics.address());
        watchers.push(Box::new(metrics));
    }
    Ok(Watchers::start(watchers)?)
}

/// A side that has no files yet.
struct Ready<'a> {
    session: Session<'a>,
    info: RunInfo,
    letter: Option<Letter>,
}

impl<'a> Ready<'a> {
    fn side(self, cli: &Cli, trace: &TraceReader) -> anyhow::Result<Side<'a>> {
        let Self { session, info, letter } = self;
        let subject = info.subject.as_str().into();
        let [table, metrics] = cli.paths(trace, letter)?;
        let report = Report::create(&table, &metrics, info)?;
        let runs = u64::from(cli.runs().unsigned_abs());
        report.check_room(runs.saturating_mul(session.len() as u64))?;
        Ok(Side { session, report, subject })
    }
}

fn prepare<'a>(
    cli: &Cli,
    trace: &'a TraceReader,
    Server { endpoint, subject, parameters }: Server,
    chosen: &Chosen,
    letter: Option<Letter>,
    interrupted: &AtomicBool,
) -> anyhow::Result<Ready<'a>> {
    let config = cli.config(endpoint, chosen.target.clone())?;
    let (endpoint, has_credentials) = (config.endpoint.clone(), config.metadata.has_credentials());
    // Before the server is asked anything, which takes the user's headers along.
    if has_credentials {
        security::warn_of_plaintext(&endpoint);
    }
    let mut info = report::info(trace, &config, &subject);
    let parameters = parameters.into_iter().chain(chosen.parameters.iter().cloned());
    info.parameters.extend(parameters.map(|(name, value)| (name.to_owned(), value)));
    let session = Session::new(trace, config, interrupted)?;
    if !has_credentials && session.carries_credentials() {
        security::warn_of_plaintext(&endpoint);
    }
    for note in cli.target().note().into_iter().chain(session.notes().iter().map(String::as_str)) {
        eprintln!("replay: note: {note}");
    }
    Ok(Ready { session, info, letter })
}

/// Prints the summaries, whatever becomes of the files, and says how it went.
fn conclude(cli: &Cli, sides: Vec<Side<'_>>) -> anyhow::Result<u8> {
    let runs = usize::try_from(cli.runs()).unwrap_or(0);
    let finished = sides.into_iter().map(|Side { report, .. }| {
        let paths = report.paths();
        let is_short = report.run_count() < runs;
        (paths, report.finish(is_short))
    });
    let (mut summaries, mut all_written, mut text) = (Vec::new(), Ok(()), String::new());
    for (paths, (summary, written)) in finished {
        text += &format!("{summary}\n");
        match &written {
            Ok(()) => {
                let names = paths.map(|path| path.display().to_string()).join(", ");
                text += &format!("outcomes: {names}\n");
            }
            Err(error) => eprintln!("replay: {error}"),
        }
        all_written = all_written.and(written);
        summaries.push(summary);
    }
    let printed = print(if cli.json() { json(&summaries) } else { text });
    all_written.context("the summary above is complete, but not every file could be written")?;
    printed.context("the files are complete, but the summary could not be printed")?;
    let worst = summaries.iter().map(|summary| summary.info.verdict).max();
    Ok(match worst {
        _ if summaries.iter().any(|summary| summary.info.cut_short) => EXIT_INTERRUPTED,
        Some(Verdict::Invalid) => EXIT_INVALID,
        _ => 0,
    })
}

/// One summary as an object, two as a list.
fn json(summaries: &[Summary]) -> String {
    let texts: Vec<String> = summaries.iter().map(Summary::to_json).collect();
    match texts.as_slice() {
        [text] => format!("{text}\n"),
        texts => format!("[{}]\n", texts.join(",\n")),
    }
}

/// Writes to stdout. Whoever has closed it wants no more of it, which is no failure.
fn print(text: String) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Turns true at the first SIGINT or SIGTERM; the second one ends the program at once.
fn interrupt_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let exit = i32::from(EXIT_INTERRUPTED);
        signal_hook::flag::register_conditional_shutdown(signal, exit, Arc::clone(&flag))?;
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}
