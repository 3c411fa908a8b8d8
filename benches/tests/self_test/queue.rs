//! The server: equal workers that serve the most urgent tier first, within it the earliest arrival.
//!
//! It serves as `sim` does with the policy `priority`, to the ns, but takes the service times as an
//! argument: noise between runs is what the studies are about, and a profile knows none.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use request::Tier;
use trace::TraceRow;

/// Workers of the server.
pub(crate) const WORKERS: u32 = 4;

/// From arrival to answer of each request, ns, where each takes so long on a worker.
pub(crate) fn latencies(rows: &[TraceRow], services_ns: &[u64]) -> Vec<u64> {
    let mut server = Server {
        rows,
        services_ns,
        busy: BinaryHeap::new(),
        waiting: BTreeSet::new(),
        latencies: vec![0; rows.len()],
    };
    for (index, row) in rows.iter().enumerate() {
        let now = row.request.arrival.as_nanos();
        while server.next_end().is_some_and(|end| end <= now) {
            server.end();
        }
        if server.busy.len() < WORKERS as usize {
            server.start(index, now);
        } else {
            server.waiting.insert((row.request.tier, index));
        }
    }
    while server.next_end().is_some() {
        server.end();
    }
    server.latencies
}

struct Server<'a> {
    rows: &'a [TraceRow],
    services_ns: &'a [u64],
    /// When the busy workers end, the earliest first.
    busy: BinaryHeap<Reverse<i64>>,
    /// Positions in `rows`, which are in order of arrival.
    waiting: BTreeSet<(Tier, usize)>,
    latencies: Vec<u64>,
}

impl Server<'_> {
    fn next_end(&self) -> Option<i64> {
        self.busy.peek().map(|end| end.0)
    }

    /// The worker that ends first takes what waits.
    fn end(&mut self) {
        let Some(Reverse(now)) = self.busy.pop() else { return };
        if let Some((_, next)) = self.waiting.pop_first() {
            self.start(next, now);
        }
    }

    fn start(&mut self, index: usize, now: i64) {
        let end = now + self.services_ns[index].cast_signed();
        self.latencies[index] = end.abs_diff(self.rows[index].request.arrival.as_nanos());
        self.busy.push(Reverse(end));
    }
}

#[cfg(test)]
mod tests {
    use cluster::{Cluster, Emulation, Violation, Workers};
    use request::{Request, Seed};
    use sim::{Fate, Fates, simulate};

    use super::*;
    use crate::traffic::{Load, Traffic};

    /// The simulator's service times without noise give the simulator's latencies.
    #[test]
    fn it_serves_as_the_simulator_does() {
        for load in [Load::MILD, Load::HARD] {
            let traffic = Traffic::new(load, Seed(11));
            let (profile, seed) = Traffic::services(Seed(11));
            let model = profile.model("any").unwrap();
            let emulation = Emulation { workers: Workers::equal(WORKERS), profile, seed };
            let policy = policy::by_name("priority").unwrap();
            let mut cluster = Cluster::new(policy, &emulation);
            let arrivals =
                traffic.rows.iter().enumerate().map(|(index, row)| {
                    Ok::<_, Violation>((Request { model, ..row.request }, index))
                });
            let mut simulated = vec![0; traffic.rows.len()];
            let mut waited = 0;
            let mut fates = Fates(|index: usize, fate| {
                let Fate::Served(served) = fate else { panic!("{fate:?}") };
                let arrival = traffic.rows[index].request.arrival;
                simulated[index] = served.finished.as_nanos().abs_diff(arrival.as_nanos());
                waited += usize::from(served.started > arrival);
            });
            simulate(arrivals, &mut cluster, &mut fates).unwrap();
            assert!(latencies(&traffic.rows, &traffic.sizes_ns) == simulated, "{load:?}");
            assert!(waited > traffic.rows.len() / 10, "the queue must matter: {waited} waited");
        }
    }
}
