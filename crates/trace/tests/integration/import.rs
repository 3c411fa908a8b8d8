//! `trace import`: each source as it really is, each damage, and the program from the outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use proptest::prelude::*;
use request::Tier;
use snapbox::cmd::Command;
use snapbox::{file, str};
use trace::import::{self, Import, ImportError, Kind, Options, Time};
use trace::{TraceReader, TraceRow};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name)
}

fn bytes(name: &str) -> Bytes {
    fs::read(data(name)).unwrap().into()
}

/// Reads a file of the data with some options changed.
fn read_with(name: &str, change: impl FnOnce(&mut Options)) -> Result<Import, ImportError> {
    read_bytes_with(&bytes(name), change)
}

fn read_bytes_with(
    bytes: &Bytes,
    change: impl FnOnce(&mut Options),
) -> Result<Import, ImportError> {
    let mut options = Options::new("example");
    change(&mut options);
    import::read("source", bytes, &options, |_, _| true)
}

/// Reads a text of the test's own, with entries of a column map.
fn read_text(text: &str, map: &[&str]) -> Result<Import, ImportError> {
    let map = map.iter().map(|entry| entry.parse().unwrap()).collect();
    read_bytes_with(&Bytes::copy_from_slice(text.as_bytes()), |options| options.map = map)
}

fn arrivals(import: &Import) -> Vec<i64> {
    import.rows().map(|row| row.request.arrival.as_nanos()).collect()
}

/// Writes the trace, reads it back and checks it.
fn written(import: &Import) -> TraceReader {
    let bytes = import.write_as(trace::Format::Arrow, Vec::new(), |_| {}).unwrap().out;
    let reader = TraceReader::from_bytes("written", &bytes).unwrap();
    reader.verify_digest().unwrap();
    let rows: Vec<TraceRow> = reader.rows().map(Result::unwrap).collect();
    assert!(rows.iter().copied().eq(import.rows()));
    assert_eq!(reader.header().workload, *import.workload());
    assert_eq!(reader.header().provenance, [import.step().clone()]);
    reader
}

/// Every file of the data is told by its content, and becomes a sound trace.
#[test]
fn sources_are_told_by_their_content() {
    for (name, kind, rows) in [
        ("azure_llm_2023.csv", "azure_llm_2023", 39),
        ("mooncake.jsonl", "mooncake", 40),
        ("burstgpt_6.csv", "burstgpt", 5),
        ("burstgpt_8.csv", "burstgpt", 5),
        ("loadgen.json", "loadgen", 6),
        ("predecessor.csv", "predecessor", 4),
        ("metrics.csv", "predecessor", 9),
        ("outcome.arrow", "outcome", 17),
        ("outcome.parquet", "outcome", 17),
        ("outcome.csv", "outcome", 17),
    ] {
        let import = read_with(name, |_| {}).unwrap();
        assert_eq!((import.summary().kind, import.summary().rows), (kind, rows), "{name}");
        let reader = written(&import);
        assert_eq!(reader.header().rows, rows, "{name}");
        assert!(reader.header().workload.validate().is_ok(), "{name}");
        let forced = read_with(name, |options| options.kind = Some(kind.parse().unwrap())).unwrap();
        assert!(forced.rows().eq(import.rows()), "{name}");
    }
}

/// The library for Parquet panics on some damaged files; what it has to say of that is not for
/// people.
#[test]
fn a_damaged_table_says_one_thing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outcome.parquet");
    let mut table = fs::read(data("outcome.parquet")).unwrap();
    table[34] ^= 2;
    fs::write(&path, table).unwrap();
    let output = Command::new(snapbox::cmd::cargo_bin!("trace"))
        .arg("import")
        .arg(&path)
        .args(["-o", "-"])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.ends_with("does not read: its contents are damaged\n"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

#[test]
fn azure_times_are_exact() {
    let import = read_with("azure_llm_2023.csv", |_| {}).unwrap();
    // 18:15:46.6805900, 50.9951690, 51.2224670, 51.3910170
    assert_eq!(arrivals(&import)[..4], [0, 4_314_579_000, 4_541_877_000, 4_710_427_000]);
    assert_eq!(import.summary().first_arrival_ns, 1_700_158_546_680_590_000);
    assert_eq!(import.summary().not_kept, ["ContextTokens", "GeneratedTokens"]);
    assert_eq!(import.summary().assigned, ["tier", "slo", "model", "tensor_seed"]);
    // Nothing of the class is the source's, so the classes are those of the workload.
    let balanced = trace::Workload::built_in("balanced").unwrap();
    assert_eq!(import.workload().classes, balanced.classes);
}

#[test]
fn mooncake_arrivals_may_meet() {
    let arrivals = arrivals(&read_with("mooncake.jsonl", |_| {}).unwrap());
    assert!(arrivals.windows(2).any(|pair| pair[0] == pair[1]));
    assert!(arrivals.iter().all(|arrival| arrival % 1_000_000 == 0));
}

/// The vector of LoadGen for seed 0 and 4/s, out of a log of LoadGen itself.
#[test]
fn loadgen_logs_hold_its_schedule_to_the_nanosecond() {
    let vector = [0, 224_640_097, 689_541_150, 1_177_427_484, 1_647_168_497, 1_891_420_103];
    let import = read_with("loadgen.json", |_| {}).unwrap();
    assert_eq!(arrivals(&import), vector);
    assert_eq!(import.summary().first_arrival_ns, 46_069);
    // When they were sent: each as late as its issue_start_ns says.
    let sent = read_with("loadgen.json", |options| options.time = Some(Time::Sent)).unwrap();
    let late = [70, 116_319, 146_841, 133_616, 117_688, 158_059];
    let expected: Vec<i64> = vector.iter().zip(late).map(|(at, late)| at + late - 70).collect();
    assert_eq!(arrivals(&sent), expected);
}

#[test]
fn burstgpt_is_read_by_header_name() {
    let six = read_with("burstgpt_6.csv", |_| {}).unwrap();
    let eight = read_with("burstgpt_8.csv", |_| {}).unwrap();
    assert!(six.rows().eq(eight.rows()));
    assert_eq!(arrivals(&six), [0, 40_000, 113_250, 113_250, 180_000].map(|ms| ms * 1_000_000));
    // Its models are added to the list; another choice is to have models assigned.
    let models: Vec<&str> = six.workload().models.iter().map(|model| &*model.name).collect();
    assert_eq!(models, ["resnet50", "vit", "ChatGPT", "GPT-4"]);
    assert_eq!(six.rows().map(|row| row.request.model.0).collect::<Vec<_>>(), [2, 2, 3, 2, 2]);
    let assigned =
        read_with("burstgpt_6.csv", |options| options.map = vec!["model=-".parse().unwrap()]);
    assert!(assigned.unwrap().rows().all(|row| row.request.model.0 < 2));
}

#[test]
fn the_predecessor_says_its_classes() {
    let import = read_with("predecessor.csv", |_| {}).unwrap();
    assert_eq!(arrivals(&import), [0, 281_916_800, 374_376_300, 374_376_300]);
    assert_eq!(import.summary().notes, ["out of order, sorted by arrival: 1"]);
    let classes: Vec<_> = import
        .rows()
        .map(|row| (row.request.id.0, row.request.tier.number(), row.slo, row.request.model.0))
        .collect();
    // Ties stay in the order of the file.
    assert_eq!(classes, [(0, 3, 2, 1), (1, 1, 0, 0), (2, 2, 1, 0), (3, 1, 1, 0)]);
    assert_eq!(import.summary().assigned, ["tensor_seed"]);
    let shares: Vec<f64> = import.workload().classes.iter().map(|class| class.share).collect();
    assert_eq!(shares, [0.25; 4]);
}

#[test]
fn our_metrics_and_our_outcomes_keep_ids_and_slos() {
    let sent = read_with("metrics.csv", |_| {}).unwrap();
    let ids: Vec<i64> = sent.rows().map(|row| row.request.id.0).collect();
    assert_eq!(ids, [0, 1, 3, 7, 8, 10, 11, 15, 16]);
    assert_eq!(sent.summary().notes, ["left out, never sent: 8"]);
    let scheduled = read_with("metrics.csv", |options| {
        options.time = Some(Time::Arrival);
        options.keep_offset = true;
    });
    let scheduled = scheduled.unwrap();
    assert_eq!(scheduled.summary().rows, 17);
    assert_eq!(arrivals(&scheduled)[..2], [11_298_856, 69_537_712]);

    let outcomes = ["outcome.csv", "outcome.parquet", "outcome.arrow"].map(|name| {
        let import = read_with(name, |options| options.keep_offset = true).unwrap();
        import.rows().collect::<Vec<_>>()
    });
    assert!(outcomes[0] == outcomes[1] && outcomes[1] == outcomes[2]);
    // A simulated run sends on time: the outcome is the trace again, but for the tensors.
    let row = outcomes[0][3].request;
    assert_eq!((row.id.0, row.arrival.as_nanos(), row.tier), (3, 2_208_322_744, Tier::Premium));
    assert_eq!((row.deadline - row.arrival).as_millis(), 500);
}

#[test]
fn a_table_of_several_runs_needs_a_choice() {
    let text = "run,request_id,tier,slo,model,arrival_ns,deadline_ns,sent_ns,status\n\
        0,5,1,urgent,vit,100,1100,-20,ok\n\
        0,6,1,urgent,vit,200,1300,,unsent\n\
        1,5,1,urgent,vit,100,1100,150,ok\n";
    let problem = read_text(text, &[]).unwrap_err().to_string();
    assert!(problem.contains("line 4, column run: is 1, and 0 before"), "{problem}");
    let run = |run| {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        read_bytes_with(&bytes, |options| options.run = Some(run))
    };
    let first = run(0).unwrap();
    let notes = ["left out, never sent: 1", "left out, of other runs: 1"];
    assert_eq!(first.summary().notes, notes);
    // The SLO counts from the schedule, whenever the request was sent.
    let row = first.rows().next().unwrap().request;
    assert_eq!((row.id.0, row.deadline.as_nanos()), (5, 1000));
    let problem = run(7).unwrap_err().to_string();
    assert!(problem.contains("holds no request (left out, of other runs: 3)"), "{problem}");
}

#[test]
fn a_column_map_says_what_columns_mean() {
    let text = "when,who,limit,kind,n\n\
        2.5,gold,40,chat,7\n\
        1.0,2,30.5,image,9\n\
        1e0,silver,40,chat,8\n";
    let map =
        ["arrival=when:ms", "tier=who", "slo_length=limit:us", "slo=kind", "model=kind", "id=n"];
    let import = read_bytes_with(&Bytes::copy_from_slice(text.as_bytes()), |options| {
        options.map = map.iter().map(|entry| entry.parse().unwrap()).collect();
        options.tiers =
            BTreeMap::from([("gold".to_owned(), Tier::Vip), ("silver".to_owned(), Tier::Free)]);
    });
    let import = import.unwrap();
    let rows: Vec<_> = import
        .rows()
        .map(|row| {
            let length = row.request.deadline - row.request.arrival;
            let (id, arrival) = (row.request.id.0, row.request.arrival.as_nanos());
            (id, arrival, row.request.tier.number(), row.slo, length.as_nanos())
        })
        .collect();
    // Sorted by (arrival, id); each row keeps its own length.
    assert_eq!(rows, [(8, 0, 3, 3, 40_000), (9, 0, 2, 4, 30_500), (7, 1_500_000, 1, 3, 40_000)]);
    let slos = &import.workload().slos[3..];
    assert_eq!((slos[0].name.as_str(), slos[0].target.as_nanos()), ("chat", 40_000));
    assert_eq!((slos[1].name.as_str(), slos[1].target.as_nanos()), ("image", 30_500));
    written(&import);
}

#[test]
fn a_length_without_a_name_gives_the_class_that_is_long_enough() {
    let text = "{\"t\": 0, \"d\": 0.1}\n{\"t\": 1, \"d\": 1.2}\n{\"t\": 2, \"d\": 99}\n";
    let import = read_text(text, &["arrival=t:s", "deadline=d:s"]).unwrap();
    assert_eq!(import.rows().map(|row| row.slo).collect::<Vec<_>>(), [0, 1, 2]);
    let lengths = import.rows().map(|row| (row.request.deadline - row.request.arrival).as_millis());
    assert_eq!(lengths.collect::<Vec<_>>(), [100, 200, 97_000]);
}

#[test]
fn time_is_scaled_exactly_and_slos_are_not() {
    let scaled = read_with("azure_llm_2023.csv", |options| {
        options.time_scale = "1/3".parse().unwrap();
        options.limit = Some(3);
    });
    let scaled = scaled.unwrap();
    assert_eq!(arrivals(&scaled), [0, 1_438_193_000, 1_513_959_000]);
    let plain = read_with("azure_llm_2023.csv", |_| {}).unwrap();
    for (scaled, plain) in scaled.rows().zip(plain.rows()) {
        let length = |row: &TraceRow| row.request.deadline - row.request.arrival;
        assert_eq!((length(&scaled), scaled.tensor_seed), (length(&plain), plain.tensor_seed));
    }
    assert_eq!(scaled.step().parameters["time_scale"], "1/3");
}

#[test]
fn provenance_leads_back_to_the_source() {
    let import = read_with("azure_llm_2023.csv", |_| {}).unwrap();
    let step = serde_json::to_string_pretty(import.step()).unwrap() + "\n";
    snapbox::assert_data_eq!(step, file!["output/import_step.json"]);
    assert_eq!(written(&import).header().workload.name, "example");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let azure = String::from_utf8(bytes("azure_llm_2023.csv").to_vec()).unwrap();
    let moon = String::from_utf8(bytes("mooncake.jsonl").to_vec()).unwrap();
    let loadgen = String::from_utf8(bytes("loadgen.json").to_vec()).unwrap();
    let csv = |rows: &str| format!("t,tier,slo,id\n{rows}");
    let cut = |text: &str, by: usize| text[..text.len() - by].to_owned();
    let all = ["arrival=t:s", "tier=tier", "slo=slo", "id=id"];
    for (text, map, expected) in [
        (String::new(), &[][..], "source: is empty"),
        ("\n \n".to_owned(), &[], "holds no line"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\r\n".to_owned(), &[], "holds no request"),
        (cut(&azure, 4), &[], "line 40: has 2 fields, and the header has 3"),
        (
            azure.replacen("ContextTokens", "Tokens", 1),
            &[],
            "--map arrival=COLUMN:ms; the columns \
            are TIMESTAMP, Tokens, GeneratedTokens",
        ),
        (
            azure.replacen("2023-11-16", "2023-11-31", 1),
            &[],
            "line 2, column TIMESTAMP: \
            `2023-11-31 18:15:46.6805900` is no date and time",
        ),
        (cut(&moon, 9), &[], "line 40: character"),
        (moon.replacen("\"timestamp\": 0", "\"timestamp\": NaN", 1), &[], "line 1: character"),
        (
            moon.replacen("\"timestamp\": 0", "\"timestamp\": -1", 1),
            &[],
            "line 1, column \
            timestamp: `-1` is before the start",
        ),
        (
            moon.replacen("\"timestamp\": 0", "\"timestamp\": 1e300", 1),
            &[],
            "`1e300` ms do not fit",
        ),
        (moon.replacen("\"timestamp\": 0", "\"timestamp\": null", 1), &[], "is empty"),
        (loadgen.replacen("LastTrace", "LastTr", 1), &[], "has no `LastTrace` line"),
        (loadgen.replace("\"ts\":224686.166", "\"ts\":x"), &[], "character"),
        (csv("1,1,urgent,1\n"), &[], "say which column holds the arrival"),
        (
            csv("1,1,urgent,1\n"),
            &["arrival=t"],
            "column t: say its unit, as in --map arrival=t:ms; units",
        ),
        (csv("1,1,urgent,1\n"), &["arrival=x:s"], "column x: is not there to say the arrival"),
        (csv("NaN,1,urgent,1\n"), &all, "line 2, column t: `NaN` is no number of s"),
        (csv("-1,1,urgent,1\n"), &all, "line 2, column t: `-1` is before the start"),
        (csv(",1,urgent,1\n"), &all, "line 2, column t: `` is no number of s"),
        (csv("1,4,urgent,1\n"), &all, "line 2, column tier: `4` is not 1, 2 or 3; say which tier"),
        (csv("1,1,fast,1\n"), &all, "line 2: SLO class `fast` has no length here"),
        (csv("1,1,,1\n"), &all, "line 2, column slo: holds ``"),
        (csv("1,1,urgent,x\n"), &all, "line 2, column id: `x` is no whole number"),
        (csv("1,1,urgent,7\n2,1,urgent,7\n"), &all, "line 3: id 7 is also that of line 2"),
        (csv("1,1,urgent,1\n2,1,urgent\n"), &all, "line 3: has 3 fields"),
        ("t,d\n5,5\n".to_owned(), &["arrival=t:s", "deadline=d:s"], "line 2, column d: is"),
        ("t,d\n5,0\n".to_owned(), &["arrival=t:s", "slo_length=d:s"], "give at least 1 ns"),
        ("t,t\n5,0\n".to_owned(), &["arrival=t:s"], "column t: is in the header twice"),
    ] {
        let problem = read_text(&text, map).unwrap_err().to_string();
        assert!(problem.starts_with("source: ") && problem.contains(expected), "{problem}");
    }
}

#[test]
fn bytes_that_are_no_source_are_refused() {
    for (bytes, expected) in [
        (&b"\x00\x01\x02\x03"[..], "is neither a text nor an Arrow or Parquet file"),
        (b"\x1f\x8b\x08\x00", "unpack it with gunzip"),
        (b"ARROW1\0\0", "does not read: is cut short"),
        (b"PAR1PAR1", "does not read"),
        (b"t,\xff\n1,2\n", "line 1: holds the byte 0xff"),
        (b"{\"t\": 1}\n[]\n", "line 2: character"),
    ] {
        let map = ["arrival=t:s".parse().unwrap()];
        let problem = import::read_bytes(None, bytes, &map).unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
    }
    let trace = read_with("mooncake.jsonl", |_| {}).unwrap();
    let trace: Bytes = trace.write_as(trace::Format::Arrow, Vec::new(), |_| {}).unwrap().out.into();
    let problem = read_bytes_with(&trace, |_| {}).unwrap_err().to_string();
    assert!(problem.contains("is a trace already"), "{problem}");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let problem =
        |change: fn(&mut Options)| read_with("azure_llm_2023.csv", change).unwrap_err().to_string();
    assert!(problem(|options| options.run = Some(0)).contains("--run is for outcome tables"));
    assert!(problem(|options| options.time = Some(Time::Sent)).contains("has one time"));
    assert!(problem(|options| options.keep_offset = true).contains("leave out --keep-offset"));
    assert!(problem(|options| options.limit = Some(0)).contains("raise --limit"));
    assert!(problem(|options| options.workload.total_qps = -1.0).contains("total_qps"));
    assert!(problem(|options| options.kind = Some(Kind::Loadgen)).contains("does not begin as"));
    assert!(problem(|options| options.kind = Some(Kind::Parquet)).contains("does not read"));
    let stopped = import::read("s", &bytes("mooncake.jsonl"), &Options::new("n"), |_, _| false);
    assert!(matches!(stopped, Err(ImportError::Stopped)));
}

/// The whole files, where they are beside the repository; the cuts of them above always run.
#[test]
fn whole_public_traces_are_read() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("REPRISE_DATA").map_or(beside, PathBuf::from);
    for (name, rows, span_ns, sha256) in [
        (
            "azure_llm_2023_conv.csv",
            19_366,
            3_501_721_937_000,
            "2f1e5b666d4e3055fdbba98598ce2ec307767b9064e03e2fa46676dbcc7d0bf8",
        ),
        (
            "mooncake_synthetic.jsonl",
            3_993,
            1_022_025_000_000,
            "bd070915a98fc0ed264d7cfef2ce746002eb3076a695ec31ba2674c0111ec131",
        ),
    ] {
        let Ok(bytes) = fs::read(folder.join(name)) else { continue };
        let import = read_bytes_with(&bytes.into(), |_| {}).unwrap();
        let summary = import.summary();
        assert_eq!((summary.rows, summary.span_ns), (rows, span_ns), "{name}");
        assert_eq!(summary.source_sha256, sha256, "{name}");
        assert!(summary.notes.is_empty(), "{name}");
        written(&import);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_trace_or_an_error(bytes: Vec<u8>, head in 0_usize..5) {
        let heads: [&[u8]; 5] = [b"", b"ARROW1\0\0", b"PAR1", b"{\"traceEvents\":[\n", b"t,u\n"];
        let bytes = [heads[head], &bytes].concat();
        let map = ["arrival=t:s".parse().unwrap()];
        for kind in Kind::ALL.into_iter().map(Some).chain([None]) {
            let _ = import::read_bytes(kind, &bytes, &map);
        }
    }

    /// Real files with bytes changed, or cut short.
    #[test]
    fn damaged_sources_are_a_trace_or_an_error(
        file in 0_usize..10,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let names = [
            "azure_llm_2023.csv", "mooncake.jsonl", "burstgpt_6.csv", "burstgpt_8.csv",
            "loadgen.json", "predecessor.csv", "metrics.csv", "outcome.arrow", "outcome.parquet",
            "outcome.csv",
        ];
        let mut bytes = bytes(names[file]).to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(import) = import::read_bytes(None, &bytes, &[]) {
            written(&import);
        }
    }
}

/// The program in this folder, with help as wide as on a wide terminal.
fn program(folder: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_trace"))
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
}

#[test]
fn the_program_imports_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["azure_llm_2023.csv", "outcome.parquet", "predecessor.csv"] {
        fs::copy(data(name), folder.join(name)).unwrap();
    }
    let import = |args: &[&str]| program(folder).arg("import").args(args).assert().success();
    import(&["azure_llm_2023.csv", "-o", "a.arrow"]).stderr_eq("").stdout_eq(str![[r#"
a.arrow  39 rows  23.371403 s  sha256 87994c949a5395881e75c3fd0785db3e7de1d72dc25c9978739b22928b93c8c9
source    azure_llm_2023.csv, azure_llm_2023, 39 rows, sha256 2d8d8f16767ed478662ef4b9a9fe012987dc1ce23d3211eef7953b876ef83739
arrivals  1.67/s, gap CV 1.362
columns   arrival=TIMESTAMP:datetime
not kept  ContextTokens, GeneratedTokens
assigned  tier, slo, model, tensor_seed by workload balanced, seed 42

"#]]);
    import(&["outcome.parquet", "-o", "o.arrow", "--json", "--name", "sent"])
        .stdout_eq(str![[r#"
{"path":"o.arrow","source":"outcome.parquet","workload":"sent","seed":42,"digest":"db413fe752de2e63e35d0ecf52063a1ccb23fa27e660bcb9794df656a18f83ee","kind":"outcome","source_sha256":"f7c66c2ba91cafc6d709918a1d48948fb5b436d10339cdfaa2b63ba60bea8a33","source_rows":17,"rows":17,"first_arrival_ns":225977121,"span_ns":6593938374,"rate_per_s":2.5781253987800765,"gap_cv":0.965592428880179,"columns":["arrival=sent_ns:ns","tier=tier","slo=slo","model=model","id=request_id","slo_length=deadline_ns-arrival_ns"],"not_kept":["run","started_ns","done_ns","status","latency_ns","slo_met","worker","batch","code"],"assigned":["tensor_seed"],"assigned_by":"balanced","notes":[]}

"#]]);
    import(&["predecessor.csv", "-o", "p.arrow", "--tensor-shape", "1x4"]).stdout_eq(str![[r#"
p.arrow  4 rows  0.374376300 s  sha256 be97434d3707f3f4dab48026dc4eb45e5ed650527c51aa9d28c9c3fbc1e65ec2
source    predecessor.csv, predecessor, 4 rows, sha256 34af059eec75278c3be0d2312a7463fe12de30ddb4029b39f1bc003e69121ffb
arrivals  10.68/s, gap CV 1.152
columns   arrival=timestamp_issued:s, tier=tier, slo=slo, model=model
not kept  sample_id, latency_ns, latency_ms, slo_met
assigned  tensor_seed by workload balanced, seed 42
note      out of order, sorted by arrival: 1

"#]]);
    // The same again is the same file.
    let before = fs::read(folder.join("a.arrow")).unwrap();
    import(&["azure_llm_2023.csv", "-o", "a.arrow"]);
    assert!(fs::read(folder.join("a.arrow")).unwrap() == before);
    program(folder).args(["info", "a.arrow", "o.arrow", "p.arrow"]).assert().success();
}

#[test]
fn the_program_reads_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path())
        .args(["import", "-", "-o", "t.arrow", "--map", "arrival=t:s"])
        .stdin("t\n1\n2\n")
        .assert()
        .success();
    let reader = TraceReader::open(&folder.path().join("t.arrow")).unwrap();
    assert_eq!((reader.header().rows, reader.header().workload.name.as_str()), (2, "stdin"));
}

#[test]
fn the_program_refuses_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("t.csv"), "t,tier\n1,x\n").unwrap();
    for (args, expected) in [
        (&["t.csv", "-o", "t.arrow"][..], "the columns are t, tier"),
        (&["t.csv", "-o", "t.arrow", "--map", "arrival=t:s,tier=tier"], "is not there to say"),
        (
            &["t.csv", "-o", "t.arrow", "--map", "arrival=t:s", "--map", "tier=tier"],
            "trace: t.csv: line 2, column tier: `x` is not 1, 2 or 3",
        ),
        (&["t.csv", "-o", "t.csv", "--map", "arrival=t:s"], "is the source and the output"),
        (&["absent.csv", "-o", "t.arrow"], "absent.csv: cannot open"),
        (&[".", "-o", "t.arrow"], "is a folder"),
        (&["t.csv", "-o", "t.arrow", "--from", "excel"], "there is no source `excel`"),
        (&["t.csv", "-o", "t.arrow", "--time-scale", "0"], "give a decimal such as 0.5, or 1/3"),
        (&["t.csv", "-o", "t.arrow", "--map", "x=t"], "there is no field `x`"),
        (&["t.csv", "-o", "t.arrow", "--tier-map", "x=9"], "with a tier of 1, 2 or 3"),
        (&["t.csv", "-o", "t.arrow", "--workload", "busy"], "there is no workload `busy`"),
    ] {
        let output = program(folder).arg("import").args(args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "`{message}` does not contain `{expected}`");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "a refusal leaves no file");
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path())
        .args(["import", "--help"])
        .assert()
        .success()
        .stdout_eq(file!["help/import.txt"]);
}
