//! Checks of an Arrow file that must hold before arrow may touch it.
//!
//! The library slices buffers where the file says they are and panics where there is nothing, so
//! every offset, length and count is compared with what is really there first. What the library
//! checks by itself (dictionary positions in range, text in UTF-8, counts of nulls) is left to it.

use arrow_ipc::{Block, Message, MessageHeader, RecordBatch, root_as_message};

use crate::schema::{Column, Kind};

/// Bytes before the first block: the magic, padded to eight.
const HEAD: u64 = 8;

/// What begins each message: the continuation mark, then the length of the message.
pub(super) const PREFIX: [u8; 4] = [0xff; 4];
pub(super) const PREFIX_LENGTH: usize = 8;

/// Where a block lies in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) offset: u64,
    pub(super) length: usize,
    metadata_length: usize,
}

/// The extent of `block`, which must lie before `end`.
pub(super) fn extent(block: &Block, end: u64) -> Result<Extent, String> {
    let outside = || "a block of it lies outside the file".to_owned();
    let offset = u64::try_from(block.offset()).map_err(|_| outside())?;
    let metadata = u64::try_from(block.metaDataLength()).map_err(|_| outside())?;
    let body = u64::try_from(block.bodyLength()).map_err(|_| outside())?;
    let length = metadata.checked_add(body).ok_or_else(outside)?;
    let fits = offset >= HEAD && offset.checked_add(length).is_some_and(|last| last <= end);
    if !fits || metadata < PREFIX_LENGTH as u64 {
        return Err(outside());
    }
    Ok(Extent {
        offset,
        length: usize::try_from(length).map_err(|_| outside())?,
        metadata_length: usize::try_from(metadata).map_err(|_| outside())?,
    })
}

/// Checks a block that should hold rows of these columns. `bytes` are all of its bytes.
pub(super) fn check_rows(extent: Extent, bytes: &[u8], columns: &[Column]) -> Result<(), String> {
    let message = message(extent, bytes)?;
    if message.header_type() != MessageHeader::RecordBatch {
        return Err("a block that should hold rows holds something else".into());
    }
    let batch = message.header_as_record_batch().ok_or("a block of rows has no header")?;
    let kinds: Vec<_> = columns.iter().map(|column| Some((column.name, column.kind))).collect();
    check_batch(extent, bytes, &batch, &kinds)
}

/// Checks a block that should hold the values of a dictionary.
pub(super) fn check_dictionary(extent: Extent, bytes: &[u8]) -> Result<(), String> {
    let message = message(extent, bytes)?;
    if message.header_type() != MessageHeader::DictionaryBatch {
        return Err("a block that should hold a dictionary holds something else".into());
    }
    let header = message.header_as_dictionary_batch();
    let batch = header.and_then(|header| header.data()).ok_or("a dictionary has no values")?;
    check_batch(extent, bytes, &batch, &[None])
}

fn message(extent: Extent, bytes: &[u8]) -> Result<Message<'_>, String> {
    if bytes.len() != extent.length || bytes[..PREFIX.len()] != PREFIX {
        return Err("a block of it does not begin as a message".into());
    }
    root_as_message(&bytes[PREFIX_LENGTH..])
        .map_err(|error| format!("a block of it has a damaged header ({error})"))
}

/// Checks one batch against its columns; `None` stands for a column of text.
fn check_batch(
    extent: Extent,
    bytes: &[u8],
    batch: &RecordBatch<'_>,
    columns: &[Option<(&str, Kind)>],
) -> Result<(), String> {
    if batch.compression().is_some() {
        return Err("its buffers are compressed, and only plain ones are read".into());
    }
    if batch.variadicBufferCounts().is_some_and(|counts| !counts.is_empty()) {
        return Err("it has buffers of a kind that no column has".into());
    }
    let rows = u64::try_from(batch.length()).map_err(|_| "a batch has a negative length")?;
    let nodes = batch.nodes().ok_or("a batch lists no columns")?;
    let lengths = buffer_lengths(batch, bytes.len() - extent.metadata_length)?;
    let buffer_count: usize = columns.iter().map(|column| column.map_or(3, |_| 2)).sum();
    if nodes.len() != columns.len() || lengths.len() != buffer_count {
        return Err("a batch does not have the columns of the schema".into());
    }
    let mut lengths = lengths.into_iter();
    for (column, node) in columns.iter().zip(nodes) {
        let name = column.map_or("of a dictionary", |(name, _)| name);
        let nulls = u64::try_from(node.null_count()).ok().filter(|&nulls| nulls <= rows);
        if u64::try_from(node.length()) != Ok(rows) || nulls.is_none() {
            return Err(format!("column {name} has a wrong length"));
        }
        let mut next = || lengths.next().unwrap_or(0);
        let validity = next();
        let sound = (nulls == Some(0) || validity >= bytes_of(rows, 1))
            && match column {
                Some((_, kind)) => sound_values(next(), rows, kind.bits()),
                None => {
                    let (offsets, _letters) = (next(), next());
                    sound_offsets(offsets, rows)
                }
            };
        if !sound {
            return Err(format!("column {name} has the wrong number of bytes for {rows} rows"));
        }
    }
    Ok(())
}

/// Whether `bytes` are whole values of `bits` each, and enough of them.
fn sound_values(bytes: u64, rows: u64, bits: u64) -> bool {
    bytes >= bytes_of(rows, bits) && bytes.is_multiple_of(bits.div_ceil(8))
}

/// Whether text has one offset more than it has values, or none at all of none. Whether the
/// offsets point at letters is for the library to check.
fn sound_offsets(offsets: u64, rows: u64) -> bool {
    offsets.is_multiple_of(4) && (rows == 0 || offsets >= bytes_of(rows.saturating_add(1), 32))
}

/// Lengths of the batch's buffers, each of which must lie within the body.
fn buffer_lengths(batch: &RecordBatch<'_>, body_length: usize) -> Result<Vec<u64>, String> {
    let outside = || "a buffer of it lies outside its block".to_owned();
    let buffers = batch.buffers().ok_or("a batch lists no buffers")?;
    let length_within = |buffer: &arrow_ipc::Buffer| {
        let offset = u64::try_from(buffer.offset()).ok()?;
        let length = u64::try_from(buffer.length()).ok()?;
        let end = offset.checked_add(length)?;
        (end <= body_length as u64).then_some(length)
    };
    buffers.iter().map(|buffer| length_within(buffer).ok_or_else(outside)).collect()
}

/// Bytes that hold `rows` values of `bits` each.
fn bytes_of(rows: u64, bits: u64) -> u64 {
    rows.saturating_mul(bits).div_ceil(8)
}
