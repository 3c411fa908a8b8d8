//! The answers for people and for programs.

use std::fmt;

use outcome::Grid;
use outcome::units::millis;
use serde_json::{Value, json};

use super::goal::{Goal, Level};
use super::target::Demand;
use super::{Answer, Probe, Question};
use crate::sweep::percent;

/// The answers of several policies to one question.
///
/// `Display` is the report for people, [`to_json`](Self::to_json) the same for programs.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was asked.
    pub question: Question<'a>,
    /// One a policy.
    pub answers: Vec<Answer>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n{}\n", self.title(), self.headline())?;
        writeln!(f, "{}", self.side_by_side())?;
        for note in self.answers.iter().flat_map(|answer| self.notes(answer)) {
            writeln!(f, "{note}")?;
        }
        for answer in &self.answers {
            let count = answer.probes.len();
            writeln!(f, "\n{}: {count} probes, in order\n\n{}", answer.policy, self.tried(answer))?;
        }
        Ok(())
    }
}

impl Report<'_> {
    /// Whether every policy has a level at which the targets hold.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.answers.iter().all(|answer| answer.found.is_some())
    }

    fn title(&self) -> String {
        let question = &self.question;
        let targets: Vec<_> = question.targets.iter().map(ToString::to_string).collect();
        let wanted = match question.goal {
            Goal::Workers { .. } => "fewest workers".to_owned(),
            Goal::Rate { workers, .. } if workers.count() == 1 => "highest rate on 1 worker".into(),
            Goal::Rate { workers, .. } => format!("highest rate on {workers} workers"),
        };
        let sure = match question.seeds.len() {
            1 => "one seed, so no confidence".to_owned(),
            seeds => format!("{} confidence over {seeds} seeds", question.confidence),
        };
        let name = &question.trace.header().workload.name;
        format!("capacity  {name}  ·  {wanted} for {}  ·  {sure}", targets.join(", "))
    }

    /// `edf needs 6 workers, priority 5`.
    fn headline(&self) -> String {
        let mut parts = Vec::new();
        for (index, answer) in self.answers.iter().enumerate() {
            let policy = &answer.policy;
            let verb = match (self.question.goal, index) {
                (_, 1..) => "",
                (Goal::Workers { .. }, _) => "needs ",
                (Goal::Rate { .. }, _) => "bears ",
            };
            parts.push(match (answer.level(), self.question.goal) {
                (Some(level), _) => format!("{policy} {verb}{level}"),
                (None, Goal::Workers { max }) => format!("{policy} {verb}more than {max} workers"),
                (None, Goal::Rate { .. }) => format!("{policy} {verb}no rate at all"),
            });
        }
        parts.join(", ")
    }

    fn header(&self, first: &str) -> Vec<String> {
        let mut header = vec![first.to_owned()];
        header.extend(["level", "load", "utilisation_%"].map(str::to_owned));
        for target in self.question.targets {
            header.extend([target.to_string(), "bound".to_owned()]);
        }
        header
    }

    /// A row for each policy at its answer; of one that has none, at the easiest level.
    fn side_by_side(&self) -> Grid {
        let header = self.header("policy");
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut grid = Grid::new(&header).words(&[0]);
        for answer in &self.answers {
            let last = answer.probes.last();
            if let Some(probe) = answer.found.map(|index| &answer.probes[index]).or(last) {
                grid.row([answer.policy.clone()].into_iter().chain(self.cells(probe)));
            }
        }
        grid
    }

    /// A row for each probe.
    fn tried(&self, answer: &Answer) -> Grid {
        let header = self.header("holds");
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut grid = Grid::new(&header).words(&[0]);
        for probe in &answer.probes {
            let holds = if probe.holds() { "yes" } else { "no" };
            grid.row([holds.to_owned()].into_iter().chain(self.cells(probe)));
        }
        grid
    }

    fn cells(&self, probe: &Probe) -> Vec<String> {
        let level = match probe.level {
            Level::Workers(count) => count.to_string(),
            rate @ Level::Rate(_) => rate.to_string(),
        };
        let mut cells =
            vec![level, format!("{:.2}", probe.offered_load), percent(probe.utilisation)];
        for (target, evidence) in self.question.targets.iter().zip(&probe.evidence) {
            let number = |value| number(target.demand, value);
            cells.extend([number(evidence.mean), number(evidence.bound)]);
        }
        cells
    }

    /// What is to be known of an answer beside its numbers.
    fn notes(&self, answer: &Answer) -> Vec<String> {
        let policy = &answer.policy;
        let mut notes = Vec::new();
        let count = |level| self.question.goal.workers(level).count();
        if let Some(probe) = answer.found.map(|index| &answer.probes[index]) {
            let (workers, load) = (count(probe.level), probe.offered_load);
            let share = percent(load / f64::from(workers));
            notes.push(format!(
                "{policy}: the requests offer a load of {load:.2} workers, {share} % of {workers}"
            ));
            if load > f64::from(workers) {
                notes.push(format!(
                    "{policy}: that is more than {workers}. Unless batches or faster workers make \
                     up for it, the queue grows for as long as requests come, and a longer trace \
                     would need more"
                ));
            }
        } else {
            notes.push(match self.question.goal {
                Goal::Workers { max } => format!(
                    "{policy}: not even {max} workers are enough; raise --workers-max, or lower \
                     the targets: a request may take longer than its deadline without waiting"
                ),
                Goal::Rate { .. } => format!(
                    "{policy}: not even the lowest rate is borne; give more --workers, or lower \
                     the targets: a request may take longer than its deadline without waiting"
                ),
            });
        }
        if answer.at_limit && matches!(self.question.goal, Goal::Rate { .. }) {
            notes.push(format!("{policy}: this is the highest rate there is"));
        }
        if let (Some(level), Some(index)) = (answer.level(), answer.contradiction) {
            let easier = answer.probes[index].level;
            notes.push(format!(
                "{policy}: the targets hold at {level} and fail at {easier}, which should be \
                 easier: look at the probes before you rely on either"
            ));
        }
        notes
    }

    /// The report as a JSON object of several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        let question = &self.question;
        let find = match question.goal {
            Goal::Workers { .. } => "workers",
            Goal::Rate { .. } => "rate",
        };
        let seeds: Vec<u64> = question.seeds.iter().map(|seed| seed.0).collect();
        let report = json!({
            "trace": question.trace.name(),
            "find": find,
            "targets": question.targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "confidence": question.confidence.to_string(),
            "seeds": seeds,
            "found": self.is_found(),
            "answers": self.answers.iter().map(|answer| self.json(answer)).collect::<Vec<_>>(),
        });
        format!("{report:#}")
    }

    fn json(&self, answer: &Answer) -> Value {
        json!({
            "policy": answer.policy,
            "answer": answer.level().map(value),
            "at_limit": answer.at_limit,
            "contradiction": answer.contradiction.map(|index| value(answer.probes[index].level)),
            "probes": answer.probes.iter().map(|probe| json!({
                "level": value(probe.level),
                "offered_load": probe.offered_load,
                "utilisation": probe.utilisation,
                "holds": probe.holds(),
                "targets": self.question.targets.iter().zip(&probe.evidence).map(|(target, of)| {
                    let (mean, bound) = (plain(target.demand, of.mean), plain(target.demand, of.bound));
                    json!({ "mean": mean, "bound": bound, "holds": of.holds })
                }).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    }
}

impl Answer {
    /// The level that was found.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.found.map(|index| self.probes[index].level)
    }
}

fn value(level: Level) -> Value {
    match level {
        Level::Workers(count) => count.into(),
        Level::Rate(scale) => scale.factor().into(),
    }
}

/// A share, or ns; null where a latency has no end.
fn plain(demand: Demand, value: f64) -> Value {
    match demand {
        Demand::Attainment(_) => (value / 1e6).into(),
        Demand::Latency { .. } => value.into(),
    }
}

/// Per cent, or ms.
fn number(demand: Demand, value: f64) -> String {
    match demand {
        Demand::Attainment(_) => percent((value / 1e6).max(0.0)),
        Demand::Latency { .. } if value.is_infinite() => "inf".to_owned(),
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
        Demand::Latency { .. } => millis(value as i128),
    }
}
