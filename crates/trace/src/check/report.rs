//! The verdict over all checks of a trace.

use probability::holm;
use serde::Serialize;

use super::finding::{Finding, NotApplicable, Outcome};
use super::laws::{Law, Verdict};

/// All that was checked of a trace, and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How probable it is, at most, that a sound trace fails.
    pub alpha: f64,
    /// Number of rows.
    pub rows: u64,
    /// [`Verdict::Fail`] where a law is broken or a test fails.
    pub verdict: Verdict,
    /// The promises that every row keeps.
    pub laws: Vec<Law>,
    /// The tests, least probable first.
    pub findings: Vec<Judged>,
    /// The tests that had nothing to go by.
    pub not_applicable: Vec<Skipped>,
}

/// A finding as one of a family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What it is about: `all`, or a class such as `1/urgent`.
    pub scope: String,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Its probability, adjusted for the number of tests.
    pub p_holm: f64,
    /// [`Verdict::Fail`] where that is at most alpha.
    pub verdict: Verdict,
}

/// A test that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What it would be about.
    pub scope: String,
    /// Why it says nothing.
    #[serde(flatten)]
    pub reason: NotApplicable,
}

impl Report {
    /// Judges the tests as one family, after Holm: whatever the dependence between tests, a sound
    /// trace fails with probability alpha at most.
    pub(super) fn new(
        alpha: f64,
        rows: u64,
        laws: Vec<Law>,
        outcomes: Vec<(String, Outcome)>,
    ) -> Self {
        let (mut found, mut not_applicable) = (Vec::new(), Vec::new());
        for (scope, outcome) in outcomes {
            match outcome {
                Ok(finding) => found.push((scope, finding)),
                Err(reason) => not_applicable.push(Skipped { scope, reason }),
            }
        }
        // The sort is stable: equals stay in the order of the battery.
        found.sort_by(|a, b| a.1.p.total_cmp(&b.1.p));
        let probabilities: Vec<f64> = found.iter().map(|(_, finding)| finding.p).collect();
        let judge = |((scope, finding), p_holm): ((String, Finding), f64)| {
            let verdict = if p_holm <= alpha { Verdict::Fail } else { Verdict::Pass };
            Judged { scope, finding, p_holm, verdict }
        };
        let findings: Vec<Judged> =
            found.into_iter().zip(holm(&probabilities)).map(judge).collect();
        let verdicts =
            || laws.iter().map(|law| law.verdict).chain(findings.iter().map(|found| found.verdict));
        let verdict = match verdicts().any(|verdict| verdict == Verdict::Fail) {
            true => Verdict::Fail,
            false => Verdict::Pass,
        };
        Self { alpha, rows, verdict, laws, findings, not_applicable }
    }

    /// The tests that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(|found| found.verdict == Verdict::Fail)
    }

    /// The laws that are broken.
    pub fn broken_laws(&self) -> impl Iterator<Item = &Law> {
        self.laws.iter().filter(|law| law.verdict == Verdict::Fail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(alpha: f64, p: &[f64]) -> Report {
        let outcome = |&p: &f64| ("all".to_owned(), Ok(Finding::new("test", 0.0, p)));
        Report::new(alpha, 0, Vec::new(), p.iter().map(outcome).collect())
    }

    #[test]
    fn the_family_is_judged_by_holm() {
        let found = report(0.05, &[0.04, 0.01, 0.02, 0.9]);
        let adjusted: Vec<f64> = found.findings.iter().map(|found| found.p_holm).collect();
        assert_eq!(adjusted, [0.04, 0.06, 0.08, 0.9]);
        assert_eq!(found.failures().count(), 1);
        assert_eq!(found.verdict, Verdict::Fail);
        assert_eq!(report(0.03, &[0.04, 0.01, 0.02, 0.9]).verdict, Verdict::Pass);
    }

    #[test]
    fn a_broken_law_is_enough() {
        let law = Law { law: "ids", verdict: Verdict::Fail, note: "two".to_owned() };
        assert_eq!(Report::new(0.01, 0, vec![law], Vec::new()).verdict, Verdict::Fail);
        let law = Law { law: "ids", verdict: Verdict::NotJudged, note: String::new() };
        assert_eq!(Report::new(0.01, 0, vec![law], Vec::new()).verdict, Verdict::Pass);
    }
}
