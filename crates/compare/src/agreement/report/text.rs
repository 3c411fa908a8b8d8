//! The report on a terminal.

mod accounts;
mod fates;
mod rows;

use std::fmt;

use outcome::Ppm;

use super::AgreementReport;
use super::heading::heading;
use crate::agreement::Word;

impl fmt::Display for AgreementReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sides = vec![("A".to_owned(), self.simulated)];
        sides.extend(self.letters().zip(self.runs));
        write!(f, "{}", heading(&sides))?;
        writeln!(f, "{}", self.rows_grid())?;
        writeln!(f, "{}\n", self.rows_note())?;
        self.accounts(f)?;
        self.fates(f)?;
        writeln!(f, "{}", self.result())
    }
}

impl AgreementReport<'_> {
    /// The overall word, and the rows it stands on.
    fn result(self) -> String {
        let limits = self.agreement.limits;
        let (points, within) = (decimal(limits.within_points), decimal(limits.within));
        let limits = format!("p50 and p95 within {within} %, attainment within {points} points");
        let words = || self.agreement.words().map(|(.., word)| word);
        let count = |which: Word| words().filter(|&word| word == which).count();
        let (judged, few) = (words().count() - count(Word::TooFew), count(Word::TooFew));
        let few = if few > 0 { format!(", {few} of too few requests") } else { String::new() };
        let overall = self.agreement.overall();
        match overall {
            Word::TooFew => format!("RESULT  {overall} requests in every class to tell"),
            Word::Agrees => format!("RESULT  {overall}: {limits}; {judged} rows judged{few}"),
            Word::Differs => {
                let differing = self.agreement.words().filter(|(.., word)| *word == Word::Differs);
                let keys: Vec<_> = differing
                    .map(|(class, row, _)| format!("{}/{}", class.class, row.measure.name()))
                    .collect();
                format!(
                    "RESULT  {overall}: {}\n        not {limits}; {} of {judged} rows judged{few}",
                    keys.join(", "),
                    keys.len()
                )
            }
        }
    }
}

/// Parts per million as per cent, with the decimals that they have.
fn decimal(ppm: Ppm) -> String {
    let (whole, rest) = (ppm.0 / 10_000, ppm.0 % 10_000);
    let text = format!("{whole}.{rest:04}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_the_decimals_that_were_given() {
        for (ppm, text) in [(30_000, "3"), (5_000, "0.5"), (12_500, "1.25"), (1, "0.0001")] {
            assert_eq!(decimal(Ppm(ppm)), text);
        }
    }
}
