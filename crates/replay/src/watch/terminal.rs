//! A live view on a terminal: a block of a few lines that is drawn anew and leaves nothing behind.

use std::io::stderr;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outcome::Status;
use rustix::termios::tcgetwinsize;

use super::{Watch, facts};
use crate::progress::Progress;

/// How often it is drawn at most, per second.
const HERTZ: u8 = 5;

/// Of a terminal that does not tell its width.
const WIDTH: usize = 80;

/// Draws on stderr.
pub(super) struct Terminal {
    bar: ProgressBar,
    colour: bool,
}

impl Terminal {
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(HERTZ);
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{msg}");
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        // As no-color.org has it: any value but the empty one.
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { bar, colour }
    }
}

impl Watch for Terminal {
    fn look(&mut self, progress: &Progress) {
        let columns = tcgetwinsize(stderr()).map_or(0, |size| usize::from(size.ws_col));
        let columns = if columns == 0 { WIDTH } else { columns };
        // The last column stays free: a full line would wrap on some terminals.
        let lines = block(progress, columns.saturating_sub(1), self.colour);
        self.bar.set_message(lines.join("\n"));
    }

    fn close(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The view in lines of at most `width` columns.
fn block(progress: &Progress, width: usize, colour: bool) -> Vec<String> {
    let count = facts::count;
    let title = match facts::run(progress) {
        Some(run) => format!("{run}, {}", facts::subject(progress)),
        None => facts::subject(progress),
    };
    let counts = format!(
        "{} in flight, {} due, {} sent, {} ended",
        count(progress.in_flight),
        count(progress.due),
        count(progress.sent),
        count(progress.ended)
    );
    let mut lines = vec![
        cut(&title, width),
        bar(progress, width, colour),
        cut(&format!("requests  {counts}"), width),
        cut(&format!("rate      {} intended, over the last second", facts::rates(progress)), width),
        cut(&format!("lag       {}", facts::lag(progress.lag)), width),
    ];
    let tiers = facts::attainment(progress).enumerate();
    lines.extend(
        tiers.map(|(index, share)| cut(&format!("tier {}    {share} in SLO", index + 1), width)),
    );
    let errors = cut(&format!("errors    {}", facts::errors(progress)), width);
    let ok = progress.statuses[Status::Ok.index()];
    lines.push(painted(&errors, "31", colour && progress.ended > ok));
    lines
}

/// Time, a bar of what has ended, and its share.
fn bar(progress: &Progress, width: usize, colour: bool) -> String {
    let (now, end) = (facts::clock(progress.now), facts::clock(progress.last_arrival));
    let share = progress.ended as f64 / progress.total.max(1) as f64;
    let (before, after) =
        (format!("{now} of {end} "), format!(" {:3.0} %", 100.0 * share.min(1.0)));
    let cells = width.saturating_sub(before.chars().count() + after.chars().count());
    let full = ((cells as f64 * share) as usize).min(cells);
    let line =
        cut(&format!("{before}{}{after}", "█".repeat(full) + &"░".repeat(cells - full)), width);
    match line.strip_prefix(&before) {
        Some(rest) => format!("{before}{}", painted(rest, "36", colour)),
        None => line,
    }
}

/// The first `width` letters, so that no line wraps.
fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// `text` in the colour of this code, where there are colours.
fn painted(text: &str, code: &str, colour: bool) -> String {
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use request::Moment;

    use super::*;
    use crate::progress::testing::progress;

    #[test]
    fn eighty_columns_hold_all_facts() {
        snapbox::assert_data_eq!(
            block(&progress(), 79, false).join("\n"),
            snapbox::str![[r#"
run 2 of 3, localhost:50051
0:12 of 0:19 █████████████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░  56 %
requests  1,250 in flight, 12,501 due, 12,251 sent, 11,251 ended
rate      980/s of 1,000/s intended, over the last second
lag       p50 0.015 ms, p99 3.000 ms, max 3.000 ms
tier 1    86.69 % of 3,750 in SLO
tier 2    86.64 % of 3,750 in SLO
tier 3    86.67 % of 3,751 in SLO
errors    250 unavailable
"#]]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let far = Moment::from_nanos(i64::MAX);
        let subject = "a\x1b[2Jb\nlong-name.".repeat(20).into();
        let wide = Progress { now: far, last_arrival: far, subject, run: i32::MAX, ..progress() };
        for width in [0, 1, 7, 20, 40, 79, 200] {
            let lines = block(&wide, width, false);
            assert_eq!(lines.len(), 9);
            for line in &lines {
                assert!(line.chars().count() <= width, "{line}");
                assert!(!line.contains(char::is_control), "{line}");
            }
        }
    }

    #[test]
    fn colours_are_only_where_they_may_be_and_say_nothing_new() {
        let strip = |lines: Vec<String>| {
            let codes = ["\x1b[31m", "\x1b[36m", "\x1b[0m"];
            codes.iter().fold(lines.join("\n"), |text, code| text.replace(code, ""))
        };
        let (plain, painted) = (block(&progress(), 79, false), block(&progress(), 79, true));
        assert!(!plain.concat().contains('\x1b'));
        assert!(painted[8].starts_with("\x1b[31merrors"), "{:?}", painted[8]);
        assert_eq!(strip(painted), plain.join("\n"));
    }
}
