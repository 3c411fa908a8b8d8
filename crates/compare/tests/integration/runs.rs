//! Runs to compare.

use std::path::{Path, PathBuf};

use outcome::{Code, Outcome, OutcomeWriter, RunInfo, Status};
use request::{Moment, RequestId, Tier};

/// A simulated run under `policy`.
pub(crate) fn info(policy: &str) -> RunInfo {
    RunInfo {
        producer: "sim".into(),
        tool: "reprise 0.1.0".into(),
        trace_digest: "3fa94c01d2f6".into(),
        trace_name: "burst".into(),
        subject: policy.into(),
        rate_scale: "1".into(),
        clock: "virtual".into(),
        slos: vec!["urgent".into(), "normal".into()],
        models: vec!["resnet50".into()],
        ..RunInfo::default()
    }
}

/// 400 requests, 10 ms apart, whose latencies differ by request and are `factor` per cent of a
/// base; each fiftieth fails.
pub(crate) fn rows(factor: i64) -> Vec<Outcome> {
    (0..400).map(|id| row(id, factor)).collect()
}

fn row(id: i64, factor: i64) -> Outcome {
    let index = usize::try_from(id).unwrap();
    let arrival = id * 10_000_000;
    let slo = index / 3 % 2;
    let latency = (2_000_000 + id * id % 97 * 1_500_000) * factor / 100;
    let failed = id % 50 == 49;
    Outcome {
        run: 0,
        request_id: RequestId(id),
        tier: Tier::ALL[index % 3],
        slo: u16::try_from(slo).unwrap(),
        model: 0,
        arrival: Moment::from_nanos(arrival),
        deadline: Moment::from_nanos(arrival + [100_000_000, 500_000_000][slo]),
        sent: Some(Moment::from_nanos(arrival)),
        started: None,
        done: Some(Moment::from_nanos(arrival + latency)),
        status: if failed { Status::Error } else { Status::Ok },
        worker: None,
        batch: None,
        code: failed.then_some(Code::Internal),
        first_byte: None,
        held_ns: None,
    }
}

/// Writes a run to `name` in `folder`.
pub(crate) fn write(folder: &Path, name: &str, info: &RunInfo, rows: &[Outcome]) -> PathBuf {
    let path = folder.join(name);
    let mut writer = OutcomeWriter::create(&path, info).unwrap();
    for row in rows {
        writer.push(row).unwrap();
    }
    writer.finish(info).unwrap();
    path
}
