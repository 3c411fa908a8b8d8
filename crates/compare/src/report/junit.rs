//! The report as JUnit XML, which CI systems read as results of tests.
//!
//! No time and no random number is in it: the same tables give the same bytes.

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::row::{needed, sentence};
use super::{Report, gist, letter, provenance};
use crate::{Comparison, Family, Metric, Side, Verdict};

impl Report<'_> {
    /// A suite for each candidate, a test for each metric that gates. A regression is a failure, as
    /// is, of a strict report, what cannot be told; else that is skipped, as is what has too few
    /// requests, and says why.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let mut junit = quick_junit::Report::new("compare");
        for (letter, side, comparison) in self.candidates() {
            junit.add_test_suite(suite(*self, &letter, side, comparison));
        }
        junit.to_string().expect("XML in memory meets no error of writing")
    }
}

fn suite(report: Report<'_>, letter: &str, side: &Side, comparison: &Comparison) -> TestSuite {
    let base = report.base();
    let mut suite =
        TestSuite::new(format!("compare: {letter} ({}) against A ({})", side.name, base.name));
    for (name, value) in properties(report, letter, side, comparison) {
        suite.add_property(Property::new(name, value));
    }
    let gating = comparison.metrics.iter().filter(|metric| metric.family == Family::Gate);
    suite.add_test_cases(gating.map(|metric| test_case(metric, comparison, report.strict)));
    suite
}

fn properties(
    report: Report<'_>,
    of: &str,
    side: &Side,
    comparison: &Comparison,
) -> Vec<(String, String)> {
    let traffic = report.traffic;
    let mut properties = vec![
        ("overall".into(), comparison.overall.name().into()),
        ("result".into(), gist::because(comparison)),
        ("design".into(), comparison.design.name().into()),
        ("trace.name".into(), traffic.name.clone()),
        ("trace.digest".into(), traffic.digest.clone()),
        ("trace.requests".into(), traffic.len().to_string()),
    ];
    for (letter, side) in [(letter(0), report.base()), (of.to_owned(), side)] {
        properties.extend([
            (format!("{letter}.name"), side.name.clone()),
            (format!("{letter}.runs"), side.run_count().to_string()),
            (format!("{letter}.tables"), provenance::tables(side)),
        ]);
    }
    let cautions = comparison.cautions.iter().map(|caution| ("caution".into(), caution.clone()));
    properties.extend(cautions);
    properties
}

fn test_case(metric: &Metric, comparison: &Comparison, strict: bool) -> TestCase {
    let mut said = sentence(metric);
    if let Some(needs) = needed(metric, comparison.design) {
        said.push_str(&format!("; to tell takes {needs}"));
    }
    let mut case = TestCase::new(metric.key(), TestCaseStatus::success());
    case.set_classname(format!("compare.{}", metric.class));
    let fails =
        metric.verdict == Verdict::Regressed || strict && metric.verdict == Verdict::Inconclusive;
    match metric.verdict {
        _ if fails => {
            case.status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            // Some systems show the message of a failure, some its text.
            case.status.set_message(&said).set_description(&said).set_type(metric.verdict.name());
        }
        Verdict::Regressed | Verdict::Inconclusive | Verdict::TooFew => {
            case.status = TestCaseStatus::skipped();
            case.status.set_message(said);
        }
        Verdict::Improved | Verdict::NoWorse | Verdict::Equivalent => {
            case.set_system_out(format!("{}: {said}", metric.verdict));
        }
    }
    case
}
