use super::*;
use std::time::Duration;

use crate::{Profile, Served, Workers};
use policy::{RefusalReason, Ticket, View};
use request::{ModelId, RequestId, Seed, Tier};

/// Does what the test says, once, at the first event.
struct Scripted(Option<fn(&mut Actions)>);

impl Policy for Scripted {
    fn name(&self) -> String {
        "scripted".to_owned()
    }

    fn on_event(&mut self, _: Moment, _: Event<'_>, _: &dyn View, actions: &mut Actions) {
        if let Some(script) = self.0.take() {
            script(actions);
        }
    }
}

/// Writes down what it is told.
#[derive(Default, Debug, PartialEq)]
struct Log(Vec<String>);

impl Observer<&'static str> for Log {
    fn served(&mut self, _: &Request, payload: &'static str, served: Served) {
        self.0.push(format!("{payload} served {}..{}", served.started, served.finished));
    }

    fn refused(&mut self, _: &Request, payload: &'static str, reason: RefusalReason, now: Moment) {
        self.0.push(format!("{payload} refused {reason:?} at {now}"));
    }

    fn lost(&mut self, _: &Request, payload: &'static str, now: Moment) {
        self.0.push(format!("{payload} lost at {now}"));
    }

    fn ran(&mut self, span: &Span) {
        let Span { worker, dispatched, started, ended, ending, .. } = span;
        let from = format!("{}/{}", dispatched.as_nanos(), started.as_nanos());
        self.0.push(format!("worker {} {from}..{} {ending:?}", worker.0, ended.as_nanos()));
    }
}

/// Times in ns: model a takes 1000, and a batch of two 1500, in 4 steps; b takes 1000.
const PROFILE: &str = "version = 1
[models.a]
law = \"constant\"
mean_ms = 0.001
batch_size_max = 2
batch_marginal = 0.5
steps = 4
[models.b]
law = \"constant\"
mean_ms = 0.001
";

fn request(id: i64, model: u16) -> Request {
    let deadline = Moment::from_nanos(1_000_000);
    let (id, model) = (RequestId(id), ModelId(model));
    Request { id, arrival: Moment::ZERO, deadline, tier: Tier::Vip, model }
}

fn cluster_of(policy: Box<dyn Policy>, profile: &str, workers: &str) -> Cluster<&'static str> {
    let workers = match workers.parse() {
        Ok(count) => Workers::equal(count),
        Err(_) => Workers::parse(&format!("version = 1\n{workers}")).unwrap(),
    };
    let profile = Profile::parse(profile).unwrap();
    Cluster::new(policy, &Emulation { workers, profile, seed: Seed(1) })
}

fn cluster(policy: Box<dyn Policy>) -> Cluster<&'static str> {
    cluster_of(policy, PROFILE, "2")
}

fn at(nanos: i64) -> Moment {
    Moment::from_nanos(nanos)
}

fn finish(cluster: &mut Cluster<&'static str>, log: &mut Log) {
    while cluster.advance(None, log).unwrap().is_some() {}
    cluster.check_drained().unwrap();
}

/// What the cluster says of a policy that runs `script` when two requests of model a and one of
/// model b wait.
fn fault(script: fn(&mut Actions)) -> Fault {
    let mut cluster = cluster(Box::new(Scripted(None)));
    let log = &mut Log::default();
    cluster.arrived(at(0), request(0, 0), "first", log).unwrap();
    cluster.arrived(at(0), request(1, 0), "second", log).unwrap();
    cluster.policy = Box::new(Scripted(Some(script)));
    let violation = cluster.arrived(at(5), request(2, 1), "third", log).unwrap_err();
    assert_eq!((violation.policy.as_str(), violation.now), ("scripted", at(5)));
    violation.fault
}

const W0: WorkerId = WorkerId(0);
const W1: WorkerId = WorkerId(1);

#[test]
fn every_rule_a_policy_can_break_is_checked() {
    assert_eq!(
        fault(|actions| actions.dispatch(WorkerId(2), &[Ticket(0)])),
        Fault::WorkerUnknown { worker: WorkerId(2), count: 2 }
    );
    assert_eq!(
        fault(|actions| {
            actions.dispatch(W0, &[Ticket(0)]);
            actions.dispatch(W0, &[Ticket(1)]);
        }),
        Fault::WorkerNotIdle(W0)
    );
    assert_eq!(fault(|actions| actions.dispatch(W0, &[])), Fault::BatchEmpty(W0));
    assert_eq!(
        fault(|actions| actions.dispatch(W0, &[Ticket(0), Ticket(1), Ticket(2)])),
        Fault::BatchTooLarge { size: 3, size_max: 2 }
    );
    assert_eq!(fault(|actions| actions.dispatch(W0, &[Ticket(0), Ticket(2)])), Fault::BatchMixed);
    assert_eq!(fault(|actions| actions.dispatch(W0, &[Ticket(3)])), Fault::NotWaiting(Ticket(3)));
    assert_eq!(
        fault(|actions| actions.dispatch(W0, &[Ticket(0), Ticket(0)])),
        Fault::NotWaiting(Ticket(0))
    );
    assert_eq!(
        fault(|actions| {
            actions.dispatch(W0, &[Ticket(0)]);
            actions.dispatch(W1, &[Ticket(0)]);
        }),
        Fault::NotWaiting(Ticket(0))
    );
    assert_eq!(
        fault(|actions| {
            actions.dispatch(W0, &[Ticket(0)]);
            actions.refuse(Ticket(0), RefusalReason::Rejected);
        }),
        Fault::NotWaiting(Ticket(0))
    );
    assert_eq!(fault(|actions| actions.preempt(W0)), Fault::NothingToPreempt(W0));
    assert_eq!(
        fault(|actions| actions.preempt(WorkerId(9))),
        Fault::WorkerUnknown { worker: WorkerId(9), count: 2 }
    );
    assert_eq!(fault(|actions| actions.wake_at(at(5))), Fault::WakeInPast(at(5)));
}

#[test]
fn a_violation_names_the_policy_the_time_and_the_fault() {
    let violation =
        Violation { policy: "mine".into(), now: at(7), fault: Fault::WorkerNotIdle(W1) };
    assert_eq!(
        violation.to_string(),
        "policy mine broke the rules at 7 ns: it dispatched to worker 1, which is not idle"
    );
}

#[test]
fn requests_left_waiting_are_found_at_the_end() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    cluster.arrived(at(0), request(0, 0), "only", &mut Log::default()).unwrap();
    assert_eq!(cluster.advance(None, &mut Log::default()), Ok(None));
    assert_eq!(cluster.check_drained().unwrap_err().fault, Fault::Starved(1));
}

/// Wakes, and does nothing else.
struct Restless;

impl Policy for Restless {
    fn name(&self) -> String {
        "restless".to_owned()
    }

    fn on_event(&mut self, now: Moment, _: Event<'_>, _: &dyn View, actions: &mut Actions) {
        actions.wake_at(now + Duration::from_nanos(1));
    }
}

#[test]
fn a_policy_that_only_ever_wakes_is_stopped() {
    let mut cluster = cluster(Box::new(Restless));
    let log = &mut Log::default();
    cluster.arrived(at(0), request(0, 0), "only", log).unwrap();
    let violation = loop {
        match cluster.advance(None, log) {
            Ok(some) => assert!(some.is_some()),
            Err(violation) => break violation,
        }
    };
    assert_eq!(violation.fault, Fault::Restless(IDLE_WAKES_MAX));
}

#[test]
fn a_run_from_arrival_to_answer() {
    let mut cluster = cluster_of(policy::by_name("fifo").unwrap(), PROFILE, "2");
    let mut log = Log::default();
    for (id, name) in [(0, "first"), (1, "second"), (2, "third")] {
        cluster.arrived(at(id * 10), request(id, 1), name, &mut log).unwrap();
    }
    assert_eq!((cluster.waiting_count(), cluster.in_flight_count()), (1, 3));
    assert_eq!(cluster.next_due(), Some(at(1_000)));
    assert_eq!(cluster.advance(Some(at(999)), &mut log), Ok(None));
    finish(&mut cluster, &mut log);
    assert_eq!(
        log.0,
        [
            "first served 0 ns..1000 ns",
            "worker 0 0/0..1000 Finished",
            "second served 10 ns..1010 ns",
            "worker 1 10/10..1010 Finished",
            "third served 1000 ns..2000 ns",
            "worker 0 1000/1000..2000 Finished",
        ]
    );
    assert_eq!((cluster.waiting_count(), cluster.in_flight_count()), (0, 0));
    // One request waits from 20 to 1000; sojourns of 1000, 1000 and 1980.
    let queue = Queue { waiting_max: 1, waiting_area: 980, in_flight_area: 3_980 };
    assert_eq!(cluster.queue(), queue);
}

#[test]
fn a_batch_takes_its_heads_time_and_the_marginal_of_the_others() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    let mut log = Log::default();
    cluster.arrived(at(0), request(0, 0), "first", &mut log).unwrap();
    cluster.policy =
        Box::new(Scripted(Some(|actions| actions.dispatch(W1, &[Ticket(0), Ticket(1)]))));
    cluster.arrived(at(0), request(1, 0), "second", &mut log).unwrap();
    finish(&mut cluster, &mut log);
    assert_eq!(
        log.0,
        [
            "first served 0 ns..1500 ns",
            "second served 0 ns..1500 ns",
            "worker 1 0/0..1500 Finished"
        ]
    );
}

#[test]
fn late_requests_are_dropped_when_asked() {
    let mut cluster = cluster_of(policy::by_name("edf:late=drop").unwrap(), PROFILE, "1");
    let mut log = Log::default();
    for (id, name) in [(0, "first"), (1, "second")] {
        let deadline = at(999);
        let request = Request { deadline, ..request(id, 1) };
        cluster.arrived(at(0), request, name, &mut log).unwrap();
    }
    finish(&mut cluster, &mut log);
    assert_eq!(log.0.last().unwrap(), "second refused Expired at 1000 ns");
}

/// Runs one request of model a from 0 on, and does what the script says at 300 and 1100.
fn run_and_interrupt(at_300: fn(&mut Actions), at_1100: fn(&mut Actions)) -> Vec<String> {
    let mut cluster =
        cluster(Box::new(Scripted(Some(|actions| actions.dispatch(W0, &[Ticket(0)])))));
    let mut log = Log::default();
    cluster.arrived(at(0), request(0, 0), "first", &mut log).unwrap();
    for (now, script) in [(300, at_300), (1_100, at_1100)] {
        while cluster.advance(Some(at(now)), &mut log).unwrap().is_some() {}
        cluster.policy = Box::new(Scripted(Some(script)));
        cluster.arrived(at(now), request(now, 1), "other", &mut log).unwrap();
    }
    while cluster.advance(None, &mut log).unwrap().is_some() {}
    log.0
}

#[test]
fn a_batch_stops_at_its_next_boundary_and_goes_on_from_there() {
    let log = run_and_interrupt(
        |actions| actions.preempt(W0),
        |actions| actions.dispatch(W1, &[Ticket(0)]),
    );
    // Two of four steps were done at 500, and the other two take 500.
    let expected = [
        "worker 0 0/0..500 Preempted",
        "first served 0 ns..1600 ns",
        "worker 1 1100/1100..1600 Finished",
    ];
    assert_eq!(log, expected);
}

#[test]
fn asking_to_stop_twice_or_in_the_last_step_changes_nothing_more() {
    let twice = run_and_interrupt(
        |actions| {
            actions.preempt(W0);
            actions.preempt(W0);
        },
        |actions| actions.dispatch(W1, &[Ticket(0)]),
    );
    assert_eq!(twice[0], "worker 0 0/0..500 Preempted");
    let mut cluster = cluster(Box::new(Scripted(Some(|a| a.dispatch(W0, &[Ticket(0)])))));
    let mut log = Log::default();
    cluster.arrived(at(0), request(0, 0), "first", &mut log).unwrap();
    cluster.policy = Box::new(Scripted(Some(|actions| actions.preempt(W0))));
    cluster.arrived(at(751), request(1, 1), "other", &mut log).unwrap();
    while cluster.advance(None, &mut log).unwrap().is_some() {}
    assert_eq!(log.0, ["first served 0 ns..1000 ns", "worker 0 0/0..1000 Finished"]);
}

/// Stopped at the moment it came, it has not run, and its wait goes on.
#[test]
fn a_batch_stopped_before_its_first_step_has_not_started() {
    let script: fn(&mut Actions) = |actions| actions.dispatch(W0, &[Ticket(0)]);
    let mut cluster = cluster(Box::new(Scripted(Some(script))));
    let mut log = Log::default();
    cluster.arrived(at(0), request(0, 0), "first", &mut log).unwrap();
    cluster.policy = Box::new(Scripted(Some(|actions| actions.preempt(W0))));
    cluster.arrived(at(0), request(1, 1), "other", &mut log).unwrap();
    assert_eq!(cluster.advance(None, &mut log), Ok(Some(at(0))));
    cluster.policy = Box::new(Scripted(Some(|actions| actions.dispatch(W1, &[Ticket(0)]))));
    cluster.arrived(at(70), request(2, 1), "third", &mut log).unwrap();
    while cluster.advance(None, &mut log).unwrap().is_some() {}
    let expected = [
        "worker 0 0/0..0 Preempted",
        "first served 70 ns..1070 ns",
        "worker 1 70/70..1070 Finished",
    ];
    assert_eq!(log.0, expected);
}

const OUTAGE: &str =
    "[[workers]]\ncount = 2\n[[outages]]\nworker = 0\nfrom_ms = 0.0004\nto_ms = 0.003";

/// Two requests run when worker 0 fails at 400; it is back at 3000.
fn run_through_an_outage(lost: &str) -> Vec<String> {
    let fifo = policy::by_name("fifo").unwrap();
    let mut cluster = cluster_of(fifo, PROFILE, &format!("lost = \"{lost}\"\n{OUTAGE}"));
    let mut log = Log::default();
    for (id, name) in [(0, "first"), (1, "second"), (2, "third")] {
        cluster.arrived(at(id), request(id, 1), name, &mut log).unwrap();
    }
    finish(&mut cluster, &mut log);
    log.0
}

#[test]
fn a_failing_workers_requests_fail_when_asked() {
    assert_eq!(
        run_through_an_outage("fail"),
        [
            "first lost at 400 ns",
            "worker 0 0/0..400 Lost",
            "second served 1 ns..1001 ns",
            "worker 1 1/1..1001 Finished",
            "third served 1001 ns..2001 ns",
            "worker 1 1001/1001..2001 Finished",
        ]
    );
}

#[test]
fn a_failing_workers_requests_can_be_served_again() {
    let mut cluster = cluster_of(Box::new(Scripted(None)), PROFILE, OUTAGE);
    let mut log = Log::default();
    cluster.policy = Box::new(Scripted(Some(|actions| actions.dispatch(W0, &[Ticket(0)]))));
    cluster.arrived(at(0), request(0, 0), "first", &mut log).unwrap();
    assert_eq!(cluster.advance(None, &mut log), Ok(Some(at(400))));
    assert_eq!(cluster.waiting_count(), 1);
    // The end that was noted down before the failure means nothing any more.
    assert_eq!(cluster.advance(None, &mut log), Ok(Some(at(1_000))));
    cluster.policy = Box::new(Scripted(Some(|actions| actions.dispatch(W0, &[Ticket(0)]))));
    finish(&mut cluster, &mut log);
    assert_eq!(
        log.0,
        [
            "worker 0 0/0..400 Lost",
            "first served 3000 ns..4000 ns",
            "worker 0 3000/3000..4000 Finished"
        ]
    );
}

/// Models of 1000 ns that take 300 ns to load and fill the worker.
const LOADING: &str = "version = 1
[models.a]
law = \"constant\"
mean_ms = 0.001
memory_mb = 10
load_ms = 0.0003
[models.b]
law = \"constant\"
mean_ms = 0.001
memory_mb = 10
load_ms = 0.0003
";

#[test]
fn a_model_is_loaded_where_it_is_not_held_and_speed_counts() {
    let fifo = || policy::by_name("fifo").unwrap();
    let spans = |workers: &str| {
        let mut cluster = cluster_of(fifo(), LOADING, workers);
        let mut log = Log::default();
        for (id, model) in [(0, 0), (1, 0), (2, 1), (3, 0)] {
            cluster.arrived(at(0), request(id, model), "one", &mut log).unwrap();
        }
        finish(&mut cluster, &mut log);
        log.0.into_iter().filter(|line| line.starts_with("worker")).collect::<Vec<_>>()
    };
    assert_eq!(
        spans("[[workers]]\nmemory_mb = 10\nspeed = 0.5"),
        [
            "worker 0 0/300..2300 Finished",
            "worker 0 2300/2300..4300 Finished",
            "worker 0 4300/4600..6600 Finished",
            "worker 0 6600/6900..8900 Finished",
        ]
    );
    assert_eq!(spans("[[workers]]\nmemory_mb = 20")[3], "worker 0 3600/3600..4600 Finished");
    assert_eq!(
        spans("[[workers]]\nmodels = [\"a\", \"b\"]")[2],
        "worker 0 2000/2000..3000 Finished",
        "pinned models are there from the start"
    );
}

#[test]
fn a_view_tells_what_workers_can_do() {
    let workers = "[[workers]]\nmodels = [\"a\"]\n[[workers]]\nmemory_mb = 10\nspeed = 2";
    let cluster = cluster_of(Box::new(Scripted(None)), LOADING, workers);
    let view = Seen { floor: &cluster.state.floor, jobs: &cluster.state.jobs };
    let (a, b) = (ModelId(0), ModelId(1));
    assert!(!view.workers_are_alike());
    assert_eq!(view.time_to_serve(W0, a, 1), Some(Duration::from_nanos(1_000)));
    assert_eq!(view.time_to_serve(W0, b, 1), None);
    assert_eq!(view.time_to_serve(W1, b, 1), Some(Duration::from_nanos(800)));
    assert!(view.is_resident(W0, a) && !view.is_resident(W1, a));
}

#[test]
fn a_model_goes_to_no_worker_that_cannot_hold_it() {
    let workers = "[[workers]]\nmodels = [\"a\"]\n[[workers]]\nmodels = [\"b\"]";
    let script: fn(&mut Actions) = |actions| actions.dispatch(W0, &[Ticket(0)]);
    let mut cluster = cluster_of(Box::new(Scripted(Some(script))), LOADING, workers);
    let violation = cluster.arrived(at(0), request(0, 1), "one", &mut Log::default()).unwrap_err();
    assert_eq!(violation.fault, Fault::ModelDoesNotFit { worker: W0, model: ModelId(1) });
}

#[test]
fn an_end_past_the_end_of_time_is_an_error() {
    let script: fn(&mut Actions) = |actions| actions.dispatch(W0, &[Ticket(0)]);
    let mut cluster = cluster(Box::new(Scripted(Some(script))));
    let now = at(i64::MAX - 5);
    let violation = cluster.arrived(now, request(0, 0), "one", &mut Log::default()).unwrap_err();
    assert_eq!(violation.fault, Fault::PastTheEndOfTime);
}

#[test]
#[should_panic(expected = "events run in order of time")]
fn time_does_not_run_backwards() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    cluster.arrived(at(2), request(0, 0), "one", &mut Log::default()).unwrap();
    cluster.arrived(at(1), request(1, 0), "two", &mut Log::default()).unwrap();
}
