//! Comparisons as they are shown: for people, for programs, for CI.

pub(crate) mod change;
mod gist;
mod github;
mod html;
pub(crate) mod json;
mod junit;
mod markdown;
mod overview;
mod provenance;
mod row;
pub(crate) mod signed;
mod text;

pub(crate) use provenance::trace;
pub use text::Terminal;

use crate::{Comparison, Overall, Side, Traffic};

/// Everything that a report tells of: the traffic, the baseline and each candidate.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What all runs share.
    pub traffic: &'a Traffic,
    /// The baseline, then the candidates.
    pub sides: &'a [Side],
    /// Each candidate against the baseline, in the same order.
    pub comparisons: &'a [Comparison],
    /// Whether what is inconclusive does not pass.
    pub strict: bool,
}

impl<'a> Report<'a> {
    /// The report of `comparisons`, of which number i is of side i + 1 against side 0.
    ///
    /// # Panics
    /// Where there is not one comparison for each candidate, and at least one.
    #[must_use]
    pub fn new(traffic: &'a Traffic, sides: &'a [Side], comparisons: &'a [Comparison]) -> Self {
        assert!(!comparisons.is_empty(), "a report is of at least one comparison");
        assert_eq!(sides.len(), comparisons.len() + 1, "one comparison for each candidate");
        Self { traffic, sides, comparisons, strict: false }
    }

    /// The same report, by which nothing inconclusive passes where `strict` is true.
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// The baseline.
    #[must_use]
    pub fn base(&self) -> &'a Side {
        &self.sides[0]
    }

    /// Each candidate with its letter, B and on, and its comparison.
    pub fn candidates(&self) -> impl Iterator<Item = (String, &'a Side, &'a Comparison)> {
        let sides = self.sides.iter().enumerate().skip(1);
        sides
            .zip(self.comparisons)
            .map(|((index, side), comparison)| (letter(index), side, comparison))
    }

    /// The word for all candidates: the worst of theirs.
    #[must_use]
    pub fn overall(&self) -> Overall {
        self.comparisons.iter().map(|comparison| comparison.overall).max().unwrap_or(Overall::Ok)
    }

    /// The exit code that tells the word to a script.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.overall().exit_code(self.strict)
    }
}

/// What a side is called in a report, by its number from 0: A to Z, then AA and on.
#[must_use]
pub fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        above => format!("{}{last}", letter(above - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on() {
        assert_eq!(
            [0, 1, 25, 26, 51, 52, 701, 702].map(letter),
            ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
    }
}
