//! Timelines: what they show is what the summary and the gauges count.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Fixture, text};

/// Batches, loading, boundaries at which a batch can stop.
const PROFILE: &str = "version = 1\n[default]\nlaw = \"exponential\"\nmean_ms = 12\n\
    batch_size_max = 4\nbatch_marginal = 0.4\nload_ms = 3\nmemory_mb = 10\nsteps = 6\n\
    [models.vit]\nlaw = \"constant\"\nmean_ms = 30\nload_ms = 5\nmemory_mb = 10\nsteps = 10\n";

/// Room for one model, and failures.
const WORKERS: &str = "version = 1\nlost = \"fail\"\n[[workers]]\ncount = 2\nmemory_mb = 15\n\
    [[outages]]\nworker = 0\nfrom_ms = 300\nto_ms = 700\n\
    [[outages]]\nworker = 1\nfrom_ms = 900.5\nto_ms = 1000\n";

const POLICIES: &str = "edf:preempt=on,fifo:late=drop";

/// A timeline as a viewer reads it.
struct Timeline {
    events: Vec<Value>,
    policies: Vec<Value>,
}

impl Timeline {
    fn of(fixture: &Fixture, flags: &[&str]) -> Self {
        fixture.write("p.toml", PROFILE);
        fixture.write("w.toml", WORKERS);
        let emulation = ["t.arrow", "--profile", "p.toml", "--workers", "w.toml", "--json"];
        let arguments =
            [&emulation[..], &["--timeline", "t.json", "--policy", POLICIES], flags].concat();
        let output = fixture.run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let policies: Value = serde_json::from_slice(&output.stdout).unwrap();
        let timeline: Value = serde_json::from_slice(&fixture.bytes("t.json")).unwrap();
        Self {
            events: timeline["traceEvents"].as_array().unwrap().clone(),
            policies: policies.as_array().unwrap().clone(),
        }
    }

    /// The policies' summaries, each with the events of its process.
    fn by_policy(&self) -> impl Iterator<Item = (&Value, Vec<&Value>)> {
        self.policies.iter().zip(1_u64..).map(|(policy, process)| {
            let own = |event: &&Value| event["pid"].as_u64() == Some(process);
            (policy, self.events.iter().filter(own).collect())
        })
    }
}

fn of_phase<'a>(events: &[&'a Value], phase: &str) -> Vec<&'a Value> {
    events.iter().copied().filter(|event| event["ph"] == phase).collect()
}

/// Microseconds, with three decimals, as ns.
fn nanos(time: &Value) -> i64 {
    (time.as_f64().unwrap() * 1000.0).round() as i64
}

#[test]
fn slices_of_a_worker_follow_each_other_and_fill_its_busy_time() {
    for (policy, events) in Timeline::of(&Fixture::new(), &[]).by_policy() {
        let mut rows: BTreeMap<u64, Vec<(i64, i64, &str)>> = BTreeMap::new();
        for slice in of_phase(&events, "X") {
            let (from, length) = (nanos(&slice["ts"]), nanos(&slice["dur"]));
            let row = rows.entry(slice["tid"].as_u64().unwrap()).or_default();
            row.push((from, from + length, slice["cat"].as_str().unwrap()));
        }
        let workers = policy["gauges"]["workers"].as_array().unwrap();
        assert_eq!(rows.len(), workers.len());
        for (mut row, worker) in rows.into_values().zip(workers) {
            row.sort_unstable();
            assert!(row.windows(2).all(|pair| pair[0].1 <= pair[1].0), "slices overlap");
            let sum = |wanted: &dyn Fn(&str) -> bool| {
                let wanted = row.iter().filter(|(_, _, category)| wanted(category));
                wanted.map(|(from, to, _)| to - from).sum::<i64>()
            };
            assert_eq!(sum(&|_| true), worker["busy_ns"].as_i64().unwrap());
            assert_eq!(sum(&|category| category == "loading"), worker["loading_ns"]);
            let count = |wanted: &[&str]| row.iter().filter(|one| wanted.contains(&one.2)).count();
            assert_eq!(count(&["served", "late"]), worker["batches"].as_u64().unwrap() as usize);
            assert_eq!(count(&["preempted"]), worker["preempted"].as_u64().unwrap() as usize);
            assert_eq!(count(&["lost"]), worker["lost"].as_u64().unwrap() as usize);
        }
    }
}

#[test]
fn each_request_is_shown_once_and_each_missed_deadline_marked() {
    let timeline = Timeline::of(&Fixture::new(), &[]);
    let mut seen = BTreeSet::new();
    for (policy, events) in timeline.by_policy() {
        let named = |event: &Value| event["args"]["requests"].as_array().cloned();
        let served: Vec<Value> =
            of_phase(&events, "X").into_iter().filter_map(named).flatten().collect();
        let marks = of_phase(&events, "i");
        let (missed, refused): (Vec<_>, Vec<_>) =
            marks.into_iter().partition(|mark| mark["name"] == "deadline missed");
        let all: BTreeSet<i64> = served
            .iter()
            .chain(refused.iter().map(|mark| &mark["args"]["request"]))
            .map(|id| id.as_i64().unwrap())
            .collect();
        let count = policy["all"]["count"].as_u64().unwrap();
        assert_eq!((all.len() as u64, served.len() + refused.len()), (count, count as usize));
        let late =
            policy["all"]["ok"].as_u64().unwrap() - policy["all"]["slo_met"].as_u64().unwrap();
        assert_eq!(missed.len() as u64, late);
        let expired = policy["statuses"]["expired"]["count"].as_u64().unwrap_or(0);
        assert_eq!(refused.len() as u64, expired);
        let slices = of_phase(&events, "X");
        seen.extend(slices.iter().map(|slice| slice["cat"].as_str().unwrap().to_owned()));
        seen.extend(refused.iter().map(|mark| mark["name"].as_str().unwrap().to_owned()));
    }
    // Otherwise the tests here see nothing of them.
    for kind in ["served", "late", "loading", "preempted", "lost", "expired"] {
        assert!(seen.contains(kind), "there is nothing {kind}, only {seen:?}");
    }
}

#[test]
fn the_waiting_requests_are_those_that_the_gauges_count() {
    for (policy, events) in Timeline::of(&Fixture::new(), &[]).by_policy() {
        let queue = &policy["gauges"]["queue"];
        let (mut area, mut last, mut most) = (0_i128, (0, 0), 0);
        for counter in of_phase(&events, "C") {
            let now = (nanos(&counter["ts"]), counter["args"]["requests"].as_i64().unwrap());
            assert!(now.0 > last.0 || last == (0, 0), "the counter is out of order");
            assert!(now.1 >= 0);
            area += i128::from(now.0 - last.0) * i128::from(last.1);
            (last, most) = (now, most.max(now.1));
        }
        assert_eq!(last.1, 0, "nobody waits at the end");
        let mean = area as f64 / policy["gauges"]["length_ns"].as_f64().unwrap();
        assert!((mean - queue["waiting_mean"].as_f64().unwrap()).abs() < 1e-9 * mean.max(1.0));
        // Who comes and starts at one moment has waited for none.
        assert_eq!(most, queue["waiting_max"].as_i64().unwrap());
    }
}

#[test]
fn a_timeline_ends_at_its_limit_and_says_so() {
    let fixture = Fixture::new();
    let whole = Timeline::of(&fixture, &[]);
    let cut = Timeline::of(&fixture, &["--timeline-limit", "50"]);
    assert!(cut.events.len() < whole.events.len());
    // What is shown is what the whole shows too: nothing changes near the end.
    let whole: BTreeSet<String> = whole.events.iter().map(Value::to_string).collect();
    assert!(cut.events.iter().all(|event| whole.contains(&event.to_string())));
    let arguments = ["t.arrow", "--timeline", "t.json", "--timeline-limit", "50"];
    let said = text(&fixture.run(&arguments));
    assert!(said.contains("the timeline of edf ends after 50 requests, at "), "{said}");
    assert!(said.contains("--timeline-limit shows more"), "{said}");
}

#[test]
fn a_small_timeline() {
    let fixture = Fixture::new();
    let flags = ["t.arrow", "--limit", "6", "--workers", "1", "--policy", "edf,fifo:late=drop"];
    fixture.stdout(&[&flags[..], &["--timeline", "t.json"]].concat());
    snapbox::assert_data_eq!(
        String::from_utf8(fixture.bytes("t.json")).unwrap(),
        snapbox::file!["snapshots/timeline.json": Text].raw()
    );
}

#[test]
fn threads_change_no_byte() {
    let fixture = Fixture::new();
    let run = |threads: &str| {
        let flags = ["t.arrow", "--policy", "edf,fifo,priority", "--timeline", "t.json"];
        fixture.stdout(&[&flags[..], &["--threads", threads]].concat());
        fixture.bytes("t.json")
    };
    assert!(run("1") == run("3"));
}

#[test]
fn a_timeline_that_cannot_be_written_is_refused_first() {
    let fixture = Fixture::new();
    for (path, reason) in [
        ("none/t.json", "none/t.json: cannot write the timeline"),
        ("t.arrow", "t.arrow is named twice"),
    ] {
        let output = fixture.run(&["t.arrow", "--timeline", path]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(output.stdout.is_empty() && text(&output).contains(reason), "{}", text(&output));
    }
    fixture.write("p.toml", "version = 1\n[models.gpt]\nlaw = \"constant\"\nmean_ms = 10\n");
    let refused = fixture.run(&["t.arrow", "--profile", "p.toml", "--timeline", "t.json"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    let left = std::fs::read_dir(fixture.path("")).unwrap().count();
    assert_eq!(left, 2, "a refused run leaves its input and nothing else");
}
