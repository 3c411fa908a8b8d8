//! Every format holds the same trace: by our own readers, and by pyarrow.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use proptest::prelude::*;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::edit::convert;
use trace::{
    Format, Header, Source, Step, TraceReader, TraceRow, TraceWriter, Workload, Written,
    sidecar_path,
};

/// Version of pyarrow.
const PYARROW: &str = "26.0.1";

/// Names that text must quote, and models that are not in order of their names.
fn awkward() -> Header {
    let mut workload = Workload::built_in("balanced").unwrap().with_tensor_shape(&[1, 4]);
    for (slo, name) in workload.slos.iter_mut().zip(["ur,gent", "\"normal\"", " relaxed; näme "]) {
        slo.name = name.to_owned();
    }
    for (model, name) in workload.models.iter_mut().zip(["z\"1", "a, b"]) {
        model.name = name.to_owned();
    }
    let source = Source { name: "a \"b\".csv".to_owned(), rows: Some(1), ..Source::default() };
    let step = Step { operation: "import".to_owned(), sources: vec![source], ..Step::default() };
    Header::new(&workload, Seed(u64::MAX), &[step])
}

/// Writes a trace into this folder, and gives back its path.
fn write(folder: &Path, format: Format, header: &Header, rows: &[TraceRow]) -> PathBuf {
    let path = folder.join(format!("t.{format}"));
    let file = File::create(&path).unwrap();
    let mut writer = TraceWriter::create_as(format, file, header).unwrap();
    writer.push(rows).unwrap();
    place(&path, writer.finish().unwrap());
    path
}

fn place<W>(path: &Path, written: Written<W>) {
    if let Some(sidecar) = written.sidecar {
        fs::write(sidecar_path(path), sidecar).unwrap();
    }
}

fn rows_of(trace: &TraceReader) -> Vec<TraceRow> {
    trace.rows().map(Result::unwrap).collect()
}

prop_compose! {
    fn any_row()(
        id in any::<i64>(),
        arrival in 0_i64..50,
        slo_ns in prop_oneof![1_i64..9, Just(i64::MAX - 50)],
        tier in 1_i64..4,
        slo in 0_u16..3,
        model in 0_u16..2,
        seed in any::<u64>(),
    ) -> TraceRow {
        let request = Request {
            id: RequestId(id),
            arrival: Moment::from_nanos(arrival),
            deadline: Moment::from_nanos(arrival + slo_ns),
            tier: Tier::from_number(tier).unwrap(),
            model: ModelId(model),
        };
        TraceRow { request, slo, tensor_seed: Seed(seed) }
    }
}

prop_compose! {
    fn any_rows()(rows in prop::collection::vec(any_row(), 0..40)) -> Vec<TraceRow> {
        let mut rows = rows;
        rows.sort_by_key(|row| row.request.id);
        rows.dedup_by_key(|row| row.request.id);
        rows.sort_by_key(|row| (row.request.arrival, row.request.id));
        rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_format_gives_back_what_was_written(rows in any_rows()) {
        let folder = tempfile::tempdir().unwrap();
        let first = TraceReader::open(&write(folder.path(), Format::Arrow, &awkward(), &rows));
        let first = first.unwrap();
        prop_assert_eq!(&rows_of(&first), &rows);
        for format in Format::ALL {
            let trace = TraceReader::open(&write(folder.path(), format, &awkward(), &rows)).unwrap();
            trace.verify_digest().unwrap();
            prop_assert_eq!(trace.header(), first.header());
            prop_assert_eq!(&rows_of(&trace), &rows, "{}", format);
            for other in Format::ALL {
                let path = folder.path().join(format!("again.{other}"));
                let file = File::create(&path).unwrap();
                place(&path, convert(&trace).write_as(other, file, |_, _| {}).unwrap());
                let bytes = fs::read(write(folder.path(), other, &awkward(), &rows)).unwrap();
                prop_assert!(fs::read(path).unwrap() == bytes, "{} to {}", format, other);
            }
        }
    }
}

/// Counts up over more than two batches and a row group.
fn many() -> Vec<TraceRow> {
    let row = |id: i64| {
        let request = Request {
            id: RequestId(id),
            arrival: Moment::from_nanos(10 * id),
            deadline: Moment::from_nanos(10 * id + 1_000),
            tier: Tier::ALL[id as usize % 3],
            model: ModelId((id % 7 == 0).into()),
        };
        TraceRow { request, slo: (id % 3) as u16, tensor_seed: Seed(id.cast_unsigned() << 40) }
    };
    (0..300_000).map(row).collect()
}

#[test]
fn rows_pass_in_batches_whatever_the_pushes() {
    let folder = tempfile::tempdir().unwrap();
    let rows = many();
    for format in Format::ALL {
        let path = write(folder.path(), format, &awkward(), &rows);
        let trace = TraceReader::open(&path).unwrap();
        trace.verify_digest().unwrap();
        assert!(rows_of(&trace) == rows, "{format}");

        let mut writer = TraceWriter::create_as(format, Vec::new(), &awkward()).unwrap();
        rows.chunks(999).for_each(|chunk| writer.push(chunk).unwrap());
        let written = writer.finish().unwrap();
        assert!(written.out == fs::read(&path).unwrap(), "{format}");
        assert_eq!(written.digest, trace.header().digest);
    }
}

/// What is flushed is there, whenever the writer dies.
#[test]
fn a_stream_is_whole_after_each_flush() {
    let header = awkward();
    let rows = &many()[..90];
    let mut bytes = Vec::new();
    let mut writer = TraceWriter::create_as(Format::ArrowStream, &mut bytes, &header).unwrap();
    for chunk in rows.chunks(30) {
        writer.push(chunk).unwrap();
        writer.flush().unwrap();
        // Nothing that is not there is written.
        writer.flush().unwrap();
    }
    // No end: the writer dies.
    std::mem::forget(writer);
    let message = TraceReader::from_bytes("t", &bytes).unwrap_err().to_string();
    assert!(message.contains("t: cut short: it breaks off after"), "{message}");
    for lost in [0, 1, 1_000] {
        let (kept, salvage) =
            TraceReader::salvage_bytes("t", &bytes[..bytes.len() - lost]).unwrap();
        let expected = if lost == 0 { 90 } else { 60 };
        assert_eq!(rows_of(&kept), rows[..expected]);
        assert_eq!((salvage.rows, salvage.batches_lost), (expected as u64, 0));
        assert!(salvage.problem.is_some());
    }
}

/// A disk may have kept the place of a batch, and not its bytes.
#[test]
fn a_batch_of_zeros_is_not_kept() {
    let header = awkward();
    let rows = &many()[..60];
    let mut bytes = Vec::new();
    let mut writer = TraceWriter::create_as(Format::ArrowStream, &mut bytes, &header).unwrap();
    for chunk in rows.chunks(30) {
        writer.push(chunk).unwrap();
        writer.flush().unwrap();
    }
    std::mem::forget(writer);
    let len = bytes.len();
    bytes[len - 800..].fill(0);
    let (kept, salvage) = TraceReader::salvage_bytes("t", &bytes).unwrap();
    assert_eq!(rows_of(&kept), rows[..30]);
    assert_eq!((salvage.rows, salvage.batches_lost), (30, 1));
}

/// Columns of text may stand in any order, with others beside them; the numbers must be there.
#[test]
fn text_is_read_by_the_names_of_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), Format::Csv, &awkward(), &many()[..2]);
    let refusal = |table: &str| {
        fs::write(&path, table).unwrap();
        TraceReader::open(&path).unwrap_err().to_string()
    };
    let header = "note,tensor_seed,model,deadline_ns,slo,tier,arrival_ns,request_id\r\n";
    let first = "hello,0,\"a, b\",1000,\"ur,gent\",1,0,0\r\n";
    let second = "\"two\nlines\",1099511627776,\"z\"\"1\",1010,\"\"\"normal\"\"\",2,10,1";
    fs::write(&path, format!("{header}{first}{second}")).unwrap();
    assert_eq!(rows_of(&TraceReader::open(&path).unwrap()), many()[..2]);

    for (wrong, expected) in [
        (first.replace("1000", "1e3"), "line 2, column deadline_ns: \"1e3\" is not an integer"),
        (first.replace("gent", "gents"), "line 2, column slo: \"ur,gents\" is not in its metadata"),
        (first.replace(",1,0,0", ",300,0,0"), "line 2, column tier: \"300\" is not an integer"),
        (first.replace(",1,0,0", ",4,0,0"), "row 0, column tier: 4 is not 1, 2 or 3"),
        (first.replace("hello,", ""), "previous record has 8 fields"),
        (first.replace(",1,0,0", ",2,0,0"), "digest is "),
        (String::new(), "it holds 1 rows, but its metadata says 2"),
    ] {
        let message = refusal(&format!("{header}{wrong}{second}"));
        assert!(message.contains(expected), "`{message}` does not contain `{expected}`");
    }
    assert!(refusal("request_id,tier\n1,1\n").contains("column arrival_ns: is not in the header"));
    let twice = header.replace("note", "tier");
    assert!(refusal(&format!("{twice}{first}")).contains("column tier: is in the header twice"));
}

#[test]
fn streams_one_after_the_other_are_not_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), Format::ArrowStream, &awkward(), &many()[..2]);
    let bytes = fs::read(path).unwrap();
    let message = TraceReader::from_bytes("t", &[&bytes[..], &bytes[..]].concat()).unwrap_err();
    assert!(message.to_string().contains("bytes follow the marker of its end"), "{message}");
}

/// Reads a trace of each format with pyarrow, compares the tables, and hashes one as FORMAT.md
/// tells; then writes them anew in each format, as another program would.
const SCRIPT: &str = r#"
import hashlib, json, sys
import pyarrow as pa, pyarrow.csv, pyarrow.ipc, pyarrow.parquet

file = pa.ipc.open_file("t.arrow")
table = file.read_all()
stream = pa.ipc.open_stream("t.arrows").read_all()
parquet = pa.parquet.read_table("t.parquet")
text = pa.csv.read_csv("t.csv")
table.validate(full=True)
assert stream.equals(table)
assert stream.schema.metadata == table.schema.metadata
plain = table.to_pylist()
assert parquet.to_pylist() == plain
assert [field.name for field in parquet.schema] == table.column_names
assert not any(field.nullable for field in parquet.schema)
assert text.to_pylist() == plain
sidecar = json.load(open("t.csv.meta.json"))
footer = pa.parquet.read_metadata("t.parquet")
assert footer.created_by == "reprise", footer.created_by
footer = {k.decode(): v.decode() for k, v in footer.metadata.items() if k.startswith(b"reprise.")}
assert footer == sidecar
for key, value in table.schema.metadata.items():
    assert sidecar[key.decode()] == value.decode(), key
assert json.loads(sidecar["reprise.names"])["model"] == table["model"].chunk(0).dictionary.to_pylist()

lines = "reprise.trace 1\n"
for name, tensor in sorted(json.loads(sidecar["reprise.models"]).items()):
    lines += f"model {name} float32 {'x'.join(map(str, tensor['shape']))}\n"
lines += f"rows {len(text)}\n"
for name in table.column_names:
    if name in ("slo", "model"):
        values = "".join(f"{value}\n" for value in text[name].to_pylist()).encode()
    else:
        values = text[name].cast(table[name].type).to_numpy().tobytes()
    lines += f"{name} {hashlib.sha256(values).hexdigest()}\n"
assert hashlib.sha256(lines.encode()).hexdigest() == sidecar["reprise.digest"]

with pa.OSFile("foreign.arrows", "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
    writer.write_table(table, max_chunksize=7)
with pa.OSFile("lost.arrow", "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
    writer.write_table(table)
options = pa.ipc.IpcWriteOptions(compression="zstd")
with pa.OSFile("packed.arrow", "wb") as out, \
        pa.ipc.new_file(out, table.schema, options=options, metadata=None) as writer:
    writer.write_table(table)
with pa.OSFile("packed.arrows", "wb") as out, \
        pa.ipc.new_stream(out, table.schema, options=options) as writer:
    writer.write_table(table)
whole = parquet.replace_schema_metadata(footer)
for name, options in {
    "zip": {"compression": "none", "version": "1.0"},
    "pages": {"data_page_version": "2.0", "data_page_size": 64, "row_group_size": 5},
    "plain": {"use_dictionary": False, "compression": "snappy"},
    "delta": {"use_dictionary": False, "column_encoding": {"request_id": "DELTA_BINARY_PACKED"}},
}.items():
    pa.parquet.write_table(whole, f"{name}.parquet", **options)
pa.parquet.write_table(whole, "zstd.parquet", compression="zstd")
"#;

#[test]
fn pyarrow_reads_and_writes_the_same() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    // Commas and quotes, but no spaces at the ends, which pyarrow's text reader keeps too.
    let header = awkward();
    let rows = &many()[..40];
    for format in Format::ALL {
        write(folder.path(), format, &header, rows);
    }
    let mut script = Command::new(python);
    complete(script.current_dir(folder.path()).args(["-c", SCRIPT])).unwrap();

    let open = |name: &str| TraceReader::open(&folder.path().join(name));
    let digest = open("t.arrow").unwrap().header().digest.clone();
    for name in ["foreign.arrows", "zip.parquet", "pages.parquet", "plain.parquet", "delta.parquet"]
    {
        let trace = open(name).unwrap();
        assert_eq!(rows_of(&trace), rows, "{name}");
        assert_eq!(trace.header().digest, digest, "{name}");
    }
    for (name, expected) in [
        ("packed.arrows", "its columns are compressed"),
        ("packed.arrow", "its columns are compressed"),
        ("lost.arrow", "metadata `reprise.digest` is missing"),
        ("zstd.parquet", "ZSTD"),
    ] {
        let message = open(name).unwrap_err().to_string();
        assert!(message.to_lowercase().contains(&expected.to_lowercase()), "{message}");
    }
}

/// The Python that has pyarrow, or `None` where there can be none.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(env::var_os("CI").is_none(), "CI needs pyarrow: {why}");
            // Not `eprintln`, which the test harness hides where a test passes.
            let line = format!("SKIPPED: no pyarrow: {why}\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

/// Makes the virtual environment where it is not there yet, and gives back its Python.
fn environment() -> Result<PathBuf, String> {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = parent.join(format!("python-arrow-{PYARROW}"));
    let python = folder.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    // Made under another name, so that the name stands for a whole environment.
    let draft = tempfile::tempdir_in(parent).map_err(|error| error.to_string())?;
    complete(Command::new("python3").args(["-m", "venv"]).arg(draft.path()))?;
    complete(
        Command::new(draft.path().join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--retries", "2", "--only-binary", ":all:"])
            .args([format!("pyarrow=={PYARROW}"), "numpy".to_owned()]),
    )?;
    match fs::rename(draft.path(), &folder) {
        // Another process that was quicker has made the same.
        Err(error) if !python.exists() => {
            Err(format!("cannot make {}: {error}; delete what is there", folder.display()))
        }
        _ => Ok(python),
    }
}

/// Runs a command to its end; the error says which, and why.
fn complete(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } =
        command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&stderr))),
    }
}
