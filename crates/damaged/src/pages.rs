//! Whether the pages of a Parquet file can be as large as they say.
//!
//! The library makes room for a page by the size that its header claims, up to 2 GiB for a few
//! bytes of Snappy. So the headers are read here first. They are structs of Thrift's compact
//! protocol, <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>;
//! the fields are those of `PageHeader` in
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use std::io::{self, Read, Take};
use std::ops::Range;

use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::ChunkReader;

/// Three bytes of Snappy stand for 64 at the most, and a page has at least its length.
const SNAPPY_RATIO_MAX: u64 = 22;

/// A header without statistics takes some 30 bytes, and statistics hold two values.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// Checks where the pages of each column lie, and the size of those that would be decompressed.
///
/// # Errors
/// Says what is wrong with a page.
pub fn check(file: &impl ChunkReader, metadata: &ParquetMetaData) -> Result<(), String> {
    let mut chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    chunks.try_for_each(|chunk| {
        let checked = extent(file, chunk).and_then(|extent| match chunk.compression() {
            Compression::SNAPPY => check_pages(file, extent),
            _ => Ok(()),
        });
        checked.map_err(|problem| format!("column {}: {problem}", chunk.column_path().string()))
    })
}

/// Where the pages of a column begin and end.
fn extent(file: &impl ChunkReader, chunk: &ColumnChunkMetaData) -> Result<Range<u64>, String> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let start = u64::try_from(start).map_err(|_| outside())?;
    let size = u64::try_from(chunk.compressed_size()).map_err(|_| outside())?;
    let end = start.checked_add(size).filter(|&end| end <= file.len()).ok_or_else(outside)?;
    Ok(start..end)
}

fn outside() -> String {
    "its pages lie outside the file".into()
}

fn check_pages(file: &impl ChunkReader, Range { start, end }: Range<u64>) -> Result<(), String> {
    let mut at = start;
    while at < end {
        let Page { header_size, compressed, uncompressed } = page(file, at, end)
            .map_err(|error| format!("the header of a page at byte {at} is damaged: {error}"))?;
        if uncompressed > (compressed + 1) * SNAPPY_RATIO_MAX {
            return Err(format!(
                "a page of {compressed} bytes claims to be one of {uncompressed} bytes compressed"
            ));
        }
        at += header_size + compressed;
        if at > end {
            return Err(outside());
        }
    }
    Ok(())
}

/// What matters of a page's header.
struct Page {
    header_size: u64,
    compressed: u64,
    uncompressed: u64,
}

/// Reads the header at `at`.
fn page(file: &impl ChunkReader, at: u64, end: u64) -> io::Result<Page> {
    let limit = (end - at).min(HEADER_BYTES_MAX);
    let mut thrift = Thrift { from: file.get_read(at).map_err(io::Error::other)?.take(limit) };
    let (mut compressed, mut uncompressed) = (None, None);
    let mut id = 0;
    while let Some((next, kind)) = thrift.field(id)? {
        id = next;
        match (id, kind) {
            (2, Kind::Int) => uncompressed = Some(thrift.size()?),
            (3, Kind::Int) => compressed = Some(thrift.size()?),
            (1 | 4, Kind::Int) => drop(thrift.varint()?),
            (5, Kind::Struct) => thrift.fixed(&DATA_PAGE)?,
            (7, Kind::Struct) => thrift.fixed(&DICTIONARY_PAGE)?,
            (8, Kind::Struct) => thrift.fixed(&DATA_PAGE_V2)?,
            (1..=8, kind) if (id, kind) != (6, Kind::Struct) => return Err(damaged()),
            (_, kind) => thrift.skip(kind, DEPTH_MAX)?,
        }
    }
    let header_size = limit - thrift.from.limit();
    let size = |size: Option<u64>| size.ok_or_else(damaged);
    Ok(Page { header_size, compressed: size(compressed)?, uncompressed: size(uncompressed)? })
}

/// Types of the fields of the structs in a header, from field 1 on. The library reads them by
/// these, whatever the file says that they are.
const DATA_PAGE: [Kind; 5] = [Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Struct];
const DICTIONARY_PAGE: [Kind; 3] = [Kind::Int, Kind::Int, Kind::Bool];
const DATA_PAGE_V2: [Kind; 8] =
    [Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Bool, Kind::Struct];

/// How deep structs may stand in one another.
const DEPTH_MAX: u32 = 16;

/// Type of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Has no bytes but the field's own.
    Bool,
    Byte,
    /// Of 16 to 64 bits.
    Int,
    Double,
    Binary,
    /// Or set.
    List,
    Map,
    Struct,
}

impl Kind {
    fn of(code: u8) -> io::Result<Self> {
        Ok(match code {
            1 | 2 => Self::Bool,
            3 => Self::Byte,
            4..=6 => Self::Int,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return Err(damaged()),
        })
    }
}

fn damaged() -> io::Error {
    io::Error::other("it is no page header")
}

/// Values in the compact protocol.
struct Thrift<R> {
    from: Take<R>,
}

impl<R: Read> Thrift<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.from.read_exact(&mut byte).map(|()| byte[0])
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    /// A whole number below 2^31.
    fn size(&mut self) -> io::Result<u64> {
        let zigzag = self.varint()?;
        let size = (zigzag & 1 == 0).then_some(zigzag >> 1);
        size.filter(|&size| size <= i32::MAX as u64).ok_or_else(damaged)
    }

    /// Id and type of the next field of a struct, after that of the id `last`; `None` at its end.
    fn field(&mut self, last: i16) -> io::Result<Option<(i16, Kind)>> {
        let byte = self.byte()?;
        if byte & 0xf == 0 {
            return Ok(None);
        }
        let id = match i16::from(byte >> 4) {
            0 => {
                let zigzag = self.varint()?;
                let id = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
                i16::try_from(id).ok()
            }
            delta => last.checked_add(delta),
        };
        Ok(Some((id.ok_or_else(damaged)?, Kind::of(byte & 0xf)?)))
    }

    /// Passes over a struct whose fields have these types.
    fn fixed(&mut self, kinds: &[Kind]) -> io::Result<()> {
        let mut id = 0;
        while let Some((next, kind)) = self.field(id)? {
            id = next;
            let known = usize::try_from(id - 1).ok().and_then(|index| kinds.get(index));
            if known.is_some_and(|&known| known != kind) {
                return Err(damaged());
            }
            self.skip(kind, DEPTH_MAX)?;
        }
        Ok(())
    }

    fn skip(&mut self, kind: Kind, depth: u32) -> io::Result<()> {
        let depth = depth.checked_sub(1).ok_or_else(damaged)?;
        match kind {
            Kind::Bool => Ok(()),
            Kind::Byte => self.bytes(1),
            Kind::Int => self.varint().map(drop),
            Kind::Double => self.bytes(8),
            Kind::Binary => self.varint().and_then(|len| self.bytes(len)),
            Kind::List => {
                let byte = self.byte()?;
                let len = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                if byte == 0 {
                    return Ok(());
                }
                let kind = Kind::of(byte & 0xf)?;
                (0..len).try_for_each(|_| self.element(kind, depth))
            }
            Kind::Map => {
                let len = self.varint()?;
                if len == 0 {
                    return Ok(());
                }
                let byte = self.byte()?;
                let (key, value) = (Kind::of(byte >> 4)?, Kind::of(byte & 0xf)?);
                (0..len).try_for_each(|_| {
                    self.element(key, depth)?;
                    self.element(value, depth)
                })
            }
            Kind::Struct => {
                let mut id = 0;
                while let Some((next, kind)) = self.field(id)? {
                    id = next;
                    self.skip(kind, depth)?;
                }
                Ok(())
            }
        }
    }

    /// Within a list a truth value takes a byte, so that each element takes one at least.
    fn element(&mut self, kind: Kind, depth: u32) -> io::Result<()> {
        self.skip(if kind == Kind::Bool { Kind::Byte } else { kind }, depth)
    }

    fn bytes(&mut self, len: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.from.by_ref().take(len), &mut io::sink())?;
        if passed == len { Ok(()) } else { Err(damaged()) }
    }
}
