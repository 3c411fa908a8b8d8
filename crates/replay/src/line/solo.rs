//! One connection of whoever may wait: it moves while something is waited for on it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use rustix::event::PollFd;
use rustix::time::Timespec;

use super::connection::{Change, Connection};
use super::connector::{ConnectError, Connector, Dialler};
use super::gate::SentLog;
use super::patience::{Patience, Unfinished};
use crate::clock::Reading;

/// The longest step: a peer that never stops talking is left even so.
const STEP_NS: i64 = 10_000_000;

/// A connection that is up.
pub(crate) struct Solo {
    connection: Connection,
}

impl Solo {
    /// Connects and greets, within the dialler's timeout.
    ///
    /// # Errors
    /// Where that cannot be done, or `stopped` turns true.
    pub(crate) fn connect(
        dialler: &Dialler,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ConnectError> {
        let patience = Patience::new(dialler.timeout, stopped);
        let unfinished = |why| dialler.unfinished(why);
        let connector = Connector::start(dialler.clone())?;
        connector.order(false);
        let channel = loop {
            let wait = patience.next_wait().map_err(unfinished)?;
            if let Some(made) = connector.wait(wait) {
                break made?;
            }
        };
        let mut solo = Self { connection: Connection::new(channel, 0, SentLog::default()) };
        let greeted = solo.drive(&patience, |change| match change? {
            Change::Greeted => Some(Ok(())),
            Change::Ended(error) => Some(Err(error.unwrap_or(Reason::NO_ERROR.into()))),
        });
        greeted.map_err(unfinished)?.map_err(|error| dialler.explain(error))?;
        Ok(solo)
    }

    /// A handle to open a stream with; `None` where the connection is known to be over.
    pub(crate) fn sender(&self) -> Option<SendRequest<Bytes>> {
        self.connection.sender()
    }

    /// Waits for something that comes by this connection alone.
    ///
    /// # Errors
    /// Where it is not there within `timeout`, or `stopped` turns true.
    pub(crate) fn block_on<T>(
        &mut self,
        future: impl Future<Output = T>,
        timeout: Duration,
        stopped: &dyn Fn() -> bool,
    ) -> Result<T, Unfinished> {
        let mut future = pin!(future);
        // It is asked after every step, so nobody needs to wake it.
        let mut context = Context::from_waker(Waker::noop());
        self.drive(&Patience::new(timeout, stopped), |_| match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    }

    /// Reads and writes until `done`, which is asked after each step, has something.
    fn drive<T>(
        &mut self,
        patience: &Patience<'_>,
        mut done: impl FnMut(Option<Change>) -> Option<T>,
    ) -> Result<T, Unfinished> {
        loop {
            let change = self.connection.step(Reading::now().plus_ns(STEP_NS));
            if let Some(output) = done(change) {
                return Ok(output);
            }
            let wait = patience.next_wait()?;
            if !self.connection.has_work() {
                self.wait(wait);
            }
        }
    }

    /// Waits for the socket. Interrupted or not, the connection is asked again, and then the clock.
    fn wait(&self, timeout: Duration) {
        let timeout = Timespec::try_from(timeout).ok();
        let mut fds: Vec<PollFd<'_>> = self.connection.poll_fd().into_iter().collect();
        let _ = rustix::event::poll(&mut fds, timeout.as_ref());
    }
}
