//! Where in the trace a difference comes from.

use drawing::{Canvas, Chart, Key, Picture, Scale, TimeAxis, length, nice, number, ticks_between};
use outcome::Ppm;
use rayon::prelude::*;

use super::bins::Bins;
use super::look::class_label;
use super::pair::Pair;
use super::percentiles::{CELL, frame};
use crate::Class;
use crate::method::differences_above;

/// Bars at most; a chart has no room to tell more apart.
const BINS_MAX: usize = 60;

/// The quantile that requests must be above, and how many of them a class needs for it.
const QUANTILES: [(Ppm, u64); 2] = [(Ppm::P95, 400), (Ppm::P50, 0)];

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let bins = Bins::of(pair.traffic, BINS_MAX);
    let pictures = pair.classes().par_iter().map(|class| picture(pair, class, &bins)).collect();
    let [a, b] = &pair.letters;
    Chart {
        key: pair.id("blocks"),
        title: "Where the difference comes from, by class".into(),
        description: format!(
            "Share of slow requests of {b} less that of {a}, in each part of scheduled time."
        ),
        caption: format!(
            "Of the requests that arrived in each part of the time ({}; axis in {}), the share \
             that took longer than the p95 of both sides together (the p50 in small classes), under \
             {b} less under {a}: above the line {b} is slower. Bars that all lie on one side are a \
             difference that every part of the traffic shows; a few long ones are a few bad \
             moments.{}",
            length(bins.width_ns() as i64),
            TimeAxis::new(bins.end_ns() as i64, 5).unit,
            pair.classes_left_out()
        ),
        legend: vec![
            Key::area("worse", format!("more slow requests under {b}")),
            Key::area("better", format!("fewer slow requests under {b}")),
        ],
        pictures,
        table: None,
    }
}

fn picture(pair: &Pair<'_>, class: &Class, bins: &Bins) -> Picture {
    let cells = pair.traffic.cells_of(class);
    let sample = pair.sample(&cells);
    let frame = frame();
    let mut canvas = Canvas::default();
    let ppm = QUANTILES.into_iter().find(|(_, least)| sample.n() >= *least);
    let (ppm, _) = ppm.unwrap_or(QUANTILES[1]);
    frame.title(&mut canvas, &format!("{}, above p{}, pp", class_label(class), ppm.0 / 10_000));
    let differences = bins.merged(&differences_above(&sample, ppm));
    let counts = bins.merged(&pair.traffic.by_block(&cells));
    let shares: Vec<f64> = differences
        .iter()
        .zip(&counts)
        .map(|(&difference, &count)| 100.0 * difference / (count.max(1) as f64))
        .collect();
    let (low, high) = shares
        .iter()
        .fold((0.0_f64, 0.0_f64), |(low, high), &share| (low.min(share), high.max(share)));
    let step = nice((high - low).max(1e-3) / 4.0);
    let (low, high) = (step * libm::floor(low / step), step * libm::ceil(high / step));
    let (low, high) = if low < high { (low, high) } else { (-step, step) };
    let x = Scale::linear((0.0, bins.end_ns()), frame.x());
    let y = Scale::linear((low, high), frame.y());
    for tick in ticks_between(low, high, 5) {
        let sign = if tick > 0.0 { "+" } else { "" };
        frame.y_tick(&mut canvas, y.at(tick), &format!("{sign}{}", number(tick)));
    }
    for (bin, &share) in shares.iter().enumerate().filter(|(_, share)| **share != 0.0) {
        let (left, right) = (x.at(bins.start_ns(bin)), x.at(bins.start_ns(bin + 1)));
        let (top, bottom) = (y.at(share.max(0.0)), y.at(share.min(0.0)));
        let class = if share > 0.0 { "worse" } else { "better" };
        let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
        canvas.rect(class, (left, top), (right - left - gap, bottom - top));
    }
    canvas.line("axis", (frame.left, y.at(0.0)), (frame.right, y.at(0.0)));
    let axis = TimeAxis::new(bins.end_ns() as i64, 5);
    frame.time(&mut canvas, &x, &axis);
    let slower = shares.iter().filter(|share| **share > 0.0).count();
    let label = format!("{class}: more slow requests in {slower} of {} parts", shares.len());
    Picture::labelled(label, CELL, canvas)
}
