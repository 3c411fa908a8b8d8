//! The summary on a terminal.

use std::fmt;

use super::values::EXACT_MAX;
use super::{ClassSummary, Summary};
use crate::units::{grouped, millis, per_second, percent};
use crate::{Grid, Latency, RunInfo, Status, Verdict};

/// The columns of the program that Reprise replaces, in its order; then ours.
const HEADER: [&str; 9] = [
    "tier",
    "slo",
    "count",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "slo_attainment_%",
    "errors",
    "goodput_/s",
];

/// Codes named for each status; the JSON has them all.
const CODES_SHOWN: usize = 3;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", title(&self.info))?;
        writeln!(f, "{}", self.grid())?;
        for (name, text) in self.notes() {
            writeln!(f, "{name:<9} {text}")?;
        }
        Ok(())
    }
}

/// Who ran what, in a line.
fn title(info: &RunInfo) -> String {
    let mut parts = vec![format!("{}  {}", info.producer, info.subject).trim().to_owned()];
    if !info.trace_name.is_empty() || !info.trace_digest.is_empty() {
        let digest: String = info.trace_digest.chars().take(12).collect();
        parts.push(format!("trace {} {digest}", info.trace_name).trim_end().to_owned());
    }
    if !matches!(info.rate_scale.as_str(), "" | "1") {
        parts.push(format!("rate x{}", info.rate_scale));
    }
    if !info.clock.is_empty() {
        parts.push(format!("{} clock", info.clock));
    }
    parts.join("  ·  ")
}

impl Summary {
    fn grid(&self) -> Grid {
        let mut grid = Grid::new(&HEADER).words(&[0, 1]);
        for (class, summary) in &self.classes {
            grid.row(self.cells(&class.tier.to_string(), &class.slo, summary));
        }
        grid.rule().row(self.cells("all", "", &self.all));
        grid
    }

    fn cells(&self, tier: &str, slo: &str, class: &ClassSummary) -> [String; 9] {
        let quantile = |latency: Option<Latency>| latency.map_or("-".into(), |l| l.to_string());
        [
            tier.into(),
            slo.into(),
            grouped(class.count),
            quantile(class.p50),
            quantile(class.p95),
            quantile(class.p99),
            percent(class.slo_met, class.count),
            grouped(class.errors()),
            self.rate(class.slo_met),
        ]
    }

    /// `count` events as events per second of scheduled time.
    fn rate(&self, count: u64) -> String {
        per_second(count, self.rated(self.span_ns).into())
    }

    fn notes(&self) -> Vec<(&'static str, String)> {
        let mut notes = vec![("status", self.status_note())];
        notes.push(("goodput", self.goodput_note()));
        notes.push(("sent", self.sent_note()));
        if let Some(lag) = self.lag {
            let ms = |nanos: i64| millis(nanos.into());
            let (p50, p99, max) = (ms(lag.p50_ns), ms(lag.p99_ns), ms(lag.max_ns));
            notes.push(("lag", format!("p50 {p50} ms, p99 {p99} ms, max {max} ms")));
        }
        if !self.exact {
            let few = grouped(EXACT_MAX as u64);
            notes.push(("quantiles", format!("of more than {few} values are within 0.1 %")));
        }
        if let Some(floor) = self.info.floor {
            let ms = |nanos: i64| millis(nanos.into());
            let (p50, p99, max) = (ms(floor.p50_ns), ms(floor.p99_ns), ms(floor.max_ns));
            let worst = if self.info.runs.is_empty() { "" } else { "; the worst run's" };
            let text =
                format!("p50 {p50} ms, p99 {p99} ms, max {max} ms, with nothing attached{worst}");
            notes.push(("floor", text));
        }
        notes.push(("verdict", verdict_note(&self.info)));
        if self.info.cut_short {
            let run = if self.info.runs.is_empty() { "the run" } else { "a run" };
            let text = format!("{run} ended before its trace did; these are partial results");
            notes.push(("CUT SHORT", text));
        }
        notes
    }

    /// How many ended well, and a line for each way in which others did not.
    fn status_note(&self) -> String {
        let mut lines = vec![format!("{} of {} ok", grouped(self.all.ok), grouped(self.all.count))];
        let failures = self.statuses.iter().filter(|&(&status, _)| status != Status::Ok);
        lines.extend(failures.map(|(&status, &count)| {
            format!("{} {status}{}", grouped(count), self.code_note(status, count))
        }));
        lines.join(&format!("\n{:10}", ""))
    }

    /// The codes of a status, most frequent first; a few of them tell the story.
    fn code_note(&self, status: Status, count: u64) -> String {
        let codes = self.codes.iter().filter(|((of, _), _)| *of == status);
        let mut codes: Vec<_> = codes.map(|((_, code), &count)| (count, *code)).collect();
        codes.sort_by_key(|&(count, code)| (std::cmp::Reverse(count), code));
        codes.truncate(CODES_SHOWN);
        if codes.is_empty() {
            return String::new();
        }
        let others = count.saturating_sub(codes.iter().map(|(count, _)| count).sum());
        let mut parts: Vec<_> =
            codes.iter().map(|(count, code)| format!("{} {code}", grouped(*count))).collect();
        if others > 0 {
            parts.push(format!("{} other", grouped(others)));
        }
        format!(" ({})", parts.join(", "))
    }

    fn goodput_note(&self) -> String {
        let span = millis(i128::from(self.span_ns) / 1_000);
        let (met, offered) = (self.rate(self.all.slo_met), self.rate(self.all.count));
        let runs = if self.runs > 1 { format!(" of {} runs", self.runs) } else { String::new() };
        format!("{met} of {offered} requests/s ended ok by their deadline, over {span} s{runs}")
    }

    fn sent_note(&self) -> String {
        let (sent, count) = (grouped(self.sent), grouped(self.all.count));
        let rate = per_second(self.sent, self.rated(self.sent_span_ns).into());
        format!("{sent} of {count} requests, at {rate} /s")
    }
}

fn verdict_note(info: &RunInfo) -> String {
    let name = match info.verdict {
        Verdict::Valid => "valid",
        Verdict::Degraded => "DEGRADED",
        Verdict::Invalid => "INVALID",
    };
    match info.verdict_reasons.as_slice() {
        [] => name.into(),
        reasons => format!("{name}: {}", reasons.join("; ")),
    }
}
