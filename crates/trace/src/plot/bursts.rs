//! How bursty arrivals are on each scale of time: variance over mean of counts in windows.

use drawing::{Anchor, Canvas, Frame, Outline, Scale, Table, decades, length, number, optional};
use probability::{chi_square_above, limit};
use request::Tier;

use super::classes::{line_of, tier_name};
use super::measure::Measured;
use super::panel::{LEFT, Panel, RIGHT};
use crate::stats::dispersion::WindowStats;

/// Below this, counts are as good as equal.
const INDEX_MIN: f64 = 0.01;

/// Height of a label at the end of a line.
const LABEL: f64 = 15.0;

/// Windows that have a label each, at most.
const TICKS_MAX: usize = 8;

/// Part of Poisson traces on each side of the band.
const TAIL: f64 = 0.025;

/// The index of dispersion against the length of the windows.
pub(super) fn panel(measured: &Measured) -> Panel {
    let mut canvas = Canvas::default();
    let frame = Frame { left: LEFT, right: RIGHT, top: 40.0, bottom: 300.0 };
    let whole: &[WindowStats] = measured.dispersion.first().map_or(&[], |(_, windows)| windows);
    if whole.is_empty() {
        canvas.text("label", Anchor::Start, (LEFT, 24.0), "The trace is too short to tell.");
    } else {
        draw(&mut canvas, measured, whole, &frame);
    }
    Panel {
        key: "bursts",
        title: "Bursts on each scale of time".to_owned(),
        description: describe(whole),
        caption:
            "Variance over mean of the counts of requests in windows of each length (index of \
                  dispersion). Independent users make 1; above it requests come in bursts on that \
                  scale, below it more evenly than by chance. A rate that changes over time raises \
                  it in long windows. In the grey band are 95 % of Poisson traces."
                .to_owned(),
        height: if whole.is_empty() { 40.0 } else { 344.0 },
        elements: canvas.into_elements(),
        table: table(measured),
    }
}

fn draw(canvas: &mut Canvas, measured: &Measured, whole: &[WindowStats], frame: &Frame) {
    let bands: Vec<(f64, f64)> = whole.iter().map(band).collect();
    let found = measured.dispersion.iter().flat_map(|(_, windows)| windows);
    let found = found.filter_map(|window| window.index_of_dispersion);
    let (mut low, mut high) = (1.0_f64, 1.0_f64);
    let band_ends = bands.iter().flat_map(|&(low, high)| [low.max(0.2), high.min(5.0)]);
    for index in found.chain(band_ends) {
        low = low.min(index.max(INDEX_MIN));
        high = high.max(index);
    }
    let (low, high) = (0.9 * low, 1.1 * high);
    let shortest = whole[0].window_ns as f64;
    let longest = whole[whole.len() - 1].window_ns as f64;
    let x = Scale::log((shortest, longest.max(2.0 * shortest)), frame.x());
    let y = Scale::log((low, high), frame.y());
    value_ticks(canvas, frame, &y, low, high);
    let decades = decades(shortest, longest);
    // Few windows are told each, many by their powers of ten.
    let window_ticks = whole.iter().map(|window| window.window_ns as f64);
    let window_ticks: Vec<f64> =
        if whole.len() <= TICKS_MAX { window_ticks.collect() } else { decades };
    for tick in window_ticks.into_iter().filter(|tick| (shortest..=longest).contains(tick)) {
        frame.x_tick(canvas, x.at(tick), &length(tick as i64));
    }
    let upper = whole.iter().zip(&bands).map(|(w, band)| (x.at(w.window_ns as f64), y.at(band.1)));
    let lower = whole.iter().zip(&bands).map(|(w, band)| (x.at(w.window_ns as f64), y.at(band.0)));
    canvas.path("band", &Outline::through(upper.chain(lower.rev())).closed());
    canvas.line("law", (frame.left, y.at(1.0)), (frame.right, y.at(1.0)));
    let mut ends = vec![(y.at(1.0), End::Poisson)];
    for (tier, windows) in measured.dispersion.iter().rev() {
        let told = windows.iter().filter_map(|window| {
            let index = window.index_of_dispersion?;
            Some((x.at(window.window_ns as f64), y.at(index)))
        });
        let told: Vec<(f64, f64)> = told.collect();
        let style = line_of(*tier);
        canvas.path(&style, &Outline::through(told.iter().copied()));
        for &(x, y) in &told {
            marker(canvas, *tier, (x, y));
        }
        ends.extend(told.last().map(|&(_, y)| (y, End::Counts(*tier))));
    }
    end_labels(canvas, ends, frame);
    frame.base(canvas, "length of the windows");
    frame.y_title(canvas, "variance / mean of counts");
}

/// The marker of a line; its shape tells tiers apart without colour.
fn marker(canvas: &mut Canvas, tier: Option<Tier>, (x, y): (f64, f64)) {
    let Some(tier) = tier else { return canvas.circle("wholem", (x, y), 3.0) };
    let class = format!("m{}", tier.number());
    match tier {
        Tier::Vip => canvas.rect(&class, (x - 2.8, y - 2.8), (5.6, 5.6)),
        Tier::Premium => {
            let corners = [(x, y - 3.8), (x + 3.6, y + 2.8), (x - 3.6, y + 2.8)];
            canvas.path(&class, &Outline::through(corners).closed());
        }
        Tier::Free => {
            let corners = [(x, y - 4.0), (x + 4.0, y), (x, y + 4.0), (x - 4.0, y)];
            canvas.path(&class, &Outline::through(corners).closed());
        }
    }
}

/// What a line tells.
#[derive(Clone, Copy, Debug)]
enum End {
    /// What independent users make.
    Poisson,
    /// The counts of a tier, or of all.
    Counts(Option<Tier>),
}

/// Names at the ends of the lines, moved apart.
fn end_labels(canvas: &mut Canvas, mut ends: Vec<(f64, End)>, frame: &Frame) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let room = frame.bottom - LABEL * ends.len().saturating_sub(1) as f64;
    let mut lowest = frame.top;
    for (index, (y, end)) in ends.into_iter().enumerate() {
        let at = y.clamp(lowest, (room + LABEL * index as f64).max(lowest));
        lowest = at + LABEL;
        let name = (frame.right + 22.0, at + 4.0);
        match end {
            End::Poisson => canvas.text("label", Anchor::Start, name, "Poisson"),
            End::Counts(None) => canvas.text("label strong", Anchor::Start, name, "all"),
            End::Counts(Some(tier)) => {
                let class = format!("label strong l{}t", tier.number());
                canvas.text(&class, Anchor::Start, name, tier_name(tier));
            }
        }
        if let End::Counts(tier) = end {
            marker(canvas, tier, (frame.right + 12.0, at));
        }
    }
}

/// Ticks at 1, 2 and 5, or at powers of ten where those would crowd.
fn value_ticks(canvas: &mut Canvas, frame: &Frame, y: &Scale, low: f64, high: f64) {
    let decades = decades(low, high);
    let digits: &[f64] = if high / low > 300.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    for decade in decades {
        for digit in digits {
            let tick = decade * digit;
            if (low..=high).contains(&tick) {
                frame.y_tick(canvas, y.at(tick), &number(tick));
            }
        }
    }
}

/// Between which indices 95 % of Poisson traces are: chi-square over its degrees of freedom.
fn band(window: &WindowStats) -> (f64, f64) {
    let df = window.windows.saturating_sub(1).max(1) as f64;
    // The normal approximation (Wilson and Hilferty 1931), where the series would take long.
    if df > 1e4 {
        let spread = (2.0 / (9.0 * df)).sqrt();
        let cube = |z: f64| {
            let root = 1.0 - 2.0 / (9.0 * df) + z * spread;
            root * root * root
        };
        return (cube(-super::sample::NORMAL), cube(super::sample::NORMAL));
    }
    let above = |ratio: f64| chi_square_above(ratio * df, df);
    (limit(1.0 - TAIL, above), limit(TAIL, above))
}

fn describe(whole: &[WindowStats]) -> String {
    let told: Vec<String> = whole
        .iter()
        .filter_map(|window| {
            let index = number(window.index_of_dispersion?);
            Some(format!("{index} in windows of {}", length(window.window_ns)))
        })
        .collect();
    match told.as_slice() {
        [] => "The trace is too short to tell bursts.".to_owned(),
        [only] => format!("Variance over mean of counts: {only}."),
        [first, .., last] => format!("Variance over mean of counts: from {first} to {last}."),
    }
}

fn table(measured: &Measured) -> Table {
    let headings = ["window", "windows", "Poisson from", "to"].into_iter();
    let names = measured.dispersion.iter().map(|(tier, _)| tier.map_or("all", tier_name));
    let lengths = measured.dispersion.first().map_or(0, |(_, windows)| windows.len());
    let rows = (0..lengths).map(|index| {
        let window = &measured.dispersion[0].1[index];
        let (low, high) = band(window);
        [length(window.window_ns), window.windows.to_string(), number(low), number(high)]
            .into_iter()
            .chain(
                measured
                    .dispersion
                    .iter()
                    .map(move |(_, windows)| optional(windows[index].index_of_dispersion)),
            )
    });
    Table::of(1, headings.chain(names), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(windows: u64) -> WindowStats {
        WindowStats { window_ns: 1, windows, index_of_dispersion: None, peak_to_mean: None }
    }

    #[test]
    fn bands_are_those_of_the_textbook() {
        // Chi-square with 10 degrees of freedom: 3.247 and 20.483.
        let (low, high) = band(&window(11));
        assert!((low - 0.3247).abs() < 1e-4 && (high - 2.0483).abs() < 1e-4, "{low} {high}");
        let (below, above) = (band(&window(10_001)), band(&window(10_002)));
        assert!((below.0 - above.0).abs() < 1e-5 && (below.1 - above.1).abs() < 1e-5);
    }
}
