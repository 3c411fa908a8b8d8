//! The outside of an Arrow IPC stream: one message after the other, then a marker.
//!
//! The layout is that of
//! <https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format>. An Arrow file holds
//! the same messages between its magic and its footer, so what is left of one can be walked too.

use arrow_buffer::Buffer;
use arrow_ipc::MessageHeader;

use super::container::{Block, Container, LEAD_SIZE, MAGIC};
use super::message::{CONTINUATION, PREFIX_SIZE, read_head};
use crate::error::Fault;

/// As much of a stream as is whole.
pub(super) struct Stream {
    pub(super) container: Container,
    /// Where the last whole message ends.
    pub(super) end: usize,
    /// Why there is nothing after it; `None` where the stream says itself that this is its end.
    pub(super) broken: Option<Fault>,
}

impl Stream {
    /// Reads a stream, which must be whole.
    pub(super) fn parse(buffer: &Buffer) -> Result<Container, Fault> {
        let Self { container, end, broken } = Self::walk(buffer)?;
        if let Some(fault) = broken {
            return Err(fault);
        }
        match buffer.len() - end {
            0 => Ok(container),
            rest => Err(Fault::damaged(format!(
                "{rest} bytes follow the marker of its end; a trace is one stream"
            ))),
        }
    }

    /// Reads as far as messages are whole. Without the first there is nothing.
    pub(super) fn walk(buffer: &Buffer) -> Result<Self, Fault> {
        let start = if buffer.starts_with(MAGIC) { lead_size(buffer) } else { 0 };
        let (block, mut end) = next_message(buffer, start)?.ok_or_else(empty)?;
        let message = read_head(&block.head)?;
        let schema = message.header_as_schema();
        let schema = schema.ok_or_else(|| Fault::damaged("it does not begin with a schema"))?;
        let mut container = Container::described(schema)?;
        let broken = loop {
            match next_message(buffer, end).and_then(|next| add(&mut container, next)) {
                Ok(Some(next_end)) => end = next_end,
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
        };
        if broken.is_none() {
            end += PREFIX_SIZE;
        }
        Ok(Self { container, end, broken })
    }
}

/// Where the first message of a file begins: writers pad the magic as far as they like.
fn lead_size(file: &[u8]) -> usize {
    let words = file.get(LEAD_SIZE..).unwrap_or_default().chunks_exact(8);
    LEAD_SIZE + 8 * words.take_while(|word| **word == [0; 8]).count()
}

/// Adds a message, and gives the place of the next; `None` at the end.
fn add(container: &mut Container, next: Option<(Block, usize)>) -> Result<Option<usize>, Fault> {
    let Some((block, end)) = next else { return Ok(None) };
    let kind = read_head(&block.head)?.header_type();
    match kind {
        MessageHeader::DictionaryBatch => container.dictionaries.push(block),
        MessageHeader::RecordBatch => container.batches.push(block),
        other => return Err(Fault::damaged(format!("a message of it is a {other:?}"))),
    }
    Ok(Some(end))
}

/// The message that begins here, and where it ends; `None` where the marker of the end stands.
///
/// Head and body are whole multiples of 8 bytes, as the format asks, so that columns are aligned.
fn next_message(buffer: &Buffer, start: usize) -> Result<Option<(Block, usize)>, Fault> {
    let cut =
        |what: &str| Fault::CutShort { problem: format!("{what} at byte {start} is not there") };
    let rest = buffer.get(start..).unwrap_or_default();
    if rest.is_empty() {
        return Err(Fault::CutShort { problem: format!("it breaks off after {start} bytes") });
    }
    let prefix = rest.get(..PREFIX_SIZE).ok_or_else(|| cut("the message"))?;
    let (marker, length) = prefix.split_at(CONTINUATION.len());
    if marker != CONTINUATION {
        return Err(Fault::damaged(format!("there is no message at byte {start}")));
    }
    let length = i32::from_le_bytes(length.try_into().expect("the slice has four bytes"));
    if length == 0 {
        return Ok(None);
    }
    let wrong = || Fault::damaged(format!("a message at byte {start} of {length} bytes cannot be"));
    let length = usize::try_from(length).ok().filter(|length| length.is_multiple_of(8));
    let head_size = length.ok_or_else(wrong)? + PREFIX_SIZE;
    let head = rest.get(..head_size).ok_or_else(|| cut("the whole message"))?;
    let body_size = read_head(head)?.bodyLength();
    let body_size = usize::try_from(body_size).ok().filter(|size| size.is_multiple_of(8));
    let body_size = body_size.ok_or_else(wrong)?;
    if rest.len() - head_size < body_size {
        return Err(cut("the whole batch"));
    }
    let block = Block {
        head: buffer.slice_with_length(start, head_size),
        body: buffer.slice_with_length(start + head_size, body_size),
    };
    Ok(Some((block, start + head_size + body_size)))
}

fn empty() -> Fault {
    Fault::damaged("it ends before it begins")
}
