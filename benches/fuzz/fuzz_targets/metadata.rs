//! A sound trace whose metadata says anything: a workload in JSON, a zero byte, then rows.
//!
//! What looks at a workload in a file must not believe it: statistics, checks and edits.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::edit::{self, Cut, difference};
use trace::{
    Format, Header, ModelSpec, Process, RateScale, TraceReader, TraceRow, TraceWriter, Workload,
    check,
};

fuzz_target!(|data: &[u8]| -> Corpus {
    let (json, rows) = fuzz::halves(data);
    let Ok(mut workload) = serde_json::from_slice::<Workload>(json) else { return Corpus::Reject };
    workload.models =
        ["a", "b"].map(|name| ModelSpec { name: name.to_owned(), shape: vec![1, 4] }).to_vec();
    let header = Header::new(&workload, Seed(1), &[]);
    let Ok(mut writer) = TraceWriter::create_as(Format::Arrow, Vec::new(), &header) else {
        return Corpus::Reject;
    };
    let rows = rows_of(rows, workload.slos.len());
    writer.push(&rows).expect("rows in memory are written");
    let Ok(written) = writer.finish() else { return Corpus::Reject };
    let reader = TraceReader::from_bytes("t", &written.out).expect("it was just written");
    fuzz::sound::read_through(TraceReader::from_bytes("t", &written.out));
    if is_soon_walked(&workload) {
        let _ = check::examine(&reader, 0.01).map_err(fuzz::sound::show);
    }
    edits(&reader);
    Corpus::Keep
});

/// Rows of eight bytes each: gap, gap, gap, tier, SLO class, model, time left, time left.
fn rows_of(bytes: &[u8], slos_len: usize) -> Vec<TraceRow> {
    let mut arrival_ns = 0;
    let row = |(id, bytes): (i64, &[u8])| {
        let gap = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        arrival_ns += i64::from(gap) * if id % 7 == 6 { 1 << 20 } else { 1000 };
        let left_ns = 1 + i64::from(u16::from_le_bytes([bytes[6], bytes[7]])) * 100_000;
        let request = Request {
            id: RequestId(id),
            arrival: Moment::from_nanos(arrival_ns),
            deadline: Moment::from_nanos(arrival_ns + left_ns),
            tier: Tier::ALL[usize::from(bytes[3]) % 3],
            model: ModelId(u16::from(bytes[5]) % 2),
        };
        let slo = usize::from(bytes[4]) % slos_len.max(1);
        TraceRow { request, slo: slo as u16, tensor_seed: Seed(id as u64) }
    };
    (0..).zip(bytes.chunks_exact(8)).map(row).collect()
}

/// Leaves out what is slow by its nature: a check walks through every visit to a state.
fn is_soon_walked(workload: &Workload) -> bool {
    let all = workload.classes.iter().map(|class| workload.arrivals_of(class));
    all.chain([&workload.arrivals]).all(|arrivals| match &arrivals.process {
        Process::Modulated { states, .. } => {
            let cycle = states.iter().map(|state| state.dwell.as_secs_f64()).sum::<f64>();
            // The longest trace that these rows can make, 2^24 * 2^20 ns a time, is walked too.
            cycle / states.len() as f64 > 10.0
        }
        _ => true,
    })
}

fn edits(reader: &TraceReader) {
    let cuts = [
        Cut { from: Some(Moment::from_nanos(1_000_000)), ..Cut::default() },
        Cut { to: Some(Moment::from_nanos(20_000_000)), keep_times: true, ..Cut::default() },
        Cut { tiers: vec![Tier::ALL[0]], models: vec!["a".to_owned()], ..Cut::default() },
    ];
    for cut in cuts {
        if let Ok(derived) = cut.of(reader) {
            reread(derived);
        }
    }
    for factor in ["0.001", "1.5", "1000"] {
        let factor: RateScale = factor.parse().expect("it is a factor");
        reread(edit::scale(reader, factor));
    }
    let bytes = |_| {
        let written = edit::convert(reader).write_as(Format::Arrow, Vec::new(), |_, _| {});
        TraceReader::from_bytes("u", &written.expect("a sound trace").out).expect("just written")
    };
    let pair = [0, 1].map(bytes);
    if let Ok(merged) = edit::merge(&pair) {
        reread(merged);
    }
    let found = difference(reader, &pair[0], |_, _| {}).expect("both are sound");
    assert!(found.equal);
}

/// What is written can be read.
fn reread(derived: edit::Derived<'_>) {
    let Ok(written) = derived.write_as(Format::Arrow, Vec::new(), |_, _| {}) else { return };
    fuzz::sound::read_through(Ok(
        TraceReader::from_bytes("derived", &written.out).expect("it was just written")
    ));
}
