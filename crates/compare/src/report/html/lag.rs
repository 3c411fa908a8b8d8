//! How late requests were sent: what the load generator has to answer for.

use drawing::{
    Anchor, Canvas, Chart, Frame, Outline, Picture, Scale, TimeAxis, length, log_ticks, number,
    ticks,
};

use super::bins::Bins;
use super::look::{LINES, THIN_LINES};
use super::pair::Pair;
use crate::{Lag, Side};

/// Width and height of a picture.
const CELL: (f64, f64) = (430.0, 230.0);

/// The axis of lags begins where so many of a side's requests are, in %.
const SHARE_MIN: f64 = 0.2;

/// Parts of the time at most.
const BINS_MAX: usize = 120;

/// `None` where nobody knows when requests were sent.
pub(super) fn chart(pair: &Pair<'_>) -> Option<Chart> {
    let latest = pair.sides.iter().filter_map(|side| latest_ns(side)).max()?;
    let told = pair.sides.iter().zip(&pair.letters).filter_map(|(side, letter)| {
        let of = |of: fn(&Lag) -> i64| lags(side).map(of).max();
        let (p99, max) = (of(|lag| lag.p99_ns)?, of(|lag| lag.max_ns)?);
        Some(format!("{letter}: p99 {}, at most {}", length(p99), length(max)))
    });
    let told: Vec<String> = told.collect();
    let key = pair.id("lag");
    let title = "Lag of the load generator".into();
    if latest <= 0 {
        let description = "Every request was sent exactly when it was scheduled.".into();
        return Some(Chart { key, title, description, ..Chart::default() });
    }
    Some(Chart {
        key,
        title,
        description: told.join("; "),
        caption:
            "How late requests were sent, less what the receiver held back. Both sides should \
                  look alike: a difference here is one of the generator, not of what is measured. \
                  What is at the left edge was less late, on time or early. Over time, the line is \
                  the median of each part and the thin one the latest."
                .into(),
        legend: pair.legend(),
        pictures: vec![histogram(pair, latest), over_time(pair, latest)],
        table: None,
    })
}

fn lags(side: &Side) -> impl Iterator<Item = &Lag> {
    side.runs().filter_map(|run| run.lag.as_ref())
}

fn latest_ns(side: &Side) -> Option<i64> {
    lags(side).map(|lag| lag.max_ns).max()
}

fn frame() -> Frame {
    Frame { left: 56.0, right: CELL.0 - 12.0, top: 30.0, bottom: CELL.1 - 44.0 }
}

/// Shares of the requests by how late they were, as steps.
fn histogram(pair: &Pair<'_>, latest_ns: i64) -> Picture {
    let frame = frame();
    let mut canvas = Canvas::default();
    frame.title(&mut canvas, "requests in each doubling of lag, %");
    let shares = pair.sides.map(shares);
    let told = || shares.iter().flat_map(|of| (1..of.len()).filter(|&bin| of[bin] >= SHARE_MIN));
    let first = told().min().unwrap_or(1);
    let low = start_ns(first).max(1.0);
    let high = (1.2 * latest_ns as f64).max(10.0 * low);
    let x = Scale::log((low / 1.6, high), frame.x());
    let less = shares.iter().map(|of| of.iter().take(first).sum());
    let top = shares.iter().flatten().copied().chain(less).fold(0.0, f64::max);
    let ticks = ticks(top, 4);
    let y = Scale::linear((0.0, ticks[ticks.len() - 1]), frame.y());
    for tick in &ticks {
        frame.y_tick(&mut canvas, y.at(*tick), &number(*tick));
    }
    for tick in log_ticks(low, high) {
        frame.x_tick(&mut canvas, x.at(tick), &length(tick as i64));
    }
    let names = pair.names();
    for (side, shares) in shares.iter().enumerate() {
        let mut outline = Outline::default();
        // Whatever was less late stands at the left edge.
        let less = shares.iter().take(first).sum();
        outline.to((frame.left, y.at(less)));
        outline.to((x.at(low / 1.2), y.at(less)));
        for (bin, &share) in shares.iter().enumerate().skip(first) {
            outline.to((x.at(start_ns(bin)), y.at(share)));
            outline.to((x.at(start_ns(bin + 1)), y.at(share)));
        }
        outline.to((x.at(start_ns(shares.len())), y.at(0.0)));
        canvas.named(&names[side], |canvas| canvas.path(LINES[side], &outline));
    }
    frame.base(&mut canvas, "lag (logarithmic)");
    Picture::labelled("Share of the requests by lag", CELL, canvas)
}

/// % of all requests of a side that were sent: on time or early, and then in each doubling of lag
/// that [`start_ns`] begins.
fn shares(side: &Side) -> Vec<f64> {
    let mut counts: Vec<u64> = Vec::new();
    for lag in lags(side) {
        counts.resize(counts.len().max(lag.bins.len()), 0);
        counts.iter_mut().zip(&lag.bins).for_each(|(to, of)| *to += of);
    }
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let (on_time, late) = counts.split_at(counts.len().min(1));
    let doublings = late.chunks(Lag::BINS_A_DOUBLING).map(|bins| bins.iter().sum());
    let counts = on_time.iter().copied().chain(doublings);
    counts.map(|count: u64| 100.0 * count as f64 / all).collect()
}

/// Where a doubling of [`shares`] begins, ns.
fn start_ns(doubling: usize) -> f64 {
    let bin = doubling.checked_sub(1).map_or(0, |late| 1 + late * Lag::BINS_A_DOUBLING);
    Lag::bin_start_ns(bin) as f64
}

fn over_time(pair: &Pair<'_>, latest_ns: i64) -> Picture {
    let frame = frame();
    let bins = Bins::of(pair.traffic, BINS_MAX);
    let mut canvas = Canvas::default();
    frame.title(&mut canvas, "lag over time");
    let x = Scale::linear((0.0, bins.end_ns()), frame.x());
    // From where the medians are to the latest of all.
    let medians = pair.sides.iter().flat_map(|side| lags(side)).map(|lag| lag.p50_ns);
    let low = medians.filter(|&median| median > 0).min().unwrap_or(latest_ns / 1_000).max(1) as f64;
    let (low, high) = (0.5 * low.min(latest_ns as f64), 1.2 * latest_ns as f64);
    let y = Scale::log((low, high), frame.y());
    for tick in log_ticks(low, high) {
        frame.y_tick(&mut canvas, y.at(tick), &length(tick as i64));
    }
    for side in [0, 1] {
        let worst = |of: fn(&crate::LagBlock) -> i64| {
            let mut worst: Vec<i64> = Vec::new();
            for lag in lags(pair.sides[side]) {
                worst.resize(worst.len().max(lag.blocks.len()), i64::MIN);
                worst
                    .iter_mut()
                    .zip(&lag.blocks)
                    .for_each(|(to, block)| *to = (*to).max(of(block)));
            }
            let mut outline = Outline::default();
            for (bin, nanos) in bins.largest(&worst).into_iter().enumerate() {
                outline.to((x.at(bins.start_ns(bin)), y.at(nanos as f64)));
                outline.to((x.at(bins.start_ns(bin + 1)), y.at(nanos as f64)));
            }
            outline
        };
        canvas.path(THIN_LINES[side], &worst(|block| block.max_ns));
        canvas.path(LINES[side], &worst(|block| block.p50_ns));
    }
    let axis = TimeAxis::new(bins.end_ns() as i64, 6);
    frame.time(&mut canvas, &x, &axis);
    frame.base(&mut canvas, "");
    let middle = (0.5 * (frame.left + frame.right), frame.bottom + 34.0);
    canvas.text("label", Anchor::Middle, middle, &format!("time of arrival ({})", axis.unit));
    Picture::labelled("Lag over time", CELL, canvas)
}
