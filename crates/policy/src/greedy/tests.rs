//! Schedules by hand, with EDF as the order.

use std::time::Duration;

use request::ModelId;

use crate::RefusalReason::Expired;
use crate::testing::{Deed, Fate, Model, Run, Scene, Worker, at};

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

/// Two at a time; a batch of one takes 10 ns, of two 15.
fn pairs(wait: u64) -> Model {
    Model {
        fixed: nanos(5),
        each: nanos(5),
        batch_size_max: 2,
        batch_wait: nanos(wait),
        ..Model::default()
    }
}

#[test]
fn idle_workers_take_what_comes_the_first_worker_first() {
    let scene = Scene::new(2, &[(0, 1, 90), (0, 1, 80), (0, 1, 70), (3, 1, 60)]);
    let batches = [(0, 0, vec![0]), (0, 1, vec![1]), (10, 0, vec![3]), (10, 1, vec![2])];
    assert_eq!(scene.run("edf").batches(), batches);
}

#[test]
fn a_batch_is_the_head_and_those_that_follow_it_in_its_queue() {
    let rows = [(0, 1, 99), (1, 1, 50), (2, 1, 30), (3, 1, 40), (4, 1, 35)];
    let scene = Scene::new(1, &rows).model_of(4, 1).models(vec![pairs(0), Model::default()]);
    let batches = [(0, 0, vec![0]), (10, 0, vec![2, 3]), (25, 0, vec![4]), (35, 0, vec![1])];
    assert_eq!(scene.run("edf").batches(), batches);
}

#[test]
fn a_batch_that_is_not_full_waits_and_other_models_run_meanwhile() {
    let rows = [(0, 1, 50), (2, 1, 90), (3, 1, 91)];
    let scene = Scene::new(1, &rows).model_of(1, 1).model_of(2, 1);
    let run = scene.clone().models(vec![pairs(7), Model::default()]).run("edf");
    // Request 0 has waited enough at 7, but the worker is busy until 12.
    assert_eq!(run.batches(), [(2, 0, vec![1]), (12, 0, vec![0]), (22, 0, vec![2])]);
    let wakes = |run: &Run| {
        let wakes = run.deeds().filter(|(_, deed)| matches!(deed, Deed::WakeAt(_)));
        wakes.map(|(_, deed)| deed).collect::<Vec<_>>()
    };
    assert_eq!(wakes(&run), [Deed::WakeAt(at(7))]);
    let run = scene.models(vec![pairs(60), pairs(60)]).run("edf");
    assert_eq!(run.batches(), [(3, 0, vec![1, 2]), (60, 0, vec![0])]);
    assert_eq!(wakes(&run), [Deed::WakeAt(at(60)), Deed::WakeAt(at(62))]);
}

#[test]
fn the_oldest_of_those_that_are_left_says_how_long_a_batch_waits() {
    let rows = [(0, 1, 99), (1, 1, 50), (2, 1, 60), (3, 1, 70)];
    let run = Scene::new(2, &rows).models(vec![pairs(20)]).run("edf");
    assert_eq!(run.batches(), [(1, 0, vec![1, 0]), (3, 1, vec![2, 3])]);
    let run = Scene::new(1, &rows).models(vec![pairs(20)]).run("edf");
    assert_eq!(run.batches(), [(1, 0, vec![1, 0]), (16, 0, vec![2, 3])]);
    let run = Scene::new(1, &rows[..3]).models(vec![pairs(20)]).run("edf");
    assert_eq!(run.batches(), [(1, 0, vec![1, 0]), (22, 0, vec![2])]);
}

#[test]
fn late_requests_are_served_or_dropped_or_dropped_before() {
    let rows = [(0, 1, 40), (0, 1, 10), (0, 1, 15), (0, 1, 26)];
    let run = |policy| Scene::new(1, &rows).run(policy);
    assert_eq!(run("edf").order(), [0, 1, 2, 3]);
    let dropped = run("edf:late=drop");
    assert_eq!(dropped.refusals(), [(10, 1, Expired)]);
    assert_eq!(dropped.order(), [0, 2, 3]);
    let hopeless = run("edf:late=hopeless");
    assert_eq!(hopeless.refusals(), [(10, 1, Expired), (10, 2, Expired)]);
    assert_eq!(hopeless.fates[&3], served(0, 10, 20, 1));
}

/// Once a late head is gone, the head of another model goes first.
#[test]
fn a_dropped_head_makes_way_for_another_model() {
    let rows = [(0, 1, 40), (0, 1, 5), (0, 1, 90), (0, 1, 80)];
    let scene = Scene::new(1, &rows).model_of(3, 1).models(vec![Model::default(); 2]);
    assert_eq!(scene.run("edf:late=drop").order(), [0, 3, 2]);
}

/// The place of one that is dropped goes to the next.
#[test]
fn late_requests_do_not_fill_batches() {
    let rows = [(0, 3, 99), (1, 1, 50), (1, 2, 5), (1, 3, 60)];
    let run = Scene::new(1, &rows).models(vec![pairs(0)]).run("priority:late=drop");
    assert_eq!(run.batches(), [(0, 0, vec![0]), (10, 0, vec![1, 3])]);
    assert_eq!(run.refusals(), [(10, 2, Expired)]);
}

#[test]
fn a_batch_goes_to_the_worker_that_serves_it_soonest() {
    let mut scene = Scene::new(3, &[(0, 1, 90), (0, 1, 91), (0, 1, 92), (40, 1, 99)]);
    scene.workers[1].speed = 200;
    scene.workers[2].speed = 200;
    let run = scene.run("edf");
    let batches = [(0, 1, vec![0]), (0, 2, vec![1]), (0, 0, vec![2]), (40, 1, vec![3])];
    assert_eq!(run.batches(), batches);
}

#[test]
fn a_worker_that_holds_the_model_comes_before_one_that_must_load_it() {
    let rows = [(0, 1, 90), (1, 1, 91), (50, 1, 95)];
    let model = Model { load: nanos(30), ..Model::default() };
    let scene = Scene::new(2, &rows).model_of(1, 1).model_of(2, 1).models(vec![model; 2]);
    assert_eq!(scene.run("edf").batches(), [(0, 0, vec![0]), (1, 1, vec![1]), (50, 1, vec![2])]);
}

#[test]
fn a_model_that_no_idle_worker_can_hold_waits_and_others_do_not() {
    let mut scene = Scene::new(2, &[(0, 1, 20), (1, 1, 30), (2, 1, 40), (3, 1, 50)])
        .model_of(3, 1)
        .models(vec![Model::default(); 2]);
    scene.workers[0].pinned = vec![ModelId(0)];
    scene.workers[1].pinned = vec![ModelId(1)];
    let batches = [(0, 0, vec![0]), (3, 1, vec![3]), (10, 0, vec![1]), (20, 0, vec![2])];
    assert_eq!(scene.run("edf").batches(), batches);
}

#[test]
fn a_lost_request_goes_back_to_its_former_place() {
    let rows = [(0, 1, 20), (1, 1, 30), (2, 1, 10)];
    let mut scene = Scene::new(1, &rows).outage(0, 5, 50);
    assert_eq!(
        scene.run("edf").batches()[1..],
        [(50, 0, vec![2]), (60, 0, vec![0]), (70, 0, vec![1])]
    );
    scene.lost_wait_again = false;
    let run = scene.run("edf");
    assert_eq!(run.order(), [0, 2, 1]);
    assert_eq!(run.fates[&0], Fate::Lost);
}

#[test]
fn an_urgent_request_stops_the_last_of_the_running_batches() {
    let rows = [(0, 1, 50), (0, 1, 60), (1, 1, 55), (2, 1, 40), (3, 1, 41)];
    let run = Scene::new(2, &rows).run("edf:preempt=on");
    let stops: Vec<_> = run.deeds().filter(|(_, deed)| matches!(deed, Deed::Preempt(_))).collect();
    // Request 2 has worker 1 at 2, when 3 comes and stops it; it is stopping when 4 comes.
    let expected = [(1, Deed::Preempt(1)), (2, Deed::Preempt(1)), (3, Deed::Preempt(0))];
    assert_eq!(stops, expected);
    let batches = [(2, 1, vec![2]), (4, 0, vec![3]), (4, 1, vec![4]), (14, 0, vec![0])];
    assert_eq!(run.batches()[2..6], batches);
    assert_eq!(Scene::new(2, &rows).run("edf").order(), [0, 1, 3, 4, 2]);
}

#[test]
fn equal_keys_and_idle_workers_preempt_nothing() {
    let stops = |workers, rows: &[_], policy| {
        let run = Scene::new(workers, rows).run(policy);
        run.deeds().any(|(_, deed)| matches!(deed, Deed::Preempt(_)))
    };
    assert!(!stops(1, &[(0, 1, 50), (1, 1, 50)], "edf:preempt=on"));
    assert!(!stops(1, &[(0, 2, 50), (1, 2, 20)], "priority:preempt=on"));
    assert!(!stops(2, &[(0, 2, 50), (1, 1, 20)], "priority:preempt=on"));
    assert!(!stops(1, &[(0, 2, 50), (1, 1, 20)], "priority"));
    assert!(stops(1, &[(0, 2, 50), (1, 1, 20)], "priority:preempt=on"));
}

#[test]
fn times_that_do_not_fit_are_no_panic() {
    let rows = [(0, 1, i64::MAX), (0, 1, i64::MAX), (i64::MAX - 20, 1, i64::MAX)];
    let scene = Scene::new(1, &rows).models(vec![pairs(40)]);
    for policy in ["edf", "edf:late=drop", "edf:late=hopeless,preempt=on"] {
        assert_eq!(scene.run(policy).log.len(), scene.run(policy).log.len());
    }
}

fn served(worker: u32, started: i64, finished: i64, batch_size: usize) -> Fate {
    Fate::Served { worker, started: at(started), finished: at(finished), batch_size }
}

#[test]
fn workers_without_requests_do_nothing() {
    let scene = Scene { workers: vec![Worker::default()], ..Scene::new(1, &[]) }.outage(0, 3, 5);
    let run = scene.run("edf:preempt=on");
    assert!(run.log.iter().all(|(_, deeds)| deeds.is_empty()) && run.log.len() == 2);
}
