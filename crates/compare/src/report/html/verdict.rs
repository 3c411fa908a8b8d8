//! What came out, in words, and of what: above everything else.

use drawing::{Cell, Page, Table, escaped};
use outcome::units::{grouped, millis};

use super::pair::Pair;
use crate::report::gist::{because, detectable};
use crate::report::{Report, letter, provenance};
use crate::{Comparison, Overall, Run, Side};

/// Which sides, on which trace.
pub(super) fn title(report: &Report<'_>) -> String {
    let trace = match report.traffic.name.as_str() {
        "" => String::new(),
        name => format!("{name}: "),
    };
    let base = &report.base().name;
    match report.sides {
        [_, only] => format!("{trace}{} against {base}", only.name),
        several => format!("{trace}{} candidates against {base}", several.len() - 1),
    }
}

/// The result, what it is of, how it was judged, and what to know before believing it.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    let overall = report.overall();
    let text = match report.comparisons {
        [only] => because(only),
        several => {
            let worst = report.candidates().filter(|(_, _, of)| of.overall == overall);
            let letters: Vec<String> = worst.map(|(letter, ..)| letter).collect();
            format!("{} of {} candidates: {}", letters.len(), several.len(), letters.join(", "))
        }
    };
    let code = report.exit_code();
    banner(page, overall, &text, &format!("exit code {code}"));
    if let [only] = report.comparisons {
        write_detectable(page, only);
    }
    write_cautions(page, report);
    page.facts(facts(report));
    page.table(&sides(report), Some("Sides"));
    page.push(format_args!("<details><summary>Every run and its file</summary>\n"));
    page.table(&runs(report), None);
    page.push(format_args!("</details>\n"));
}

/// The result of one candidate of several.
pub(super) fn write_result(page: &mut Page, pair: &Pair<'_>) {
    banner(page, pair.comparison.overall, &because(pair.comparison), "");
    write_detectable(page, pair.comparison);
}

/// Sign, word and colour, and what they are about.
fn banner(page: &mut Page, overall: Overall, text: &str, aside: &str) {
    let (class, sign) = (overall.name(), overall.sign());
    let (word, text) = (overall.name().to_uppercase(), escaped(text));
    page.push(format_args!(
        "<p class=\"banner {class}\"><span class=\"word\"><span aria-hidden=\"true\">{sign}</span> \
         {word}</span> <span class=\"because\">{text}</span> <span class=\"aside\">{aside}</span></p>\n"
    ));
}

fn write_detectable(page: &mut Page, comparison: &Comparison) {
    if let Some(told) = detectable(comparison) {
        page.note(&format!("The {told}."));
    }
}

/// What to know before believing it.
fn write_cautions(page: &mut Page, report: &Report<'_>) {
    let cautions = provenance::cautions(*report);
    if cautions.is_empty() {
        return;
    }
    page.push(format_args!("<ul class=\"cautions\">\n"));
    for caution in cautions {
        page.push(format_args!("<li><b>Caution</b> {}</li>\n", escaped(&caution)));
    }
    page.push(format_args!("</ul>\n"));
}

fn facts(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let traffic = report.traffic;
    let named = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    let span = millis(i128::from(traffic.span_ns()) / 1_000);
    let mut facts = vec![
        ("trace", named(&traffic.name)),
        ("digest", named(&traffic.digest)),
        ("traffic", format!("{} requests in {span} s", grouped(traffic.len() as u64))),
    ];
    facts.extend(provenance::designs(*report).into_iter().map(|design| ("design", design)));
    facts
}

/// A row for each side.
fn sides(report: &Report<'_>) -> Table {
    let headings =
        ["side", "name", "subject", "tool", "runs", "timing", "lag p50 (ms)", "lag p99 (ms)"];
    let rows = report.sides.iter().enumerate().map(|(index, side)| {
        let lag = |of: fn(&crate::Lag) -> i64| {
            side.worst_lag(of).map_or("–".to_owned(), |lag| millis(lag.into()))
        };
        [
            letter(index).into(),
            side.name.clone().into(),
            listed(side, |run| &run.info.subject).into(),
            listed(side, |run| &run.info.tool).into(),
            side.run_count().to_string().into(),
            timing(side.timing()),
            lag(|lag| lag.p50_ns).into(),
            lag(|lag| lag.p99_ns).into(),
        ]
    });
    Table::of(4, headings, rows).with_words(&[5])
}

/// Different texts of the runs, each once; `–` where they say nothing.
fn listed(side: &Side, of: impl Fn(&Run) -> &String) -> String {
    let mut texts: Vec<&str> =
        side.runs().map(|run| of(run).as_str()).filter(|text| !text.is_empty()).collect();
    texts.sort_unstable();
    texts.dedup();
    if texts.is_empty() { "–".into() } else { texts.join(", ") }
}

/// Runs that are listed by themselves.
const RUNS_MAX: usize = 200;

/// A row for each run.
fn runs(report: &Report<'_>) -> Table {
    let headings = [
        "run",
        "file",
        "number",
        "timing",
        "lag p50 (ms)",
        "lag p99 (ms)",
        "lag max (ms)",
        "remarks",
    ];
    let of_sides = report.sides.iter().enumerate();
    let runs = of_sides.flat_map(|(index, side)| {
        let name = move |(number, run)| (format!("{}{}", letter(index), number + 1), run);
        side.runs().enumerate().map(name)
    });
    let rows = runs.take(RUNS_MAX).map(|(name, run)| {
        let lag = |of: fn(&crate::Lag) -> i64| {
            run.lag.as_ref().map_or("–".to_owned(), |lag| millis(of(lag).into()))
        };
        let mut remarks = run.timing_reasons.clone();
        if run.cut_short {
            remarks.push("ended before its trace did".into());
        }
        [
            name.into(),
            run.file().into(),
            run.number.map_or("–".to_owned(), |number| number.to_string()).into(),
            timing(run.timing),
            lag(|lag| lag.p50_ns).into(),
            lag(|lag| lag.p99_ns).into(),
            lag(|lag| lag.max_ns).into(),
            remarks.join("; ").into(),
        ]
    });
    Table::of(2, headings, rows).with_words(&[3, 7])
}

/// Whether the load generator kept time, as a badge.
fn timing(verdict: outcome::Verdict) -> Cell {
    match verdict {
        outcome::Verdict::Valid => Cell::styled("improved", "✓ valid"),
        outcome::Verdict::Degraded => Cell::styled("inconclusive", "! degraded"),
        outcome::Verdict::Invalid => Cell::styled("regressed", "✗ invalid"),
    }
}
