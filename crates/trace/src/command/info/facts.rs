//! The lines of `trace info`: a fact a line, its name in front.

use std::io::Write;
use std::time::Duration;

use trace::{Class, Header, Length, Source, Stats, Step, TraceReader, WindowStats, Workload};

use super::super::text::{decimals, percent, seconds};

pub(super) fn write(
    reader: &TraceReader,
    stats: &Stats,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Header { workload, seed, tool, digest, provenance, .. } = reader.header();
    let duration = seconds(workload.duration.as_nanos().try_into().unwrap_or(i64::MAX));
    writeln!(
        out,
        "workload  {}, {}/s for {duration}, at least {} requests, seed {seed}",
        workload.name, workload.total_qps, workload.min_query_count
    )?;
    for (index, line) in arrivals(workload).iter().enumerate() {
        writeln!(out, "{}  {line}", if index == 0 { "arrivals" } else { "        " })?;
    }
    for step in provenance {
        writeln!(out, "made by   {}", made_by(step))?;
    }
    writeln!(
        out,
        "rows      {} up to {}, {}/s, gap CV {}",
        stats.rows,
        seconds(stats.span_ns),
        decimals(stats.rate_per_s, 2),
        decimals(stats.gap_cv, 3)
    )?;
    writeln!(
        out,
        "meetings  {} of arrivals within 1 us of another class's",
        percent(stats.coincident_share)
    )?;
    writeln!(out, "bursts    {}", bursts(&stats.windows))?;
    writeln!(out, "digest    {digest} (verified)")?;
    writeln!(out, "file      {} bytes, written by {tool}", reader.file_size())?;
    Ok(())
}

/// How requests come: in most classes, and in those that differ.
fn arrivals(workload: &Workload) -> Vec<String> {
    let rate = |rate: Option<&trace::RateShape>, qps: f64| match rate {
        None => "constant rate".to_owned(),
        Some(rate) => rate.in_words(qps, workload.duration),
    };
    let all =
        format!("{}, {}", workload.arrivals, rate(workload.rate.as_ref(), workload.total_qps));
    let own = |class: &Class| {
        format!(
            "{}/{}: {}, {}",
            class.tier.number(),
            class.slo,
            workload.arrivals_of(class),
            rate(workload.rate_of(class), workload.total_qps * class.share)
        )
    };
    let differs = |class: &&Class| class.arrivals.is_some() || class.rate.is_some();
    [all].into_iter().chain(workload.active_classes().filter(differs).map(own)).collect()
}

/// A step in words: `import, format azure, of log.csv (sha256 ..., 19366 rows)`.
fn made_by(step: &Step) -> String {
    let mut text = step.operation.clone();
    for (name, value) in &step.parameters {
        text += &format!(", {name} {value}");
    }
    let sources: Vec<String> = step.sources.iter().map(source).collect();
    match sources.is_empty() {
        true => text,
        false => format!("{text}, of {}", sources.join(" and ")),
    }
}

fn source(Source { name, sha256, digest, rows }: &Source) -> String {
    let facts: Vec<String> = [
        sha256.as_ref().map(|hash| format!("sha256 {hash}")),
        digest.as_ref().map(|digest| format!("digest {digest}")),
        rows.map(|rows| format!("{rows} rows")),
    ]
    .into_iter()
    .flatten()
    .collect();
    match facts.is_empty() {
        true => name.clone(),
        false => format!("{name} ({})", facts.join(", ")),
    }
}

fn bursts(windows: &[WindowStats]) -> String {
    let length = |window: &WindowStats| {
        Length(Duration::from_nanos(window.window_ns.unsigned_abs())).to_string()
    };
    let told = windows
        .iter()
        .map(|window| format!("{} in {}", decimals(window.index_of_dispersion, 2), length(window)));
    let told: Vec<String> = told.collect();
    let peak = windows.iter().find(|window| window.window_ns == 1_000_000_000);
    let peak = peak.and_then(|window| window.peak_to_mean);
    format!(
        "variance/mean of counts {}; fullest second {} times the mean",
        told.join(", "),
        decimals(peak, 2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_line() {
        let step = Step {
            operation: "import".to_owned(),
            parameters: [("format".to_owned(), "azure".to_owned())].into(),
            sources: vec![Source {
                name: "log.csv".to_owned(),
                sha256: Some("ab".to_owned()),
                digest: None,
                rows: Some(7),
            }],
        };
        assert_eq!(made_by(&step), "import, format azure, of log.csv (sha256 ab, 7 rows)");
        let bare = Step { operation: "cut".to_owned(), ..Step::default() };
        assert_eq!(made_by(&bare), "cut");
    }

    #[test]
    fn classes_that_differ_have_their_own_line() {
        let mut workload = Workload::built_in("balanced").unwrap();
        assert_eq!(arrivals(&workload), ["poisson, constant rate"]);
        workload.classes[1].arrivals = Some(trace::Arrivals::of(trace::Process::Gamma { cv: 3.0 }));
        let told = arrivals(&workload);
        assert_eq!(told[1], "1/normal: gamma, cv 3, constant rate");
    }
}
