//! How much each percentile shifted, by class.

use drawing::{Canvas, Chart, Frame, Key, Outline, Picture, Scale, number, ticks_between};
use outcome::Ppm;
use rayon::prelude::*;

use super::look::{class_label, mark};
use super::pair::Pair;
use super::percentiles::{CELL, Tail, frame};
use crate::method::{Shift, shift};
use crate::report::signed::signed;
use crate::{Class, Design, Metric};

/// Percentiles that have a point: where the run is the unit, and where each needs a search.
const POINTS: (usize, usize) = (60, 20);

/// The deepest percentile, in powers of ten: 99.9 %.
const DEPTH_MAX: f64 = 3.0;

/// The axis of changes reaches this far at least: ln 1.02.
const REACH_MIN: f64 = 0.02;

/// And at most this far: a factor of 65,536. What is beyond stands at its edge.
const REACH_MAX: f64 = 16.0 * std::f64::consts::LN_2;

/// Beyond this a change is told as a factor.
const FACTORS_FROM: f64 = 1.2;

/// Half the width of the mark of a limit.
const CAP: f64 = 4.0;

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let pictures: Vec<Picture> =
        pair.classes().par_iter().map(|class| picture(pair, class)).collect();
    let band = match pair.comparison.design {
        Design::Runs => "Student's t on the runs",
        Design::Blocks => "inversion of the paired test over blocks",
    };
    let [a, b] = &pair.letters;
    let mut legend = vec![
        Key::line("shift", format!("change from {a} to {b}")),
        Key::area("band", "95 % band"),
        Key::new("limit at p50, p95, p99", |canvas| limit(canvas, 20.0, (0.0, 10.0))),
    ];
    legend.extend(super::look::legend(verdicts(pair)));
    Chart {
        key: pair.id("shift"),
        title: "Change of every percentile, by class".into(),
        description: format!(
            "Change of latency from {a} to {b} at each percentile from 1 % to 99.9 %, as far as \
             20 requests lie beyond, of each class."
        ),
        caption: format!(
            "Above the line slower, below it faster. The axis spreads the tail: as much room from \
             90 % to 99 % as from 99 % to 99.9 %. Each point of the band holds with 95 % by itself \
             ({band}). A gap is where failures reach.{}",
            pair.classes_left_out()
        ),
        legend,
        pictures,
        table: None,
    }
}

fn verdicts(pair: &Pair<'_>) -> Vec<crate::Verdict> {
    let metrics = pair.comparison.metrics.iter();
    let mut verdicts: Vec<_> = metrics
        .filter(|metric| metric.kind.quantile().is_some() && metric.estimate.is_some())
        .map(|metric| metric.verdict)
        .collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    verdicts
}

fn picture(pair: &Pair<'_>, class: &Class) -> Picture {
    let cells = pair.traffic.cells_of(class);
    let sample = pair.sample(&cells);
    let frame = frame();
    let mut canvas = Canvas::default();
    frame.title(&mut canvas, &class_label(class));
    let tail = Tail::beyond(sample.n(), 20, DEPTH_MAX);
    let points = match pair.comparison.design {
        Design::Runs => POINTS.0,
        Design::Blocks => POINTS.1,
    };
    let first = Ppm(10_000);
    let more = tail.percentiles(points).into_iter().filter(|ppm| *ppm > first);
    let percentiles = std::iter::once(first).chain(more);
    let shifts: Vec<_> = percentiles.map(|ppm| (ppm, shift(&sample, ppm))).collect();
    let found: Vec<Shift> = shifts.iter().filter_map(|(_, shift)| *shift).collect();
    if found.is_empty() {
        let words = if sample.n() < 40 { "too few requests" } else { "no latency to compare" };
        frame.words(&mut canvas, words);
        return Picture::labelled(format!("{class}: {words}"), CELL, canvas);
    }
    let metrics: Vec<&Metric> = pair
        .comparison
        .metrics
        .iter()
        .filter(|metric| metric.class == *class && metric.kind.quantile().is_some())
        .collect();
    let reach = reach(&found, &metrics);
    let y = Scale::linear(reach, frame.y());
    axis(&mut canvas, &frame, &y, reach);
    let x = tail.axis(&mut canvas, &frame);
    let at = |ppm| x.at(Tail::beyond_share(ppm));
    let told = shifts.iter().filter_map(|(ppm, shift)| Some((at(*ppm), (*shift)?)));
    let upper: Vec<_> = told.clone().map(|(x, shift)| (x, y.at(shift.limits.1))).collect();
    let lower: Vec<_> = told.map(|(x, shift)| (x, y.at(shift.limits.0))).collect();
    canvas
        .path("band", &Outline::through(upper.into_iter().chain(lower.into_iter().rev())).closed());
    canvas.line("axis", (frame.left, y.at(0.0)), (frame.right, y.at(0.0)));
    let mut line = Outline::default();
    for (ppm, shift) in &shifts {
        match shift {
            Some(shift) => line.to((at(*ppm), y.at(shift.harm))),
            None => line.interrupt(),
        }
    }
    canvas.path("shift", &line);
    for metric in metrics {
        let (Some(ppm), Some(estimate)) = (metric.kind.quantile(), &metric.estimate) else {
            continue;
        };
        let x = at(ppm);
        limit(&mut canvas, x, (y.at(-metric.delta), y.at(metric.delta)));
        if estimate.test.harm.is_finite() {
            canvas.named(&super::forest::name(metric), |canvas| {
                mark(canvas, metric.verdict, (x, y.at(estimate.test.harm)));
            });
        }
    }
    Picture::labelled(label(class, &found), CELL, canvas)
}

/// How far down and up the axis reaches: the line and the limits in full, the band as far as it
/// tells something.
fn reach(found: &[Shift], metrics: &[&Metric]) -> (f64, f64) {
    let limits = metrics.iter().map(|metric| metric.delta).filter(|delta| delta.is_finite());
    let limit = limits.fold(REACH_MIN, f64::max);
    let harms = || found.iter().map(|shift| shift.harm);
    let low = harms().fold(-1.25 * limit, f64::min);
    let high = harms().fold(1.25 * limit, f64::max);
    let room = high - low;
    let band_low = found.iter().map(|shift| shift.limits.0.max(low - room)).fold(low, f64::min);
    let band_high = found.iter().map(|shift| shift.limits.1.min(high + room)).fold(high, f64::max);
    let margin = 0.04 * (band_high - band_low);
    ((band_low - margin).max(-REACH_MAX), (band_high + margin).min(REACH_MAX))
}

/// Ticks of change: per cent, or factors where changes are large.
fn axis(canvas: &mut Canvas, frame: &Frame, y: &Scale, (low, high): (f64, f64)) {
    if high.max(-low) < FACTORS_FROM {
        let (low, high) = (100.0 * libm::expm1(low), 100.0 * libm::expm1(high));
        let decimals = usize::from(high - low < 4.0);
        for tick in ticks_between(low, high, 6) {
            let at = y.at(libm::log1p(tick / 100.0));
            frame.y_tick(canvas, at, &format!("{} %", signed(tick, decimals)));
        }
        return;
    }
    let doublings = |harm: f64| harm / std::f64::consts::LN_2;
    for tick in ticks_between(doublings(low), doublings(high), 6) {
        let factor = number(libm::exp2(tick.abs()));
        let label = match tick {
            tick if tick > 0.0 => format!("× {factor}"),
            tick if tick < 0.0 => format!("÷ {factor}"),
            _ => "0 %".into(),
        };
        frame.y_tick(canvas, y.at(tick * std::f64::consts::LN_2), &label);
    }
}

/// An upright bracket between two places.
fn limit(canvas: &mut Canvas, x: f64, (one, other): (f64, f64)) {
    canvas.line("limit", (x, one), (x, other));
    for end in [one, other] {
        canvas.line("limit", (x - CAP, end), (x + CAP, end));
    }
}

fn label(class: &Class, found: &[Shift]) -> String {
    let told = |harm: f64| format!("{} %", signed(100.0 * libm::expm1(harm), 1));
    let harms = || found.iter().map(|shift| shift.harm);
    let (low, high) =
        (harms().fold(f64::INFINITY, f64::min), harms().fold(f64::NEG_INFINITY, f64::max));
    format!("{class}: from {} to {}", told(low), told(high))
}
