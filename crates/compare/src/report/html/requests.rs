//! The requests whose latency changed most.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use drawing::{Cell, Page, Table, TimeAxis};
use outcome::units::{grouped, millis};
use rayon::prelude::*;

use super::pair::Pair;
use crate::Run;
use crate::input::INFINITE;
use crate::report::signed::signed;

/// Requests that are listed.
const LISTED: usize = 50;

/// Requests that a core looks at in one go.
const CHUNK: usize = 1 << 16;

/// One request and what it took on each side: the median over the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moved {
    /// By how much it changed, ns; more than any latency where it failed on one side alone.
    by: u64,
    /// Of requests that changed alike, the first is listed first.
    position: Reverse<usize>,
    latencies: [u64; 2],
}

/// What became of all requests.
#[derive(Clone, Debug, Default)]
struct Movements {
    slower: u64,
    faster: u64,
    alike: u64,
    failed_on: [u64; 2],
    /// Those that changed most.
    most: BTreeSet<Moved>,
}

impl Movements {
    fn add(&mut self, moved: Moved) {
        match moved.latencies {
            [a, b] if a == b => self.alike += 1,
            [INFINITE, _] => self.failed_on[0] += 1,
            [_, INFINITE] => self.failed_on[1] += 1,
            [a, b] if a < b => self.slower += 1,
            _ => self.faster += 1,
        }
        let is_listed =
            self.most.len() < LISTED || self.most.first().is_some_and(|least| *least < moved);
        if moved.by > 0 && is_listed {
            self.most.insert(moved);
            if self.most.len() > LISTED {
                self.most.pop_first();
            }
        }
    }

    fn joined(mut self, other: Self) -> Self {
        self.slower += other.slower;
        self.faster += other.faster;
        self.alike += other.alike;
        for side in [0, 1] {
            self.failed_on[side] += other.failed_on[side];
        }
        self.most.extend(other.most);
        while self.most.len() > LISTED {
            self.most.pop_first();
        }
        self
    }

    fn of(pair: &Pair<'_>) -> Self {
        let count = pair.traffic.len();
        let of_chunk = |chunk: usize| {
            let mut movements = Self::default();
            let mut of_runs = Vec::new();
            for position in chunk * CHUNK..((chunk + 1) * CHUNK).min(count) {
                let latencies = pair.sides.map(|side| median(side.runs(), position, &mut of_runs));
                let [a, b] = latencies;
                movements.add(Moved { by: a.abs_diff(b), position: Reverse(position), latencies });
            }
            movements
        };
        let chunks: Vec<Self> = (0..count.div_ceil(CHUNK)).into_par_iter().map(of_chunk).collect();
        chunks.into_iter().fold(Self::default(), Self::joined)
    }
}

/// Median latency of a request over some runs.
fn median<'a>(runs: impl Iterator<Item = &'a Run>, position: usize, of_runs: &mut Vec<u64>) -> u64 {
    of_runs.clear();
    of_runs.extend(runs.map(|run| run.latencies[position]));
    if let [only] = of_runs.as_slice() {
        return *only;
    }
    let middle = of_runs.len().div_ceil(2) - 1;
    *of_runs.select_nth_unstable(middle).1
}

pub(super) fn write(page: &mut Page, pair: &Pair<'_>) {
    let movements = Movements::of(pair);
    let [a, b] = &pair.letters;
    let [of_a, of_b] = movements.failed_on.map(grouped);
    page.note(&format!(
        "{} requests were slower under {b}, {} faster and {} the same; {of_b} failed under {b} \
         alone and {of_a} under {a} alone{}.",
        grouped(movements.slower),
        grouped(movements.faster),
        grouped(movements.alike),
        match pair.comparison.runs {
            [1, 1] => "",
            _ => " (medians over the runs of each side)",
        }
    ));
    if movements.most.is_empty() {
        return;
    }
    let axis = TimeAxis::new(pair.traffic.span_ns() as i64, 8);
    let headings = [
        "request".to_owned(),
        "class".into(),
        format!("arrival ({})", axis.unit),
        format!("{a} (ms)"),
        format!("{b} (ms)"),
        "change (ms)".into(),
    ];
    let rows = movements.most.iter().rev().map(|moved| row(pair, moved, &axis));
    let caption = format!("The {} requests that changed most", movements.most.len());
    page.table(&Table::of(2, headings, rows), Some(&caption));
}

fn row(pair: &Pair<'_>, moved: &Moved, axis: &TimeAxis) -> [Cell; 6] {
    let traffic = pair.traffic;
    let Reverse(position) = moved.position;
    let (tier, slo) = traffic.cell(position);
    let slo = traffic.slos().get(usize::from(slo)).map_or(String::new(), |slo| format!(".{slo}"));
    let told = |latency: u64| match latency {
        INFINITE => "failed".into(),
        nanos => millis(nanos.into()),
    };
    let change = match moved.latencies {
        [INFINITE, _] => Cell::styled("improved", "▼ answered"),
        [_, INFINITE] => Cell::styled("regressed", "▲ fails"),
        [a, b] => {
            let ms = (b as f64 - a as f64) / 1e6;
            let (sign, class) = if b > a { ("▲", "regressed") } else { ("▼", "improved") };
            Cell::styled(class, format!("{sign} {}", signed(ms, 3)))
        }
    };
    let since = traffic.arrivals[position].saturating_sub(traffic.first_ns());
    [
        traffic.ids[position].to_string().into(),
        format!("tier{tier}{slo}").into(),
        format!("{:.3}", since as f64 / axis.unit_ns()).into(),
        told(moved.latencies[0]).into(),
        told(moved.latencies[1]).into(),
        change,
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moved(position: usize, latencies: [u64; 2]) -> Moved {
        let [a, b] = latencies;
        Moved { by: a.abs_diff(b), position: Reverse(position), latencies }
    }

    proptest! {
        /// Against sorting everything.
        #[test]
        fn the_most_changed_are_listed_in_whatever_parts(
            latencies in prop::collection::vec((0_u64..90, prop_oneof![0_u64..90, Just(INFINITE)]), 0..300),
            cut in 0_usize..300,
        ) {
            let all: Vec<Moved> =
                latencies.iter().enumerate().map(|(at, &(a, b))| moved(at, [a, b])).collect();
            let (one, other) = all.split_at(cut.min(all.len()));
            let of = |part: &[Moved]| {
                let mut movements = Movements::default();
                part.iter().for_each(|moved| movements.add(*moved));
                movements
            };
            let joined = of(one).joined(of(other));
            let mut expected: Vec<Moved> = all.iter().filter(|moved| moved.by > 0).copied().collect();
            expected.sort_unstable_by_key(|moved| Reverse(*moved));
            expected.truncate(LISTED);
            prop_assert_eq!(joined.most.iter().rev().copied().collect::<Vec<_>>(), expected);
            let counted = joined.slower + joined.faster + joined.alike + joined.failed_on.iter().sum::<u64>();
            prop_assert_eq!(counted as usize, all.len());
        }
    }
}
