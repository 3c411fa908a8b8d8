//! The loop that one would write by hand for this problem and no other: no policy to call, no
//! cluster that checks, no event but the two that there are. It is the bar for our engine.
//!
//! Workers that never idle let it say a request's fate when it starts, so that nothing has to be
//! kept of a request in service but when its worker is free again.

use crate::completions::{Completions, Heap, Scan};
use crate::queue::{Edf, Fifo, Priority, Queue};
use crate::services::Services;
use crate::{Policy, Record, Row};

/// Up to so many workers a scan beats a heap.
const SCAN_MAX: u32 = 16;

/// Runs `rows` through `workers`.
pub fn run(
    rows: &[Row],
    policy: Policy,
    workers: u32,
    services: impl Services,
    record: &mut impl Record,
) {
    match policy {
        Policy::Fifo => choose_completions::<Fifo>(rows, workers, services, record),
        Policy::Priority => choose_completions::<Priority>(rows, workers, services, record),
        Policy::Edf => choose_completions::<Edf>(rows, workers, services, record),
    }
}

fn choose_completions<Q: Queue>(
    rows: &[Row],
    workers: u32,
    services: impl Services,
    record: &mut impl Record,
) {
    match workers {
        ..=4 => serve::<Q, _>(rows, workers, Scan::<4>::default(), services, record),
        5..=SCAN_MAX => serve::<Q, _>(rows, workers, Scan::<16>::default(), services, record),
        _ => serve::<Q, _>(rows, workers, Heap::default(), services, record),
    }
}

fn serve<Q: Queue, C: Completions>(
    rows: &[Row],
    workers: u32,
    mut completions: C,
    mut services: impl Services,
    record: &mut impl Record,
) {
    let mut queue = Q::default();
    let mut idle = workers;
    let mut start = |services: &mut _, position: u32, now: i64| {
        let row = &rows[position as usize];
        let finish = now + Services::of(services, position, row);
        record.served(row, now, finish);
        finish
    };
    for (position, row) in (0u32..).zip(rows) {
        services.arrived(row);
        // A completion goes before an arrival of the same moment.
        while completions.next() <= row.arrival_ns {
            let now = completions.next();
            match queue.pop() {
                Some(next) => completions.start_again(start(&mut services, next, now)),
                None => {
                    completions.stop();
                    idle += 1;
                }
            }
        }
        if idle > 0 {
            idle -= 1;
            completions.start(start(&mut services, position, row.arrival_ns));
        } else {
            queue.push(position, row);
        }
    }
    while let Some(next) = queue.pop() {
        let now = completions.next();
        completions.start_again(start(&mut services, next, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::AtDispatch;

    #[derive(Default)]
    struct Starts(Vec<(i64, i64)>);

    impl Record for Starts {
        fn served(&mut self, row: &Row, start_ns: i64, _: i64) {
            self.0.push((row.id, start_ns));
        }
    }

    /// One worker is busy with request 0 while the others come.
    #[test]
    fn each_policy_has_its_order() {
        let rows = [(0, 90, 2), (1, 80, 2), (2, 50, 1), (3, 60, 0), (4, 50, 0)].map(
            |(id, deadline_ns, tier)| Row {
                id,
                arrival_ns: id,
                deadline_ns,
                service_ns: 10,
                tier,
                class: tier,
            },
        );
        for (policy, expected) in [
            (Policy::Fifo, [(0, 0), (1, 10), (2, 20), (3, 30), (4, 40)]),
            (Policy::Priority, [(0, 0), (3, 10), (4, 20), (2, 30), (1, 40)]),
            (Policy::Edf, [(0, 0), (2, 10), (4, 20), (3, 30), (1, 40)]),
        ] {
            let mut starts = Starts::default();
            let services = AtDispatch(|row: &Row| row.service_ns);
            run(&rows, policy, 1, services, &mut starts);
            assert_eq!(starts.0, expected, "{policy:?}");
        }
    }
}
