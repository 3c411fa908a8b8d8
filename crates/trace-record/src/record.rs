//! A recording from its beginning to its end: everything that must be there, started in order.

mod error;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use wire::Endpoint;

use crate::capture::{Bounds, Event, Tap};
use crate::clock::Clock;
use crate::finish::{Finished, finish};
use crate::journal::{JournalHeader, JournalWriter};
use crate::proxy::{Phase, Proxy, probe};
use crate::recorder::{Faults, Recorder};
use crate::slo::SloClasses;
use crate::tally::{Tally, Unrecorded};
use crate::tensors::TensorFolder;

pub use error::RecordError;

/// Requests that may wait for the recorder; their bytes are bounded by [`Bounds`].
const QUEUE_LEN: usize = 1 << 16;

/// Pause between attempts to reach a scheduler that is waited for.
const PROBE_PAUSE: Duration = Duration::from_millis(200);

/// What is recorded, and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where clients come to; port 0 is any free port.
    pub listen: SocketAddr,
    /// Where calls go.
    pub scheduler: Endpoint,
    /// How long a connection to it may take.
    pub connect_timeout: Duration,
    /// Whether to wait until it can be reached.
    pub wait: bool,
    /// The trace. The journal lies beside it.
    pub output: PathBuf,
    /// Whether a trace that is there already may be replaced.
    pub overwrite: bool,
    /// Name of the workload.
    pub name: String,
    /// The SLO classes.
    pub slo: SloClasses,
    /// Whether times count from the start of the recording instead of the first arrival.
    pub keep_offset: bool,
    /// Stop after so many requests.
    pub limit: Option<u64>,
    /// Stop after this time.
    pub duration: Option<Duration>,
    /// How long calls in flight may take at the end.
    pub grace: Duration,
    /// How much memory requests may take on their way to the journal.
    pub bounds: Bounds,
    /// Folder for the tensors themselves.
    pub keep_tensors: Option<PathBuf>,
    /// Whether the journal is forced to the disk.
    pub fsync: bool,
    /// Threads that forward.
    pub thread_count: usize,
}

/// A recording that has its trace.
pub struct Recording {
    pub(crate) output: PathBuf,
    pub(crate) finished: Finished,
    pub(crate) proxied: Option<Proxied>,
}

/// What the proxy saw beside the requests in the trace.
#[derive(Clone, Debug)]
pub(crate) struct Proxied {
    pub(crate) other_calls: u64,
    pub(crate) unavailable: u64,
    /// How far Unix time moved against the monotonic clock.
    pub(crate) unix_moved_ns: i64,
    /// Why tensors are missing.
    pub(crate) tensor_fault: Option<String>,
    pub(crate) behind: u64,
}

/// Where a recording stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Requests recorded.
    pub rows: u64,
    /// Requests not recorded, and calls that found no scheduler.
    pub errors: u64,
}

impl Recording {
    /// Whether all that could be recorded is in the trace and all tensors that were wanted are kept.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let proxied = self.proxied.as_ref();
        proxied.is_none_or(|proxied| proxied.behind == 0 && proxied.tensor_fault.is_none())
    }
}

/// Makes the trace of a journal that a crash has left, and leaves the journal alone.
///
/// # Errors
/// Where the journal cannot be read or the trace not be written.
pub fn recover(journal: &Path, output: &Path, overwrite: bool) -> Result<Recording, RecordError> {
    check_output(output, overwrite)?;
    let finished = finish(journal, output)?;
    Ok(Recording { output: output.to_owned(), finished, proxied: None })
}

/// Records until a signal, the limit or the duration ends it, and writes the trace.
///
/// `on_start` is told the address and the journal; `on_progress` is called once a second.
///
/// # Errors
/// Where it cannot start, or no trace can be written.
pub fn record(
    config: &Config,
    on_start: impl FnOnce(SocketAddr, &Path),
    on_progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Recording, RecordError> {
    if config.scheduler.is_tls() {
        return Err(RecordError::Tls(config.scheduler.clone()));
    }
    check_output(&config.output, config.overwrite)?;
    let journal_path = journal_path(&config.output);
    // Looked at before anything else starts; `create_new` is what keeps it.
    if journal_path.symlink_metadata().is_ok() {
        return Err(RecordError::JournalExists(journal_path));
    }
    let mut builder = match config.thread_count {
        1 => tokio::runtime::Builder::new_current_thread(),
        count => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(count.max(2));
            builder
        }
    };
    let runtime = builder.enable_all().thread_name("proxy").build()?;
    let (phase, watched) = watch::channel(Phase::Running);
    let phase = Arc::new(phase);
    let listener = runtime.block_on(async {
        stop_on_signals(&phase)?;
        let listener = listen(config.listen).await?;
        reach(config, watched.clone()).await?;
        Ok::<_, RecordError>(listener)
    })?;
    let started = Started::new(config, &listener, journal_path, &phase)?;
    on_start(listener.local_addr()?, &started.journal_path);
    runtime.block_on(started.serve(config, listener, watched, on_progress));
    // Whatever has not ended by then is cut off.
    runtime.shutdown_background();
    started.end(config)
}

fn check_output(output: &Path, overwrite: bool) -> Result<(), RecordError> {
    if output.is_dir() {
        let (path, source) = (output.to_owned(), io::ErrorKind::IsADirectory.into());
        return Err(RecordError::Create { path, source });
    }
    if !overwrite && output.symlink_metadata().is_ok() {
        return Err(RecordError::OutputExists(output.to_owned()));
    }
    Ok(())
}

fn journal_path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".journal");
    name.into()
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RecordError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| RecordError::Listen { address, source })
}

/// Drains at the first signal, and ends at the second.
fn stop_on_signals(phase: &Arc<watch::Sender<Phase>>) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let phase = Arc::clone(phase);
    tokio::spawn(async move {
        for next in [Phase::Draining, Phase::Ended] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            advance(&phase, next);
        }
    });
    Ok(())
}

fn advance(phase: &watch::Sender<Phase>, next: Phase) {
    phase.send_if_modified(|phase| {
        let moves = *phase < next;
        *phase = (*phase).max(next);
        moves
    });
}

/// Sees that the scheduler answers, and waits for it where that is wanted.
async fn reach(config: &Config, mut phase: watch::Receiver<Phase>) -> Result<(), RecordError> {
    let answers = async {
        loop {
            match probe(&config.scheduler, config.connect_timeout).await {
                Err(_) if config.wait => tokio::time::sleep(PROBE_PAUSE).await,
                answered => return answered,
            }
        }
    };
    tokio::select! {
        answered = answers => answered.map_err(|source| {
            RecordError::Connect { endpoint: config.scheduler.clone(), source }
        }),
        _ = phase.wait_for(|phase| *phase > Phase::Running) => Err(RecordError::Stopped),
    }
}

/// A recording with its journal open and its recorder running.
struct Started {
    clock: Clock,
    tap: Tap,
    recorder: JoinHandle<Faults>,
    journal_path: PathBuf,
    phase: Arc<watch::Sender<Phase>>,
}

impl Started {
    fn new(
        config: &Config,
        listener: &TcpListener,
        journal_path: PathBuf,
        phase: &Arc<watch::Sender<Phase>>,
    ) -> Result<Self, RecordError> {
        let tensors = config.keep_tensors.as_ref().map(|folder| {
            let tensors = TensorFolder::create(folder);
            tensors.map_err(|source| RecordError::Create { path: folder.clone(), source })
        });
        let tensors = tensors.transpose()?;
        let clock = Clock::start();
        let header = JournalHeader {
            epoch_unix_ns: clock.epoch_unix_ns(),
            listen: listener.local_addr()?.to_string(),
            scheduler: config.scheduler.to_string(),
            slo: config.slo.clone(),
            name: config.name.clone(),
            keep_offset: config.keep_offset,
            limit: config.limit,
        };
        let journal = JournalWriter::create(&journal_path, &header, config.fsync)
            .map_err(|source| RecordError::Create { path: journal_path.clone(), source })?;
        let (recorder, events) = crossbeam_channel::bounded(QUEUE_LEN);
        let tally = Arc::<Tally>::default();
        let tap = Tap { recorder, bounds: config.bounds, backlog: Arc::default(), tally };
        let at_limit = Arc::clone(phase);
        let recorder = Recorder {
            events,
            epoch_unix_ns: clock.epoch_unix_ns(),
            journal,
            journal_path: journal_path.clone(),
            tensors,
            tally: Arc::clone(&tap.tally),
            limit: config.limit,
            on_limit: Box::new(move || advance(&at_limit, Phase::Draining)),
        };
        let thread = thread::Builder::new().name("recorder".to_owned());
        let recorder = thread.spawn(move || recorder.run())?;
        Ok(Self { clock, tap, recorder, journal_path, phase: Arc::clone(phase) })
    }

    /// Forwards until the recording ends.
    async fn serve(
        &self,
        config: &Config,
        listener: TcpListener,
        mut watched: watch::Receiver<Phase>,
        on_progress: impl FnMut(Progress) + Send + 'static,
    ) {
        let proxy = Proxy {
            endpoint: config.scheduler.clone(),
            connect_timeout: config.connect_timeout,
            tap: self.tap.clone(),
            clock: self.clock,
        };
        let progress = tokio::spawn(tell(Arc::clone(&self.tap.tally), on_progress));
        let proxy = tokio::spawn(proxy.run(listener, watched.clone()));
        let draining = watched.wait_for(|phase| *phase >= Phase::Draining);
        match config.duration {
            None => drop(draining.await),
            Some(duration) => drop(tokio::time::timeout(duration, draining).await),
        }
        advance(&self.phase, Phase::Draining);
        tokio::select! {
            _ = proxy => {}
            () = tokio::time::sleep(config.grace) => {}
            _ = watched.wait_for(|phase| *phase == Phase::Ended) => {}
        }
        progress.abort();
    }

    /// Ends the recorder, and makes the trace.
    fn end(self, config: &Config) -> Result<Recording, RecordError> {
        let Self { clock, tap, recorder, journal_path, .. } = self;
        // The recorder takes until then whatever was handed over.
        let _ = tap.recorder.send(Event::End);
        let faults = recorder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let Tap { tally, .. } = tap;
        let rows = tally.rows.load(Ordering::Relaxed);
        if let Some(source) = faults.journal {
            return Err(RecordError::Journal { journal: journal_path, rows, source });
        }
        if rows == 0 {
            remove(&journal_path);
            return Err(RecordError::Nothing { unrecorded: tally.unrecorded_in_all() });
        }
        let finished = finish(&journal_path, &config.output)?;
        remove(&journal_path);
        let proxied = Proxied {
            other_calls: tally.other_calls.load(Ordering::Relaxed),
            unavailable: tally.unavailable.load(Ordering::Relaxed),
            unix_moved_ns: clock.unix_moved_ns(),
            tensor_fault: faults.tensors.map(|error| error.to_string()),
            behind: tally.count(Unrecorded::Behind),
        };
        Ok(Recording { output: config.output.clone(), finished, proxied: Some(proxied) })
    }
}

/// Removes the journal of a trace that is written. One that stays stops the next recording, which
/// says so.
fn remove(journal: &Path) {
    let _ = std::fs::remove_file(journal);
}

/// Says once a second how it goes.
async fn tell(tally: Arc<Tally>, mut on_progress: impl FnMut(Progress)) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        on_progress(Progress {
            rows: tally.rows.load(Ordering::Relaxed),
            errors: tally.unrecorded_in_all() + tally.unavailable.load(Ordering::Relaxed),
        });
    }
}
