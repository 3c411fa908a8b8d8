//! Files of every format that are not what they seem: each is refused or harmless, and none makes
//! a reader panic or ask for more memory than a sound file would.

use std::fs;
use std::path::Path;

use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::import::{self, Options};
use trace::{
    Format, Header, TraceError, TraceReader, TraceRow, TraceWriter, Workload, Written, sidecar_path,
};

use crate::memory::largest_allocation;

/// Buffers for a batch or for a call of the operating system, with room to spare.
const ALLOCATION_MAX: usize = 8 << 20;

fn rows() -> Vec<TraceRow> {
    let row = |id: i64| {
        let request = Request {
            id: RequestId(id),
            arrival: Moment::from_nanos(3 * id),
            deadline: Moment::from_nanos(3 * id + 100),
            tier: Tier::ALL[id as usize % 3],
            model: ModelId(id as u16 % 2),
        };
        TraceRow { request, slo: id as u16 % 3, tensor_seed: Seed(u64::MAX / (id as u64 + 1)) }
    };
    (0..7).map(row).collect()
}

fn written(format: Format, rows: &[TraceRow]) -> Written<Vec<u8>> {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    // Each byte of the metadata costs a dozen readings.
    workload.classes.truncate(1);
    let header = Header::new(&workload, Seed(5), &[]);
    let mut writer = TraceWriter::create_as(format, Vec::new(), &header).unwrap();
    writer.push(rows).unwrap();
    writer.finish().unwrap()
}

fn all_of(reader: Result<TraceReader, TraceError>) -> Result<Vec<TraceRow>, TraceError> {
    let reader = reader?;
    reader.verify_digest()?;
    reader.rows().collect()
}

/// Reads damaged bytes: what is read is what was written, at no great expense.
#[track_caller]
fn refused_or_harmless(
    what: &str,
    expected: &[TraceRow],
    read: impl FnOnce() -> Result<Vec<TraceRow>, TraceError>,
) -> bool {
    let (found, allocated) = largest_allocation(read);
    assert!(allocated <= ALLOCATION_MAX, "{what}: asked for {allocated} bytes at once");
    match found {
        Ok(found) => assert_eq!(found, expected, "{what}"),
        Err(_) => return true,
    }
    false
}

/// Each byte in turn, with its lowest bit, its highest or all of its bits turned, and what was done.
fn flipped(whole: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    (0..whole.len()).flat_map(move |place| {
        [0x01, 0x80, 0xff].into_iter().map(move |flip| {
            let mut bytes = whole.to_vec();
            bytes[place] ^= flip;
            (format!("byte {place} ^ {flip:#x}"), bytes)
        })
    })
}

/// These too, and numbers that cannot be in the place of any others.
fn damaged(whole: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    let numbers = (0..whole.len().saturating_sub(8)).step_by(4).flat_map(move |place| {
        [i64::MAX, i64::MIN, -1, 1 << 31, 1 << 40].into_iter().map(move |number| {
            let mut bytes = whole.to_vec();
            bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
            (format!("{number} at byte {place}"), bytes)
        })
    });
    flipped(whole).chain(numbers)
}

/// A new file in place of the old: some file systems wait for the disk where one is overwritten.
fn replace(path: &Path, bytes: &[u8]) {
    // It may not be there yet.
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
}

const BINARY: [Format; 3] = [Format::Arrow, Format::ArrowStream, Format::Parquet];

#[test]
fn what_is_cut_short_anywhere_is_refused() {
    for format in BINARY {
        let whole = written(format, &rows()).out;
        for len in 0..whole.len() {
            let refused = refused_or_harmless(&format!("{format}: {len} bytes"), &rows(), || {
                all_of(TraceReader::from_bytes("t", &whole[..len]))
            });
            assert!(refused, "{format}: the first {len} bytes were read");
        }
    }
}

/// Changes of an Arrow file or Parquet: the digest gives every change of a row away.
fn changed(format: Format, step: usize) {
    let whole = written(format, &rows()).out;
    for (what, bytes) in damaged(&whole).step_by(step) {
        refused_or_harmless(&format!("{format}: {what}"), &rows(), || {
            all_of(TraceReader::from_bytes("t", &bytes))
        });
    }
}

#[test]
fn changed_arrow_files_are_refused_or_harmless() {
    changed(Format::Arrow, 1);
}

/// A stream has no digest, so that another possible value goes unseen; rows are never lost.
#[test]
fn changed_arrow_streams_are_refused_or_possible() {
    let whole = written(Format::ArrowStream, &rows()).out;
    for (what, bytes) in damaged(&whole) {
        let read = || all_of(TraceReader::from_bytes("t", &bytes));
        let (found, allocated) = largest_allocation(read);
        assert!(allocated <= ALLOCATION_MAX, "{what}: asked for {allocated} bytes at once");
        if let Ok(found) = found {
            assert_eq!(found.len(), rows().len(), "{what}");
        }
        let read = || TraceReader::salvage_bytes("t", &bytes).and_then(|(r, _)| all_of(Ok(r)));
        let (found, allocated) = largest_allocation(read);
        assert!(allocated <= ALLOCATION_MAX, "{what}: asked for {allocated} bytes at once");
        assert!(found.is_err() || found.unwrap().len() <= rows().len(), "{what}");
    }
}

#[test]
fn changed_parquet_is_refused_or_harmless() {
    // Every second damage, since a reading costs a millisecond; each byte has its share.
    changed(Format::Parquet, 2);
}

/// The table and the text beside it, damaged in turn.
#[test]
fn changed_text_is_refused_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let written = written(Format::Csv, &rows());
    let (table, sidecar) = (written.out, written.sidecar.unwrap().into_bytes());
    let read = || all_of(TraceReader::open(&path));

    replace(&sidecar_path(&path), &sidecar);
    for len in 0..table.len() {
        replace(&path, &table[..len]);
        let refused = refused_or_harmless(&format!("{len} bytes"), &rows(), read);
        // The last line may do without its line feed.
        assert!(refused || len == table.len() - 1, "the first {len} bytes were read");
    }
    for (what, bytes) in flipped(&table) {
        replace(&path, &bytes);
        refused_or_harmless(&format!("table, {what}"), &rows(), read);
    }
    replace(&path, &table);
    for len in 0..sidecar.len() - 1 {
        replace(&sidecar_path(&path), &sidecar[..len]);
        assert!(refused_or_harmless(&format!("{len} bytes beside"), &rows(), read));
    }
    for (what, bytes) in flipped(&sidecar) {
        replace(&sidecar_path(&path), &bytes);
        refused_or_harmless(&format!("beside, {what}"), &rows(), read);
    }
}

#[test]
fn a_missing_quote_does_not_take_all_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let written = written(Format::Csv, &rows());
    fs::write(sidecar_path(&path), written.sidecar.unwrap()).unwrap();
    let mut table = written.out;
    table.extend_from_slice(b"7,21,1,\"");
    table.resize(64 << 20, b'\n');
    fs::write(&path, table).unwrap();
    let (read, allocated) = largest_allocation(|| TraceReader::open(&path));
    let message = read.unwrap_err().to_string();
    assert!(message.contains("is a quote missing?"), "{message}");
    assert!(allocated <= ALLOCATION_MAX, "asked for {allocated} bytes at once");
}

/// The library makes room for what a page claims to be.
#[test]
fn a_page_is_not_believed_to_be_of_any_size() {
    let mut bytes = written(Format::Parquet, &rows()).out;
    // The header of the first page: its type, its size, its size in the file, each behind a byte
    // for the field. As much as the header grows, its page shrinks.
    let size = 7..8 + bytes[7..].iter().position(|&byte| byte < 0x80).unwrap();
    assert_eq!((bytes[4], bytes[6], bytes[size.end]), (0x15, 0x15, 0x15));
    let grown = 5 - size.len() as u8;
    bytes[size.end + 1] = bytes[size.end + 1].checked_sub(2 * grown).unwrap();
    bytes.splice(size, varint(i32::MAX.into()));
    let (read, allocated) = largest_allocation(|| TraceReader::from_bytes("t", &bytes));
    let message = read.unwrap_err().to_string();
    assert!(message.contains("claims to be one of 2147483647 bytes"), "{message}");
    assert!(allocated <= ALLOCATION_MAX, "asked for {allocated} bytes at once");
}

/// Numbers of any size in the footer of Parquet, where they take as many bytes as they need.
#[test]
fn large_numbers_in_a_footer_of_parquet_are_refused_or_harmless() {
    let whole = written(Format::Parquet, &rows()).out;
    let end = whole.len() - 8;
    let size = u32::from_le_bytes(whole[end..end + 4].try_into().unwrap()) as usize;
    for (place, number) in (end - size..end).zip([1 << 31, 1 << 40, i64::MAX, -1].repeat(size)) {
        let mut bytes = whole.clone();
        let number = varint(number);
        let grown = (size + number.len() - 1) as u32;
        bytes[end..end + 4].copy_from_slice(&grown.to_le_bytes());
        bytes.splice(place..=place, number);
        refused_or_harmless(&format!("a number at byte {place}"), &rows(), || {
            all_of(TraceReader::from_bytes("t", &bytes))
        });
    }
}

/// The same in the header of the first page, behind which all moves.
#[test]
fn large_numbers_in_a_page_of_parquet_are_refused_or_harmless() {
    let whole = written(Format::Parquet, &rows()).out;
    for (place, number) in
        (4..64).flat_map(|at| [1 << 31, i64::MAX, i32::MAX.into()].map(|n| (at, n)))
    {
        let mut bytes = whole.clone();
        bytes.splice(place..=place, varint(number));
        refused_or_harmless(&format!("{number} at byte {place}"), &rows(), || {
            all_of(TraceReader::from_bytes("t", &bytes))
        });
    }
}

/// Sources are as little to be believed as traces. Any number that fits is another source, so what
/// is read is not looked at.
#[test]
fn changed_sources_take_no_more_memory_than_sound_ones() {
    for name in ["outcome.arrow", "outcome.parquet"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name);
        let whole = fs::read(path).unwrap();
        for (what, bytes) in damaged(&whole).step_by(41) {
            let options = Options::new("t");
            let read = || drop(import::read("t", &bytes.clone().into(), &options, |_, _| true));
            let ((), allocated) = largest_allocation(read);
            assert!(allocated <= ALLOCATION_MAX, "{name}, {what}: asked for {allocated} bytes");
        }
    }
}

/// A number in Thrift's compact protocol.
fn varint(number: i64) -> Vec<u8> {
    let mut zigzag = (number << 1 ^ number >> 63).cast_unsigned();
    let mut bytes = Vec::new();
    while zigzag >= 0x80 {
        bytes.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
    bytes
}
