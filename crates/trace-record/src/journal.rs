//! The journal: what was recorded, on disk from the first second, so that a crash loses little.
//!
//! It is text. The first line says what it is and holds the [`JournalHeader`], the second names the
//! columns, and each further line is a request, or begins with `!` and holds counts. Lines are only
//! appended, so a crash can cut the last one and nothing else.

mod reader;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::slo::SloClasses;

pub(crate) use reader::{Journal, JournalError, read};

/// How a journal begins; the number is its version.
const MAGIC: &str = "reprise.journal 1 ";

const COLUMNS: &str = "arrival_ns,request_id,tier,deadline_ns,shape,tensor_sha256,model";

/// What is known when a recording begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalHeader {
    /// Start of the recording; the other times count from here.
    pub(crate) epoch_unix_ns: i64,
    pub(crate) listen: String,
    pub(crate) scheduler: String,
    pub(crate) slo: SloClasses,
    /// Name of the workload.
    pub(crate) name: String,
    /// Whether times count from the start of the recording, not from the first arrival.
    pub(crate) keep_offset: bool,
    /// Only so many requests, the first to arrive.
    pub(crate) limit: Option<u64>,
}

/// One request as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JournalRow {
    /// ns since the start of the recording.
    pub(crate) arrival_ns: i64,
    /// The id that it brought.
    pub(crate) request_id: Option<i64>,
    pub(crate) tier: u8,
    /// ns since the start of the recording; `None` where it brought none.
    pub(crate) deadline_ns: Option<i64>,
    pub(crate) shape: Vec<i32>,
    pub(crate) tensor_sha256: [u8; 32],
    /// One line of text.
    pub(crate) model: String,
}

/// What the lines that begin with `!` hold: sums up to there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalCounts {
    /// Requests that are not in the journal, by reason.
    pub(crate) unrecorded: BTreeMap<String, u64>,
}

/// A journal being written.
pub(crate) struct JournalWriter {
    file: File,
    /// Lines that the system has not been given.
    pending: Vec<u8>,
    counts: JournalCounts,
    fsync: bool,
}

impl JournalWriter {
    /// Starts a journal where there is none.
    ///
    /// # Errors
    /// Where there is a file already, or it cannot be written.
    pub(crate) fn create(path: &Path, header: &JournalHeader, fsync: bool) -> io::Result<Self> {
        let file = File::create_new(path)?;
        let json = serde_json::to_string(header).expect("plain fields make JSON");
        let pending = format!("{MAGIC}{json}\n{COLUMNS}\n").into_bytes();
        let mut this = Self { file, pending, counts: JournalCounts::default(), fsync };
        this.flush()?;
        Ok(this)
    }

    /// Appends a request, in memory.
    pub(crate) fn push(&mut self, row: &JournalRow) {
        let JournalRow { arrival_ns, request_id, tier, deadline_ns, shape, tensor_sha256, model } =
            row;
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        let line = format!(
            "{arrival_ns},{},{tier},{},{},{},{model}\n",
            number(*request_id),
            number(*deadline_ns),
            shape_text(shape),
            hexadecimal(tensor_sha256),
        );
        self.pending.extend_from_slice(line.as_bytes());
    }

    /// Appends the counts where they have changed, in memory.
    pub(crate) fn push_counts(&mut self, counts: JournalCounts) {
        if counts != self.counts {
            self.pending.push(b'!');
            serde_json::to_writer(&mut self.pending, &counts).expect("names and numbers are JSON");
            self.pending.push(b'\n');
            self.counts = counts;
        }
    }

    /// Bytes that wait for [`JournalWriter::flush`].
    pub(crate) fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Gives everything to the system, and to the disk where that was asked for.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        if self.fsync { self.file.sync_data() } else { Ok(()) }
    }
}

/// Dimensions as the command line writes them.
pub(crate) fn shape_text(shape: &[i32]) -> String {
    shape.iter().map(i32::to_string).collect::<Vec<_>>().join("x")
}

/// Bytes as lower-case digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
