//! Small sound files for the fuzz targets to begin with: `seeds CORPUS` fills a folder for each
//! target. They are made of the test data and by the writers, so none is kept beside the code.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, UInt16Array,
};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};
use prost::Message;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::{
    Amounts, Format, Header, Source, Step, TraceRow, TraceWriter, Workload, WorkloadFile, Written,
};
use wire::inference::model_metadata_response::TensorMetadata;
use wire::inference::{self, ModelInferResponse, ModelMetadataResponse};

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let folder = std::env::args_os().nth(1).ok_or("usage: seeds CORPUS")?;
    let seeds = Seeds { folder: folder.into() };
    traces(&seeds)?;
    workloads(&seeds)?;
    imports(&seeds)?;
    tables(&seeds)?;
    outcomes(&seeds)?;
    messages(&seeds)?;
    seeds.put("journal", "journal", JOURNAL.as_bytes())
}

/// Where seeds go.
struct Seeds {
    folder: PathBuf,
}

impl Seeds {
    fn put(&self, target: &str, name: &str, bytes: &[u8]) -> Done {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(format!("seed-{name}")), bytes)?)
    }
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates")
}

fn rows(count: i64) -> Vec<TraceRow> {
    let row = |id: i64| {
        let request = Request {
            id: RequestId(id),
            arrival: Moment::from_nanos(3_000_017 * id),
            deadline: Moment::from_nanos(3_000_017 * id + 100_000_000),
            tier: Tier::ALL[id as usize % 3],
            model: ModelId(id as u16 % 2),
        };
        TraceRow { request, slo: id as u16 % 3, tensor_seed: Seed(u64::MAX / (id as u64 + 1)) }
    };
    (0..count).map(row).collect()
}

fn written(format: Format, count: i64) -> Result<Written<Vec<u8>>, Box<dyn Error>> {
    let mut workload = Workload::built_in("balanced")?.with_tensor_shape(&[1, 4]);
    workload.classes.truncate(1);
    let source = Source { name: "s".to_owned(), rows: Some(9), ..Source::default() };
    let step = Step { operation: "cut".to_owned(), sources: vec![source], ..Step::default() };
    let steps = if count == 7 { vec![] } else { vec![step] };
    let mut writer =
        TraceWriter::create_as(format, Vec::new(), &Header::new(&workload, Seed(5), &steps))?;
    writer.push(&rows(count))?;
    Ok(writer.finish()?)
}

/// A pair of texts, as the targets take them.
fn pair(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, &[0], second].concat()
}

fn traces(seeds: &Seeds) -> Done {
    for count in [0, 7, 40] {
        let name = count.to_string();
        let arrow = written(Format::Arrow, count)?.out;
        seeds.put("arrow_file", &name, &arrow)?;
        seeds.put("arrow_stream", &name, &written(Format::ArrowStream, count)?.out)?;
        seeds.put("parquet_file", &name, &written(Format::Parquet, count)?.out)?;
        let csv = written(Format::Csv, count)?;
        let sidecar = csv.sidecar.ok_or("a CSV table has one")?;
        seeds.put("csv_table", &name, &pair(sidecar.as_bytes(), &csv.out))?;
    }
    // The same rows as other programs lay them out.
    let arrow = written(Format::Arrow, 40)?.out;
    let batches = FileReader::try_new(std::io::Cursor::new(&arrow), None)?;
    let (schema, metadata) = (batches.schema(), batches.custom_metadata().clone());
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    let parts = || batches.iter().flat_map(|batch| [batch.slice(0, 13), batch.slice(13, 27)]);
    let mut file = FileWriter::try_new(Vec::new(), &schema)?;
    let mut stream = StreamWriter::try_new(Vec::new(), &schema)?;
    metadata.iter().for_each(|(key, value)| file.write_metadata(&**key, &**value));
    for part in parts() {
        file.write(&part)?;
        stream.write(&part)?;
    }
    seeds.put("arrow_file", "parts", &file.into_inner()?)?;
    seeds.put("arrow_stream", "parts", &stream.into_inner()?)?;
    let ours = Bytes::from(written(Format::Parquet, 40)?.out);
    for (name, properties) in layouts() {
        seeds.put("parquet_file", name, &rewritten(&ours, properties)?)?;
    }
    Ok(())
}

/// Layouts of Parquet: encodings, pages, codecs.
fn layouts() -> Vec<(&'static str, WriterProperties)> {
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let encoded = |name: &str| {
        let delta = plain().set_writer_version(WriterVersion::PARQUET_2_0);
        ["tier", "request_id", "arrival_ns", "deadline_ns", "tensor_seed", "t", "d"]
            .into_iter()
            .fold(delta, |builder, column| {
                let encoding = match (name, column) {
                    ("split", "tier") => Encoding::PLAIN,
                    ("split", _) => Encoding::BYTE_STREAM_SPLIT,
                    _ => Encoding::DELTA_BINARY_PACKED,
                };
                builder.set_column_encoding(column.into(), encoding)
            })
    };
    vec![
        ("plain", plain().set_data_page_row_count_limit(9).build()),
        ("delta", encoded("delta").set_max_row_group_row_count(Some(16)).build()),
        ("split", encoded("split").build()),
        ("snappy", WriterProperties::builder().set_compression(Compression::SNAPPY).build()),
        (
            "dictionary",
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_compression(Compression::SNAPPY)
                .build(),
        ),
    ]
}

fn rewritten(bytes: &Bytes, properties: WriterProperties) -> Result<Vec<u8>, Box<dyn Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
    let pairs = reader.metadata().file_metadata().key_value_metadata().cloned();
    let schema = Arc::clone(reader.schema());
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, schema, Some(properties))?;
    for batch in reader.build()? {
        writer.write(&batch?)?;
    }
    for pair in pairs.into_iter().flatten().filter(|pair| pair.key != "ARROW:schema") {
        writer.append_key_value_metadata(pair);
    }
    writer.close()?;
    Ok(out)
}

const ARRIVALS: [&str; 12] = [
    "poisson",
    "constant",
    "uniform:jitter=0.5",
    "gamma:cv=2",
    "gamma:cv=0.3",
    "weibull:cv=3",
    "on_off:on=1s,off=4s",
    "on_off:on=1s,off=4s,off_rate=0.1,dwell=constant",
    "on_off:on=200ms,off=1s,shared=true",
    "loadgen:schedule_seed=7",
    "",
    "gamma:cv=10",
];

const RATES: [&str; 9] = [
    "",
    "0-5:3,5-10:10,10-15:20",
    "ramp:from=10,to=50",
    "sinusoid:period=10s,amplitude=0.5",
    "diurnal:amplitude=1,peak=12h",
    "sinusoid:period=3s,amplitude=1,peak=1s",
    "1.5-2:3",
    "0-0.000001:1000000",
    "ramp:from=0,to=1",
];

fn workloads(seeds: &Seeds) -> Done {
    for name in Workload::BUILT_IN {
        seeds.put("workload_file", name, WorkloadFile::built_in(name)?.text().as_bytes())?;
    }
    seeds.put("workload_file", "rich", RICH.as_bytes())?;
    seeds.put("workload_file", "points", POINTS.as_bytes())?;
    let built_in = WorkloadFile::built_in("balanced")?;
    for (index, arrivals) in ARRIVALS.into_iter().enumerate() {
        for (rate_index, rate) in RATES.into_iter().enumerate() {
            let name = format!("{index}-{rate_index}");
            let amounts = [(index * 9 + rate_index) as u8];
            let word = [&amounts[..], &pair(arrivals.as_bytes(), rate.as_bytes())].concat();
            seeds.put("workload_word", &name, &word)?;
            let amounts = Amounts {
                arrivals: (!arrivals.is_empty()).then(|| arrivals.parse()).transpose()?,
                rate: (!rate.is_empty()).then(|| rate.parse()).transpose()?,
                ..Amounts::default()
            };
            let Ok(mut workload) = built_in.workload(&amounts) else { continue };
            for class in &mut workload.classes {
                class.models.truncate(1);
                (class.models[0].model, class.models[0].weight) = ("a".to_owned(), 1.0);
            }
            workload.classes.truncate(3);
            let bytes: Vec<u8> = (0..8 * 60_u32).map(|at| (at * 167 % 251) as u8).collect();
            seeds.put(
                "metadata",
                &name,
                &pair(serde_json::to_string(&workload)?.as_bytes(), &bytes),
            )?;
        }
    }
    for (name, text) in [
        ("steps", "t,rate\n0,3\n5.5,10\n1e1,20\n"),
        ("plain", "rate,x,t\n3,a,0\n\"10.5\",b,5.000000001\n0,c,60\n"),
    ] {
        seeds.put("rate_file", name, text.as_bytes())?;
    }
    Ok(())
}

/// The beginning of a text.
fn lines(text: &str, count: usize) -> String {
    text.split_inclusive('\n').take(count).collect()
}

fn imports(seeds: &Seeds) -> Done {
    let data = crates().join("trace/tests/data/import");
    for name in [
        "azure_llm_2023.csv",
        "burstgpt_6.csv",
        "burstgpt_8.csv",
        "metrics.csv",
        "mooncake.jsonl",
        "outcome.csv",
        "predecessor.csv",
    ] {
        let text = lines(&fs::read_to_string(data.join(name))?, 4);
        for choice in [0_u8, 0b1_0000, 0b1_1000] {
            let bytes = [&[0, choice][..], text.as_bytes()].concat();
            seeds.put("import_text", &format!("{choice}-{name}"), &bytes)?;
        }
    }
    let log = fs::read_to_string(data.join("loadgen.json"))?;
    let kept = |line: &&str| {
        line.starts_with('{') || line.contains("\"Sample\"") || line.contains("LastTrace")
    };
    let log: Vec<&str> = log.lines().filter(kept).collect();
    let log = [&log[..log.len().min(6)], &["{\"name\":\"LastTrace\"}"]].concat().join("\n");
    for choice in [0_u8, 0b1_0000] {
        let bytes = [&[0, choice][..], log.as_bytes()].concat();
        seeds.put("import_text", &format!("{choice}-loadgen"), &bytes)?;
    }
    for (choice, text) in [
        (1, "t,x\n0.5,1\n0.25,2\n1e0,3\n"),
        (2, "t,tier,slo,model\n1,1,urgent,m\n2.5,3,normal,\"n,\"\"o\"\n"),
        (3, "{\"t\": 1.5, \"d\": 2000, \"id\": 7}\n{\"id\": -1, \"t\": 9, \"d\": 10}\n"),
        (
            4,
            "{\"t\": 5, \"d\": 1.5, \"slo\": \"a\\u00e9\"}\r\n\n{\"slo\": \"urgent\", \"t\": \"6\"}",
        ),
        (5, "t,d\n2023-11-16 18:15:46.68,2023-11-16T19:15:46Z\n"),
    ] {
        let bytes = [&[0, choice][..], text.as_bytes()].concat();
        seeds.put("import_text", &format!("{choice}-map"), &bytes)?;
    }
    for (index, (what, text)) in [
        (3_u8, "1700000000.1244568"),
        (0, "-1.5e-3"),
        (4, "2023-11-16T12:45:46.68059-0530"),
        (4, "1969-12-31 23:59:59.5Z"),
        (5, "arrival=t:ms"),
        (5, "slo_length=d:datetime"),
        (6, "2.5/10"),
        (6, "0.000001"),
        (7, "1m 30s 500ms"),
        (8, "urgent=100ms,normal=500000us"),
        (9, "1.5"),
        (10, "[1, {\"a\": \"\\u00e9\"}]"),
        (10, "1.5e3"),
        (11, "\"\\ud834\\udd1e\""),
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = [&[what][..], text.as_bytes()].concat();
        seeds.put("import_value", &index.to_string(), &bytes)?;
    }
    Ok(())
}

/// Tables of other programs, in both layouts.
fn tables(seeds: &Seeds) -> Done {
    let named: DictionaryArray<Int8Type> =
        vec![Some("a"), None, Some("b"), Some("a")].into_iter().collect();
    let texts = || Arc::new(StringArray::from(vec!["1", "2", "", "x"])) as ArrayRef;
    let numbers = |numbers: [i64; 4]| Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
    let all: [(&str, Vec<(&str, ArrayRef)>); 3] = [
        ("numbers", vec![("t", numbers([5, 3, 9, 9])), ("x", numbers([1, 2, 3, 3]))]),
        (
            "times",
            vec![
                ("d", Arc::new(TimestampMillisecondArray::from(vec![5, 6, 7, 8])) as ArrayRef),
                ("x", Arc::new(named)),
                ("y", Arc::new(StringViewArray::from(vec!["urgent", "normal", "urgent", "a"]))),
            ],
        ),
        (
            "mixed",
            vec![
                ("t", Arc::new(Float64Array::from(vec![0.1, 0.25, 1e-7, 3.0])) as ArrayRef),
                ("x", Arc::new(UInt16Array::from(vec![Some(1), None, Some(2), Some(3)]))),
                ("d", Arc::new(TimestampMicrosecondArray::from(vec![Some(5), None, None, None]))),
                ("y", texts()),
            ],
        ),
    ];
    for (name, columns) in all {
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
        let mut arrow = FileWriter::try_new(Vec::new(), &batch.schema())?;
        arrow.write(&batch)?;
        arrow.write(&batch.slice(1, 2))?;
        seeds.put("import_table", &format!("{name}.arrow"), &arrow.into_inner()?)?;
        for (layout, properties) in layouts() {
            // These encodings do not fit all types, which the writer would not survive.
            if layout == "split" || (name, layout) == ("mixed", "delta") {
                continue;
            }
            let mut out = Vec::new();
            let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties))?;
            writer.write(&batch)?;
            writer.close()?;
            seeds.put("import_table", &format!("{name}.{layout}.parquet"), &out)?;
        }
    }
    Ok(())
}

fn outcomes(seeds: &Seeds) -> Done {
    let import = crates().join("trace/tests/data/import");
    for name in ["outcome.arrow", "outcome.parquet"] {
        seeds.put("import_table", name, &fs::read(import.join(name))?)?;
        seeds.put("outcome_table", name, &fs::read(import.join(name))?)?;
    }
    let data = crates().join("outcome/tests/data");
    for name in ["v1.arrow", "v1.parquet"] {
        seeds.put("outcome_table", name, &fs::read(data.join(name))?)?;
    }
    let sidecar = fs::read(data.join("v1.csv.meta.json"))?;
    seeds.put("outcome_table", "v1.csv", &pair(&sidecar, &fs::read(data.join("v1.csv"))?))
}

const JOURNAL: &str = "\
reprise.journal 1 {\"epoch_unix_ns\":1700000000000000000,\"listen\":\"127.0.0.1:1\",\
\"scheduler\":\"h:2\",\"slo\":[{\"name\":\"urgent\",\"slo_ns\":100000000}],\"name\":\"recorded\",\
\"keep_offset\":false,\"limit\":3}
arrival_ns,request_id,tier,deadline_ns,shape,tensor_sha256,model
0,,2,,1x3,a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5,a
17,-3,1,90000000,4,a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5,b, c
!{\"unrecorded\":{\"compressed\":2}}
9,9223372036854775807,3,-9,1x3,00a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5,!
";

/// Maps, protos, replies, and what servers say of themselves.
fn messages(seeds: &Seeds) -> Done {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let maps = crates().join("targets/src");
    for name in ["scheduler.toml", "kserve/base.toml", "kserve/triton.toml", "kserve/v2.toml"] {
        seeds.put("map_file", &name.replace('/', "-"), &fs::read(maps.join(name))?)?;
    }
    seeds.put("map_file", "kinds", KINDS_MAP.as_bytes())?;

    let kinds = fs::read(here.join("kinds.proto"))?;
    seeds.put("proto_file", "kinds", &pair(b"kinds.Kinds/Call", &kinds))?;
    let contract = fs::read(crates().join("../proto/scheduler.proto"))?;
    seeds.put("proto_file", "contract", &pair(wire::INFER_PATH.as_bytes(), &contract))?;
    seeds.put("proto_file", "proto2", &pair(b"p.S/m", PROTO2.as_bytes()))?;
    for (name, path, set) in [
        ("contract-set", wire::INFER_PATH, wire::FILE_DESCRIPTOR_SET),
        ("inference-set", inference::MODEL_INFER_PATH, inference::FILE_DESCRIPTOR_SET),
    ] {
        seeds.put("proto_file", name, &pair(path.as_bytes(), &pair(b"", set)))?;
    }

    let success = wire::InferResponse { deadline_ns: 1_234, success: true, ..Default::default() };
    let inferred = ModelInferResponse { id: "1234".to_owned(), ..Default::default() };
    let of_kinds = [8, 1, 0x12, 2, 0x10, 1, 0x18, 1, 0x32, 1, b'7', 0x3a, 2, 0x3a, 0];
    for (way, reply) in [(0, success.encode_to_vec()), (1, inferred.encode_to_vec())]
        .into_iter()
        .chain((2..10).map(|way| (way, of_kinds.to_vec())))
    {
        seeds.put("reply", &way.to_string(), &[&[way, 14][..], &reply].concat())?;
    }

    let input =
        TensorMetadata { name: "x".to_owned(), datatype: "FP32".to_owned(), shape: vec![-1, 4] };
    let metadata = ModelMetadataResponse { inputs: vec![input], ..Default::default() };
    let ready = [8, 1];
    let said = [&ready[..], &metadata.encode_to_vec(), &ready, TRITON_CONFIG]
        .map(|message| fuzz::requests::answer(0, message));
    for way in 0..3 {
        seeds.put("answers", &way.to_string(), &[&[way][..], &said.concat()].concat())?;
    }
    // A ServerReflectionResponse whose field 4 holds files.
    let set = prost_types::FileDescriptorSet::decode(wire::FILE_DESCRIPTOR_SET)?;
    let file = set.file[0].encode_to_vec();
    let delimited = |number: u32, bytes: &[u8]| {
        let mut out = Vec::new();
        prost::encoding::bytes::encode(number, &bytes.to_vec(), &mut out);
        out
    };
    let reply = fuzz::requests::answer(0, &delimited(4, &delimited(1, &file)));
    seeds.put("answers", "reflection", &[&[3][..], &reply].concat())
}

/// One entry of each kind that a map has.
const KINDS_MAP: &str = r#"
[request]
tier = { of = "tier", scale = -1, offset = 4 }
deadline = "{deadline_ns}"
id = "{model}/{slo}/{tier}-{request_id}{{}}"
"tensors[0].shape" = "{shape}"
"tensors[0].data" = "{tensor}"
"tensors[0].name" = "x"
"tensors[1].name" = "{request_id}"
"options.client" = "us"
"options.urgency" = { of = "slo", values = { urgent = "HIGH", normal = -2 }, otherwise = "NONE" }
"options.level" = { of = "model", values = { a = 1, b = 2 } }
"parameters[timeout].number" = "{remaining_us}"
"parameters[name].text" = "{slo_ms}"
at = "{arrival_ns}"
left = "{slo_ns}"
floats = [1, 2.5]
weight = { of = "slo_s", scale = 0.5 }
seed = "{tensor_seed}"
yes = true
"numbers[-3]" = "{tier}"
several = [1, 2]
"raws[0]" = "text"
"urgencies[0]" = "LOW"
"words[true]" = "{slo}"
"inner.inner.tier" = "{tier}"
[headers]
x-left = "{remaining_ms}"
[models]
a = "renamed"
[reply]
field = "status.urgency"
values = { HIGH = "ok", 0 = "rejected" }
otherwise = "error"
echo = { field = "id", value = "{request_id}" }
[[ending]]
grpc = "UNAVAILABLE"
message = "timeout"
status = "expired"
"#;

const PROTO2: &str = "syntax = 'proto2'; package p; import 'google/protobuf/timestamp.proto';
message M { required int32 a = 1; optional group G = 2 { optional int32 b = 1; } optional M m = 3;
  repeated float f = 4 [packed = true]; optional E e = 5 [default = X]; extensions 100 to 199;
  oneof o { string s = 6; google.protobuf.Timestamp t = 7; } map<string, M> n = 8; reserved 9; }
enum E { option allow_alias = true; X = 1; Y = 1; } extend M { optional string x = 100; }
service S { rpc m(M) returns (M); rpc n(stream M) returns (M); }";

/// A `ModelConfigResponse` whose model has priorities and a queue: field 1, then `dynamic_batching`.
const TRITON_CONFIG: &[u8] = &[0x0a, 12, 0x5a, 10, 0x20, 3, 0x28, 2, 0x32, 4, 0x08, 1, 0x18, 1];

const RICH: &str = r#"
version = 1
total_qps = 30.0
count = 300
duration = "1m"
seed = 7
arrivals = { process = "modulated", states = [{ rate = 1.0, dwell = "1s" }, { rate = 5.0, dwell = "200ms" }], dwell = "constant", shared = true }
rate = { shape = "spikes", spikes = [{ at = "1s", length = "2s", factor = 5.0 }] }
slos = [{ name = "a", target = "100ms" }, { name = "b", target = "1m 30s" }]
models = [{ name = "m", shape = [1, 3] }, { name = "n", shape = [2] }]
[[classes]]
tier = 1
slo = "a"
share = 0.25
arrivals = { process = "gamma", cv = 2.5, batch = { mean = 3.0 } }
models = [{ model = "m", weight = 0.5 }, { model = "n", weight = 0.5 }]
[[classes]]
tier = 3
slo = "b"
share = 0.75
rate = { shape = "steps", steps = "0-5:3,5-10:10" }
models = [{ model = "n", weight = 1.0 }]
"#;

const POINTS: &str = r#"
version = 1
min_query_count = 50
rate = { shape = "points", points = [{ at = "0s", rate = 3.0 }, { at = "9s", rate = 30.0 }], interpolation = "step" }
arrivals = { process = "weibull", cv = 0.5, batch = { size = 4 } }
slos = [{ name = "a", target = "100ms" }]
models = [{ name = "m", shape = [1] }]
classes = [{ tier = 2, slo = "a", share = 1.0, models = [{ model = "m", weight = 1.0 }] }]
"#;
