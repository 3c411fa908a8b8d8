//! The report as workflow commands of GitHub Actions, which shows them beside the job.

use super::row::{needed, sentence};
use super::{Report, gist, provenance};
use crate::{Comparison, Side, Verdict};

impl Report<'_> {
    /// An error for each regression, a warning for each caution and each metric that cannot be told
    /// (an error of a strict report), a notice of the result. GitHub shows the first ten of each kind, so the weightiest
    /// come first.
    #[must_use]
    pub fn to_github(&self) -> String {
        let mut text = String::new();
        for caution in provenance::cautions(*self) {
            text += &command("warning", "compare: caution", &caution);
        }
        for (letter, side, comparison) in self.candidates() {
            let of = self.of(&letter, side);
            text += &annotations(comparison, &of, self.strict);
            let title = format!("compare: {}{}", of, gist::word(comparison.overall));
            text += &command("notice", &title, &gist::because(comparison));
        }
        text
    }

    /// What a candidate is called where there are several.
    fn of(&self, letter: &str, side: &Side) -> String {
        match self.comparisons {
            [_] => String::new(),
            _ => format!("{letter} ({}) ", side.name),
        }
    }
}

fn annotations(comparison: &Comparison, of: &str, strict: bool) -> String {
    let open = if strict { "error" } else { "warning" };
    let mut text = String::new();
    for metric in gist::weightiest_first(comparison, Verdict::Regressed) {
        let title = format!("compare: {of}{} regressed", metric.key());
        text += &command("error", &title, &format!("{} {}", metric.key(), sentence(metric)));
    }
    for metric in comparison.gating_with(Verdict::Inconclusive) {
        let title = format!("compare: {of}{} is inconclusive", metric.key());
        let needs = needed(metric, comparison.design)
            .map(|needs| format!("; to tell takes {needs}"))
            .unwrap_or_default();
        let message = format!("{} {}{needs}", metric.key(), sentence(metric));
        text += &command(open, &title, &message);
    }
    text
}

fn command(name: &str, title: &str, message: &str) -> String {
    format!("::{name} title={}::{}\n", property(title), data(message))
}

/// Escapes what ends a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what ends a property as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(
            command("error", "a: b, 5 %\nc", "up 5 %: a, b\r\n::notice::d"),
            "::error title=a%3A b%2C 5 %25%0Ac::up 5 %25: a, b%0D%0A::notice::d\n"
        );
    }
}
