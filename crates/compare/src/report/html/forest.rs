//! All metrics on one axis: harm in units of what matters, with its intervals.

use drawing::{
    Anchor, Canvas, Chart, Frame, Key, Outline, Picture, Scale, WIDTH, number, shortened,
};

use super::look::{legend, mark, of_verdict, told, word};
use super::metrics::in_order;
use super::pair::Pair;
use crate::report::change::change;
use crate::report::row::shown;
use crate::{Metric, Verdict};

/// Height of a metric.
const LINE: f64 = 22.0;

/// Metrics that are drawn.
const METRICS_MAX: usize = 100;

/// Characters of a metric's key that have room.
const KEY_MAX: usize = 34;

/// About what a character is wide.
const CHARACTER: f64 = 6.7;

/// How far the axis reaches at least and at most, in limits.
const REACH: (f64, f64) = (2.0, 6.0);

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let mut metrics: Vec<&Metric> =
        in_order(pair.comparison).filter(|metric| metric.estimate.is_some()).collect();
    let hidden = match metrics.len().saturating_sub(METRICS_MAX) {
        0 => String::new(),
        count => format!(" {count} more are in the table only."),
    };
    metrics.truncate(METRICS_MAX);
    let mut verdicts: Vec<Verdict> = metrics.iter().map(|metric| metric.verdict).collect();
    verdicts.dedup();
    let mut keys = legend(verdicts);
    keys.push(Key::new("90 % and 95 % interval", |canvas| {
        canvas.line("ci95 even", (1.0, 5.0), (39.0, 5.0));
        canvas.line("ci90 even", (8.0, 5.0), (32.0, 5.0));
    }));
    keys.push(Key::area("band", "within the limit"));
    let pictures = if metrics.is_empty() { Vec::new() } else { vec![picture(&metrics)] };
    Chart {
        key: pair.id("forest"),
        title: "All metrics against their limits".into(),
        description: description(&metrics),
        caption: format!(
            "Harm of each metric in units of its own limit, so that all share one axis: right is \
             worse, and 1 is the least harm that matters. An interval within the band is \
             equivalent; one that is left of its right edge is no worse. Arrows go on beyond the \
             axis.{hidden}"
        ),
        legend: if metrics.is_empty() { Vec::new() } else { keys },
        pictures,
        table: None,
    }
}

fn description(metrics: &[&Metric]) -> String {
    if metrics.is_empty() {
        return "No metric has requests enough to be judged.".into();
    }
    let count = |verdict| metrics.iter().filter(|metric| metric.verdict == verdict).count();
    let told = Verdict::ALL.into_iter().filter(|verdict| count(*verdict) > 0);
    let told: Vec<String> =
        told.map(|verdict| format!("{} {}", count(verdict), word(verdict))).collect();
    format!("Harm of {} metrics in units of their limits: {}.", metrics.len(), told.join(", "))
}

fn picture(metrics: &[&Metric]) -> Picture {
    let groups = metrics.chunk_by(|one, next| one.verdict == next.verdict).count();
    let bottom = 30.0 + LINE * metrics.len() as f64 + 8.0 * (groups - 1) as f64;
    let longest = metrics.iter().map(|metric| metric.key().chars().count()).max().unwrap_or(0);
    let left = 24.0 + CHARACTER * longest.clamp(14, KEY_MAX) as f64;
    let frame = Frame { left, right: WIDTH - 220.0, top: 26.0, bottom };
    let reach = reach(metrics);
    let x = Scale::linear((-reach, reach), frame.x());
    let mut canvas = Canvas::default();
    canvas.rect(
        "band",
        (x.at(-1.0), frame.top),
        (x.at(1.0) - x.at(-1.0), frame.bottom - frame.top),
    );
    let step = if reach > 4.0 { 2 } else { 1 };
    let last = reach as i32;
    for tick in (-last..=last).filter(|tick| tick % step == 0 || tick.abs() == 1) {
        let tick = f64::from(tick);
        frame.x_line(&mut canvas, x.at(tick), &number(tick));
    }
    for (side, class) in [(-1.0, "edge"), (0.0, "axis"), (1.0, "edge")] {
        canvas.line(class, (x.at(side), frame.top), (x.at(side), frame.bottom));
    }
    canvas.text("label strong", Anchor::Start, (frame.left, 14.0), "← better");
    canvas.text("label strong", Anchor::End, (frame.right, 14.0), "worse →");
    canvas.text("label", Anchor::Start, (frame.right + 16.0, 14.0), "change");
    frame.base(&mut canvas, "harm / limit");
    let mut y = frame.top + 0.5 * LINE + 2.0;
    for group in metrics.chunk_by(|one, next| one.verdict == next.verdict) {
        for metric in group {
            canvas.named(&name(metric), |canvas| row(canvas, metric, &frame, (&x, reach), y));
            y += LINE;
        }
        y += 8.0;
    }
    Picture::new((WIDTH, bottom + 46.0), canvas)
}

/// How far the axis reaches: as far as the estimates and most intervals.
fn reach(metrics: &[&Metric]) -> f64 {
    let size = |metric: &&Metric| {
        let test = &metric.estimate.as_ref()?.test;
        let limits = test.interval.map_or([test.harm; 2], |limits| [limits.lo95, limits.hi95]);
        let largest = limits.map(|limit| in_limits(limit, metric.delta).abs());
        let largest = largest[0].max(largest[1]);
        largest.is_finite().then_some(largest)
    };
    let largest = metrics.iter().filter_map(size).fold(0.0, f64::max);
    libm::ceil(1.05 * largest).clamp(REACH.0, REACH.1)
}

/// Harm in units of the limit; where the limit is 0, any harm is beyond all.
fn in_limits(harm: f64, delta: f64) -> f64 {
    if harm == 0.0 { 0.0 } else { harm / delta }
}

pub(super) fn name(metric: &Metric) -> String {
    let harm = metric.estimate.as_ref().map_or(0.0, |estimate| estimate.test.harm);
    let verdict = shown(metric, word(metric.verdict));
    format!("{} {}, {verdict}", metric.key(), change(harm, metric.kind))
}

fn row(canvas: &mut Canvas, metric: &Metric, frame: &Frame, (x, reach): (&Scale, f64), y: f64) {
    let Some(estimate) = &metric.estimate else { return };
    let style = of_verdict(metric.verdict);
    canvas.text(
        "label",
        Anchor::End,
        (frame.left - 14.0, y + 4.0),
        &shortened(&metric.key(), KEY_MAX),
    );
    let in_limits = |harm: f64| in_limits(harm, metric.delta);
    if let Some(limits) = estimate.test.interval {
        let (lo90, hi90) = (in_limits(limits.lo90), in_limits(limits.hi90));
        let (lo95, hi95) = (in_limits(limits.lo95), in_limits(limits.hi95));
        canvas.line(&format!("ci95 {style}"), (x.at(lo95), y), (x.at(hi95), y));
        canvas.line(&format!("ci90 {style}"), (x.at(lo90), y), (x.at(hi90), y));
        if lo95 < -reach {
            arrow(canvas, style, (frame.left, y), -1.0);
        }
        if hi95 > reach {
            arrow(canvas, style, (frame.right, y), 1.0);
        }
    }
    let harm = in_limits(estimate.test.harm);
    match harm.abs() > reach {
        true => arrow(canvas, style, (x.at(harm) - 8.0 * harm.signum(), y), harm.signum()),
        false => mark(canvas, metric.verdict, (x.at(harm), y)),
    }
    let change = change(estimate.test.harm, metric.kind);
    canvas.text("tick strong", Anchor::End, (frame.right + 78.0, y + 4.0), &change);
    let class = format!("tick {style}-text");
    canvas.text(&class, Anchor::Start, (frame.right + 92.0, y + 4.0), &told(metric));
}

/// What goes on beyond the axis.
fn arrow(canvas: &mut Canvas, style: &str, (x, y): (f64, f64), sign: f64) {
    let corners = [(x + 7.0 * sign, y), (x, y - 5.0), (x, y + 5.0)];
    canvas.path(&format!("verdict {style}"), &Outline::through(corners).closed());
}
