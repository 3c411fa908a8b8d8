//! What stands above any report: which runs, of which trace, and what to know before any number.

use outcome::units::{grouped, millis};
use outcome::{Grid, Verdict};

use crate::agreement::RunTable;
use crate::cautions::reasons;

/// The heading of a report of these runs of one trace, each with the letter that the report calls
/// it by; at least one.
pub(crate) fn heading(sides: &[(String, &RunTable)]) -> String {
    let mut text = grid(sides).to_string();
    if let Some((_, table)) = sides.first() {
        text.push_str(&format!("\n{}\n\n", trace_line(table)));
    }
    let banners: Vec<String> = sides.iter().flat_map(banners).collect();
    if !banners.is_empty() {
        text.push_str(&banners.join("\n"));
        text.push_str("\n\n");
    }
    text
}

/// Where the sides come from.
fn grid(sides: &[(String, &RunTable)]) -> Grid {
    let mut grid =
        Grid::new(&["", "run", "by", "subject", "tool", "verdict"]).words(&[0, 1, 2, 3, 4, 5]);
    for (letter, table) in sides {
        let info = &table.info;
        grid.row([
            letter,
            &table.path.display().to_string(),
            &info.producer,
            &info.subject,
            &info.tool,
            info.verdict.name(),
        ]);
    }
    grid
}

fn trace_line(table: &RunTable) -> String {
    let info = &table.info;
    let digest: String = info.trace_digest.chars().take(12).collect();
    let named = [info.trace_name.as_str(), &digest];
    let mut parts: Vec<_> =
        named.into_iter().filter(|part| !part.is_empty()).map(String::from).collect();
    if parts.is_empty() {
        parts.push("without a name".into());
    }
    let span = millis(i128::from(table.span_ns()) / 1_000);
    let size = format!("{} requests  ·  {span} s", grouped(table.rows().len() as u64));
    format!("trace {}  ·  {size}", parts.join(" "))
}

fn banners((letter, table): &(String, &RunTable)) -> Vec<String> {
    let info = &table.info;
    let timing = match info.verdict {
        Verdict::Valid => None,
        Verdict::Degraded => {
            Some(format!("DEGRADED  {letter}: {}", reasons(&info.verdict_reasons)))
        }
        Verdict::Invalid => Some(format!("INVALID  {letter}: {}", reasons(&info.verdict_reasons))),
    };
    let cut =
        info.cut_short.then(|| format!("CUT SHORT  {letter}: the run ended before its trace did"));
    [timing, cut].into_iter().flatten().collect()
}
