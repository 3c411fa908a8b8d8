//! Colour for terminals, beside words and signs that say the same.

use crate::report::gist;
use crate::report::row::word;
use crate::{Overall, Verdict};

const RED: &str = "\x1b[31;1m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// Colours the verdicts in a text, which stand with their signs or in capitals.
pub(super) fn paint(text: &str) -> String {
    let words = Verdict::ALL.iter().filter_map(|verdict| {
        let colour = colour(*verdict)?;
        Some((word(*verdict), colour))
    });
    // A regression is the same word in both.
    let overall = [(Overall::Inconclusive, YELLOW), (Overall::Improved, GREEN)]
        .map(|(overall, colour)| (gist::word(overall), colour));
    let mut painted = text.to_owned();
    for (word, colour) in words.chain(overall) {
        painted = painted.replace(&word, &format!("{colour}{word}{PLAIN}"));
    }
    painted
}

const fn colour(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Regressed => Some(RED),
        Verdict::Inconclusive => Some(YELLOW),
        Verdict::Improved => Some(GREEN),
        Verdict::NoWorse | Verdict::Equivalent | Verdict::TooFew => None,
    }
}
