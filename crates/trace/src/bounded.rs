//! Text whose records are bounded: one missing quote would otherwise make a parser hold all that
//! follows.

use std::io::{self, Read};

/// More text than this in one record means that a quote is missing, not that a name is long.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// A source that ends with an error where a record takes more text than it may.
pub(crate) struct Bounded<R> {
    source: R,
    left: usize,
}

impl<R> Bounded<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, left: RECORD_BYTES_MAX }
    }

    /// To be called before each record.
    pub(crate) fn next_record(&mut self) {
        self.left = RECORD_BYTES_MAX;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(self.left);
        if len == 0 {
            return Err(io::Error::other("a record of over 1 MiB; is a quote missing?"));
        }
        let len = self.source.read(&mut buffer[..len])?;
        self.left -= len;
        Ok(len)
    }
}
