//! The page around the charts.

use drawing::{Cell, Chart, Page, Table};
use outcome::RunInfo;

use super::chart::Drawn;
use crate::Simulation;
use crate::show::MARK;
use crate::show::side_by_side::{self, Comparison};

/// What the columns of the comparison mean, in words.
const METRICS: [(&str, &str); 5] = [
    ("met_%", "Attainment (%)"),
    ("p50_ms", "Latency, p50 (ms)"),
    ("p95_ms", "Latency, p95 (ms)"),
    ("p99_ms", "Latency, p99 (ms)"),
    ("wait_ms", "Mean wait (ms)"),
];

pub(super) fn html(simulations: &[Simulation], policies: &[Drawn<'_>], charts: &[Chart]) -> String {
    let info = &simulations[0].summary.info;
    let names: Vec<&str> = policies.iter().map(Drawn::name).collect();
    let title = format!("{}: {}", info.trace_name, names.join(", "));
    let mut page = Page::new(&title, "");
    page.heading(1, "", &title);
    page.facts(provenance(info));
    page.heading(2, "policies", "Side by side");
    write_comparison(&mut page, &side_by_side::classes(simulations), &names);
    let note = "Failures count as latencies without end. Waits are from arrival to start, of the \
                requests that started.";
    let marks =
        if names.len() > 1 { " * is the best of the policies, where they differ." } else { "" };
    page.note(&format!("{note}{marks}"));
    write_comparison(&mut page, &side_by_side::cluster(simulations), &names);
    for chart in charts {
        page.chart(2, chart);
    }
    page.finish()
}

/// Where the numbers come from.
fn provenance(info: &RunInfo) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("trace", info.trace_name.clone()),
        ("digest", info.trace_digest.clone()),
        ("rate", format!("x{}", info.rate_scale)),
    ];
    let parameter = |(key, name)| Some((name, info.parameters.get(key)?.clone()));
    let named = [("limit", "limit"), ("workers", "workers"), ("service_seed", "seed")];
    facts.extend(named.into_iter().filter_map(parameter));
    facts.push(("simulated by", info.tool.clone()));
    facts.extend(parameter(("profile", "profile")));
    facts
}

/// A table for each group, which stand beside each other as far as there is room.
fn write_comparison(page: &mut Page, comparison: &Comparison, policies: &[&str]) {
    page.push(format_args!("<div class=\"tables\">\n"));
    for group in &comparison.groups {
        let known = METRICS.iter().find(|(name, _)| *name == group.name);
        let caption = known.map_or("Runs and their clusters", |(_, words)| words);
        let names = comparison.names.iter().map(|(name, _)| *name);
        let columns = || comparison.names.iter().map(|(_, cells)| cells).chain(&group.columns);
        let rows = columns().map(Vec::len).max().unwrap_or(0);
        let cell = |text: &String| match text.starts_with(MARK) {
            true => Cell::styled("best", text),
            false => text.into(),
        };
        let row = |index: usize| columns().map(move |cells| cell(&cells[index]));
        let headings = names.chain(policies.iter().copied());
        let table = Table::of(comparison.words, headings, (0..rows).map(row));
        page.table(&table, Some(caption));
    }
    page.push(format_args!("</div>\n"));
}
