//! Rounds of several clients side by side: of each figure the median, and its range over the
//! rounds.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use outcome::Grid;

use crate::round::{Anchor, Round};

/// Reads rounds, one JSON object a line.
///
/// # Errors
/// Where the file cannot be read or a line is no round.
pub fn read(path: &Path) -> anyhow::Result<Vec<Round>> {
    let place = || format!("cannot read {}", path.display());
    let text = fs::read_to_string(path).with_context(place)?;
    let rounds = text.lines().map(|line| serde_json::from_str(line).with_context(place));
    let rounds: Vec<Round> = rounds.collect::<Result<_, _>>()?;
    ensure!(!rounds.is_empty(), "{} has no rounds", path.display());
    Ok(rounds)
}

/// Where a figure of a round comes from, and how many digits follow its point.
type Figure = (&'static str, fn(&Round) -> Option<f64>, usize);

const COST: [Figure; 3] = [
    ("rate_/s", |round| Some(round.rate), 0),
    ("cpu_us", |round| round.cpu_us, 1),
    ("cpu_%", |round| round.cpu_share.map(|share| share * 100.0), 0),
];

const LATE: [Figure; 4] = [
    ("late_p50_us", |round| round.late_us.map(|late| late.p50), 1),
    ("p99_us", |round| round.late_us.map(|late| late.p99), 0),
    ("p99.9_us", |round| round.late_us.map(|late| late.p999), 0),
    ("gaps_ks", |round| round.gaps_ks, 3),
];

const BEYOND_LEAST: [Figure; 4] = [
    ("beyond_least_p50_us", |round| round.beyond_least_us.map(|late| late.p50), 1),
    ("p99_us", |round| round.beyond_least_us.map(|late| late.p99), 0),
    ("p99.9_us", |round| round.beyond_least_us.map(|late| late.p999), 0),
    ("shared_stamps_%", |round| Some(round.shared_stamps * 100.0), 1),
];

const OWN: [Figure; 5] = [
    ("lag_p50_us", |round| round.own.map(|own| own.lag_p50), 1),
    ("p99_us", |round| round.own.map(|own| own.lag_p99), 1),
    ("floor_p50_us", |round| round.own.map(|own| own.floor_p50), 1),
    ("p99_us", |round| round.own.map(|own| own.floor_p99), 1),
    ("lag_p99/floor_p99", |round| round.own.map(|own| own.over_floor()), 2),
];

/// The tables, as text: what requests cost; where there was a schedule, how late they were too,
/// from its known start and beyond the least late request; and what replay says of itself.
#[must_use]
pub fn text(rounds: &[Round]) -> String {
    let mut text = grid(rounds, &COST);
    if rounds.iter().any(|round| round.anchor.is_some()) {
        text = format!("{}\n{}\n{text}", grid(rounds, &LATE), grid(rounds, &BEYOND_LEAST));
    }
    let own: Vec<Round> = rounds.iter().filter(|round| round.own.is_some()).cloned().collect();
    if !own.is_empty() {
        text = format!("{text}\nby its own table\n{}", grid(&own, &OWN));
    }
    text
}

/// CPU time as a multiple of what `base` takes in the same round, so that whatever slows a whole round
/// down cancels.
///
/// # Errors
/// Where there is no round of `base`.
pub fn ratios(rounds: &[Round], base: &str) -> anyhow::Result<String> {
    let of = |peer: &str| -> Vec<Option<f64>> {
        rounds.iter().filter(|round| round.peer == peer).map(|round| round.cpu_us).collect()
    };
    let base_us = of(base);
    ensure!(!base_us.is_empty(), "no round is of '{base}'");
    let name = format!("cpu_us/{base}");
    let mut grid = Grid::new(&["peer", "rounds", &name]).words(&[0]);
    for peer in peers(rounds).into_iter().filter(|peer| *peer != base) {
        let own_us = of(peer);
        // With one missing, nobody knows which.
        let is_paired = own_us.len() == base_us.len();
        let pairs = own_us.iter().zip(&base_us).filter(|_| is_paired);
        let ratios: Vec<f64> = pairs.filter_map(|(own, base)| Some((*own)? / (*base)?)).collect();
        grid.row(vec![peer.to_owned(), ratios.len().to_string(), spread(ratios, 3)]);
    }
    Ok(grid.to_string())
}

fn grid(rounds: &[Round], figures: &[Figure]) -> String {
    let mut header = vec!["peer", "rounds", "start", "lost"];
    header.extend(figures.iter().map(|(name, ..)| *name));
    let mut grid = Grid::new(&header).words(&[0, 2]);
    for peer in peers(rounds) {
        let of_peer: Vec<&Round> = rounds.iter().filter(|round| round.peer == peer).collect();
        let lost: usize = of_peer.iter().map(|round| round.due - round.arrived).sum();
        let start = anchor(of_peer[0].anchor).to_owned();
        let mut cells = vec![peer.to_owned(), of_peer.len().to_string(), start, lost.to_string()];
        cells.extend(figures.iter().map(|(_, figure, digits)| {
            let values = of_peer.iter().filter_map(|round| figure(round));
            spread(values.collect(), *digits)
        }));
        grid.row(cells);
    }
    grid.to_string()
}

/// The peers, in order of their first round.
fn peers(rounds: &[Round]) -> Vec<&str> {
    let mut peers = Vec::new();
    for round in rounds {
        if !peers.contains(&round.peer.as_str()) {
            peers.push(round.peer.as_str());
        }
    }
    peers
}

fn anchor(anchor: Option<Anchor>) -> &'static str {
    match anchor {
        Some(Anchor::Told) => "told",
        Some(Anchor::Begun) => "begun",
        Some(Anchor::Least) => "unknown",
        None => "-",
    }
}

/// The median by nearest rank, and the range where there is one.
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (values.first(), values.last()) else { return "-".to_owned() };
    let median = values[(values.len() - 1) / 2];
    if values.len() == 1 {
        return format!("{median:.digits$}");
    }
    format!("{median:.digits$} [{least:.digits$}, {most:.digits$}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_median_and_range() {
        assert_eq!(spread(vec![], 1), "-");
        assert_eq!(spread(vec![2.0], 1), "2.0");
        assert_eq!(spread(vec![3.0, 1.0, 2.0, 9.0], 0), "2 [1, 9]");
    }

    fn closed(peer: &str, rate: f64, cpu_us: f64) -> Round {
        Round {
            peer: peer.into(),
            due: 5,
            arrived: 5,
            rate,
            anchor: None,
            late_us: None,
            beyond_least_us: None,
            gaps_ks: None,
            shared_stamps: 0.0,
            cpu_us: Some(cpu_us),
            cpu_share: Some(1.0),
            own: None,
        }
    }

    #[test]
    fn a_closed_loop_has_no_lateness() {
        let text = text(&[closed("bare h2", 1234.5, 3.25), closed("bare h2", 1300.0, 3.25)]);
        assert!(!text.contains("late"), "{text}");
        assert!(text.contains("1234 [1234, 1300]"), "{text}");
    }

    /// The second round is twice as slow for both, which is neither's doing.
    #[test]
    fn ratios_are_of_the_same_round() {
        let mut rounds = vec![
            closed("a", 1.0, 10.0),
            closed("b", 1.0, 11.0),
            closed("b", 1.0, 24.0),
            closed("a", 1.0, 20.0),
        ];
        let text = ratios(&rounds, "a").unwrap();
        assert!(text.contains("1.100 [1.100, 1.200]"), "{text}");
        assert!(ratios(&rounds, "c").unwrap_err().to_string().contains("no round is of 'c'"));
        rounds.push(closed("b", 1.0, 11.0));
        let text = ratios(&rounds, "a").unwrap();
        assert!(!text.contains("1.1") && text.contains('-'), "{text}");
    }
}
