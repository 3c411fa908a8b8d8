//! What marks mean, in every chart: blue and whole is the baseline, orange and dashed the
//! candidate; a verdict has a shape, a sign and a word beside its colour.

use drawing::{Canvas, Key, Outline, shortened};

use crate::report::row::shown;
use crate::{Class, Metric, Verdict};

/// Styles of the two sides' lines.
pub(super) const LINES: [&str; 2] = ["line c0", "line c1 d1"];

/// Styles of single runs' lines.
pub(super) const THIN_LINES: [&str; 2] = ["thin c0", "thin c1"];

/// Styles of single runs' dots: the baseline's are full, the candidate's are rings.
pub(super) const DOTS: [&str; 2] = ["run f0 c0", "run ring c1"];

/// The style of a verdict, of text and of marks.
pub(super) const fn of_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Regressed => "regressed",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Improved => "improved",
        Verdict::NoWorse | Verdict::Equivalent => "even",
        Verdict::TooFew => "few",
    }
}

/// The mark of a verdict: a triangle up or down, a ring, a diamond or a square.
pub(super) fn mark(canvas: &mut Canvas, verdict: Verdict, (x, y): (f64, f64)) {
    let class = format!("verdict {}", of_verdict(verdict));
    let corners: &[(f64, f64)] = match verdict {
        Verdict::Regressed => &[(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)],
        Verdict::Improved => &[(0.0, 5.0), (5.0, -4.0), (-5.0, -4.0)],
        Verdict::NoWorse => &[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)],
        Verdict::Equivalent => &[(-3.8, -3.8), (3.8, -3.8), (3.8, 3.8), (-3.8, 3.8)],
        Verdict::Inconclusive | Verdict::TooFew => {
            return canvas.circle(&format!("{class} hollow"), (x, y), 4.2);
        }
    };
    let outline = Outline::through(corners.iter().map(|(dx, dy)| (x + dx, y + dy)));
    canvas.path(&class, &outline.closed());
}

/// The marks of these verdicts, in words.
pub(super) fn legend(verdicts: impl IntoIterator<Item = Verdict>) -> Vec<Key> {
    let mark = |verdict| move |canvas: &mut Canvas| mark(canvas, verdict, (20.0, 5.0));
    verdicts.into_iter().map(|verdict| Key::new(word(verdict), mark(verdict))).collect()
}

/// The name of a class, as long as a small picture has room.
pub(super) fn class_label(class: &Class) -> String {
    shortened(&class.to_string(), 24)
}

/// The verdict on a metric as sign and word.
pub(super) fn told(metric: &Metric) -> String {
    shown(metric, signed(metric.verdict))
}

/// A verdict as sign and word.
pub(super) fn signed(verdict: Verdict) -> String {
    format!("{} {}", verdict.sign(), word(verdict))
}

/// A verdict in words. Why one is not judged stands in the table of metrics.
pub(super) const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoWorse => "no worse",
        Verdict::TooFew => "not judged",
        verdict => verdict.name(),
    }
}
