//! Files that are not what they seem: none may panic, and what is wrong must be said.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::types::Int16Type;
use arrow_array::{DictionaryArray, Int8Array, Int64Array, RecordBatch, StringArray};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{Metadata, Schema};
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

use super::*;
use crate::header;
use crate::schema::{FIELDS, key};
use crate::{Source, Step, TraceWriter, Workload};

fn workload() -> Workload {
    Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4])
}

fn row(id: i64, arrival: i64) -> TraceRow {
    let request = Request {
        id: RequestId(id),
        arrival: Moment::from_nanos(arrival),
        deadline: Moment::from_nanos(arrival + 100),
        tier: Tier::Premium,
        model: ModelId(1),
    };
    TraceRow { request, slo: 2, tensor_seed: Seed(u64::MAX - id as u64) }
}

fn file_of(rows: &[TraceRow]) -> Vec<u8> {
    let mut writer = TraceWriter::create(Vec::new(), &workload(), Seed(5)).unwrap();
    writer.push(rows).unwrap();
    writer.finish().unwrap().out
}

/// All that the reader can find wrong with these bytes.
fn read(bytes: &[u8]) -> Result<Vec<TraceRow>, TraceError> {
    let reader = TraceReader::from_bytes("t.arrow", bytes)?;
    reader.verify_digest()?;
    reader.rows().collect()
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let message = read(bytes).unwrap_err().to_string();
    assert!(message.starts_with("t.arrow: "), "{message}");
    assert!(message.contains(expected), "`{message}` does not contain `{expected}`");
}

#[test]
fn what_was_written_is_read() {
    let rows: Vec<TraceRow> = (0..20).map(|i| row(i, i / 2)).collect();
    let bytes = file_of(&rows);
    assert_eq!(read(&bytes).unwrap(), rows);
    let reader = TraceReader::from_bytes("t", &bytes).unwrap();
    assert_eq!(reader.header().workload, workload());
    assert_eq!(reader.header().seed, Seed(5));
    assert_eq!(reader.header().slos, ["urgent", "normal", "relaxed"]);
    assert_eq!(reader.header().rows, 20);
    assert_eq!(reader.file_size(), bytes.len() as u64);
}

#[test]
fn how_rows_were_made_is_kept() {
    let source = Source { name: "a.csv".to_owned(), rows: Some(1), ..Source::default() };
    let step = Step { operation: "import".to_owned(), sources: vec![source], ..Step::default() };
    let steps = [step];
    let mut writer = TraceWriter::create_derived(Vec::new(), &workload(), Seed(5), &steps).unwrap();
    writer.push(&[row(0, 0)]).unwrap();
    let bytes = writer.finish().unwrap().out;
    assert_eq!(TraceReader::from_bytes("t", &bytes).unwrap().header().provenance, steps);
}

#[test]
fn no_rows_are_a_trace_too() {
    assert_eq!(read(&file_of(&[])).unwrap(), []);
}

#[test]
fn columns_are_used_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.arrow");
    fs::write(&path, file_of(&[row(0, 0), row(1, 5)])).unwrap();
    let reader = TraceReader::open(&path).unwrap();
    let addresses = || {
        let batches: Vec<Batch> = reader.batches().map(Result::unwrap).collect();
        batches.iter().map(|batch| batch.arrivals_ns().as_ptr()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(), addresses());
}

#[test]
fn arrow_reads_the_same_table() {
    let rows: Vec<TraceRow> = (0..9).map(|i| row(i, 3 * i)).collect();
    let mut file = FileReader::try_new(Cursor::new(file_of(&rows)), None).unwrap();
    assert_eq!(file.schema().fields(), &*FIELDS);
    assert_eq!(file.schema().metadata().get(key::FORMAT).unwrap(), "trace");
    assert_eq!(file.custom_metadata()[key::ROWS], "9");
    assert_eq!(file.next().unwrap().unwrap().num_rows(), 9);
}

#[test]
fn the_bytes_do_not_depend_on_the_pushes() {
    let rows: Vec<TraceRow> = (0..70_000).map(|i| row(i, i)).collect();
    let whole = file_of(&rows);
    for size in [1, 999, 65_536] {
        let mut writer = TraceWriter::create(Vec::new(), &workload(), Seed(5)).unwrap();
        rows.chunks(size).for_each(|chunk| writer.push(chunk).unwrap());
        assert!(writer.finish().unwrap().out == whole, "pushes of {size}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let whole = file_of(&[row(0, 0), row(1, 5)]);
    for len in 0..whole.len() {
        assert!(read(&whole[..len]).is_err(), "the first {len} bytes were read");
    }
}

#[test]
fn a_changed_byte_is_refused_or_harmless() {
    let rows = [row(0, 0), row(1, 5), row(2, 5)];
    let whole = file_of(&rows);
    for position in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[position] ^= flip;
            // Padding and text may change unseen; rows may not.
            if let Ok(found) = read(&changed) {
                assert_eq!(found, rows, "byte {position} ^ {flip}");
            }
        }
    }
}

#[test]
fn a_changed_number_is_refused_or_harmless() {
    let rows = [row(0, 0), row(1, 5)];
    let whole = file_of(&rows);
    for position in (0..whole.len() - 8).step_by(4) {
        for number in [i64::MAX, i64::MIN, -1, 1 << 31, 1 << 40] {
            let mut changed = whole.clone();
            changed[position..position + 8].copy_from_slice(&number.to_le_bytes());
            if let Ok(found) = read(&changed) {
                assert_eq!(found, rows, "{number} at byte {position}");
            }
        }
    }
}

#[test]
fn foreign_files_are_named() {
    refused(b"", "does not begin");
    refused(b"ARROW1\0\0ARROW1", "too short");
    refused(b"request_id,arrival_ns\n0,0\n", "does not begin with `ARROW1`");
    let schema = |metadata: Metadata| Schema::new_with_metadata(FIELDS.clone(), metadata);
    let empty =
        |schema: &Schema| FileWriter::try_new(Vec::new(), schema).unwrap().into_inner().unwrap();
    refused(&empty(&schema(Metadata::new())), "no `reprise.format`");
    let outcome = Metadata::new().with(key::FORMAT, "outcome");
    refused(&empty(&schema(outcome)), "format `outcome`; give a trace");
    let newer = Metadata::new().with(key::FORMAT, "trace").with(key::VERSION, "2");
    refused(&empty(&schema(newer)), "format version 2");
    let bare = Metadata::new().with(key::FORMAT, "trace").with(key::VERSION, "1");
    refused(&empty(&schema(bare)), "column slo: has no dictionary");
}

#[test]
fn files_that_cannot_be_mapped_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let message =
        |name: &str| TraceReader::open(&folder.path().join(name)).unwrap_err().to_string();
    assert!(message("absent").contains("absent: cannot open"));
    assert!(message(".").contains("not a regular file"));
    fs::write(folder.path().join("empty"), []).unwrap();
    assert!(message("empty").contains("the file is empty"));
}

/// A table as another program might write it, with one column replaced.
struct Foreign {
    ids: Vec<i64>,
    arrivals: Vec<i64>,
    tiers: Vec<i8>,
    deadlines: Vec<i64>,
    rows: &'static str,
}

impl Foreign {
    fn new() -> Self {
        Self {
            ids: vec![0, 1, 2],
            arrivals: vec![0, 5, 5],
            tiers: vec![1, 2, 3],
            deadlines: vec![10, 10, 10],
            rows: "3",
        }
    }

    /// Writes it with a digest that is certainly wrong, since the rows are refused before.
    fn bytes(self) -> Vec<u8> {
        let metadata = header::to_metadata(&Header::new(&workload(), Seed(1), &[]));
        let schema = schema_of(metadata);
        let names = |list: Vec<&str>| {
            let values = Arc::new(StringArray::from(list));
            let positions = vec![0_i16; self.ids.len()].into();
            Arc::new(DictionaryArray::<Int16Type>::try_new(positions, values).unwrap())
        };
        let columns: Vec<arrow_array::ArrayRef> = vec![
            Arc::new(Int64Array::from(self.ids.clone())),
            Arc::new(Int64Array::from(self.arrivals)),
            Arc::new(Int8Array::from(self.tiers)),
            names(vec!["urgent"]),
            Arc::new(Int64Array::from(self.deadlines)),
            names(vec!["vit"]),
            Arc::new(Int64Array::from(vec![0; self.ids.len()])),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        let mut file = FileWriter::try_new(Vec::new(), &schema).unwrap();
        file.write_metadata(key::ROWS, self.rows);
        file.write_metadata(key::DIGEST, "0".repeat(64));
        file.write(&batch).unwrap();
        file.into_inner().unwrap()
    }
}

fn schema_of(metadata: impl Into<Metadata>) -> Arc<Schema> {
    crate::schema::with_metadata(metadata)
}

#[test]
fn rows_that_break_a_promise_are_named() {
    let check = |change: fn(&mut Foreign), expected: &str| {
        let mut foreign = Foreign::new();
        change(&mut foreign);
        refused(&foreign.bytes(), expected);
    };
    check(|_| {}, "digest is");
    check(|t| t.rows = "4", "holds 3 rows, but its footer says 4");
    check(|t| t.arrivals[0] = -1, "row 0, column arrival_ns: -1 is before the start");
    check(|t| t.arrivals[2] = 4, "row 2, column arrival_ns: request 2 at 4 stands behind");
    check(|t| t.deadlines[1] = 5, "row 1, column deadline_ns: 5 is not after");
    check(|t| t.tiers[1] = 4, "row 1, column tier: 4 is not 1, 2 or 3");
    check(|t| t.ids[2] = 1, "row 2, column request_id: 1 is also that of the row before");
    check(|t| t.ids[0] = 2, "row 2, column request_id: 2 is also the id of row 0");
    check(|t| t.ids[1] = 3, "row 2, column arrival_ns: request 2 at 5 stands behind request 3");
}

#[test]
fn ids_need_not_count_up() {
    let rows = [row(7, 0), row(3, 1), row(5, 2)];
    assert_eq!(read(&file_of(&rows)).unwrap(), rows);
}

#[test]
fn the_writer_keeps_the_same_promises() {
    let refusal = |rows: &[TraceRow]| {
        let mut writer = TraceWriter::create(Vec::new(), &workload(), Seed(5)).unwrap();
        writer.push(rows).unwrap();
        writer.finish().unwrap_err().to_string()
    };
    assert!(refusal(&[row(0, 5), row(1, 4)]).contains("row 1, column arrival_ns"));
    assert!(refusal(&[row(3, 1), row(2, 4), row(3, 5)]).contains("row 2, column request_id: 3"));
    let foreign_slo = TraceRow { slo: 3, ..row(0, 0) };
    assert!(refusal(&[foreign_slo]).contains("row 0, column slo: position 3 is outside"));
    let huge_slo = TraceRow { slo: u16::MAX, ..row(0, 0) };
    assert!(refusal(&[huge_slo]).contains("row 0, column slo"));
}

#[test]
fn a_wrong_column_is_named() {
    let columns = [("request_id", "arrival_ns", 1), ("arrival_ns", "arrival_ms", 1)];
    for (name, given, _) in columns {
        let fields: Vec<arrow_schema::FieldRef> = FIELDS
            .iter()
            .map(|field| match field.name() == name {
                true => Arc::new(field.as_ref().clone().with_name(given)),
                false => Arc::clone(field),
            })
            .collect();
        let metadata = header::to_metadata(&Header::new(&workload(), Seed(1), &[]));
        let schema = Schema::new_with_metadata(fields, metadata);
        let bytes = FileWriter::try_new(Vec::new(), &schema).unwrap().into_inner().unwrap();
        refused(&bytes, &format!("column {name}: its place holds column `{given}`"));
    }
}
