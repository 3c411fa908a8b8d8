//! Runs and rows for tests.

use std::collections::BTreeMap;

use request::{Moment, RequestId, Tier};

use crate::{Code, Outcome, RunInfo, Status};

/// A simulated run of three SLO classes and two models.
pub(crate) fn info() -> RunInfo {
    RunInfo {
        producer: "sim".into(),
        tool: "reprise 0.1.0".into(),
        trace_digest: "3fa94c01".into(),
        trace_name: "urgent_heavy".into(),
        subject: "edf".into(),
        parameters: BTreeMap::from([("workers".into(), "4".into())]),
        rate_scale: "1".into(),
        clock: "virtual".into(),
        slos: vec!["urgent".into(), "normal".into(), "relaxed".into()],
        models: vec!["resnet50".into(), "vit".into()],
        ..RunInfo::default()
    }
}

/// A request that arrives at 1 ms, is due at 101 ms and is answered after `latency_ns`.
pub(crate) fn answered(id: i64, latency_ns: i64) -> Outcome {
    let arrival = 1_000_000;
    Outcome {
        run: 0,
        request_id: RequestId(id),
        tier: Tier::Vip,
        slo: 0,
        model: 0,
        arrival: Moment::from_nanos(arrival),
        deadline: Moment::from_nanos(arrival + 100_000_000),
        sent: Some(Moment::from_nanos(arrival)),
        started: None,
        done: Some(Moment::from_nanos(arrival + latency_ns)),
        status: Status::Ok,
        worker: None,
        batch: None,
        code: None,
        first_byte: None,
        held_ns: None,
    }
}

/// `count` rows that use every status, class and empty field somewhere.
pub(crate) fn varied(count: i64) -> Vec<Outcome> {
    (0..count).map(varied_row).collect()
}

fn varied_row(id: i64) -> Outcome {
    let index = usize::try_from(id).expect("tests count from 0");
    let status = Status::ALL[index % Status::ALL.len()];
    let arrival = id * 7_919_000;
    let tier = Tier::ALL[index % 3];
    let slo = (index / 3) % 3;
    let length = [100_000_000, 500_000_000, 2_000_000_000][slo];
    let sent = (status != Status::Unsent).then_some(arrival + id % 5 * 1_000 - 1_000);
    let started = sent.filter(|_| id % 4 == 0).map(|sent| sent + 20_000);
    let done = (status != Status::Cancelled).then_some(arrival + 1_000_000 + id * 37_000_003);
    Outcome {
        run: 0,
        request_id: RequestId(id),
        tier,
        slo: u16::try_from(slo).expect("three classes"),
        model: u16::try_from(index % 2).expect("two models"),
        arrival: Moment::from_nanos(arrival),
        deadline: Moment::from_nanos(arrival + length),
        sent: sent.map(Moment::from_nanos),
        started: started.map(Moment::from_nanos),
        done: done.map(Moment::from_nanos),
        status,
        worker: started.map(|_| u32::try_from(index % 4).expect("four workers")),
        batch: started.map(|_| 1 + u32::try_from(index % 8).expect("small batches")),
        code: (status != Status::Ok).then(|| Code::ALL[index % Code::ALL.len()]),
        first_byte: sent.and(done).filter(|_| id % 3 == 0).map(|done| Moment::from_nanos(done - 9)),
        held_ns: sent.filter(|_| id % 5 == 0).map(|_| id * 11),
    }
}
