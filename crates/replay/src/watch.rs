//! Eyes on a run: a live view on a terminal, plain lines elsewhere, metrics for Prometheus.
//!
//! Nothing here may disturb what it looks at. All watchers work on one thread of low priority, to
//! which a look is handed over and forgotten: a terminal that is stopped, or a pipe that nobody
//! reads, holds up that thread and nothing else.

mod facts;
mod lines;
mod prometheus;
mod terminal;

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::progress::Progress;

use lines::Lines;
pub(crate) use prometheus::Metrics;
use terminal::Terminal;

/// Priority of the threads that watch: the lowest, so that they get what the run leaves.
const NICE: i32 = 19;

/// Whoever is shown where a run stands.
pub(crate) trait Watch: Send {
    /// Looks, several times a second.
    fn look(&mut self, progress: &Progress);

    /// The last run is over, and what stands on the screen gives way to its results.
    fn close(&mut self);
}

/// What shows a run on stderr: a live view where that is a terminal which can draw, else lines.
pub(crate) fn on_stderr() -> Box<dyn Watch> {
    let can_draw = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    if stderr().is_terminal() && can_draw {
        Box::new(Terminal::new())
    } else {
        Box::new(Lines::new(stderr()))
    }
}

/// All watchers of a run, on a thread of their own.
pub(crate) struct Watchers {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// Where looks are handed over: the newest takes the place of one that nobody has seen yet.
#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    newest: Option<Progress>,
    closed: bool,
}

impl Watchers {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(crate) fn start(mut watchers: Vec<Box<dyn Watch>>) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let seen = Arc::clone(&desk);
        let body = move || {
            give_way();
            while let Some(progress) = seen.next() {
                watchers.iter_mut().for_each(|watcher| watcher.look(&progress));
            }
            watchers.iter_mut().for_each(|watcher| watcher.close());
        };
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(body)?;
        Ok(Self { desk, thread: Some(thread) })
    }
}

impl Watch for Watchers {
    /// Returns at once, whatever the watchers do with it.
    fn look(&mut self, progress: &Progress) {
        self.desk.lock().newest = Some(progress.clone());
        self.desk.changed.notify_one();
    }

    /// Waits until every watcher has seen the last look and left.
    fn close(&mut self) {
        self.desk.lock().closed = true;
        self.desk.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A watcher that panicked has said so; the run is none the worse for it.
            let _ = thread.join();
        }
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest look that has not been seen, once there is one; `None` when there will be none.
    fn next(&self) -> Option<Progress> {
        let nothing = |state: &mut State| state.newest.is_none() && !state.closed;
        let waited = self.changed.wait_while(self.lock(), nothing);
        waited.unwrap_or_else(PoisonError::into_inner).newest.take()
    }
}

/// Lowers the priority of the calling thread.
fn give_way() {
    // On Linux a process of 0 is the calling thread. One that keeps its priority still works.
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use request::Moment;

    use super::*;
    use crate::progress::testing::progress;

    /// Tells what it sees, and looks up only when it may.
    struct Slow(Sender<Option<Moment>>, Receiver<()>);

    impl Watch for Slow {
        fn look(&mut self, progress: &Progress) {
            self.0.send(Some(progress.now)).unwrap();
            let _ = self.1.recv();
        }

        fn close(&mut self) {
            self.0.send(None).unwrap();
        }
    }

    #[test]
    fn a_watcher_that_is_stuck_holds_nobody_up_and_sees_the_newest() {
        let ((told, heard), (release, released)) = (channel(), channel());
        let mut watchers = Watchers::start(vec![Box::new(Slow(told, released))]).unwrap();
        let at = |nanos| Progress { now: Moment::from_nanos(nanos), ..progress() };
        watchers.look(&at(1));
        assert_eq!(heard.recv().unwrap(), Some(Moment::from_nanos(1)));
        // It is stuck in the first look, and these are past.
        (2..100).for_each(|nanos| watchers.look(&at(nanos)));
        drop(release);
        watchers.close();
        let rest: Vec<_> = heard.iter().collect();
        assert_eq!(rest, [Some(Moment::from_nanos(99)), None]);
    }
}
