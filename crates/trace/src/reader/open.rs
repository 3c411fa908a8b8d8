//! Finds out what a file is, and makes a table of batches of it.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use arrow_buffer::Buffer;
use bytes::Bytes;

use super::container::{self, Container};
use super::csv::CsvTable;
use super::message::{self, CONTINUATION};
use super::pages::{Pages, map};
use super::parquet::{self, ParquetTable};
use super::stream::Stream;
use super::{dictionary, temporary};
use crate::error::Fault;
use crate::format::{Format, PIPE};
use crate::header::{self, Content, Header};
use crate::row::Batch;

/// Enough of a file to tell what it is.
const START_SIZE: usize = 8;

/// A table whose place is known, and whose rows may still have to be checked.
pub(super) struct Opened {
    pub(super) header: Header,
    pub(super) batches: Vec<Batch>,
    pub(super) pages: Pages,
    pub(super) file_size: u64,
    pub(super) digest: DigestState,
}

/// What the header's digest is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DigestState {
    /// The metadata claims it.
    Claimed,
    /// It was compared with the rows.
    Verified,
    /// The metadata does not say it: the header has none yet.
    Unknown,
}

/// Opens what lies at `path`.
pub(super) fn open(path: &Path) -> Result<Opened, Fault> {
    let file = regular(path)?;
    match format(path, &start(&file)?) {
        Format::Arrow => of_file(map(&file)?),
        Format::ArrowStream => of_stream(map(&file)?),
        Format::Parquet => of_parquet(file.metadata().map_err(Fault::io("open"))?.len(), file),
        Format::Csv => of_csv(path, file),
    }
}

/// Opens what is in memory.
pub(super) fn open_bytes(bytes: &[u8]) -> Result<Opened, Fault> {
    let start = &bytes[..bytes.len().min(START_SIZE)];
    let memory = || (Buffer::from(bytes), Pages::default());
    match by_magic(start).unwrap_or_default() {
        Format::ArrowStream => of_stream(memory()),
        Format::Parquet => of_parquet(bytes.len() as u64, Bytes::copy_from_slice(bytes)),
        Format::Arrow | Format::Csv => of_file(memory()),
    }
}

/// The file at `path`; of a pipe a copy.
pub(super) fn regular(path: &Path) -> Result<File, Fault> {
    let file = if path == Path::new(PIPE) {
        of_pipe(io::stdin().lock())?
    } else {
        let kind = fs::metadata(path).map_err(Fault::io("open"))?;
        if kind.is_dir() {
            return Err(Fault::foreign("not a regular file; a trace is a file or a pipe"));
        }
        let file = File::open(path).map_err(Fault::io("open"))?;
        if kind.is_file() { file } else { of_pipe(file)? }
    };
    match file.metadata().map_err(Fault::io("open"))?.len() {
        0 => Err(Fault::damaged("the file is empty")),
        _ => Ok(file),
    }
}

/// Copies what comes through a pipe, once its start looks as if it might be a trace.
fn of_pipe(mut pipe: impl io::Read) -> Result<File, Fault> {
    let mut start = Vec::new();
    pipe.by_ref().take(START_SIZE as u64).read_to_end(&mut start).map_err(Fault::io("read"))?;
    if !start.is_empty() && by_magic(&start).is_none() {
        let problem = "no Arrow stream comes through the pipe; `trace gen -o -` and \
                       `trace convert FILE -o -` write one";
        return Err(Fault::foreign(problem));
    }
    temporary::copy(&start, pipe)
}

fn start(mut file: &File) -> Result<Vec<u8>, Fault> {
    let mut start = Vec::new();
    file.take(START_SIZE as u64).read_to_end(&mut start).map_err(Fault::io("read"))?;
    file.rewind().map_err(Fault::io("read"))?;
    Ok(start)
}

/// What a file is, by its first bytes, or else by its name, so that its own reader says what is
/// wrong with it.
fn format(path: &Path, start: &[u8]) -> Format {
    by_magic(start).or_else(|| Format::of(path).ok()).unwrap_or_default()
}

fn by_magic(start: &[u8]) -> Option<Format> {
    let starts = [
        (container::MAGIC.as_slice(), Format::Arrow),
        (CONTINUATION.as_slice(), Format::ArrowStream),
        (parquet::MAGIC, Format::Parquet),
    ];
    starts.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, format)| format)
}

fn of_file((buffer, pages): (Buffer, Pages)) -> Result<Opened, Fault> {
    let container = Container::parse(&buffer)?;
    let labels = Labels::of(&container)?;
    let content = Content::claimed(&container.metadata)?;
    let batches =
        container.batches.iter().map(message::read_batch).collect::<Result<Vec<_>, _>>()?;
    let rows = row_count(&batches);
    if rows != content.rows {
        let problem = format!("it holds {rows} rows, but its footer says {}", content.rows);
        return Err(Fault::damaged(problem));
    }
    let header = labels.header(&container, content)?;
    let file_size = buffer.len() as u64;
    Ok(Opened { header, batches, pages, file_size, digest: DigestState::Claimed })
}

fn of_stream((buffer, pages): (Buffer, Pages)) -> Result<Opened, Fault> {
    let container = Stream::parse(&buffer)?;
    let labels = Labels::of(&container)?;
    let batches =
        container.batches.iter().map(message::read_batch).collect::<Result<Vec<_>, _>>()?;
    labels.counted(&container, batches, pages, buffer.len() as u64)
}

fn of_parquet(
    file_size: u64,
    file: impl ::parquet::file::reader::ChunkReader + 'static,
) -> Result<Opened, Fault> {
    let mut table = ParquetTable::open(file)?;
    let header = table.header.clone();
    of_copy(temporary::convert(&header, || table.next_batch())?, header, file_size)
}

fn of_csv(path: &Path, file: File) -> Result<Opened, Fault> {
    let file_size = file.metadata().map_err(Fault::io("open"))?.len();
    let mut table = CsvTable::open(path, file)?;
    let header = table.header.clone();
    of_copy(temporary::convert(&header, || table.next_batch())?, header, file_size)
}

/// The copy's rows under the original's name.
fn of_copy(copy: (Buffer, Pages), header: Header, file_size: u64) -> Result<Opened, Fault> {
    let copy = of_file(copy)?;
    Ok(Opened { header, file_size, digest: DigestState::Verified, ..copy })
}

/// Names that a container gives to positions in its rows.
pub(super) struct Labels {
    slos: Vec<String>,
    models: Vec<String>,
}

impl Labels {
    /// Checks that it is a trace with the right columns, and reads the names.
    pub(super) fn of(container: &Container) -> Result<Self, Fault> {
        header::check_format(&container.metadata)?;
        let (slos, models) = dictionary::read(container, container.dictionary_ids()?)?;
        Ok(Self { slos, models })
    }

    /// How many names there are.
    pub(super) fn lens(&self) -> (usize, usize) {
        (self.slos.len(), self.models.len())
    }

    /// The table of a container that does not say how many rows it has.
    pub(super) fn counted(
        self,
        container: &Container,
        batches: Vec<Batch>,
        pages: Pages,
        file_size: u64,
    ) -> Result<Opened, Fault> {
        let content = Content { rows: row_count(&batches), digest: String::new() };
        let header = self.header(container, content)?;
        Ok(Opened { header, batches, pages, file_size, digest: DigestState::Unknown })
    }

    fn header(self, container: &Container, content: Content) -> Result<Header, Fault> {
        Header::parse(&container.metadata, self.slos, self.models, content)
    }
}

fn row_count(batches: &[Batch]) -> u64 {
    batches.iter().map(|batch| batch.len() as u64).sum()
}
