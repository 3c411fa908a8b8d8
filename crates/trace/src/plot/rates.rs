//! How many requests come, over time: all classes on top of each other, and each class by itself.

use drawing::{
    Anchor, Canvas, Frame, Outline, Scale, Table, TimeAxis, WIDTH, headroom, length, number,
    optional,
};

use super::bins::Bins;
use super::classes::{class_label, class_name, fill_of, legend, line_of, tier_name};
use super::meant::Slice;
use super::measure::{ClassMeasured, Measured};
use super::panel::{Grid, LEFT, Panel, RIGHT};

/// Rows that a bin of one class should hold on average.
const CLASS_ROWS_IN_BIN: u64 = 8;

/// Classes that have a chart of their own; those with most rows.
pub(super) const CHARTS_MAX: usize = 18;

/// Lines of a table of rates.
const TABLE_ROWS_MAX: usize = 24;

/// All classes, stacked.
pub(super) fn stacked(measured: &Measured) -> Panel {
    let Measured { bins, classes, intended, .. } = measured;
    let mut canvas = Canvas::default();
    let frame = Frame { left: LEFT, right: RIGHT, top: 40.0, bottom: 320.0 };
    let total: Vec<f64> = (0..bins.len()).map(|bin| total_of(classes, bins, bin)).collect();
    let peak = total.iter().copied().fold(0.0, f64::max);
    let intended_peak = intended.iter().map(|slice| slice.per_s).fold(0.0, f64::max);
    let (top, value_ticks) = headroom(peak.max(intended_peak), 5);
    let x = Scale::linear((0.0, bins.end_ns as f64), frame.x());
    let y = Scale::linear((0.0, top), frame.y());
    frame.values(&mut canvas, &y, &value_ticks);
    let mut below = vec![0.0; bins.len()];
    let mut labels: Vec<(f64, String, &str)> = Vec::new();
    for tier in request::Tier::ALL {
        let start = below[bins.len() - 1];
        for class in classes.iter().filter(|class| class.tier == tier && class.rows > 0) {
            let above: Vec<f64> = (0..bins.len())
                .map(|bin| below[bin] + class.counts[bin] as f64 / bins.seconds(bin))
                .collect();
            canvas.path(&format!("{} layer", fill_of(class)), &layer(bins, &below, &above, &x, &y));
            below = above;
        }
        if classes.iter().any(|class| class.tier == tier && class.rows > 0) {
            let upper = steps(bins, &x, |bin| y.at(below[bin]));
            canvas.path("between", &Outline::through(upper));
            let middle = y.at(0.5 * (start + below[bins.len() - 1]));
            labels.push((middle, line_of(Some(tier)), tier_name(tier)));
        }
    }
    canvas.path("halo", &slices(intended, &x, &y));
    canvas.path("intended", &slices(intended, &x, &y));
    tier_labels(&mut canvas, labels, &frame);
    mark_duration(&mut canvas, measured, &x, &frame, true);
    let axis = TimeAxis::new(bins.end_ns, 10);
    frame.time(&mut canvas, &x, &axis);
    frame.base(&mut canvas, &format!("time since the start ({})", axis.unit));
    frame.y_title(
        &mut canvas,
        &format!("requests per second, in bins of {}", length(bins.width_ns)),
    );
    if !intended.is_empty() {
        intended_key(&mut canvas, frame.right);
    }
    let height = 372.0 + legend(&mut canvas, classes, 368.0);
    Panel {
        key: "rate",
        title: "Rate over time".to_owned(),
        description: format!(
            "Requests per second by class in {} bins of {}, stacked. The mean is {}, the fullest \
             bin has {}.",
            bins.len(),
            length(bins.width_ns),
            number(mean_rate(classes, bins)),
            number(peak)
        ),
        caption: rate_caption(measured),
        height,
        elements: canvas.into_elements(),
        table: rate_table(measured, &total),
    }
}

fn rate_caption(measured: &Measured) -> String {
    let stack = "Classes are stacked by tier, the most urgent at the bottom.";
    if measured.intended.is_empty() {
        return format!(
            "{stack} There is no intended rate, since nothing says that the rows were \
                        drawn from a workload."
        );
    }
    let states = match measured.has_states {
        true => ", in the states that were drawn",
        false => "",
    };
    format!("{stack} The line is the rate that the workload asks for{states}.")
}

/// Each class by itself.
pub(super) fn by_class(measured: &Measured) -> Panel {
    let charts = charts(&measured.classes);
    let mean_rows = charts.iter().map(|class| class.rows).sum::<u64>() / charts.len().max(1) as u64;
    let times = merge(measured.bins.len() as u64, mean_rows);
    let bins = measured.bins.wider(times as i64);
    let rates = |class: &ClassMeasured| rebinned(class, &measured.bins, &bins);
    let peak_of = |class: &ClassMeasured| {
        let intended = class.intended.iter().map(|slice| slice.per_s);
        rates(class).into_iter().chain(intended).fold(0.0, f64::max)
    };
    let peaks: Vec<f64> = charts.iter().map(|class| peak_of(class)).collect();
    let (highest, lowest) = (
        peaks.iter().copied().fold(0.0, f64::max),
        peaks.iter().copied().fold(f64::INFINITY, f64::min),
    );
    // One scale tells classes apart; with very unlike classes it would hide the small ones.
    let is_shared = lowest * 10.0 >= highest;
    let mut canvas = Canvas::default();
    let grid = Grid::new(slo_count(&charts));
    let axis = TimeAxis::new(bins.end_ns, 4);
    for (index, (class, peak)) in charts.iter().zip(&peaks).enumerate() {
        let frame = grid.frame(index, 8.0);
        let (top, value_ticks) = headroom(if is_shared { highest } else { *peak }, 2);
        let x = Scale::linear((0.0, bins.end_ns as f64), frame.x());
        let y = Scale::linear((0.0, top), frame.y());
        frame.values(&mut canvas, &y, &value_ticks);
        let (zero, rates) = (vec![0.0; bins.len()], rates(class));
        canvas.path(&fill_of(class), &layer(&bins, &zero, &rates, &x, &y));
        canvas.path("halo", &slices(&class.intended, &x, &y));
        canvas.path("intended", &slices(&class.intended, &x, &y));
        mark_duration(&mut canvas, measured, &x, &frame, false);
        frame.time(&mut canvas, &x, &axis);
        frame.base(&mut canvas, "");
        canvas.text(
            "label strong",
            Anchor::Start,
            (frame.left, frame.top - 7.0),
            &class_label(class),
        );
    }
    let height = grid.height(charts.len()) + 34.0;
    let unit = format!("time since the start ({})", axis.unit);
    canvas.text("label", Anchor::Middle, (0.5 * WIDTH, height - 12.0), &unit);
    let scale = if is_shared { "All have one scale." } else { "Each has a scale of its own." };
    Panel {
        key: "rate-class",
        title: "Rate of each class".to_owned(),
        description: format!("Requests per second of {} classes, one chart each.", charts.len()),
        caption: format!(
            "Requests per second in bins of {}. {scale}{}",
            length(bins.width_ns),
            left_out(&measured.classes)
        ),
        height,
        elements: canvas.into_elements(),
        table: class_table(measured, &bins),
    }
}

/// The classes that have charts of their own, in order.
pub(super) fn charts(classes: &[ClassMeasured]) -> Vec<&ClassMeasured> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(classes[index].rows));
    order.truncate(CHARTS_MAX);
    order.sort_unstable();
    order.into_iter().map(|index| &classes[index]).collect()
}

/// What to say of classes without a chart.
pub(super) fn left_out(classes: &[ClassMeasured]) -> String {
    match classes.len().saturating_sub(CHARTS_MAX) {
        0 => String::new(),
        hidden => format!(" {hidden} classes with fewer rows are in the table only."),
    }
}

/// How many columns line up the SLO classes under each other.
pub(super) fn slo_count(charts: &[&ClassMeasured]) -> usize {
    let mut slos: Vec<usize> = charts.iter().map(|class| class.slo).collect();
    slos.sort_unstable();
    slos.dedup();
    slos.len()
}

/// How many bins of the whole make one of a class.
fn merge(bins: u64, mean_rows: u64) -> u64 {
    let wanted = (mean_rows / CLASS_ROWS_IN_BIN).clamp(8, 60);
    [1, 2, 4, 5, 10, 20].into_iter().find(|times| bins / times <= wanted).unwrap_or(25)
}

/// Rates of a class in wider bins.
fn rebinned(class: &ClassMeasured, bins: &Bins, wider: &Bins) -> Vec<f64> {
    let mut counts = vec![0; wider.len()];
    for (bin, count) in class.counts.iter().enumerate() {
        counts[wider.of(bins.ends(bin).0)] += count;
    }
    // A wide bin starts where a narrow one does, so each narrow one is in one wide one.
    (0..wider.len()).map(|bin| counts[bin] as f64 / wider.seconds(bin)).collect()
}

fn total_of(classes: &[ClassMeasured], bins: &Bins, bin: usize) -> f64 {
    classes.iter().map(|class| class.counts[bin]).sum::<u64>() as f64 / bins.seconds(bin)
}

fn mean_rate(classes: &[ClassMeasured], bins: &Bins) -> f64 {
    classes.iter().map(|class| class.rows).sum::<u64>() as f64 / (bins.end_ns as f64 / 1e9)
}

/// Corners of a line that is level within each bin.
fn steps(bins: &Bins, x: &Scale, y: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
    let corners = (0..bins.len()).flat_map(|bin| {
        let (start, end) = bins.ends(bin);
        [(x.at(start as f64), y(bin)), (x.at(end as f64), y(bin))]
    });
    corners.collect()
}

/// The area between two lines that are level within each bin.
fn layer(bins: &Bins, below: &[f64], above: &[f64], x: &Scale, y: &Scale) -> Outline {
    let upper = steps(bins, x, |bin| y.at(above[bin]));
    let lower = steps(bins, x, |bin| y.at(below[bin]));
    Outline::through(upper.into_iter().chain(lower.into_iter().rev())).closed()
}

/// A rate that is level within each slice.
fn slices(slices: &[Slice], x: &Scale, y: &Scale) -> Outline {
    let mut outline = Outline::default();
    let mut level: Option<f64> = None;
    let mut end = 0;
    for slice in slices {
        let is_new = level.is_none_or(|level| (level - slice.per_s).abs() > 1e-6 * level.abs());
        if is_new {
            if let Some(level) = level {
                outline.to((x.at(slice.start_ns as f64), y.at(level)));
            }
            outline.to((x.at(slice.start_ns as f64), y.at(slice.per_s)));
            level = Some(slice.per_s);
        }
        end = slice.end_ns;
    }
    if let Some(level) = level {
        outline.to((x.at(end as f64), y.at(level)));
    }
    outline
}

/// Names of the tiers at the right, moved apart where they would lie on each other.
fn tier_labels(canvas: &mut Canvas, mut labels: Vec<(f64, String, &str)>, frame: &Frame) {
    let mut lowest = frame.bottom + 2.0;
    for (y, _, _) in &mut labels {
        *y = y.min(lowest);
        lowest = *y - 15.0;
    }
    for (y, style, name) in labels {
        let class = format!("label strong {style}t");
        canvas.text(&class, Anchor::Start, (frame.right + 8.0, y + 4.0), name);
    }
}

fn intended_key(canvas: &mut Canvas, right: f64) {
    canvas.text("label", Anchor::End, (right, 30.0), "intended rate");
    canvas.line("intended", (right - 114.0, 26.0), (right - 86.0, 26.0));
}

/// A line where the workload's duration ends, if rows come after it.
fn mark_duration(canvas: &mut Canvas, measured: &Measured, x: &Scale, frame: &Frame, named: bool) {
    let Some(duration_ns) = measured.duration_ns else { return };
    let at = x.at(duration_ns as f64);
    canvas.line("mark", (at, frame.top), (at, frame.bottom));
    if named {
        let right = at > 0.5 * (frame.left + frame.right);
        let (anchor, at) = if right { (Anchor::End, at - 4.0) } else { (Anchor::Start, at + 4.0) };
        canvas.text("tick", anchor, (at, frame.top + 10.0), "end of the duration");
    }
}

/// Rates in bins, of which there are few enough to read.
fn rate_table(measured: &Measured, total: &[f64]) -> Table {
    let Measured { bins, classes, intended, .. } = measured;
    let times = bins.len().div_ceil(TABLE_ROWS_MAX);
    let tiers: Vec<request::Tier> = request::Tier::ALL
        .into_iter()
        .filter(|&tier| classes.iter().any(|class| class.tier == tier))
        .collect();
    let axis = TimeAxis::new(bins.end_ns, 4);
    let headings =
        [format!("from ({})", axis.unit), format!("to ({})", axis.unit), "requests/s".to_owned()]
            .into_iter()
            .chain((!intended.is_empty()).then(|| "intended/s".to_owned()))
            .chain(tiers.iter().map(|&tier| format!("{}/s", tier_name(tier))));
    let rows = (0..bins.len()).step_by(times).map(|first| {
        let last = (first + times).min(bins.len()) - 1;
        let (start, end) = (bins.ends(first).0, bins.ends(last).1);
        let seconds = (end - start) as f64 / 1e9;
        let mean = |rate: &dyn Fn(usize) -> f64| {
            (first..=last).map(|bin| rate(bin) * bins.seconds(bin)).sum::<f64>() / seconds
        };
        let of_tier = |&tier: &request::Tier| {
            let classes = classes.iter().filter(|class| class.tier == tier);
            let count: u64 = classes.flat_map(|class| &class.counts[first..=last]).sum();
            number(count as f64 / seconds)
        };
        [axis.value(start as f64), axis.value(end as f64), number(mean(&|bin| total[bin]))]
            .into_iter()
            .chain((!intended.is_empty()).then(|| optional(intended_mean(intended, start, end))))
            .chain(tiers.iter().map(of_tier).collect::<Vec<_>>())
    });
    Table::of(0, headings, rows)
}

/// Mean of an intended rate over a piece of time, as far as it is told there.
fn intended_mean(slices: &[Slice], start_ns: i64, end_ns: i64) -> Option<f64> {
    let within = slices.iter().filter(|s| s.start_ns >= start_ns && s.end_ns <= end_ns);
    let (mut requests, mut length) = (0.0, 0.0);
    for slice in within {
        let part = (slice.end_ns - slice.start_ns) as f64;
        requests += slice.per_s * part;
        length += part;
    }
    (length > 0.0).then(|| requests / length)
}

fn class_table(measured: &Measured, bins: &Bins) -> Table {
    let headings = ["class", "requests", "mean/s", "intended/s", "fullest bin/s"];
    let rows = measured.classes.iter().map(|class| {
        let fullest = rebinned(class, &measured.bins, bins).into_iter().fold(0.0, f64::max);
        vec![
            class_name(class),
            class.rows.to_string(),
            number(class.rows as f64 / (bins.end_ns as f64 / 1e9)),
            optional(intended_mean(&class.intended, 0, i64::MAX)),
            number(fullest),
        ]
    });
    Table::of(1, headings, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_rate_is_one_line() {
        let slice = |start_ns| Slice { start_ns, end_ns: start_ns + 10, per_s: 3.0 };
        let (x, y) =
            (Scale::linear((0.0, 20.0), (0.0, 20.0)), Scale::linear((0.0, 4.0), (4.0, 0.0)));
        let outline = slices(&[slice(0), slice(10)], &x, &y);
        assert_eq!(format!("{outline:?}").matches('L').count(), 1, "{outline:?}");
        assert_eq!(intended_mean(&[slice(0), slice(10)], 0, 20), Some(3.0));
        assert_eq!(intended_mean(&[slice(0)], 10, 20), None);
    }

    #[test]
    fn classes_share_bins_until_they_hold_enough() {
        assert_eq!(merge(60, 200), 4);
        assert_eq!(merge(200, 1_000_000), 4);
        assert_eq!(merge(12, 2), 2);
    }
}
