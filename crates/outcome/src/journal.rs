//! The rows of a run while it goes on, so that little is lost of a run that is killed.
//!
//! A table gets its name only when it is whole, and two of its formats cannot be read before. So a
//! run that goes on for long also writes a journal beside the table to come, an Arrow IPC stream of
//! the same columns. [`OutcomeReader`] reads whatever is whole of it.

pub(crate) mod record;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use arrow_ipc::writer::StreamWriter;

use crate::draft::Draft;
use crate::format;
use crate::info::of_journal;
use crate::promises::Promises;
use crate::schema::{BATCH_ROWS, Dictionaries, schema};
use crate::writer::{batch, check_lists};
use crate::{Outcome, OutcomeError, OutcomeReader, Place, RunInfo, RunRecord};

/// The rows of a run as they end, in a file beside the table to come: `NAME.journal`.
///
/// It stays where it is dropped, for that is what it is for; only one without any row is removed,
/// since there is nothing to lose. Once the table is published, [`discard`](Self::discard) it.
///
/// ```
/// use outcome::{Journal, OutcomeReader, OutcomeWriter, RunInfo, Verdict};
///
/// # let folder = tempfile::tempdir()?;
/// # let row = outcome::Outcome {
/// #     run: 0,
/// #     request_id: request::RequestId(0),
/// #     tier: request::Tier::Vip,
/// #     slo: 0,
/// #     model: 0,
/// #     arrival: request::Moment::ZERO,
/// #     deadline: request::Moment::ZERO,
/// #     sent: None,
/// #     started: None,
/// #     done: None,
/// #     status: outcome::Status::Unsent,
/// #     worker: None,
/// #     batch: None,
/// #     code: None,
/// #     first_byte: None,
/// #     held_ns: None,
/// # };
/// let path = folder.path().join("run.parquet");
/// let info = RunInfo { slos: vec!["a".into()], models: vec!["m".into()], ..RunInfo::default() };
/// let mut journal = Journal::create(&path, &info)?;
/// journal.push(&row)?;
/// journal.flush()?;
/// // A run that is killed here leaves this to be read:
/// let mut reader = OutcomeReader::open(journal.path())?;
/// assert_eq!((reader.row_count(), reader.info().verdict), (1, Verdict::Invalid));
/// assert_eq!(reader.rows().collect::<Result<Vec<_>, _>>()?, [row]);
/// // One that ends publishes its table.
/// OutcomeWriter::create(&path, &info)?.finish(&info)?;
/// journal.discard()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Journal {
    path: PathBuf,
    stream: Stream,
    encoder: StreamWriter<Vec<u8>>,
    dictionaries: Dictionaries,
    promises: Promises,
    pending: Vec<Outcome>,
    rows: u64,
    discarded: bool,
}

impl Journal {
    /// Starts the journal of the table to come at `table_path`, whose extension does not matter.
    /// `info` is the run as far as it is known.
    ///
    /// # Errors
    /// Where the place cannot be written, `info` lists names that a table could not hold, or
    /// something is there already that is no journal without rows.
    pub fn create(table_path: &Path, info: &RunInfo) -> Result<Self, OutcomeError> {
        let path = format::journal(table_path);
        check_lists(&path, info)?;
        check_place(&path)?;
        // With a draft nobody finds a journal without its beginning, and takes it for damaged.
        let (draft, file) = Draft::create(&path)?;
        let metadata = of_journal(info).into_iter().map(|(key, value)| (key.to_owned(), value));
        let mut schema = schema().as_ref().clone();
        schema.metadata = metadata.collect();
        let encoder =
            StreamWriter::try_new(Vec::new(), &schema).map_err(OutcomeError::encode(&path))?;
        let mut journal = Self {
            stream: Stream { file, length: 0 },
            path,
            encoder,
            dictionaries: Dictionaries::new(info),
            promises: Promises::new(info),
            pending: Vec::new(),
            rows: 0,
            discarded: false,
        };
        // The dictionaries come with the first batch, and are to be there before the first row.
        let written = journal.write_pending().and_then(|()| draft.publish());
        // One that could not be started has no place of its own to remove.
        journal.discarded = written.is_err();
        written.map(|()| journal)
    }

    /// Tells of a run what is known when it begins, and writes it at once. It may be called again
    /// when more is known: the last record of a run counts.
    ///
    /// Without it, a reader knows of all runs what `info` said when the journal was created. Its
    /// verdict is not kept: whoever reads a journal has yet to judge the run.
    ///
    /// # Errors
    /// Where the number of the run is negative, or the record cannot be written; it is not kept.
    pub fn run_started(&mut self, record: &RunRecord) -> Result<(), OutcomeError> {
        if record.run < 0 {
            return Err(OutcomeError::Metadata {
                path: self.path.clone(),
                key: "reprise.runs".into(),
                problem: format!("run {} is negative", record.run),
            });
        }
        let message = record::encode(record);
        self.stream.append(&message).map_err(OutcomeError::io("write", &self.path))
    }

    /// Adds one row, in memory. Where 65,536 of them wait there already, they are written first,
    /// so that no more can gather than a reader takes at a time.
    ///
    /// # Errors
    /// Where the row breaks a promise of the format, or those that wait cannot be written. They
    /// are then kept, and this one is not.
    pub fn push(&mut self, outcome: &Outcome) -> Result<(), OutcomeError> {
        if self.pending.len() >= BATCH_ROWS {
            self.write_pending()?;
        }
        self.promises.check(outcome).map_err(|flaw| OutcomeError::Row {
            path: self.path.clone(),
            place: Place::Row(self.rows + 1),
            column: flaw.column.into(),
            problem: flaw.problem,
        })?;
        self.rows += 1;
        self.pending.push(*outcome);
        Ok(())
    }

    /// Hands the rows that were added since the last time to the operating system, as one batch.
    /// They outlive this process, though not a loss of power.
    ///
    /// # Errors
    /// Where they cannot be written. They are kept, and written the next time if that succeeds.
    pub fn flush(&mut self) -> Result<(), OutcomeError> {
        if self.pending.is_empty() { Ok(()) } else { self.write_pending() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, because the table holds all that it does.
    ///
    /// # Errors
    /// Where the file cannot be removed.
    pub fn discard(mut self) -> Result<(), OutcomeError> {
        self.discarded = true;
        fs::remove_file(&self.path).map_err(OutcomeError::io("remove", &self.path))
    }

    fn write_pending(&mut self) -> Result<(), OutcomeError> {
        let batch = batch::encode(&self.pending, &self.dictionaries);
        let batch = batch.map_err(OutcomeError::encode(&self.path))?;
        self.encoder.write(&batch).map_err(OutcomeError::encode(&self.path))?;
        let written = self.stream.append(self.encoder.get_ref());
        self.encoder.get_mut().clear();
        written.map_err(OutcomeError::io("write", &self.path))?;
        self.pending.clear();
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.discarded {
            return;
        }
        // Whoever wants to know whether this succeeds has called `flush`.
        let _ = if self.rows == 0 {
            fs::remove_file(&self.path).map_err(drop)
        } else {
            self.flush().map_err(drop)
        };
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// Keeps what a run that died has left from being overwritten, and what is no journal of ours.
fn check_place(path: &Path) -> Result<(), OutcomeError> {
    if !fs::metadata(path).is_ok_and(|there| there.len() > 0) {
        return Ok(());
    }
    let problem = match OutcomeReader::open(path) {
        Ok(reader) if reader.row_count() == 0 => return Ok(()),
        Ok(reader) => format!(
            "it holds {} rows of a run that did not end, which `replay check {} -o TABLE` completes",
            reader.row_count(),
            path.display()
        ),
        Err(error) => format!("it is there already, and no journal to overwrite ({error})"),
    };
    Err(OutcomeError::InTheWay { path: path.into(), problem })
}

/// Whole messages, one behind the other.
struct Stream {
    file: File,
    /// Where the last whole message ends.
    length: u64,
}

impl Stream {
    fn append(&mut self, messages: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(messages) {
            // A part of a message is no harm at the end, and would be under a shorter one.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += messages.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
