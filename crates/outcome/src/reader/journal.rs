//! The journal of a run that did not end: an Arrow IPC stream that may be cut off anywhere.
//!
//! Its messages are those of an Arrow file, so they are found here, by walking over their headers,
//! and then read as the blocks of one. What was cut off is the end of what was being written when
//! the run was killed; anything else that does not fit is damage, and an error.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{Block, MessageHeader, MetadataVersion, root_as_message};
use arrow_schema::Schema;

use super::Opened;
use super::arrow::{ArrowSource, Blocks, Found, check_schema, schema_metadata};
use super::layout::{PREFIX, PREFIX_LENGTH};
use crate::info::{from_pairs, known_at_end, version};
use crate::journal::record;
use crate::schema::{Kind, columns};
use crate::{OutcomeError, RunRecord};

/// Every message and every body is padded to this many bytes.
const ALIGNMENT: u64 = 8;

/// Opens the file at `path`, which is `length` bytes long.
pub(super) fn open(path: &Path, file: File, length: u64) -> Result<Opened, OutcomeError> {
    let mut stream = Stream { file: Blocks::new(path, file), at: 0, length };
    let schema = stream.schema()?;
    let mut pairs: BTreeMap<_, _> = schema_metadata(&schema.0).collect();
    let Messages { found, rows, runs } = stream.messages()?;
    let reason = format!(
        "this is the journal of a run that did not end; `replay check {} -o TABLE` judges and \
        completes it",
        path.display()
    );
    pairs.insert("reprise.rows".into(), rows.to_string());
    // A foreign file is told by what it is rather than by its first odd column.
    let (mut info, _) = from_pairs(path, &pairs)?;
    if !runs.is_empty() {
        info = info.of_runs(runs.into_values().collect());
    }
    let end = known_at_end(&info.unfinished(reason), rows);
    pairs.extend(end.into_iter().map(|(key, value)| (key.to_owned(), value)));
    let columns = columns(version(path, &pairs)?);
    check_schema(path, &schema.0, columns)?;
    let dictionaries = columns.iter().filter(|column| column.kind == Kind::Dictionary).count();
    if found.dictionaries.len() != dictionaries {
        return Err(stream.cut("its dictionaries"));
    }
    Ok((Box::new(ArrowSource::new(stream.file, schema, columns, found)?), pairs))
}

/// What the messages behind the schema are.
#[derive(Default)]
struct Messages {
    found: Found,
    /// How many rows they say they have.
    rows: u64,
    /// What is known of each run; a later record takes the place of an earlier one.
    runs: BTreeMap<i32, RunRecord>,
}

/// The messages of the file, one after the other.
struct Stream {
    file: Blocks,
    /// Where the next message begins.
    at: u64,
    length: u64,
}

impl Stream {
    /// The first message.
    fn schema(&mut self) -> Result<(Schema, MetadataVersion), OutcomeError> {
        let (_, header) = self.next_message()?.ok_or_else(|| self.cut("its schema"))?;
        let message = root_as_message(&header).map_err(|error| self.file.damaged(error))?;
        let schema = message.header_as_schema();
        let schema = schema.ok_or_else(|| self.file.damaged("it does not begin with a schema"))?;
        let schema = try_fb_to_schema(schema).map_err(|error| self.file.damaged(error))?;
        Ok((schema, message.version()))
    }

    /// All others that are whole.
    fn messages(&mut self) -> Result<Messages, OutcomeError> {
        let Messages { mut found, mut rows, mut runs } = Messages::default();
        while let Some((block, header)) = self.next_message()? {
            let message = root_as_message(&header).map_err(|error| self.file.damaged(error))?;
            match message.header_type() {
                MessageHeader::DictionaryBatch if found.batches.is_empty() => {
                    found.dictionaries.push(block);
                }
                MessageHeader::RecordBatch => {
                    let batch = message.header_as_record_batch();
                    let count = batch.and_then(|batch| u64::try_from(batch.length()).ok());
                    rows = count.and_then(|count| rows.checked_add(count)).ok_or_else(|| {
                        self.file.damaged("a batch of it has an impossible length")
                    })?;
                    let record = record::decode(&message);
                    let record = record.map_err(|problem| self.file.damaged(problem))?;
                    runs.extend(record.map(|record| (record.run, record)));
                    found.batches.push(block);
                }
                _ => return Err(self.file.damaged("it holds a message that is out of place")),
            }
        }
        found.end = self.at;
        Ok(Messages { found, rows, runs })
    }

    /// The next message and its header; `None` where it is not whole.
    fn next_message(&mut self) -> Result<Option<(Block, Vec<u8>)>, OutcomeError> {
        let at = self.at;
        let Some(left) = (self.length - at).checked_sub(PREFIX_LENGTH as u64) else {
            return Ok(None);
        };
        let size = self.header_size()?;
        // The mark that ends a stream, which a journal has only if another program wrote it anew.
        if size == 0 && left == 0 {
            return Ok(None);
        }
        if size == 0 {
            return Err(self.damaged("ends the stream, and more follows"));
        }
        let Some(left) = left.checked_sub(size as u64) else { return Ok(None) };
        let header = self.file.read(at + PREFIX_LENGTH as u64, size)?;
        let message = root_as_message(&header)
            .map_err(|error| self.damaged(format!("has a damaged header ({error})")))?;
        let body = u64::try_from(message.bodyLength()).ok();
        let body = body.filter(|body| body.is_multiple_of(ALIGNMENT));
        let body = body.ok_or_else(|| self.damaged("has a body of an impossible size"))?;
        let Some(left) = left.checked_sub(body) else { return Ok(None) };
        let too_large = || self.damaged("is too large");
        let offset = i64::try_from(at).map_err(|_| too_large())?;
        let metadata = i32::try_from(PREFIX_LENGTH + size).map_err(|_| too_large())?;
        let block = Block::new(offset, metadata, message.bodyLength());
        self.at = self.length - left;
        Ok(Some((block, header)))
    }

    /// Size of the header of the next message, by its prefix.
    fn header_size(&mut self) -> Result<usize, OutcomeError> {
        let prefix = self.file.read(self.at, PREFIX_LENGTH)?;
        let (mark, size) = prefix.split_at(PREFIX.len());
        if mark != PREFIX {
            return Err(self.damaged("does not begin as one"));
        }
        let size = size.try_into().ok().map(u32::from_le_bytes);
        let size = size.filter(|&size| u64::from(size).is_multiple_of(ALIGNMENT));
        let size = size.and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| self.damaged("has a header of an impossible size"))
    }

    fn damaged(&self, problem: impl std::fmt::Display) -> OutcomeError {
        self.file.damaged(format!("the message at byte {} {problem}", self.at))
    }

    fn cut(&self, part: &str) -> OutcomeError {
        self.file.damaged(format!("it is cut off in {part}"))
    }
}
