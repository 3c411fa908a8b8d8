//! The summary of a few rows whose numbers are known.

use request::Moment;

use crate::testing::{answered, info, varied};
use crate::{Code, Floor, Latency, Outcome, Ppm, RunInfo, Status, Summary, Tally, Verdict};

#[test]
fn failures_are_slower_than_any_answer() {
    let mut rows: Vec<_> = (0..98).map(|id| answered(id, 1_000_000 * (id + 1))).collect();
    for id in 98..100 {
        rows.push(Outcome { status: Status::Error, code: Some(Code::Internal), ..answered(id, 1) });
    }
    let summary = Summary::new(&info(), &rows);
    assert_eq!(summary.all.p50, Some(Latency::Finite(50_000_000)));
    assert_eq!(summary.all.p95, Some(Latency::Finite(95_000_000)));
    assert_eq!(summary.all.p99, Some(Latency::Infinite));
    assert_eq!((summary.all.count, summary.all.ok, summary.all.slo_met), (100, 98, 98));
    assert_eq!(summary.errors(), 2);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let mut rows = varied(200);
    let summary = Summary::new(&info(), &rows);
    rows.reverse();
    assert_eq!(Summary::new(&info(), &rows), summary);
    let counted: u64 = summary.classes.iter().map(|(_, class)| class.count).sum();
    assert_eq!((counted, summary.statuses.values().sum()), (200, 200));
}

#[test]
fn parts_come_to_the_same_as_the_whole() {
    let mut rows = varied(200);
    rows.extend(varied(50).into_iter().map(|row| Outcome { run: 4, ..row }));
    let tally = |rows: &[Outcome]| {
        let mut tally = Tally::default();
        rows.iter().for_each(|row| tally.push(row));
        tally
    };
    let mut parts = tally(&rows[180..]);
    parts.absorb(tally(&rows[..70]));
    parts.absorb(Tally::default());
    parts.absorb(tally(&rows[70..180]));
    assert_eq!(parts.summary(&info()), Summary::new(&info(), &rows));
}

/// More rows than are kept one by one, of which every hundredth fails.
#[test]
fn quantiles_of_many_rows_are_within_a_thousandth() {
    let latency = |id: i64| 1_000_000 + id * 7_919 % 200_003 * 10_007;
    let row = |id: i64| {
        let row = answered(id, latency(id));
        let started = Some(Moment::from_nanos(row.arrival.as_nanos() + latency(id) / 2));
        let slo = u16::from(id % 4 == 0);
        let status = if id % 100 == 0 { Status::Error } else { Status::Ok };
        Outcome { started, slo, status, ..row }
    };
    let many = 160_000;
    let summary = Summary::new(&info(), &(0..many).map(row).collect::<Vec<_>>());
    let mut latencies: Vec<_> = (0..many).map(|id| Latency::of(&row(id))).collect();
    latencies.sort_unstable();
    let expected = |ppm: Ppm| ppm.of(&latencies).and_then(Latency::nanos).unwrap();
    for (ppm, found) in [(Ppm::P50, summary.all.p50), (Ppm::P95, summary.all.p95)] {
        let (found, exact) = (found.and_then(Latency::nanos).unwrap(), expected(ppm));
        assert!((exact..=exact + exact / 1_000).contains(&found), "{ppm:?}: {found}, not {exact}");
    }
    let waits = summary.all.queueing_delay.unwrap();
    assert_eq!(
        (waits.count, waits.max_ns),
        (160_000, (0..many).map(latency).max().unwrap() as u64 / 2)
    );
    let mean = (0..many).map(|id| latency(id) / 2).sum::<i64>() as f64 / many as f64;
    assert!((waits.mean_ns as f64 - mean).abs() <= 0.5);

    // A class with fewer rows is exact beside one with more.
    let mut few: Vec<_> =
        (0..many).map(row).filter(|row| row.slo == 1).map(|row| Latency::of(&row)).collect();
    few.sort_unstable();
    assert_eq!(summary.classes[1].1.p95, Ppm::P95.of(&few));
    assert!(!summary.exact);
    let note = "quantiles of more than 131,072 values are within 0.1 %";
    assert!(summary.to_string().contains(note), "{summary}");
    assert!(summary.to_json().contains("\"quantiles_exact\": false"));

    let backwards = Summary::new(&info(), &(0..many).rev().map(row).collect::<Vec<_>>());
    assert_eq!(backwards, summary);
}

/// A run of which most requests are answered, some late, and every thirteenth fails somehow.
fn busy() -> Vec<Outcome> {
    let answer = |row: Outcome| {
        let id = row.request_id.0;
        let done = Moment::from_nanos(row.arrival.as_nanos() + 2_000_000 + id * id % 700 * 317_000);
        let (sent, done) = (Some(row.arrival), Some(done));
        Outcome {
            sent,
            done,
            started: None,
            first_byte: None,
            held_ns: None,
            status: Status::Ok,
            code: None,
            ..row
        }
    };
    let rows = varied(2_500).into_iter();
    rows.map(|row| if row.request_id.0 % 13 == 0 { row } else { answer(row) }).collect()
}

#[test]
fn as_text() {
    let info = RunInfo {
        producer: "replay".into(),
        subject: "localhost:50051".into(),
        clock: "monotonic".into(),
        rate_scale: "1.5".into(),
        floor: Some(Floor {
            samples: 100,
            p50_ns: 40,
            p99_ns: 2_300,
            p999_ns: 9_000,
            max_ns: 80_000,
        }),
        verdict: Verdict::Degraded,
        verdict_reasons: vec!["lag p99 of 1.400 ms is over 1 % of the tightest SLO".into()],
        cut_short: true,
        ..info()
    };
    insta::assert_snapshot!(Summary::new(&info, &busy()), @r"
        replay  localhost:50051  ·  trace urgent_heavy 3fa94c01  ·  rate x1.5  ·  monotonic clock

        tier  slo      count   p50_ms  p95_ms  p99_ms  slo_attainment_%  errors  goodput_/s
        ───────────────────────────────────────────────────────────────────────────────────
        1     urgent     278  106.293     inf     inf             46.76      19        6.57
        1     normal     278  104.708     inf     inf             92.09      19       12.94
        1     relaxed    278  106.293     inf     inf             92.45      18       12.99
        2     urgent     278  108.512     inf     inf             46.76      18        6.57
        2     normal     278  106.293     inf     inf             92.09      20       12.94
        2     relaxed    277  102.172     inf     inf             92.42      18       12.94
        3     urgent     278  106.293     inf     inf             46.76      18        6.57
        3     normal     278  111.048     inf     inf             92.45      18       12.99
        3     relaxed    277  108.512     inf     inf             92.06      20       12.89
        ───────────────────────────────────────────────────────────────────────────────────
        all            2,500  106.293     inf     inf             77.08     168       97.37

        status    2,332 of 2,500 ok
                  24 rejected (2 not_connected, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 expired (2 DEADLINE_EXCEEDED, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 unavailable (2 stale, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 timeout (2 PERMISSION_DENIED, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 cancelled (2 UNAVAILABLE, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 error (2 ABORTED, 1 CANCELLED, 1 UNKNOWN, 20 other)
                  24 unsent (2 not_prepared, 1 CANCELLED, 1 UNKNOWN, 20 other)
        goodput   97.37 of 126.33 requests/s ended ok by their deadline, over 19.790 s
        sent      2,476 of 2,500 requests, at 125.12 /s
        lag       p50 0.000 ms, p99 0.003 ms, max 0.003 ms
        floor     p50 0.000 ms, p99 0.002 ms, max 0.080 ms, with nothing attached
        verdict   DEGRADED: lag p99 of 1.400 ms is over 1 % of the tightest SLO
        CUT SHORT the run ended before its trace did; these are partial results
        ");
}

/// Two runs of one trace, of which the second was cut short after a quarter: they offered the same
/// load, and a rate over them is that of each.
#[test]
fn rates_are_over_the_time_of_all_runs() {
    let row = |run, id: i64| {
        let shift = |time: Moment| Moment::from_nanos(time.as_nanos() + id * 1_000_000);
        let row = answered(id, 5_000);
        Outcome {
            run,
            arrival: shift(row.arrival),
            deadline: shift(row.deadline),
            sent: row.sent.map(shift),
            done: row.done.map(shift),
            ..row
        }
    };
    let mut rows: Vec<_> = (0..4_001).map(|id| row(0, id)).collect();
    let one = Summary::new(&info(), &rows);
    rows.extend((0..1_001).map(|id| row(3, id)));
    let two = Summary::new(&info(), &rows);
    assert_eq!((one.runs, one.span_ns, one.sent_span_ns), (1, 4_000_000_001, 4_000_000_001));
    assert_eq!((two.runs, two.span_ns, two.sent_span_ns), (2, 5_000_000_002, 5_000_000_002));
    let json: serde_json::Value = serde_json::from_str(&two.to_json()).unwrap();
    for key in ["goodput_per_s", "offered_per_s", "sent_per_s"] {
        let rate = json[key].as_f64().unwrap();
        assert!((rate - 5_002.0 / 5.000_000_002).abs() < 1e-6, "{key} is {rate}");
    }
    let text = two.to_string();
    let goodput =
        "1000.40 of 1000.40 requests/s ended ok by their deadline, over 5.000 s of 2 runs";
    assert!(text.contains(goodput), "{text}");
}

#[test]
fn instants_have_no_rate() {
    let rows = [answered(0, 5), Outcome { run: 1, ..answered(0, 5) }];
    let json: serde_json::Value =
        serde_json::from_str(&Summary::new(&info(), &rows).to_json()).unwrap();
    assert_eq!((&json["span_ns"], &json["offered_per_s"]), (&2.into(), &serde_json::Value::Null));
}

#[test]
fn nothing_as_text() {
    insta::assert_snapshot!(Summary::new(&info(), &[]), @r"
        sim  edf  ·  trace urgent_heavy 3fa94c01  ·  virtual clock

        tier  slo  count  p50_ms  p95_ms  p99_ms  slo_attainment_%  errors  goodput_/s
        ──────────────────────────────────────────────────────────────────────────────
        all            0       -       -       -                 -       0           -

        status    0 of 0 ok
        goodput   - of - requests/s ended ok by their deadline, over 0.000 s
        sent      0 of 0 requests, at - /s
        verdict   valid
        ");
}

#[test]
fn as_json() {
    insta::assert_snapshot!(Summary::new(&info(), &varied(9)[5..]).to_json(), @r#"
        {
          "info": {
            "producer": "sim",
            "tool": "reprise 0.1.0",
            "trace_digest": "3fa94c01",
            "trace_name": "urgent_heavy",
            "subject": "edf",
            "parameters": {
              "workers": "4"
            },
            "rate_scale": "1",
            "host": null,
            "clock": "virtual",
            "epoch_unix_ns": null,
            "floor": null,
            "steal_ns": null,
            "clock_step_ns": null,
            "verdict": "valid",
            "verdict_reasons": [],
            "cut_short": false,
            "runs": [],
            "slos": [
              "urgent",
              "normal",
              "relaxed"
            ],
            "models": [
              "resnet50",
              "vit"
            ]
          },
          "runs": 1,
          "span_ns": 23757001,
          "all": {
            "count": 4,
            "ok": 1,
            "errors": 3,
            "slo_met": 1,
            "slo_attainment": 0.25,
            "p50_ns": "inf",
            "p95_ns": "inf",
            "p99_ns": "inf",
            "ok_latency": {
              "count": 1,
              "mean_ns": 297000024,
              "p50_ns": 297000024,
              "p95_ns": 297000024,
              "p99_ns": 297000024,
              "max_ns": 297000024
            },
            "queueing_delay": {
              "count": 1,
              "mean_ns": 22000,
              "p50_ns": 22000,
              "p95_ns": 22000,
              "p99_ns": 22000,
              "max_ns": 22000
            }
          },
          "classes": [
            {
              "tier": 1,
              "slo": "relaxed",
              "count": 1,
              "ok": 0,
              "errors": 1,
              "slo_met": 0,
              "slo_attainment": 0.0,
              "p50_ns": "inf",
              "p95_ns": "inf",
              "p99_ns": "inf",
              "ok_latency": null,
              "queueing_delay": null
            },
            {
              "tier": 2,
              "slo": "relaxed",
              "count": 1,
              "ok": 0,
              "errors": 1,
              "slo_met": 0,
              "slo_attainment": 0.0,
              "p50_ns": "inf",
              "p95_ns": "inf",
              "p99_ns": "inf",
              "ok_latency": null,
              "queueing_delay": null
            },
            {
              "tier": 3,
              "slo": "normal",
              "count": 1,
              "ok": 0,
              "errors": 1,
              "slo_met": 0,
              "slo_attainment": 0.0,
              "p50_ns": "inf",
              "p95_ns": "inf",
              "p99_ns": "inf",
              "ok_latency": null,
              "queueing_delay": null
            },
            {
              "tier": 3,
              "slo": "relaxed",
              "count": 1,
              "ok": 1,
              "errors": 0,
              "slo_met": 1,
              "slo_attainment": 1.0,
              "p50_ns": 297000024,
              "p95_ns": 297000024,
              "p99_ns": 297000024,
              "ok_latency": {
                "count": 1,
                "mean_ns": 297000024,
                "p50_ns": 297000024,
                "p95_ns": 297000024,
                "p99_ns": 297000024,
                "max_ns": 297000024
              },
              "queueing_delay": {
                "count": 1,
                "mean_ns": 22000,
                "p50_ns": 22000,
                "p95_ns": 22000,
                "p99_ns": 22000,
                "max_ns": 22000
              }
            }
          ],
          "statuses": {
            "ok": {
              "count": 1,
              "codes": {}
            },
            "cancelled": {
              "count": 1,
              "codes": {
                "ALREADY_EXISTS": 1
              }
            },
            "error": {
              "count": 1,
              "codes": {
                "PERMISSION_DENIED": 1
              }
            },
            "unsent": {
              "count": 1,
              "codes": {
                "RESOURCE_EXHAUSTED": 1
              }
            }
          },
          "goodput_per_s": 42.092855070385355,
          "offered_per_s": 168.37142028154142,
          "sent": 3,
          "sent_per_s": 126.26262094854289,
          "lag": {
            "p50_ns": 0,
            "p99_ns": 2000,
            "max_ns": 2000
          },
          "quantiles_exact": true
        }
        "#);
}
