//! Do arrivals of different classes meet more often than independent streams do?
//!
//! The predecessor's defect: its classes shared one stream, and 80 % of arrivals lay within 1 us of
//! another class's. Whatever their rates and laws, independent streams know nothing of each other
//! at such distances, so pairs at most 1 us apart are as frequent, for their width, as pairs a
//! little further apart; these serve as the measure, and no rate need be known.

use std::collections::VecDeque;

use probability::binomial_at_least;

use super::finding::{Finding, NotApplicable, Outcome};

/// Closer arrivals coincide, unless requests are so frequent that all would.
const NEAR_NS: i64 = 1_000;

/// How many times wider the ring of comparison is than what it surrounds.
const RING: i64 = 10;

/// Requests expected within the near distance: with more, pairs come in clumps.
const CROWD_MAX: f64 = 0.05;

/// Arrivals that one is compared with: beyond this the verdict is certain, and time would grow as
/// the square of the crowd.
const NEIGHBOURS_MAX: usize = 64;

/// Counts pairs of arrivals of different classes, near and less near. Takes arrivals in order.
#[derive(Clone, Debug)]
pub struct Coincidences {
    near_ns: i64,
    ring_ns: i64,
    recent: VecDeque<(i64, usize)>,
    near: u64,
    ring: u64,
    arrivals: u64,
}

impl Coincidences {
    /// For requests of about this rate over all classes.
    #[must_use]
    pub fn new(requests_per_s: f64) -> Self {
        let near_ns = ((CROWD_MAX / requests_per_s * 1e9) as i64).clamp(0, NEAR_NS);
        let ring_ns = (RING + 1) * near_ns + RING;
        let (recent, near, ring, arrivals) = (VecDeque::new(), 0, 0, 0);
        Self { near_ns, ring_ns, recent, near, ring, arrivals }
    }

    /// Adds the next arrival, not earlier than the last.
    pub fn add(&mut self, arrival_ns: i64, class: usize) {
        self.arrivals += 1;
        // Those of one class at one instant, a batch, count once: they are not independent.
        if self.recent.contains(&(arrival_ns, class)) {
            return;
        }
        while self.recent.front().is_some_and(|&(earlier, _)| arrival_ns - earlier > self.ring_ns) {
            self.recent.pop_front();
        }
        for &(earlier, other) in &self.recent {
            if other != class {
                match arrival_ns - earlier <= self.near_ns {
                    true => self.near += 1,
                    false => self.ring += 1,
                }
            }
        }
        self.recent.push_back((arrival_ns, class));
        if self.recent.len() > NEIGHBOURS_MAX {
            self.recent.pop_front();
        }
    }

    /// Near pairs, as a part of all: binomial, with the share of the near distances.
    pub fn meetings(&self) -> Outcome {
        const TEST: &str = "coincidence";
        if self.arrivals < 2 {
            return Err(NotApplicable::new(TEST, "fewer than 2 arrivals"));
        }
        // Distances are whole ns, from -n to n.
        let width = |ns: i64| (2 * ns + 1) as f64;
        let chance = width(self.near_ns) / width(self.ring_ns);
        let pairs = self.near + self.ring;
        let p = binomial_at_least(self.near, pairs, chance);
        let expected = self.ring as f64 * chance / (1.0 - chance);
        Ok(Finding::new(TEST, self.near as f64, p).with_note(format!(
            "{} pairs of different classes within {} ns; distances up to {} ns make {expected:.1} \
             likely",
            self.near, self.near_ns, self.ring_ns
        )))
    }
}

#[cfg(test)]
mod tests {
    use request::Seed;

    use super::*;

    fn found(mut arrivals: Vec<(i64, usize)>, rate: f64) -> Finding {
        arrivals.sort_unstable();
        let mut coincidences = Coincidences::new(rate);
        arrivals.iter().for_each(|&(arrival, class)| coincidences.add(arrival, class));
        coincidences.meetings().unwrap()
    }

    /// Uniform times of this many requests, each of one of three classes.
    fn sound(count: u64, span_ns: u64) -> Vec<(i64, usize)> {
        let request = |i| ((Seed(1).draw(i) % span_ns) as i64, (Seed(2).draw(i) % 3) as usize);
        (0..count).map(request).collect()
    }

    #[test]
    fn independent_classes_meet_as_often_as_they_pass() {
        for (count, span_ns) in [(10_000, 10_000_000_000), (100_000, 1_000_000), (20_000, 20_000)] {
            let rate = count as f64 / span_ns as f64 * 1e9;
            let finding = found(sound(count, span_ns), rate);
            assert!(finding.p > 0.001, "{count} in {span_ns}: {finding:?}");
        }
    }

    #[test]
    fn a_shared_stream_is_found() {
        let mut arrivals = sound(200, 1_000_000_000);
        let copies: Vec<(i64, usize)> =
            arrivals.iter().take(10).map(|&(at, class)| (at + 3, (class + 1) % 3)).collect();
        arrivals.extend(copies);
        assert!(found(arrivals, 200.0).p < 1e-6);
    }

    #[test]
    fn a_batch_is_one_arrival() {
        let batches = sound(500, 1_000_000_000).into_iter().flat_map(|request| [request; 20]);
        assert!(found(batches.collect(), 10_000.0).p > 0.001);
    }

    #[test]
    fn a_crowd_takes_no_longer_than_it_must() {
        let crowd = (0..100_000).map(|i| (0, i)).collect();
        assert!(found(crowd, 1e5).p < 1e-6);
    }
}
