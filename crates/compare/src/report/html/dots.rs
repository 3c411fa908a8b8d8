//! Every run of every metric.

use drawing::{
    Anchor, Canvas, Cell, Chart, Frame, Key, Picture, Scale, TimeAxis, numbers, shortened,
    ticks_between,
};

use super::look::{DOTS, of_verdict, told, word};
use super::metrics::in_order;
use super::pair::Pair;
use crate::report::change::value;
use crate::report::row::shown;
use crate::{Class, Metric, MetricKind, Unit};

/// Width and height of a metric's picture.
const CELL: (f64, f64) = (290.0, 100.0);

/// Characters that stand beside each other above a picture.
const TITLE_MAX: usize = 38;

/// Runs of a side that have a dot each.
const RUNS_MAX: usize = 32;

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let drawn = in_order(pair.comparison).filter(|metric| is_drawn(pair, metric));
    let pictures = drawn.map(|metric| picture(pair, metric)).collect();
    let names = pair.names();
    let [a, b] = pair.comparison.runs;
    let hidden = match a.max(b) > RUNS_MAX {
        true => format!(" Of each side the first {RUNS_MAX} runs are drawn."),
        false => String::new(),
    };
    Chart {
        key: pair.id("runs"),
        title: "Every run, by metric".into(),
        description: format!("Values of {a} and {b} runs of each metric."),
        caption: format!(
            "A dot is a run; the upright line is the value of the side. Dots at the right edge \
             with ∞ are runs whose quantile no answer reached.{hidden}{}",
            pair.classes_left_out()
        ),
        legend: [0, 1].map(|side| Key::dot(DOTS[side], &names[side])).into(),
        pictures,
        table: None,
    }
}

/// Whether a metric has a picture.
fn is_drawn(pair: &Pair<'_>, metric: &Metric) -> bool {
    pair.in_full && pair.classes().contains(&metric.class)
}

/// A cell that leads to the picture of its metric, where there is one.
pub(super) fn linked(cell: Cell, pair: &Pair<'_>, metric: &Metric) -> Cell {
    if is_drawn(pair, metric) { cell.leading_to(id(pair, metric)) } else { cell }
}

/// The id of a metric's picture. Names of SLO classes may hold anything, so their numbers stand for
/// them.
fn id(pair: &Pair<'_>, metric: &Metric) -> String {
    let class = match &metric.class {
        Class::TierSlo(tier, slo, _) => format!("tier{tier}-slo{slo}"),
        other => other.to_string(),
    };
    pair.id(&format!("runs-{class}-{}", metric.kind))
}

fn picture(pair: &Pair<'_>, metric: &Metric) -> Picture {
    let frame = Frame { left: 22.0, right: CELL.0 - 22.0, top: 30.0, bottom: 78.0 };
    let mut canvas = Canvas::default();
    let unit = unit(metric);
    let title = shortened(&format!("{}, {}", metric.key(), unit.name), TITLE_MAX);
    canvas.text("label strong", Anchor::Start, (4.0, 14.0), &title);
    let verdict = told(metric);
    let has_room = title.chars().count() + verdict.chars().count() <= TITLE_MAX;
    let class = format!("tick {}-text", of_verdict(metric.verdict));
    let verdict = if has_room { verdict } else { shown(metric, metric.verdict.sign()) };
    canvas.text(&class, Anchor::End, (CELL.0 - 4.0, 14.0), &verdict);
    let all = || metric.by_run.iter().flatten().map(|value| value * unit.times);
    let finite = || all().filter(|value| value.is_finite());
    let (low, high) =
        (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let (low, high) = match low <= high {
        true => (low, high),
        false => (0.0, 1.0),
    };
    // Equal runs stand in the middle.
    let room = if high > low { 0.08 * (high - low) } else { 0.05 * high.abs().max(1.0) };
    let x = Scale::linear((low - room, high + room), frame.x());
    if finite().next().is_some() {
        let ticks = if high > low { ticks_between(low - room, high + room, 4) } else { vec![low] };
        for (tick, label) in ticks.iter().zip(numbers(&ticks)) {
            frame.x_line(&mut canvas, x.at(*tick), &label);
        }
    }
    frame.base(&mut canvas, "");
    for side in [0, 1] {
        let y = frame.top + 12.0 + 24.0 * side as f64;
        canvas.text("tick", Anchor::Start, (4.0, y + 4.0), &pair.letters[side]);
        let of_side = metric.estimate.as_ref().map(|found| [found.a, found.b][side] * unit.times);
        if let Some(of_side) = of_side.filter(|of_side| of_side.is_finite()) {
            let at = x.at(of_side);
            canvas.line(super::look::LINES[side], (at, y - 10.0), (at, y + 10.0));
        }
        for (index, &found) in metric.by_run[side].iter().take(RUNS_MAX).enumerate() {
            let at = if found.is_finite() { x.at(found * unit.times) } else { CELL.0 - 12.0 };
            let name = format!("{}: {}", pair.run_name(side, index), value(found, metric.kind));
            canvas.named(&name, |canvas| canvas.circle(DOTS[side], (at, y), 3.4));
        }
        if metric.by_run[side].iter().any(|found| found.is_infinite()) {
            canvas.text("tick", Anchor::Middle, (CELL.0 - 12.0, y - 6.0), "∞");
        }
    }
    let mut picture = Picture::labelled(label(pair, metric), CELL, canvas);
    picture.key = id(pair, metric);
    picture
}

/// How values are told at an axis.
struct AxisUnit {
    name: &'static str,
    times: f64,
}

fn unit(metric: &Metric) -> AxisUnit {
    match metric.kind.unit() {
        Unit::Latency => {
            let finite = metric.by_run.iter().flatten().copied().filter(|nanos| nanos.is_finite());
            let axis = TimeAxis::new(finite.fold(0.0, f64::max) as i64, 4);
            AxisUnit { name: axis.unit, times: 1.0 / axis.unit_ns() }
        }
        Unit::Share => AxisUnit { name: "%", times: 100.0 },
        Unit::Rate => AxisUnit { name: "/s", times: 1.0 },
    }
}

fn label(pair: &Pair<'_>, metric: &Metric) -> String {
    let range = |side: usize| {
        let values = || metric.by_run[side].iter().copied();
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        let told = |found: f64, kind: MetricKind| value(found, kind);
        format!(
            "{} from {} to {}",
            pair.letters[side],
            told(low, metric.kind),
            told(high, metric.kind)
        )
    };
    let verdict = shown(metric, word(metric.verdict));
    format!("{}, {verdict}: {}, {}", metric.key(), range(0), range(1))
}
