//! How many requests each class and each model has, against how many it should have.

use drawing::{
    Anchor, Canvas, Frame, Scale, Table, WIDTH, nice, number, optional, percent, shortened, ticks,
};

use super::classes::{class_label, class_name, fill_of};
use super::measure::Measured;
use super::panel::Panel;
use super::sample::wilson;
use crate::stats::Stats;

/// Height of a line of the chart.
const LINE: f64 = 20.0;

/// Where the first line begins.
const TOP: f64 = 14.0;

/// Where the line of a kind has room for its name.
const NAME_WIDTH: f64 = 190.0;

/// Kinds that are drawn.
const KINDS_MAX: usize = 40;

/// A class or a model.
struct Kind {
    name: String,
    label: String,
    style: String,
    rows: u64,
    asked: Option<f64>,
    /// Whether it is the first of its sort.
    is_first: bool,
}

/// Shares of classes and models.
pub(super) fn panel(measured: &Measured, stats: &Stats) -> Panel {
    let kinds = kinds(measured, stats);
    let total = stats.rows;
    let drawn = &kinds[..kinds.len().min(KINDS_MAX)];
    let has_asked = kinds.iter().any(|kind| kind.asked.is_some());
    let gaps = drawn.iter().filter(|kind| kind.is_first).count().saturating_sub(1) as f64;
    let bottom = TOP + LINE * drawn.len() as f64 + 12.0 * gaps;
    let right = if has_asked { 540.0 } else { WIDTH - 40.0 };
    let found = Frame { left: NAME_WIDTH, right, top: TOP, bottom };
    let off = Frame { left: 600.0, right: WIDTH - 30.0, top: TOP, bottom };
    let mut canvas = Canvas::default();
    let x = found_axis(&mut canvas, &found, drawn, total);
    let off_x = has_asked.then(|| off_axis(&mut canvas, &off, drawn, total));
    let mut top = found.top;
    for (index, kind) in drawn.iter().enumerate() {
        if kind.is_first && index > 0 {
            canvas.line("grid", (20.0, top + 6.0), (WIDTH - 20.0, top + 6.0));
            top += 12.0;
        }
        let middle = top + 0.5 * LINE;
        canvas.text("label", Anchor::End, (found.left - 8.0, middle + 4.0), &kind.label);
        bar(&mut canvas, kind, total, &x, &found, middle);
        if let (Some(off_x), Some(asked)) = (&off_x, kind.asked) {
            difference(&mut canvas, kind, asked, total, off_x, middle);
        }
        top += LINE;
    }
    Panel {
        key: "mix",
        title: "Mix of classes and models".to_owned(),
        description: format!("Shares of {} classes and models of {total} requests.", kinds.len()),
        caption: caption(has_asked, kinds.len() - drawn.len()),
        height: bottom + 42.0,
        elements: canvas.into_elements(),
        table: table(&kinds, total, has_asked),
    }
}

fn kinds(measured: &Measured, stats: &Stats) -> Vec<Kind> {
    let classes = measured.classes.iter().enumerate().map(|(index, class)| Kind {
        name: class_name(class),
        label: class_label(class),
        style: fill_of(class),
        rows: class.rows,
        asked: class.share_asked,
        is_first: index == 0,
    });
    let models = stats.models.iter().enumerate().map(|(index, model)| Kind {
        name: model.model.clone(),
        label: shortened(&model.model, 26),
        style: "fm".to_owned(),
        rows: model.rows,
        asked: model.share_asked,
        is_first: index == 0,
    });
    classes.chain(models).collect()
}

fn share(rows: u64, total: u64) -> f64 {
    rows as f64 / total.max(1) as f64
}

fn found_axis(canvas: &mut Canvas, frame: &Frame, kinds: &[Kind], total: u64) -> Scale {
    let largest = |kind: &Kind| wilson(kind.rows, total).1.max(kind.asked.unwrap_or(0.0));
    let most = kinds.iter().map(largest).fold(0.0, f64::max);
    let ticks = ticks(100.0 * most, 5);
    let last = ticks[ticks.len() - 1];
    let x = Scale::linear((0.0, last / 100.0), frame.x());
    for tick in ticks {
        let at = x.at(tick / 100.0);
        canvas.line("grid", (at, frame.top), (at, frame.bottom));
        frame.x_tick(canvas, at, &number(tick));
    }
    frame.base(canvas, "share of requests (%)");
    x
}

/// An axis around 0 that holds every interval of the difference.
fn off_axis(canvas: &mut Canvas, frame: &Frame, kinds: &[Kind], total: u64) -> Scale {
    let reach = |kind: &Kind| {
        let (low, high) = wilson(kind.rows, total);
        kind.asked.map_or(0.0, |asked| (low - asked).abs().max((high - asked).abs()))
    };
    let most = 100.0 * kinds.iter().map(reach).fold(0.0, f64::max);
    let step = nice(most.max(1e-6) / 2.0);
    let end = step * libm::ceil(most.max(1e-6) / step);
    let x = Scale::linear((-end / 100.0, end / 100.0), frame.x());
    #[expect(clippy::cast_possible_truncation, reason = "there are two or three steps")]
    let steps = libm::rint(end / step) as i32;
    for tick in (-steps..=steps).map(|index| f64::from(index) * step) {
        let at = x.at(tick / 100.0);
        canvas.line("grid", (at, frame.top), (at, frame.bottom));
        let sign = if tick > 0.0 { "+" } else { "" };
        frame.x_tick(canvas, at, &format!("{sign}{}", number(tick)));
    }
    canvas.line("axis", (x.at(0.0), frame.top), (x.at(0.0), frame.bottom));
    frame.base(canvas, "found − asked (percentage points)");
    x
}

/// The share found, with its interval, and a mark at the share asked.
fn bar(canvas: &mut Canvas, kind: &Kind, total: u64, x: &Scale, frame: &Frame, middle: f64) {
    let found = x.at(share(kind.rows, total));
    canvas.rect(&kind.style, (frame.left, middle - 6.0), (found - frame.left, 12.0));
    let (low, high) = wilson(kind.rows, total);
    interval(canvas, (x.at(low), x.at(high)), middle);
    if let Some(asked) = kind.asked {
        let at = x.at(asked);
        canvas.line("asked", (at, middle - 8.0), (at, middle + 8.0));
    }
}

fn difference(canvas: &mut Canvas, kind: &Kind, asked: f64, total: u64, x: &Scale, middle: f64) {
    let (low, high) = wilson(kind.rows, total);
    interval(canvas, (x.at(low - asked), x.at(high - asked)), middle);
    let style = if (low..=high).contains(&asked) { "dot" } else { "dot off" };
    canvas.circle(style, (x.at(share(kind.rows, total) - asked), middle), 4.0);
}

fn interval(canvas: &mut Canvas, (low, high): (f64, f64), middle: f64) {
    canvas.line("interval", (low, middle), (high, middle));
    for end in [low, high] {
        canvas.line("interval", (end, middle - 3.0), (end, middle + 3.0));
    }
}

fn caption(has_asked: bool, hidden: usize) -> String {
    let intervals = "Thin lines are 95 % intervals (Wilson), as if requests were independent: \
                     bursts and batches make them too narrow.";
    let more = match hidden {
        0 => String::new(),
        hidden => format!(" {hidden} more are in the table only."),
    };
    match has_asked {
        true => format!(
            "Bars are the shares found, upright marks the shares that the workload asks for. \
             {intervals} On the right, one in twenty intervals of a sound trace misses 0, with a \
             hollow dot.{more}"
        ),
        false => format!("Bars are the shares found. {intervals}{more}"),
    }
}

fn table(kinds: &[Kind], total: u64, has_asked: bool) -> Table {
    let headings = ["class or model", "requests", "share", "95 % from", "to"];
    let headings = headings.into_iter().chain(has_asked.then_some("asked"));
    let rows = kinds.iter().map(|kind| {
        let (low, high) = wilson(kind.rows, total);
        let found = percent(share(kind.rows, total));
        let cells = [kind.name.clone(), kind.rows.to_string(), found, percent(low), percent(high)];
        let asked = kind.asked.map_or_else(|| optional(None), percent);
        cells.into_iter().chain(has_asked.then_some(asked))
    });
    Table::of(1, headings, rows)
}
