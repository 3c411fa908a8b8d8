//! Deficit round robin between the tiers: in turn, each is served as much as it has been credited.
//!
//! Tiers take turns (Shreedhar and Varghese 1995). When a tier's turn comes it is credited
//! `quantum_ms` times its weight, and batches of it run, the earliest arrival first, as long as its
//! credit covers the estimate of the next one, which it then pays. When the credit does not, the
//! turn goes on and the rest is kept; a tier of which nothing waits loses it. A tier of which no
//! batch can run now, because it waits for more or no idle worker can hold the model, is passed
//! over, and keeps what it has. The estimate is the mean service time of the whole batch on a worker
//! of speed 1; a batch takes requests of one tier.
//!
//! Cost: that of [`Greedy`](crate::Greedy), the turn O(1), whatever the quantum. It shares the
//! workers' time as `wfq` does, in coarser slices: a tier may have to wait for a quantum of every
//! other one. Use it where a tier's batches should run together.

use request::{Moment, Tier};

use crate::crew::{Crew, Slot};
use crate::lanes::{Entry, Lanes};
use crate::late::Late;
use crate::weights::{Weights, position, weights};
use crate::{
    Actions, Event, LATE, ParameterSpec, Parameters, Policy, PolicySpec, Ticket, Values, View,
};

const WEIGHTS: [ParameterSpec; 3] = weights(["4", "2", "1"]);

pub(crate) const SPEC: PolicySpec = PolicySpec {
    name: "drr",
    summary: "deficit round robin: tiers take turns, as long as their weights",
    parameters: &[
        ParameterSpec {
            name: "quantum_ms",
            values: Values::Millis { min: 1, max: 3_600_000 },
            default: "10",
            meaning: "service that a tier of weight 1 is credited each turn",
        },
        WEIGHTS[0],
        WEIGHTS[1],
        WEIGHTS[2],
        LATE,
    ],
    make: |parameters| Box::new(Drr::new(parameters)),
};

struct Drr {
    name: String,
    late: Late,
    shares: [Share; TIERS],
    /// Whose turn it is, as a position among the shares.
    turn: usize,
    crew: Crew<Tier>,
}

const TIERS: usize = Tier::ALL.len();

/// What one tier has.
struct Share {
    waiting: Lanes<Tier>,
    /// Credited each turn, in ns of service.
    quantum: u128,
    credit: u128,
}

/// The batch that a tier would run next.
#[derive(Clone, Copy)]
struct Candidate {
    slot: Slot,
    head: Ticket,
    /// In ns of service.
    cost: u128,
}

impl Drr {
    fn new(parameters: &Parameters) -> Self {
        let (quantum, weights) = (parameters.time("quantum_ms"), Weights::of(parameters));
        let share = |tier| Share {
            waiting: Lanes::new(),
            quantum: quantum.as_nanos() * u128::from(weights.weight(tier)),
            credit: 0,
        };
        Self {
            name: parameters.name(),
            late: Late::of(parameters),
            shares: Tier::ALL.map(share),
            // So that the most urgent tier has the first turn.
            turn: TIERS - 1,
            crew: Crew::new(),
        }
    }

    fn learn(&mut self, event: Event<'_>, view: &dyn View) {
        let shares = &mut self.shares;
        if let Event::Arrived { ticket, request } = event {
            let waiting = &mut shares[position(request.tier)].waiting;
            waiting.arrive(request.model, request.tier, ticket, view);
        } else {
            self.crew.learn(event, |model, entry| {
                shares[position(entry.key)].waiting.push(model, entry, view);
            });
        }
    }

    fn dispatch(&mut self, now: Moment, view: &dyn View, actions: &mut Actions) {
        if self.is_empty() || !self.crew.begin(view) {
            return;
        }
        while let Some(Candidate { slot, head, .. }) = self.next(now, view) {
            let (late, share) = (self.late, &mut self.shares[self.turn]);
            if late.admits(head, slot.worker, now, view, actions) {
                let admits = |entry: &Entry<Tier>, actions: &mut Actions| {
                    late.admits(entry.ticket, slot.worker, now, view, actions)
                };
                let size = self.crew.start(slot, &mut share.waiting, view, actions, admits);
                let cost = view.estimate(slot.model, size).as_nanos();
                share.credit = share.credit.saturating_sub(cost);
            } else {
                share.waiting.pop(slot.model, view);
            }
            if share.waiting.is_empty() {
                share.credit = 0;
            }
            if self.crew.is_busy() {
                break;
            }
        }
        for share in &mut self.shares {
            if !self.crew.is_busy() {
                share.waiting.ask_to_wake(now, actions);
            }
            share.waiting.pass_over_none();
        }
    }

    fn is_empty(&self) -> bool {
        self.shares.iter().all(|share| share.waiting.is_empty())
    }

    /// Turns to the next tier whose credit covers its candidate, and gives that.
    fn next(&mut self, now: Moment, view: &dyn View) -> Option<Candidate> {
        let crew = &self.crew;
        let candidates = self.shares.each_mut().map(|share| share.candidate(crew, now, view));
        let shares = self.shares.iter().zip(&candidates);
        let turns = |(share, candidate): (&Share, &Option<Candidate>)| {
            let missing = candidate.as_ref()?.cost.saturating_sub(share.credit);
            Some(missing.div_ceil(share.quantum))
        };
        // Rounds in which nobody's credit comes to suffice are one sum.
        let rounds = shares.filter_map(turns).min()?.saturating_sub(1);
        for (share, _) in self.shares.iter_mut().zip(&candidates).filter(|(_, c)| c.is_some()) {
            share.credit += share.quantum * rounds;
        }
        loop {
            let share = &self.shares[self.turn];
            if let Some(candidate) = candidates[self.turn]
                && candidate.cost <= share.credit
            {
                return Some(candidate);
            }
            self.turn = (self.turn + 1) % TIERS;
            if candidates[self.turn].is_some() {
                let share = &mut self.shares[self.turn];
                share.credit += share.quantum;
            }
        }
    }
}

impl Share {
    /// The earliest arrival of a model that an idle worker can hold, and its batch.
    fn candidate(&mut self, crew: &Crew<Tier>, now: Moment, view: &dyn View) -> Option<Candidate> {
        loop {
            let model = self.waiting.first(now)?;
            let head = self.waiting.head(model)?;
            let size = self.waiting.of(model).batch_size();
            if let Some(worker) = crew.best_for(model, size, view) {
                let cost = view.estimate(model, size).as_nanos();
                let slot = Slot { worker, model, size };
                return Some(Candidate { slot, head, cost });
            }
            self.waiting.pass_over(model);
        }
    }
}

impl Policy for Drr {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        self.learn(event, view);
        self.dispatch(now, view, actions);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::testing::{Model, Scene};

    const MILLI: i64 = 1_000_000;

    /// Requests of the given tiers, of 10 ms each, that are all there when a worker comes.
    fn order(policy: &str, tiers: &[i64]) -> Vec<i64> {
        scene(tiers).run(policy).order()
    }

    fn scene(tiers: &[i64]) -> Scene {
        let rows: Vec<_> = (0..).zip(tiers).map(|(at, tier)| (at, *tier, MILLI)).collect();
        let model = Model { each: Duration::from_millis(10), ..Model::default() };
        Scene::new(1, &rows).models(vec![model]).outage(0, 0, 99)
    }

    #[test]
    fn each_turn_is_worth_a_quantum_times_the_weight() {
        // Four, two and one a round, while there are any.
        let tiers = [1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3];
        assert_eq!(order("drr", &tiers), [0, 1, 2, 3, 5, 6, 8, 4, 7, 9, 10]);
        assert_eq!(order("drr:w1=1,w2=1", &tiers), [0, 5, 8, 1, 6, 9, 2, 7, 10, 3, 4]);
        assert_eq!(order("drr:quantum_ms=20,w1=1,w2=1", &tiers)[..6], [0, 1, 5, 6, 8, 9]);
    }

    #[test]
    fn credit_that_does_not_suffice_is_kept() {
        // 6 ms a turn: it suffices in the second turn, leaves 2, and then in the fourth, fifth, ...
        let tiers = [1, 1, 1, 2, 2, 2];
        assert_eq!(order("drr:quantum_ms=6,w1=1,w2=1", &tiers), [0, 3, 1, 4, 2, 5]);
        // 6 and 12 ms: 12 serves one and leaves 2, 14 leaves 4, 16, 18, then 20 serves two.
        let tiers = [2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1];
        let order = order("drr:quantum_ms=6,w1=2,w2=1", &tiers);
        assert_eq!(order, [4, 5, 0, 6, 7, 1, 8, 9, 2, 10, 3]);
    }

    #[test]
    fn a_quantum_far_below_a_service_takes_no_longer_to_find() {
        let hour = Model { each: Duration::from_secs(3_600), ..Model::default() };
        let scene = scene(&[3, 2, 1, 1, 2]).models(vec![hour]);
        // 1, 2 and 4 ms a turn: tier 1 is first to have an hour; then tiers 1 and 2 have one in the
        // same round, and in a later one tiers 2 and 3.
        assert_eq!(scene.run("drr:quantum_ms=1").order(), [2, 3, 1, 4, 0]);
    }

    /// Tier 1 empties, and has no credit left from then when it is back.
    #[test]
    fn an_idle_tier_saves_up_nothing() {
        let mut rows = vec![(0, 1, 0), (0, 2, 0), (0, 2, 0), (0, 2, 0)];
        rows.extend([(15 * MILLI, 1, 0), (15 * MILLI, 1, 0), (15 * MILLI, 1, 0)]);
        let model = Model { each: Duration::from_millis(10), ..Model::default() };
        let run = Scene::new(1, &rows).models(vec![model]).run("drr:w1=2,w2=1");
        assert_eq!(run.order(), [0, 1, 4, 5, 2, 6, 3]);
    }
}
