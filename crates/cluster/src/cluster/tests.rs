use super::*;
use policy::RefusalReason;
use request::{RequestId, Tier};

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

impl Driver<&'static str> for Log {
    fn started(&mut self, worker: WorkerId, finish: Moment) {
        self.0.push(format!("start on {} until {finish}", worker.0));
    }

    fn served(&mut self, payload: &'static str, served: Served) {
        self.0.push(format!("{payload} served {}..{}", served.started, served.finished));
    }

    fn refused(&mut self, payload: &'static str, reason: RefusalReason, now: Moment) {
        self.0.push(format!("{payload} refused {reason:?} at {now}"));
    }

    fn wake_at(&mut self, moment: Moment) {
        self.0.push(format!("wake at {moment}"));
    }
}

const PROFILE: &str = "version = 1
[models.a]
law = \"constant\"
mean_ms = 0.001
batch_size_max = 2
batch_marginal = 0.5
[models.b]
law = \"constant\"
mean_ms = 0.001
";

fn request(id: i64, model: u16) -> Request {
    let deadline = Moment::from_nanos(1_000_000);
    let (id, model) = (RequestId(id), ModelId(model));
    Request { id, arrival: Moment::ZERO, deadline, tier: Tier::Vip, model }
}

fn cluster(policy: Box<dyn Policy>) -> Cluster<&'static str> {
    Cluster::new(policy, Profile::parse(PROFILE).unwrap(), 2, Seed(1))
}

/// What the cluster says of a policy that runs `script` when two requests of model a and one of
/// model b wait.
fn fault(script: fn(&mut Actions)) -> Fault {
    let mut cluster = cluster(Box::new(Scripted(None)));
    let log = &mut Log::default();
    cluster.arrived(Moment::ZERO, request(0, 0), "first", log).unwrap();
    cluster.arrived(Moment::ZERO, request(1, 0), "second", log).unwrap();
    cluster.arrived(Moment::ZERO, request(2, 1), "third", log).unwrap();
    cluster.policy = Box::new(Scripted(Some(script)));
    let violation = cluster.came_due(Moment::from_nanos(5), Due::Wake, log).unwrap_err();
    assert_eq!((violation.policy.as_str(), violation.now), ("scripted", Moment::from_nanos(5)));
    violation.fault
}

const W0: WorkerId = WorkerId(0);
const W1: WorkerId = WorkerId(1);

#[test]
fn every_rule_a_policy_can_break_is_checked() {
    let now = Moment::from_nanos(5);
    assert_eq!(
        fault(|actions| actions.dispatch(WorkerId(2), &[Ticket(0)])),
        Fault::WorkerUnknown { worker: WorkerId(2), count: 2 }
    );
    assert_eq!(
        fault(|actions| {
            actions.dispatch(W0, &[Ticket(0)]);
            actions.dispatch(W0, &[Ticket(1)]);
        }),
        Fault::WorkerBusy(W0)
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
    assert_eq!(fault(|actions| actions.wake_at(Moment::from_nanos(5))), Fault::WakeInPast(now));
}

#[test]
fn a_violation_names_the_policy_the_time_and_the_fault() {
    let violation = Violation {
        policy: "mine".into(),
        now: Moment::from_nanos(7),
        fault: Fault::WorkerBusy(W1),
    };
    assert_eq!(
        violation.to_string(),
        "policy mine broke the rules at 7 ns: it dispatched to worker 1, which is busy"
    );
}

#[test]
fn requests_left_waiting_are_found_at_the_end() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    cluster.arrived(Moment::ZERO, request(0, 0), "only", &mut Log::default()).unwrap();
    assert_eq!(cluster.check_drained().unwrap_err().fault, Fault::Starved(1));
}

#[test]
fn a_run_from_arrival_to_answer() {
    let mut cluster = cluster(policy::by_name("fifo").unwrap());
    let mut log = Log::default();
    for (id, name) in [(0, "first"), (1, "second"), (2, "third")] {
        cluster.arrived(Moment::from_nanos(id * 10), request(id, 0), name, &mut log).unwrap();
    }
    assert_eq!((cluster.waiting_count(), cluster.in_flight_count()), (1, 3));
    cluster.came_due(Moment::from_nanos(1_000), Due::Finish(W0), &mut log).unwrap();
    cluster.came_due(Moment::from_nanos(1_010), Due::Finish(W1), &mut log).unwrap();
    cluster.came_due(Moment::from_nanos(2_000), Due::Finish(W0), &mut log).unwrap();
    assert_eq!(
        log.0,
        [
            "start on 0 until 1000 ns",
            "start on 1 until 1010 ns",
            "first served 0 ns..1000 ns",
            "start on 0 until 2000 ns",
            "second served 10 ns..1010 ns",
            "third served 1000 ns..2000 ns",
        ]
    );
    assert_eq!((cluster.waiting_count(), cluster.in_flight_count()), (0, 0));
    cluster.check_drained().unwrap();
}

#[test]
fn a_batch_takes_its_heads_time_and_the_marginal_of_the_others() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    let mut log = Log::default();
    cluster.arrived(Moment::ZERO, request(0, 0), "first", &mut log).unwrap();
    cluster.arrived(Moment::ZERO, request(1, 0), "second", &mut log).unwrap();
    cluster.policy =
        Box::new(Scripted(Some(|actions| actions.dispatch(W1, &[Ticket(0), Ticket(1)]))));
    cluster.came_due(Moment::ZERO, Due::Wake, &mut log).unwrap();
    cluster.came_due(Moment::from_nanos(1_500), Due::Finish(W1), &mut log).unwrap();
    assert_eq!(
        log.0,
        ["start on 1 until 1500 ns", "first served 0 ns..1500 ns", "second served 0 ns..1500 ns",]
    );
}

#[test]
fn late_requests_are_dropped_when_asked() {
    let mut cluster = cluster(policy::by_name("edf:late=drop").unwrap());
    let mut log = Log::default();
    for (id, name) in [(0, "first"), (1, "second"), (2, "third")] {
        cluster.arrived(Moment::ZERO, request(id, 0), name, &mut log).unwrap();
    }
    cluster.came_due(Moment::from_nanos(1_000_000), Due::Finish(W0), &mut log).unwrap();
    assert_eq!(log.0.last().unwrap(), "third refused Expired at 1000000 ns");
    assert_eq!(cluster.in_flight_count(), 1);
}

#[test]
#[should_panic(expected = "events run in order of time")]
fn time_does_not_run_backwards() {
    let mut cluster = cluster(Box::new(Scripted(None)));
    cluster.came_due(Moment::from_nanos(2), Due::Wake, &mut Log::default()).unwrap();
    cluster.came_due(Moment::from_nanos(1), Due::Wake, &mut Log::default()).unwrap();
}
