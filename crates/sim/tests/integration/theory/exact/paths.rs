//! Laws of one path: the same arrivals and service times, whatever order they are served in.

use cluster::Workers;
use proptest::prelude::*;
use request::Moment;

use super::{TIMES_US, constant, constant_models, patient, requests, rows, varied};
use crate::theory::lab::{Lab, Run, nanos, profile};

/// The sum over requests of service time times wait, in ns squared.
fn work_times_wait(run: &Run) -> u128 {
    let one = |(request, served): (&request::Request, cluster::Served)| {
        u128::from(nanos(served.started, served.finished))
            * u128::from(nanos(request.arrival, served.started))
    };
    run.served().map(one).sum()
}

fn starts(run: &Run) -> Vec<Moment> {
    run.served().map(|(_, served)| served.started).collect()
}

proptest! {
    /// Kiefer and Wolfowitz (1955): under FIFO, each request starts when it has come and the first
    /// of the workers is free. With one worker this is Lindley's recursion (1952).
    #[test]
    fn fifo_follows_kiefer_wolfowitz(rows in rows(2), workers in 1u32..4) {
        let run = constant(&TIMES_US, workers).run("fifo", requests(&rows));
        let mut free_at = vec![0i64; workers as usize];
        for (request, served) in run.served() {
            free_at.sort_unstable();
            let start = request.arrival.as_nanos().max(free_at[0]);
            free_at[0] = start + i64::from(TIMES_US[usize::from(request.model.0)]) * 1_000;
            prop_assert_eq!(served.started.as_nanos(), start);
            prop_assert_eq!(served.finished.as_nanos(), free_at[0]);
        }
        prop_assert_eq!(run.served().count(), rows.len());
    }

    /// The same of workers of several speeds. A request that finds workers idle takes the quickest;
    /// one that has waited takes the first that ends, by its number where several do.
    #[test]
    fn fifo_takes_the_quickest_of_the_idle_workers(
        rows in rows(2),
        quarters in prop::collection::vec(prop::sample::select(vec![1u32, 2, 4, 8]), 1..5),
    ) {
        // In quarters of the time of speed 1, which divide every time here evenly.
        let group = |time: &u32| format!("[[workers]]\nspeed = {}\n", 4.0 / f64::from(*time));
        let groups: String = quarters.iter().map(group).collect();
        let workers = Workers::parse(&format!("version = 1\n{groups}")).unwrap();
        let lab = Lab::new(workers, profile(&constant_models(&TIMES_US)));
        let run = lab.run("fifo", requests(&rows));
        let (mut free_at, mut turn) = (vec![0; quarters.len()], 0);
        for (request, served) in run.served() {
            let arrival = request.arrival.as_nanos();
            turn = arrival.max(turn).max(*free_at.iter().min().unwrap());
            let idle = (0..quarters.len()).filter(|worker| free_at[*worker] <= turn);
            let place = |worker: &usize| if arrival == turn { quarters[*worker] } else { 0 };
            let worker = idle.min_by_key(place).unwrap();
            let time = TIMES_US[usize::from(request.model.0)] * quarters[worker] * 250;
            free_at[worker] = turn + i64::from(time);
            prop_assert_eq!(served.worker.0 as usize, worker);
            prop_assert_eq!(served.started.as_nanos(), turn);
            prop_assert_eq!(served.finished.as_nanos(), free_at[worker]);
        }
    }

    /// Under FIFO a worker that ends a batch takes all that wait, as many as a batch may hold, and an
    /// idle one takes the first that comes, alone.
    #[test]
    fn fifo_batches_follow_their_recursion(rows in rows(1), size_max in 1u32..6) {
        let model = format!("{}\nbatch_size_max = {size_max}", constant_models(&[10])[0]);
        let lab = Lab::of_one_model(1, &format!("{model}\nbatch_marginal = 0.5"));
        let run = lab.run("fifo", requests(&rows));
        let served: Vec<_> = run.served().collect();
        let (mut next, mut free_at) = (0, 0);
        while next < served.len() {
            let arrival = served[next].0.arrival.as_nanos();
            let rest = served[next..].iter();
            let waiting = rest.take_while(|(one, _)| one.arrival.as_nanos() < free_at).count();
            let (start, size) = (arrival.max(free_at), waiting.clamp(1, size_max as usize));
            free_at = start + 5_000 + 5_000 * i64::try_from(size).unwrap();
            for (_, served) in &served[next..next + size] {
                prop_assert_eq!(served.started.as_nanos(), start);
                prop_assert_eq!(served.finished.as_nanos(), free_at);
                prop_assert_eq!(served.batch_size as usize, size);
            }
            next += size;
        }
    }

    /// One worker that never idles is busy at the same times under every policy, so the unfinished
    /// work is the same at every moment. Its integral is the sum over requests of service time
    /// times wait, and of half the service time squared, which no policy can change: Kleinrock's
    /// conservation law, on each path.
    #[test]
    fn one_worker_does_the_same_work_at_every_moment_under_every_policy(rows in rows(1)) {
        let lab = varied(1);
        let fifo = lab.run("fifo", patient(&rows));
        for policy in policy::names() {
            let run = lab.run(policy, patient(&rows));
            prop_assert_eq!(run.served().count(), rows.len(), "{}", policy);
            prop_assert_eq!(run.busy_periods(), fifo.busy_periods(), "{}", policy);
            prop_assert_eq!(work_times_wait(&run), work_times_wait(&fifo), "{}", policy);
        }
    }

    /// Equal times: the same multiset of starts under every policy, for any number of workers.
    #[test]
    fn equal_times_give_equal_starts(rows in rows(1), workers in 1u32..4) {
        let lab = constant(&[9], workers);
        let sorted_starts = |policy| {
            let mut starts = starts(&lab.run(policy, patient(&rows)));
            starts.sort_unstable();
            starts
        };
        let fifo = sorted_starts("fifo");
        for policy in policy::names() {
            prop_assert_eq!(&sorted_starts(policy), &fifo, "{}", policy);
        }
    }

    /// Common random numbers: every policy meets the same work.
    #[test]
    fn a_request_costs_the_same_under_every_policy(rows in rows(1), workers in 1u32..4) {
        let lab = varied(workers);
        let costs = |policy| {
            let run = lab.run(policy, patient(&rows));
            run.served().map(|(_, served)| nanos(served.started, served.finished)).collect::<Vec<_>>()
        };
        let fifo = costs("fifo");
        for policy in policy::names() {
            prop_assert_eq!(&costs(policy), &fifo, "{}", policy);
        }
    }

    /// Under FIFO no request starts later when there is one worker more.
    #[test]
    fn one_worker_more_delays_nobody(rows in rows(1), workers in 1u32..4) {
        let fewer = starts(&varied(workers).run("fifo", requests(&rows)));
        let more = starts(&varied(workers + 1).run("fifo", requests(&rows)));
        prop_assert!(fewer.iter().zip(&more).all(|(fewer, more)| more <= fewer));
    }

    /// No worker serves two batches at once, and nothing starts before it comes.
    #[test]
    fn a_worker_serves_one_batch_at_a_time(rows in rows(1), workers in 1u32..4) {
        for policy in policy::names() {
            let run = varied(workers).run(policy, requests(&rows));
            let mut spans = Vec::new();
            for (request, served) in run.served() {
                prop_assert!(served.started >= request.arrival);
                prop_assert_eq!(served.batch_size, 1);
                spans.push((served.worker.0, served.started, served.finished));
            }
            spans.sort_unstable();
            for pair in spans.windows(2) {
                prop_assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{}", policy);
            }
        }
    }

    /// With equal SLOs the earliest deadline is the earliest arrival.
    #[test]
    fn edf_is_fifo_when_slos_are_equal(rows in rows(2), workers in 1u32..4) {
        let rows: Vec<_> = rows.iter().map(|&(at, _, tier, model)| (at, 50, tier, model)).collect();
        let lab = constant(&TIMES_US, workers);
        prop_assert_eq!(lab.run("edf", requests(&rows)), lab.run("fifo", requests(&rows)));
    }
}
