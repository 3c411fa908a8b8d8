use super::testing::{MS, ended, plan, progress};
use super::*;

fn at(nanos: i64) -> Moment {
    Moment::from_nanos(nanos)
}

#[test]
fn a_run_that_has_not_begun_is_all_zeros() {
    let mut tracker = Tracker::new(0, 1, "sink".into(), plan(1_000, MS));
    let progress = tracker.progress(at(-20 * MS));
    assert_eq!((progress.total, progress.due, progress.sent, progress.ended), (1_000, 0, 0, 0));
    assert_eq!((progress.rate, progress.lag), (Rates::default(), None));
    assert_eq!(progress.last_arrival, at(999 * MS));
    let empty = Tracker::new(0, 1, "sink".into(), plan(0, MS)).progress(at(0));
    assert_eq!((empty.total, empty.last_arrival), (0, Moment::ZERO));
}

#[test]
fn rates_are_of_the_last_second() {
    let plan = plan(10_000, MS);
    let mut tracker = Tracker::new(0, 1, "sink".into(), Arc::clone(&plan));
    for (index, planned) in plan.iter().enumerate().take(3_000) {
        // From 2 s on, half of what is due is sent.
        if index < 2_000 || index % 2 == 0 {
            tracker.sent(index, planned.arrival());
        }
    }
    let rates = |tracker: &mut Tracker, now_ms: i64| {
        let rate = tracker.progress(at(now_ms * MS)).rate;
        (rate.intended_per_s, rate.achieved_per_s)
    };
    assert_eq!(rates(&mut tracker, 99), (0.0, 0.0));
    // A tenth that has only begun does not count, so half a second of half the rate is half.
    assert_eq!(rates(&mut tracker, 2_549), (1000.0, 750.0));
    assert_eq!(rates(&mut tracker, 3_000), (1000.0, 500.0));
    assert_eq!(rates(&mut tracker, 60_000), (0.0, 0.0));

    let mut young = Tracker::new(0, 1, "sink".into(), Arc::clone(&plan));
    (0..300).for_each(|index| young.sent(index, plan[index].arrival()));
    assert_eq!(rates(&mut young, 300), (1000.0, 1000.0));
}

#[test]
fn what_ended_is_counted_once_by_tier_and_status() {
    let progress = progress();
    assert_eq!((progress.due, progress.sent, progress.ended), (12_501, 12_251, 11_251));
    // One in ten was sent and has not ended.
    assert_eq!(progress.in_flight, 1_250);
    assert_eq!(progress.statuses.iter().sum::<usize>(), progress.ended);
    assert_eq!(progress.statuses[Status::Unavailable.index()], 250);
    assert_eq!(progress.tiers.iter().map(|tier| tier.ended).sum::<usize>(), progress.ended);
    let met: usize = progress.tiers.iter().map(|tier| tier.met).sum();
    assert_eq!(met, progress.ended - 250 - 1_250);
    let answered: u64 = progress.tiers.iter().map(|tier| tier.latencies.total()).sum();
    assert_eq!(answered, progress.statuses[Status::Ok.index()] as u64);
    assert_eq!(progress.lags.total(), progress.sent as u64);
}

#[test]
fn an_end_told_before_its_send_is_no_negative_flight() {
    let plan = plan(2, MS);
    let mut tracker = Tracker::new(0, 1, "sink".into(), Arc::clone(&plan));
    tracker.ended(&ended(&plan[0], 0, 10, 20));
    assert_eq!(tracker.progress(at(5)).in_flight, 0);
    tracker.sent(0, at(10));
    tracker.sent(1, at(MS));
    assert_eq!(tracker.progress(at(MS)).in_flight, 1);
}
