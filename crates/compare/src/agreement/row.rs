//! One measure of a class: the simulated figure, and the measured one of each run in three views.

use outcome::{Latency, Outcome, Status};
use request::Moment;

use super::account::lag_ns;
use super::{Account, Figure, Measure};

/// How much of a measured latency counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// All of it.
    Measured,
    /// As if the request had been sent on time: `done - lag`.
    ///
    /// Too kind where a request would have waited anyhow, since its lag then cost it nothing.
    WithoutLag,
    /// As if nothing lay between client and scheduler either: `done - lag - overhead`.
    WithoutOverhead,
}

impl View {
    /// All views, in the order in which they take away.
    pub const ALL: [Self; 3] = [Self::Measured, Self::WithoutLag, Self::WithoutOverhead];
}

/// One measure of a class on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is measured.
    pub measure: Measure,
    /// The simulated figure.
    pub simulated: Figure,
    /// The measured one of each run, in the order of [`View::ALL`]; `None` where a view is not
    /// known.
    pub runs: Vec<[Option<Figure>; 3]>,
}

impl Row {
    /// The figure of each run; `None` unless all are known.
    #[must_use]
    pub fn figures(&self, view: View) -> Option<Vec<Figure>> {
        self.runs.iter().map(|run| run[view as usize]).collect()
    }

    /// The least, the middle and the most of the runs.
    #[must_use]
    pub fn spread(&self, view: View) -> Option<Spread> {
        Spread::new(self.simulated, self.figures(view)?)
    }
}

/// The figures of several runs in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub least: Figure,
    /// The median. Of an even number of runs, of the two in the middle the one that is farther from
    /// the simulated figure, so that agreement is never a matter of which one was taken.
    pub middle: Figure,
    /// The most.
    pub most: Figure,
}

impl Spread {
    fn new(simulated: Figure, mut figures: Vec<Figure>) -> Option<Self> {
        figures.sort_unstable();
        let (least, most) = (*figures.first()?, *figures.last()?);
        let lower = *figures.get((figures.len() - 1) / 2)?;
        let upper = *figures.get(figures.len() / 2)?;
        let farther = lower.distance(simulated) > upper.distance(simulated);
        Some(Self { least, middle: if farther { lower } else { upper }, most })
    }
}

/// The rows of a class: its requests in the simulation and in each run, with the account of the
/// run.
pub(super) fn rows(simulated: &[&Outcome], runs: &[(Vec<&Outcome>, &Account)]) -> Vec<Row> {
    let model = Sample::new(simulated, |_| 0).with_parts(simulated);
    let runs: Vec<_> = runs.iter().map(|(rows, account)| views(rows, account)).collect();
    let row = |measure: Measure| {
        let simulated = model.figure(measure)?;
        let of_run = |views: &[Option<Sample>; 3]| {
            views.each_ref().map(|sample| sample.as_ref()?.figure(measure))
        };
        Some(Row { measure, simulated, runs: runs.iter().map(of_run).collect() })
    };
    let rows = Measure::ALL.into_iter().filter_map(row);
    rows.filter(|row| row.figures(View::Measured).is_some()).collect()
}

/// A run in each view.
fn views(rows: &[&Outcome], account: &Account) -> [Option<Sample>; 3] {
    View::ALL.map(|view| match view {
        View::Measured => Some(Sample::new(rows, |_| 0).with_parts(rows)),
        View::WithoutLag => Some(Sample::new(rows, lag_ns)),
        View::WithoutOverhead => {
            let overhead_ns = account.overhead_ns()?;
            Some(Sample::new(rows, |row| lag_ns(row).saturating_add(overhead_ns)))
        }
    })
}

/// The requests of a class in one view, each list sorted.
struct Sample {
    latencies: Vec<Latency>,
    met: u64,
    /// Queueing delays and service times; `None` unless they are known of all that were served.
    parts: Option<[Vec<Latency>; 2]>,
}

impl Sample {
    /// Of requests that are all answered earlier by what `less_ns` tells of each.
    fn new(rows: &[&Outcome], less_ns: impl Fn(&Outcome) -> i64) -> Self {
        let done = |row: &Outcome| {
            let done = row.done.filter(|_| row.status == Status::Ok)?;
            Some(done.as_nanos().saturating_sub(less_ns(row)))
        };
        let latency = |row: &&Outcome| match done(row) {
            Some(done) => finite(done, row.arrival),
            None => Latency::Infinite,
        };
        let met = |row: &&&Outcome| done(row).is_some_and(|done| done <= row.deadline.as_nanos());
        let latencies = sorted(rows.iter().map(latency));
        Self { latencies, met: rows.iter().filter(met).count() as u64, parts: None }
    }

    fn with_parts(self, rows: &[&Outcome]) -> Self {
        let unknown = |row: &&Outcome| row.status == Status::Ok && row.started.is_none();
        if rows.iter().any(unknown) {
            return self;
        }
        let part = |of: fn(&Outcome) -> Option<Latency>| {
            let part =
                |row: &&Outcome| Some(*row).filter(|row| row.status == Status::Ok).and_then(of);
            sorted(rows.iter().map(|row| part(row).unwrap_or(Latency::Infinite)))
        };
        let wait = part(|row| Some(finite(row.started?.as_nanos(), row.arrival)));
        let service = part(|row| Some(finite(row.done?.as_nanos(), row.started?)));
        Self { parts: Some([wait, service]), ..self }
    }

    fn figure(&self, measure: Measure) -> Option<Figure> {
        use Measure::{Attainment, P50, P95, P99, ServiceP50, ServiceP95, WaitP50, WaitP95};
        let values = match measure {
            P50 | P95 | P99 => &self.latencies,
            WaitP50 | WaitP95 => &self.parts.as_ref()?[0],
            ServiceP50 | ServiceP95 => &self.parts.as_ref()?[1],
            Attainment => {
                let whole = self.latencies.len() as u64;
                return Some(Figure::Share { part: self.met, whole });
            }
        };
        measure.quantile()?.of(values).map(Figure::Latency)
    }
}

/// From `start` to `end_ns`, and 0 where that is before it.
fn finite(end_ns: i64, start: Moment) -> Latency {
    let nanos = end_ns.saturating_sub(start.as_nanos());
    Latency::Finite(u64::try_from(nanos).unwrap_or(0))
}

fn sorted(values: impl Iterator<Item = Latency>) -> Vec<Latency> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_in_the_middle_the_farther_counts() {
        let share = |part| Figure::Share { part, whole: 100 };
        for (runs, least, middle, most) in [
            (vec![50], 50, 50, 50),
            (vec![90, 10, 50], 10, 50, 90),
            (vec![51, 58], 51, 58, 58),
            (vec![49, 40], 40, 40, 49),
            (vec![99, 53, 44, 0], 0, 44, 99),
            (vec![52, 48], 48, 52, 52),
        ] {
            let figures = runs.iter().copied().map(share).collect();
            let expected = Spread { least: share(least), middle: share(middle), most: share(most) };
            assert_eq!(Spread::new(share(50), figures), Some(expected), "{runs:?}");
        }
        assert_eq!(Spread::new(share(50), Vec::new()), None);
    }
}
