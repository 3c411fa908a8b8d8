//! `trace check`

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use trace::check::{Judged, Law, Report, Verdict, examine};
use trace::{Header, TraceReader};

use super::NotPassed;
use super::text::table;
use crate::cli::CheckArgs;

/// Below this a probability is told as less than it.
const P_TOLD_MIN: f64 = 1e-6;

pub(super) fn run(args: &CheckArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let (mut unreadable, mut failed) = (0, false);
    for (index, file) in args.files.iter().enumerate() {
        let checked = TraceReader::open(file).and_then(|trace| {
            let report = examine(&trace, args.alpha)?;
            Ok((trace.header().clone(), report))
        });
        let (header, report) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                // The other files still have their say.
                eprintln!("trace: {error}");
                unreadable += 1;
                continue;
            }
        };
        failed |= report.verdict == Verdict::Fail;
        if args.json {
            write_json(file, &header, &report, out)?;
        } else {
            if index > 0 {
                writeln!(out)?;
            }
            write_text(file, &header, &report, args.verbose, out)?;
        }
    }
    if unreadable > 0 {
        anyhow::bail!("{unreadable} of {} files could not be read", args.files.len());
    }
    if failed {
        return Err(NotPassed.into());
    }
    Ok(())
}

/// What `--json` prints for a file.
#[derive(Serialize)]
struct Checked<'a> {
    path: String,
    workload: &'a str,
    seed: u64,
    #[serde(flatten)]
    report: &'a Report,
}

fn write_json(
    path: &Path,
    header: &Header,
    report: &Report,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (path, workload) = (path.display().to_string(), header.workload.name.as_str());
    let checked = Checked { path, workload, seed: header.seed.0, report };
    writeln!(out, "{}", serde_json::to_string(&checked)?)?;
    Ok(())
}

fn write_text(
    path: &Path,
    header: &Header,
    report: &Report,
    verbose: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "{}", path.display())?;
    writeln!(
        out,
        "workload  {}, seed {}, {} rows",
        header.workload.name, header.seed, report.rows
    )?;
    for verdict in [Verdict::Fail, Verdict::NotJudged, Verdict::Pass] {
        write_laws(verdict, report, out)?;
    }
    writeln!(out, "tests     {}", tests_line(report))?;
    let shown: Vec<&Judged> =
        report.findings.iter().filter(|found| verbose || found.verdict == Verdict::Fail).collect();
    if !shown.is_empty() {
        writeln!(out, "\n{}", findings(&shown))?;
    }
    if verbose && !report.not_applicable.is_empty() {
        let rows = report.not_applicable.iter().map(|skipped| {
            let reason = &skipped.reason;
            vec![skipped.scope.clone(), reason.test.to_owned(), reason.reason.clone()]
        });
        let headings = ["not applicable", "test", "why"];
        writeln!(out, "\n{}", table(&headings, &headings, rows))?;
    }
    Ok(())
}

/// A line for the laws that passed, and one for each that did not.
fn write_laws(verdict: Verdict, report: &Report, out: &mut impl Write) -> anyhow::Result<()> {
    let laws = || report.laws.iter().filter(|law| law.verdict == verdict);
    let names: Vec<&str> = laws().map(|law| law.law).collect();
    let sign = sign(verdict);
    match verdict {
        Verdict::Fail => {
            for Law { law, note, .. } in laws() {
                writeln!(out, "law       {sign}  {law}: {note}")?;
            }
        }
        Verdict::NotJudged => {
            if let Some(first) = laws().next() {
                writeln!(out, "laws      {sign}  {}: {}", names.join(", "), first.note)?;
            }
        }
        Verdict::Pass => writeln!(out, "laws      {sign}  {}", names.join(", "))?,
    }
    Ok(())
}

fn tests_line(report: &Report) -> String {
    let (count, failures) = (report.findings.len(), report.failures().count());
    let skipped = report.not_applicable.len();
    let Some(first) = report.findings.first() else {
        return format!("{}  none applies to this trace", sign(Verdict::NotJudged));
    };
    let least = format!("least p(Holm) {}", probability(first.p_holm));
    match failures {
        0 => format!(
            "{}  {count} passed at {}, {least}; {skipped} not applicable",
            sign(Verdict::Pass),
            report.alpha
        ),
        _ => format!(
            "{}  {failures} of {count} failed at {}, {least}; {skipped} not applicable",
            sign(Verdict::Fail),
            report.alpha
        ),
    }
}

fn findings(shown: &[&Judged]) -> String {
    let rows = shown.iter().map(|Judged { scope, finding, p_holm, verdict }| {
        vec![
            sign(*verdict).to_owned(),
            scope.clone(),
            finding.test.to_owned(),
            figure(finding.statistic),
            limits(finding.limit_low, finding.limit_high),
            probability(finding.p),
            probability(*p_holm),
            finding.note.clone(),
        ]
    });
    let headings =
        ["verdict", "class", "test", "figure", "0.1 % limit", "p", "p(Holm)", "what it means"];
    table(&headings, &["verdict", "class", "test", "what it means"], rows)
}

/// A sign and a word, so that neither colour nor a font is needed.
fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓ pass",
        Verdict::Fail => "✗ FAIL",
        Verdict::NotJudged => "- not judged",
    }
}

fn figure(number: f64) -> String {
    match number.abs() {
        large if large >= 1e6 => format!("{number:.3e}"),
        large if large >= 1000.0 => format!("{number:.0}"),
        _ => format!("{number:.3}"),
    }
}

fn limits(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{}..{}", figure(low), figure(high)),
        (None, Some(high)) => format!("< {}", figure(high)),
        (Some(low), None) => format!("> {}", figure(low)),
        (None, None) => "-".to_owned(),
    }
}

fn probability(p: f64) -> String {
    if p < P_TOLD_MIN {
        return "<1e-6".to_owned();
    }
    match p < 0.001 {
        true => format!("{p:.1e}"),
        false => format!("{p:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_never_zero() {
        for (p, text) in [(1e-300, "<1e-6"), (1e-5, "1.0e-5"), (0.25, "0.250"), (1.0, "1.000")] {
            assert_eq!(probability(p), text);
        }
    }

    #[test]
    fn figures_and_limits_are_short() {
        assert_eq!(figure(12345.6), "12346");
        assert_eq!(figure(f64::INFINITY), "inf");
        assert_eq!(limits(Some(0.597), Some(1.535)), "0.597..1.535");
        assert_eq!(limits(None, Some(5.97)), "< 5.970");
    }
}
