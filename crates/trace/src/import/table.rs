//! What every source looks like to whoever reads it: columns with names, and rows of cells.

use super::cell::Cell;
use super::error::{Flaw, Place};

/// The longest line that is read. A real one is far shorter; without a limit, one missing line end
/// would make a program hold all that follows.
pub(crate) const LINE_BYTES_MAX: usize = 16 << 20;

/// Columns that are read at most.
pub(crate) const COLUMNS_MAX: usize = 10_000;

/// Takes a row: where it stands, how many bytes of the source lie behind it (0 where nobody knows),
/// and its wanted cells.
pub(crate) type RowSink<'s> = dyn FnMut(Place, u64, &[Cell<'_>]) -> Result<(), Flaw> + 's;

/// A source of rows.
pub(crate) trait Table {
    /// Names of the columns there are; in JSON lines, the keys of the first line.
    fn columns(&self) -> &[String];

    /// How many bytes there are to read.
    fn size(&self) -> u64;

    /// Hands over all rows, of each the cells of the `wanted` columns.
    fn for_each(&self, wanted: &[&str], row: &mut RowSink<'_>) -> Result<(), Flaw>;
}

/// The lines of a text, with their numbers from 1; blank ones are passed over.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    /// Where the last line begins, and where the next does.
    start: usize,
    at: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self { bytes, start: at, at, number: 0 }
    }

    /// The next line without its end.
    pub(crate) fn next_line(&mut self) -> Result<Option<(u64, &'a [u8])>, Flaw> {
        loop {
            let rest = &self.bytes[self.at..];
            if rest.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            self.start = self.at;
            // No further than a line may go, so that the rest stays on the disk.
            let end = memchr::memchr(b'\n', &rest[..rest.len().min(LINE_BYTES_MAX + 1)]);
            let line = &rest[..end.unwrap_or(rest.len())];
            self.at += end.map_or(rest.len(), |end| end + 1);
            if line.len() > LINE_BYTES_MAX {
                return Err(too_long(self.number));
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.trim_ascii().is_empty() {
                return Ok(Some((self.number, line)));
            }
        }
    }

    /// Bytes up to the end of the last line.
    pub(crate) fn position(&self) -> u64 {
        self.at as u64
    }

    /// The text from the last line on.
    pub(crate) fn since_last(&self) -> &'a [u8] {
        &self.bytes[self.start..]
    }

    /// Makes the last line as long as `bytes`, among which are `lines` more line ends.
    pub(crate) fn lengthen_last(&mut self, bytes: usize, lines: u64) {
        self.at = self.start + bytes;
        self.number += lines;
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(crate) fn too_long(line: u64) -> Flaw {
    let place = Place::Line(line);
    Flaw::at(place, "is longer than 16 MiB; is this a text of lines?")
}

/// Bytes of a cell as text.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        format!("holds the byte 0x{:02x}, which is not UTF-8; convert the file", bytes[at])
    })
}
