//! The outside of an Arrow IPC file: magic, footer, blocks.
//!
//! The layout is that of <https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format>. Only
//! the part that a trace needs is read, and nothing is read before it is known to be there: arrow's
//! own reader panics on blocks that reach past the end of the file.

use std::collections::BTreeMap;

use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{Footer, MetadataVersion, root_as_footer};
use arrow_schema::Fields;

use super::fields;
use crate::error::Fault;
use crate::schema::{FIELDS, column};

/// What an Arrow file begins and ends with.
pub(super) const MAGIC: &[u8; 6] = b"ARROW1";

/// Footer length and magic, at the end of the file.
const TRAILER_SIZE: usize = 4 + MAGIC.len();

/// Where the first block can begin: the magic, padded.
pub(super) const LEAD_SIZE: usize = 8;

/// A file or stream whose blocks lie inside it.
pub(super) struct Container {
    /// Metadata of the schema and of the footer.
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) dictionaries: Vec<Block>,
    pub(super) batches: Vec<Block>,
    /// Name and type of each column, and the id of its dictionary.
    fields: Fields,
    dictionary_ids: Vec<Option<i64>>,
}

/// A message of the file: its description, and the bytes that it describes.
pub(super) struct Block {
    pub(super) head: Buffer,
    pub(super) body: Buffer,
}

impl Container {
    pub(super) fn parse(file: &Buffer) -> Result<Self, Fault> {
        let (footer_start, footer) = footer_of(file)?;
        let schema = footer.schema().ok_or_else(|| Fault::damaged("the footer has no schema"))?;
        if footer.version() != MetadataVersion::V5 {
            let problem =
                format!("Arrow metadata version {:?}; write the file with V5", footer.version());
            return Err(Fault::foreign(problem));
        }
        let mut container = Self::described(schema)?;
        for entry in footer.custom_metadata().into_iter().flatten() {
            if let (Some(key), Some(value)) = (entry.key(), entry.value()) {
                container.metadata.insert(key.to_owned(), value.to_owned());
            }
        }
        let list = footer.dictionaries().into_iter().flatten();
        container.dictionaries = blocks(file, footer_start, list)?;
        let list = footer.recordBatches().into_iter().flatten();
        container.batches = blocks(file, footer_start, list)?;
        Ok(container)
    }

    /// An empty container of this schema.
    pub(super) fn described(schema: arrow_ipc::Schema<'_>) -> Result<Self, Fault> {
        if !schema.endianness().equals_to_target_endianness() {
            return Err(Fault::foreign("a big-endian file; write it on a little-endian machine"));
        }
        let dictionary_ids = schema.fields().into_iter().flatten();
        let dictionary_ids = dictionary_ids.map(|field| field.dictionary().map(|d| d.id()));
        let dictionary_ids = dictionary_ids.collect();
        let schema = try_fb_to_schema(schema).map_err(|error| Fault::damaged(error.to_string()))?;
        Ok(Self {
            metadata: schema.metadata.clone().into(),
            dictionaries: Vec::new(),
            batches: Vec::new(),
            fields: schema.fields,
            dictionary_ids,
        })
    }

    /// Checks the columns, and gives the dictionaries' ids of `slo` and `model`.
    pub(super) fn dictionary_ids(&self) -> Result<[i64; 2], Fault> {
        fields::check(&self.fields, &FIELDS)?;
        let id_of = |name| {
            let index = column::ALL.iter().position(|&column| column == name);
            let id = index.and_then(|index| self.dictionary_ids[index]);
            id.ok_or_else(|| Fault::column(name, "has no dictionary"))
        };
        Ok([id_of(column::SLO)?, id_of(column::MODEL)?])
    }
}

/// Finds the footer: where it starts, and what it says.
fn footer_of(file: &[u8]) -> Result<(usize, Footer<'_>), Fault> {
    if !file.starts_with(MAGIC) {
        return Err(Fault::damaged("it does not begin with `ARROW1`, as Arrow files do"));
    }
    let trailer_start = file.len().checked_sub(TRAILER_SIZE).filter(|&start| start >= LEAD_SIZE);
    let trailer_start = trailer_start.ok_or_else(|| Fault::damaged("it is too short"))?;
    let (length, magic) = file[trailer_start..].split_at(4);
    if magic != MAGIC {
        return Err(Fault::damaged("it does not end with `ARROW1`, so its end is missing"));
    }
    let length = i32::from_le_bytes(length.try_into().expect("the slice has four bytes"));
    let footer_start = usize::try_from(length).ok().and_then(|length| {
        trailer_start.checked_sub(length).filter(|&start| start >= LEAD_SIZE && length > 0)
    });
    let footer_start = footer_start
        .ok_or_else(|| Fault::damaged(format!("a footer of {length} bytes cannot be")))?;
    let footer = root_as_footer(&file[footer_start..trailer_start])
        .map_err(|error| Fault::damaged(format!("its footer does not read: {error}")))?;
    Ok((footer_start, footer))
}

/// Cuts the blocks out of the file. They must follow one another, as all writers place them, so
/// that a small file cannot pretend to be a large one.
fn blocks<'a>(
    file: &Buffer,
    footer_start: usize,
    list: impl Iterator<Item = &'a arrow_ipc::Block>,
) -> Result<Vec<Block>, Fault> {
    let mut free_from = LEAD_SIZE;
    let mut blocks = Vec::new();
    for (index, block) in list.enumerate() {
        let numbers = (block.offset(), block.metaDataLength(), block.bodyLength());
        let placed = place(numbers, free_from, footer_start);
        let (start, body, end) = placed.ok_or_else(|| {
            Fault::damaged(format!("block {index} {numbers:?} does not lie where it can"))
        })?;
        blocks.push(Block {
            head: file.slice_with_length(start, body - start),
            body: file.slice_with_length(body, end - body),
        });
        free_from = end;
    }
    Ok(blocks)
}

/// Start of a block, of its body, and its end; `None` where it leaves its room or its alignment.
fn place(
    (offset, head, body): (i64, i32, i64),
    free_from: usize,
    free_until: usize,
) -> Option<(usize, usize, usize)> {
    let start = usize::try_from(offset).ok().filter(|&start| start >= free_from)?;
    let head = usize::try_from(head).ok().filter(|&head| head >= 8)?;
    let body_start = start.checked_add(head)?;
    let end = body_start.checked_add(usize::try_from(body).ok()?)?;
    let aligned = start.is_multiple_of(8) && body_start.is_multiple_of(8);
    (aligned && end <= free_until).then_some((start, body_start, end))
}
