//! What a run prints: the summary of one policy, or several side by side; and the same as JSON.

mod columns;
mod json;
mod load;
pub(crate) mod side_by_side;
mod waits;

use outcome::RunInfo;

use crate::Simulation;

/// Width of what is printed where nobody says how wide it may be.
pub const WIDTH: usize = 100;

/// The text for people, in lines of at most `width` characters where that can be done. Of several
/// simulations, which are of one trace, the best value of each row is marked.
#[must_use]
pub fn text(simulations: &[Simulation], width: usize) -> String {
    match simulations {
        [] => String::new(),
        [one] => {
            let Simulation { summary, gauges } = one;
            format!("{summary}\n{}\n{}", load::notes(gauges), waits::grid(summary))
        }
        several => format!("{}\n\n{}", title(several), side_by_side::text(several, width)),
    }
}

/// The same for programs: a list with an object for each simulation.
#[must_use]
pub fn json(simulations: &[Simulation]) -> String {
    json::list(simulations)
}

/// The same text with its marks in colour, for a terminal.
#[must_use]
pub fn coloured(text: &str) -> String {
    let line = |line: &str| {
        let words = line.split(' ').map(|word| match is_marked(word) {
            true => format!("\u{1b}[1;32m{word}\u{1b}[0m"),
            false => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Stands before the best value of a row.
pub(crate) const MARK: char = '*';

fn is_marked(word: &str) -> bool {
    word.strip_prefix(MARK).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What ran, in a line.
fn title(simulations: &[Simulation]) -> String {
    let RunInfo { producer, trace_name, trace_digest, rate_scale, clock, .. } =
        &simulations[0].summary.info;
    let digest: String = trace_digest.chars().take(12).collect();
    let mut parts = vec![
        format!("{producer}  {} policies", simulations.len()),
        format!("trace {trace_name} {digest}"),
    ];
    if rate_scale != "1" {
        parts.push(format!("rate x{rate_scale}"));
    }
    parts.push(format!("{clock} clock"));
    parts.join("  ·  ")
}

#[cfg(test)]
mod tests;
