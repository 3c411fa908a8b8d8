//! The page around the charts.

use std::fmt::{Arguments, Write as _};

use outcome::RunInfo;

use super::canvas::escaped;
use super::chart::{Chart, Drawn, Table, WIDTH};
use crate::Simulation;
use crate::show::MARK;
use crate::show::side_by_side::{self, Comparison};

const STYLE: &str = include_str!("style.css");

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
    let title = escaped(&format!("{}: {}", info.trace_name, names.join(", ")));
    let mut page = Page(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n"
    ));
    page.provenance(info);
    page.push(format_args!("<h2 id=\"policies\">Side by side</h2>\n"));
    page.comparison(&side_by_side::classes(simulations), &names);
    let note = "Failures count as latencies without end. Waits are from arrival to start, of the \
                requests that started.";
    let marks =
        if names.len() > 1 { " * is the best of the policies, where they differ." } else { "" };
    page.push(format_args!("<p class=\"note\">{note}{marks}</p>\n"));
    page.comparison(&side_by_side::cluster(simulations), &names);
    for chart in charts {
        page.chart(chart, policies);
    }
    page.push(format_args!("</main>\n</body>\n</html>\n"));
    page.0
}

struct Page(String);

impl Page {
    fn push(&mut self, text: Arguments<'_>) {
        self.0.write_fmt(text).expect("writing to a string cannot fail");
    }

    /// Where the numbers come from.
    fn provenance(&mut self, info: &RunInfo) {
        let mut facts = vec![
            ("trace", info.trace_name.clone()),
            ("digest", info.trace_digest.clone()),
            ("rate", format!("x{}", info.rate_scale)),
        ];
        let named = [("limit", "limit"), ("workers", "workers"), ("service_seed", "seed")];
        let parameter = |(key, name)| Some((name, info.parameters.get(key)?.clone()));
        facts.extend(named.into_iter().filter_map(parameter));
        facts.push(("simulated by", info.tool.clone()));
        self.push(format_args!("<dl>\n"));
        for (name, value) in facts {
            let value = match value.trim_end() {
                // A file of workers.
                text if text.contains('\n') => folded("file", text),
                text => escaped(text),
            };
            self.push(format_args!("<dt>{name}</dt><dd>{value}</dd>\n"));
        }
        if let Some(profile) = info.parameters.get("profile") {
            self.push(format_args!("<dt>profile</dt><dd>{}</dd>\n", folded("file", profile)));
        }
        self.push(format_args!("</dl>\n"));
    }

    /// A table for each group, which stand beside each other as far as there is room.
    fn comparison(&mut self, comparison: &Comparison, policies: &[&str]) {
        self.push(format_args!("<div class=\"tables\">\n"));
        for group in &comparison.groups {
            let known = METRICS.iter().find(|(name, _)| *name == group.name);
            let caption = known.map_or("Runs and their clusters", |(_, words)| words);
            let names = || comparison.names.iter().map(|(name, _)| *name);
            let headings = names().chain(policies.iter().copied()).map(str::to_owned);
            let columns = || comparison.names.iter().map(|(_, cells)| cells).chain(&group.columns);
            let rows = columns().map(Vec::len).max().unwrap_or(0);
            let row = |index: usize| columns().map(|cells| cells[index].clone()).collect();
            let rows = (0..rows).map(row).collect();
            let table = Table { headings: headings.collect(), rows, names: comparison.words };
            self.table(&table, Some(caption));
        }
        self.push(format_args!("</div>\n"));
    }

    fn chart(&mut self, chart: &Chart, policies: &[Drawn<'_>]) {
        let Chart { key, title, height, elements, .. } = chart;
        let (description, caption) = (escaped(&chart.description), escaped(&chart.caption));
        self.push(format_args!("<figure>\n<h2 id=\"{key}\">{title}</h2>\n"));
        self.legend(policies);
        self.push(format_args!(
            "<svg role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" aria-labelledby=\"{key} {key}-d\">\n\
             <desc id=\"{key}-d\">{description}</desc>\n{elements}</svg>\n\
             <figcaption>{caption}</figcaption>\n</figure>\n"
        ));
        if let Some(table) = &chart.table {
            self.push(format_args!("<details><summary>Figures: {title}</summary>\n"));
            self.table(table, None);
            self.push(format_args!("</details>\n"));
        }
    }

    /// Which line is whose.
    fn legend(&mut self, policies: &[Drawn<'_>]) {
        self.push(format_args!("<ul class=\"legend\">\n"));
        for policy in policies {
            let (line, name) = (policy.line(), escaped(policy.name()));
            self.push(format_args!(
                "<li><svg viewBox=\"0 0 40 10\" aria-hidden=\"true\">\
                 <line class=\"{line}\" x1=\"1\" y1=\"5\" x2=\"39\" y2=\"5\"/></svg>{name}</li>\n"
            ));
        }
        self.push(format_args!("</ul>\n"));
    }

    fn table(&mut self, table: &Table, caption: Option<&str>) {
        let label = caption.unwrap_or("Figures");
        self.push(format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n"
        ));
        if let Some(caption) = caption {
            self.push(format_args!("<caption>{caption}</caption>\n"));
        }
        self.push(format_args!("<thead><tr>"));
        for (column, heading) in table.headings.iter().enumerate() {
            let class = if column < table.names { " class=\"name\"" } else { "" };
            self.push(format_args!("<th scope=\"col\"{class}>{}</th>", escaped(heading)));
        }
        self.push(format_args!("</tr></thead>\n<tbody>\n"));
        for row in &table.rows {
            self.push(format_args!("<tr>"));
            for (column, cell) in row.iter().enumerate() {
                let text = escaped(cell);
                match column {
                    column if column < table.names => {
                        self.push(format_args!("<th scope=\"row\" class=\"name\">{text}</th>"));
                    }
                    _ if cell.starts_with(MARK) => {
                        self.push(format_args!("<td class=\"best\">{text}</td>"));
                    }
                    _ => self.push(format_args!("<td>{text}</td>")),
                }
            }
            self.push(format_args!("</tr>\n"));
        }
        self.push(format_args!("</tbody>\n</table>\n</div>\n"));
    }
}

/// A text of many lines, which a press of a key opens.
fn folded(name: &str, text: &str) -> String {
    let text = escaped(text);
    format!("<details><summary>{name}</summary><pre>{text}</pre></details>")
}
