//! What changes while the trace goes on, by tier: attainment, latency, and the traffic itself.

use drawing::{
    Canvas, Chart, Frame, Outline, Picture, Scale, TimeAxis, headroom, length, log_ticks, number,
};
use outcome::Ppm;
use rayon::prelude::*;

use super::bins::Bins;
use super::look::{LINES, class_label};
use super::pair::Pair;
use crate::input::INFINITE;
use crate::{Class, Side, Traffic};

/// Width and height of a tier's picture.
const CELL: (f64, f64) = (290.0, 372.0);

/// Parts of the time at most.
const BINS_MAX: usize = 60;

/// Requests, over all runs, that a part of the time should hold for a quantile of latency.
const QUANTILES: [(&str, Ppm, u64); 3] =
    [("p99", Ppm::P99, 300), ("p95", Ppm::P95, 60), ("p50", Ppm::P50, 0)];

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let classes: Vec<Class> =
        pair.traffic.classes(false).into_iter().filter(|class| *class != Class::All).collect();
    let bins = Bins::of(pair.traffic, BINS_MAX);
    let pictures = classes.par_iter().map(|class| picture(pair, class, &bins)).collect();
    let width = length(bins.width_ns() as i64);
    Chart {
        key: pair.id("over-time"),
        title: "Over time, by tier".into(),
        description: "Attainment and latency of both sides and the arrival rate, over scheduled \
                      time, of each tier."
            .into(),
        caption: format!(
            "By time of arrival, in parts of {width}, all runs of a side together. The quantile is \
             the highest of p99, p95 and p50 that so many requests can tell; at the upper edge it \
             is infinite, since failures reach it."
        ),
        legend: pair.legend(),
        pictures,
        table: None,
    }
}

fn picture(pair: &Pair<'_>, class: &Class, bins: &Bins) -> Picture {
    let cells = pair.traffic.cells_of(class);
    let counts = bins.merged(&pair.traffic.by_block(&cells));
    let strip = |top: f64, bottom: f64| Frame { left: 52.0, right: CELL.0 - 22.0, top, bottom };
    let strips = [strip(46.0, 132.0), strip(164.0, 262.0), strip(294.0, 340.0)];
    let [attainment, latency, rate] = &strips;
    let x = Scale::linear((0.0, bins.end_ns()), attainment.x());
    let mut canvas = Canvas::default();
    canvas.text("label strong", drawing::Anchor::Start, (52.0, 16.0), &class_label(class));
    attained(&mut canvas, pair, &cells, (&counts, bins), (attainment, &x));
    quantile(&mut canvas, pair, &cells, (&counts, bins), (latency, &x));
    arrivals(&mut canvas, &counts, bins, (rate, &x));
    let axis = TimeAxis::new(bins.end_ns() as i64, 5);
    rate.time(&mut canvas, &x, &axis);
    let middle = 0.5 * (rate.left + rate.right);
    let title = format!("time of arrival ({})", axis.unit);
    canvas.text("tick", drawing::Anchor::Middle, (middle, CELL.1 - 2.0), &title);
    Picture::labelled(class.to_string(), CELL, canvas)
}

/// Name of a strip, above it.
fn title(canvas: &mut Canvas, frame: &Frame, title: &str) {
    canvas.text("tick", drawing::Anchor::Start, (frame.left, frame.top - 8.0), title);
}

fn attained(
    canvas: &mut Canvas,
    pair: &Pair<'_>,
    cells: &[usize],
    (counts, bins): (&[u64], &Bins),
    (frame, x): (&Frame, &Scale),
) {
    title(canvas, frame, "attainment, %");
    let shares = pair.sides.map(|side| {
        let met = bins.merged(&side.sum_by_block(|run| run.met_by_block(cells)));
        let runs = side.run_count() as f64;
        let share = |(&met, &count): (&u64, &u64)| {
            (count > 0).then(|| 100.0 * met as f64 / (count as f64 * runs))
        };
        met.iter().zip(counts).map(share).collect::<Vec<_>>()
    });
    let lowest = shares.iter().flatten().flatten().copied().fold(100.0, f64::min);
    // What is nearly all is told apart best without the rest.
    let low = [99.0, 95.0, 90.0, 50.0].into_iter().find(|low| lowest >= *low).unwrap_or(0.0);
    let y = Scale::linear((low, 100.0), frame.y());
    frame.values(canvas, &y, &[low, f64::midpoint(low, 100.0), 100.0]);
    frame.base(canvas, "");
    for (side, shares) in shares.iter().enumerate() {
        canvas.path(LINES[side], &steps(bins, x, shares, |share| y.at(share)));
    }
}

fn quantile(
    canvas: &mut Canvas,
    pair: &Pair<'_>,
    cells: &[usize],
    (counts, bins): (&[u64], &Bins),
    (frame, x): (&Frame, &Scale),
) {
    let runs = pair.sides.map(|side| side.run_count() as u64);
    let mut filled: Vec<u64> = counts.iter().copied().filter(|count| *count > 0).collect();
    filled.sort_unstable();
    let typical = filled.get(filled.len() / 2).copied().unwrap_or(0) * runs[0].min(runs[1]);
    let (name, ppm, _) =
        QUANTILES.into_iter().find(|(_, _, least)| typical >= *least).unwrap_or(QUANTILES[2]);
    title(canvas, frame, &format!("latency, {name}"));
    let of_sides = pair.sides.map(|side| quantiles(pair.traffic, side, cells, bins, ppm));
    let finite = || {
        let all = of_sides.iter().flatten().flatten().copied();
        all.filter(|nanos| nanos.is_finite() && *nanos > 0.0)
    };
    let high = finite().fold(0.0, f64::max);
    frame.base(canvas, "");
    if high == 0.0 {
        return frame.words(canvas, "none that is finite");
    }
    let low = finite().fold(high, f64::min);
    let (low, high) = (0.9 * low, 1.15 * high);
    let y = Scale::log((low, high), frame.y());
    for tick in log_ticks(low, high) {
        frame.y_tick(canvas, y.at(tick), &length(tick as i64));
    }
    for (side, quantiles) in of_sides.iter().enumerate() {
        canvas.path(LINES[side], &steps(bins, x, quantiles, |nanos| y.at(nanos)));
    }
}

/// The quantile of each part of the time, over all runs of a side; infinite where failures reach
/// it.
fn quantiles(
    traffic: &Traffic,
    side: &Side,
    cells: &[usize],
    bins: &Bins,
    ppm: Ppm,
) -> Vec<Option<f64>> {
    let mut latencies: Vec<u64> = Vec::new();
    let of_bin = |requests: std::ops::Range<usize>| {
        latencies.clear();
        for run in side.runs() {
            let of_cells =
                traffic.cell_of[requests.clone()].iter().zip(&run.latencies[requests.clone()]);
            let of_class = of_cells.filter(|(cell, _)| cells.contains(&usize::from(**cell)));
            latencies.extend(of_class.map(|(_, latency)| latency));
        }
        let index = usize::try_from(ppm.rank(latencies.len() as u64)).ok()?.checked_sub(1)?;
        let (_, &mut found, _) = latencies.select_nth_unstable(index);
        Some(if found == INFINITE { f64::INFINITY } else { found as f64 })
    };
    bins.requests().map(of_bin).collect()
}

fn arrivals(canvas: &mut Canvas, counts: &[u64], bins: &Bins, (frame, x): (&Frame, &Scale)) {
    title(canvas, frame, "arrivals per second");
    let rates: Vec<f64> =
        counts.iter().map(|&count| count as f64 * 1e9 / bins.width_ns()).collect();
    let (top, ticks) = headroom(rates.iter().copied().fold(0.0, f64::max), 2);
    let y = Scale::linear((0.0, top), frame.y());
    for tick in ticks {
        frame.y_tick(canvas, y.at(tick), &rate(tick));
    }
    let told: Vec<Option<f64>> = rates.into_iter().map(Some).collect();
    let mut area = steps(bins, x, &told, |rate| y.at(rate));
    area.to((frame.right, frame.bottom));
    area.to((frame.left, frame.bottom));
    canvas.path("area", &area.closed());
    frame.base(canvas, "");
}

/// A line that is level in each part of the time, and interrupted where there is nothing.
fn steps(bins: &Bins, x: &Scale, values: &[Option<f64>], y: impl Fn(f64) -> f64) -> Outline {
    let mut outline = Outline::default();
    for (bin, value) in values.iter().enumerate() {
        let Some(value) = value else {
            outline.interrupt();
            continue;
        };
        outline.to((x.at(bins.start_ns(bin)), y(*value)));
        outline.to((x.at(bins.start_ns(bin + 1)), y(*value)));
    }
    outline
}

/// A rate in few characters: `200`, `20 k`, `1.5 M`.
fn rate(per_s: f64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")];
    match units.into_iter().find(|(least, _)| per_s >= *least) {
        Some((_, "k")) => format!("{} k", number(per_s / 1e3)),
        Some((unit, name)) => format!("{} {name}", number(per_s / unit)),
        None => number(per_s),
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_short() {
        assert_eq!([0.0, 250.0, 2e4, 1.5e6, 2e10].map(rate), ["0", "250", "20 k", "1.5 M", "20 G"]);
    }
}
