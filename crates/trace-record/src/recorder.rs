//! The recorder's thread: from whole requests to lines of the journal.
//!
//! It reads messages, hashes tensors and writes files, all of which would delay traffic. Whatever
//! fails here is said at once, and the traffic goes on.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use sha2::{Digest as _, Sha256};

use crate::capture::{Captured, Event};
use crate::journal::{JournalCounts, JournalRow, JournalWriter};
use crate::message;
use crate::tally::{Tally, Unrecorded};
use crate::tensors::TensorFolder;

/// How long a line waits in memory at most; a crash loses what waits.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

/// Lines that are flushed before their time, so that memory is bounded.
const PENDING_LEN_MAX: usize = 1 << 20;

/// A model's name longer than this is no name.
const MODEL_LEN_MAX: usize = 1 << 10;

/// More dimensions than any tensor has.
const DIMENSIONS_MAX: usize = 64;

/// The recorder, before it runs.
pub(crate) struct Recorder {
    pub(crate) events: Receiver<Event>,
    pub(crate) epoch_unix_ns: i64,
    pub(crate) journal: JournalWriter,
    pub(crate) journal_path: PathBuf,
    pub(crate) tensors: Option<TensorFolder>,
    pub(crate) tally: Arc<Tally>,
    /// Rows after which `on_limit` is called.
    pub(crate) limit: Option<u64>,
    pub(crate) on_limit: Box<dyn FnOnce() + Send>,
}

/// What failed while the traffic went on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) journal: Option<io::Error>,
    pub(crate) tensors: Option<io::Error>,
}

impl Recorder {
    /// Records until it is told that nothing will follow, or nobody is left to tell.
    pub(crate) fn run(mut self) -> Faults {
        let mut faults = Faults::default();
        let mut flushed = Instant::now();
        loop {
            let wait = FLUSH_EVERY.saturating_sub(flushed.elapsed());
            let ended = match self.events.recv_timeout(wait) {
                Ok(Event::Request(captured)) => {
                    self.record(&captured, &mut faults);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => true,
            };
            let is_due = flushed.elapsed() >= FLUSH_EVERY;
            if ended || is_due || self.journal.pending_len() >= PENDING_LEN_MAX {
                self.flush(&mut faults);
                flushed = Instant::now();
            }
            if ended {
                return faults;
            }
        }
    }

    fn record(&mut self, captured: &Captured, faults: &mut Faults) {
        if faults.journal.is_some() {
            return self.tally.unrecorded(Unrecorded::Journal);
        }
        let row = match understand(captured, self.epoch_unix_ns) {
            Ok(row) => row,
            Err(reason) => return self.tally.unrecorded(reason),
        };
        self.journal.push(&row);
        let rows = self.tally.rows.fetch_add(1, Ordering::Relaxed) + 1;
        if self.limit == Some(rows) {
            std::mem::replace(&mut self.on_limit, Box::new(|| ()))();
        }
        self.keep_tensor(&row, captured, faults);
    }

    fn keep_tensor(&self, row: &JournalRow, captured: &Captured, faults: &mut Faults) {
        let Some(tensors) = self.tensors.as_ref().filter(|_| faults.tensors.is_none()) else {
            return;
        };
        if let Err(error) = tensors.keep(&row.tensor_sha256, &captured.pieces) {
            eprintln!(
                "trace-record: cannot keep tensors any longer: {error}; requests are still \
                 forwarded and recorded"
            );
            faults.tensors = Some(error);
        }
    }

    fn flush(&mut self, faults: &mut Faults) {
        if faults.journal.is_some() {
            return;
        }
        self.journal.push_counts(JournalCounts { unrecorded: self.tally.unrecorded_by_name() });
        if let Err(error) = self.journal.flush() {
            eprintln!(
                "trace-record: {}: cannot write: {error}; requests are still forwarded, but no \
                 longer recorded",
                self.journal_path.display()
            );
            faults.journal = Some(error);
        }
    }
}

/// The row that a request becomes.
fn understand(captured: &Captured, epoch_unix_ns: i64) -> Result<JournalRow, Unrecorded> {
    let mut hash = Sha256::new();
    let head = message::read(&captured.pieces, |floats| hash.update(floats))?;
    let tier = u8::try_from(head.tier).ok().filter(|tier| (1..=3).contains(tier));
    let tier = tier.ok_or(Unrecorded::Tier)?;
    let name_len = 1..=MODEL_LEN_MAX;
    if !name_len.contains(&head.model.len()) || head.model.contains(char::is_control) {
        return Err(Unrecorded::Model);
    }
    Ok(JournalRow {
        arrival_ns: captured.arrival.as_nanos(),
        request_id: captured.id,
        tier,
        // An absent deadline reads as 0 on the wire.
        deadline_ns: (head.deadline_ns != 0)
            .then(|| head.deadline_ns.saturating_sub(epoch_unix_ns)),
        shape: shape(head.shape, head.tensor_len / size_of::<f32>() as u64)?,
        tensor_sha256: hash.finalize().into(),
        model: head.model,
    })
}

/// The tensor's shape, if it is that of so many numbers. No shape is that of a list.
fn shape(shape: Vec<i32>, count: u64) -> Result<Vec<i32>, Unrecorded> {
    if count == 0 || shape.len() > DIMENSIONS_MAX {
        return Err(Unrecorded::Shape);
    }
    if shape.is_empty() {
        return i32::try_from(count).map(|count| vec![count]).map_err(|_| Unrecorded::Shape);
    }
    let product = shape
        .iter()
        .try_fold(1_u64, |product, &dimension| product.checked_mul(u64::try_from(dimension).ok()?));
    if product == Some(count) { Ok(shape) } else { Err(Unrecorded::Shape) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_must_be_that_of_the_tensor() {
        let bad = Err(Unrecorded::Shape);
        assert_eq!(shape(vec![1, 3, 2], 6), Ok(vec![1, 3, 2]));
        assert_eq!(shape(vec![], 6), Ok(vec![6]));
        assert_eq!(shape(vec![], 0), bad);
        assert_eq!(shape(vec![0], 0), bad);
        assert_eq!(shape(vec![5], 6), bad);
        assert_eq!(shape(vec![-2, -3], 6), bad);
        assert_eq!(shape(vec![i32::MAX; 9], 6), bad);
        assert_eq!(shape(vec![1; 65], 1), bad);
    }
}
