//! What changes while a run goes on: attainment, the queue, the workers.

use drawing::{Canvas, Chart, Frame, Outline, Picture, Scale, Table, TimeAxis, WIDTH, ticks};
use request::Tier;

use crate::report::chart::{CELL_HEIGHT, Drawn, cell, legend, x_title};
use crate::report::series::{Met, Part, Series, Steps};

/// Parts of the time in a chart of a third of the width. More would be fewer requests each.
const SMALL_PARTS: usize = 48;

/// Rows of a table; few enough to be read.
const TABLE_ROWS: usize = 32;

/// A value in each part of the time; `None` where there is nothing to tell.
struct Curve<'a> {
    policy: &'a Drawn<'a>,
    values: Vec<Option<f64>>,
}

/// Attainment of the requests by when they arrived, a chart for each tier.
pub(super) fn attainment(policies: &[Drawn<'_>]) -> Chart {
    let record = policies[0].record;
    let tiers: Vec<Tier> = record.met.keys().copied().collect();
    let end_ns = end_ns(policies);
    let mut canvas = Canvas::default();
    let of_tier = |tier: Tier, parts: usize| {
        let series = policies.iter().map(|policy| policy.record.met.get(&tier).cloned());
        aligned(series.map(|series| series.unwrap_or_else(Series::new)).collect(), parts)
    };
    for (index, &tier) in tiers.iter().enumerate() {
        let frame = cell(index, Tier::ALL.len());
        frame.title(&mut canvas, &format!("tier {tier}"));
        let (length_ns, series) = of_tier(tier, SMALL_PARTS);
        let curves = policies.iter().zip(&series).map(|(policy, series)| Curve {
            policy,
            values: series.parts().iter().map(attained).collect(),
        });
        draw(&mut canvas, &frame, &curves.collect::<Vec<_>>(), length_ns, end_ns, (100.0, 2));
    }
    let height = CELL_HEIGHT + 24.0;
    x_title(&mut canvas, height, &format!("time of arrival ({})", TimeAxis::new(end_ns, 8).unit));
    Chart {
        key: "attainment".to_owned(),
        title: "Attainment over time by tier, in %".to_owned(),
        description: "Share of the requests of each tier that ended ok by their deadline, by time \
                      of arrival."
            .to_owned(),
        caption: "Of the requests that arrived in each part of the time, the share that ended ok \
                  by their deadline. Higher is better; gaps have no arrivals."
            .to_owned(),
        legend: legend(policies),
        pictures: vec![Picture::new((WIDTH, height), canvas)],
        table: Some(attainment_table(policies, &tiers, of_tier)),
    }
}

fn attainment_table<'a>(
    policies: &[Drawn<'_>],
    tiers: &[Tier],
    of_tier: impl Fn(Tier, usize) -> (i64, Vec<Series<Met>>) + 'a,
) -> Table {
    let all: Vec<_> = tiers.iter().map(|&tier| of_tier(tier, TABLE_ROWS)).collect();
    // The tiers' last arrivals may need parts of different lengths.
    let length_ns = all.iter().map(|(length_ns, _)| *length_ns).max().unwrap_or(1);
    let mut columns = Vec::new();
    let mut headings = Vec::new();
    for (tier, (_, series)) in tiers.iter().zip(all) {
        for (policy, mut series) in policies.iter().zip(series) {
            series.widen_to(length_ns);
            headings.push(format!("{} tier {tier}", policy.name()));
            columns.push(series.parts().iter().map(attained).collect());
        }
    }
    table(length_ns, end_ns(policies), headings, &columns)
}

fn attained(part: &Met) -> Option<f64> {
    (part.count > 0).then(|| 100.0 * part.met as f64 / part.count as f64)
}

/// How many requests waited.
pub(super) fn waiting(policies: &[Drawn<'_>]) -> Chart {
    let (curves_in, top) = levels(policies, |policy| (&policy.record.waiting, 1.0));
    Chart {
        key: "waiting".to_owned(),
        title: "Requests that wait, over time".to_owned(),
        description: "Mean number of waiting requests in each part of the time.".to_owned(),
        caption: "The mean over each part of the time. Lower is better; a queue that only grows \
                  has more work than its workers can do."
            .to_owned(),
        ..level(policies, curves_in, top)
    }
}

/// How busy the workers were.
pub(super) fn utilisation(policies: &[Drawn<'_>]) -> Chart {
    let workers = policies[0].simulation.gauges.workers.len();
    let (curves_in, _) = levels(policies, |policy| (&policy.record.busy, 100.0 / workers as f64));
    Chart {
        key: "utilisation".to_owned(),
        title: "Busy workers over time, in %".to_owned(),
        description: "Share of the workers that are busy, in each part of the time.".to_owned(),
        caption: "The mean over each part of the time; loading models is busy.".to_owned(),
        ..level(policies, curves_in, 100.0)
    }
}

/// Values for a number of parts, and their length.
type Levels = Vec<(i64, Vec<Vec<Option<f64>>>)>;

/// The mean of a level in each part, once finely for the drawing and once coarsely for the table;
/// and the highest of all.
fn levels<'a>(
    policies: &'a [Drawn<'a>],
    of: impl Fn(&'a Drawn<'a>) -> (&'a Series<Steps>, f64),
) -> (Levels, f64) {
    let in_parts = |parts: usize| {
        let series = policies.iter().map(|policy| of(policy).0.clone()).collect();
        let (length_ns, series) = aligned(series, parts);
        let means = policies.iter().zip(&series).map(|(policy, series)| {
            let (end_ns, factor) = (policy.length_ns(), of(policy).1);
            let parts = series.areas().zip(0_i64..);
            let mean = |(area, part): (i128, i64)| {
                let lasted = (end_ns - part * length_ns).min(length_ns);
                (lasted > 0).then(|| factor * area as f64 / lasted as f64)
            };
            parts.map(mean).collect::<Vec<_>>()
        });
        (length_ns, means.collect::<Vec<_>>())
    };
    let levels = vec![in_parts(usize::MAX), in_parts(TABLE_ROWS)];
    let top = levels[0].1.iter().flatten().flatten().copied().fold(0.0, f64::max);
    (levels, top)
}

/// A chart of the full width, still without words.
fn level(policies: &[Drawn<'_>], levels: Levels, top: f64) -> Chart {
    const HEIGHT: f64 = 230.0;
    let end_ns = end_ns(policies);
    let frame = Frame { left: 48.0, right: WIDTH - 14.0, top: 14.0, bottom: HEIGHT - 50.0 };
    let mut canvas = Canvas::default();
    let [(length_ns, fine), (wide_ns, coarse)] =
        <[_; 2]>::try_from(levels).expect("a drawing and a table");
    let curves = policies.iter().zip(fine).map(|(policy, values)| Curve { policy, values });
    draw(&mut canvas, &frame, &curves.collect::<Vec<_>>(), length_ns, end_ns, (top, 4));
    x_title(&mut canvas, HEIGHT, &format!("time ({})", TimeAxis::new(end_ns, 8).unit));
    let headings = policies.iter().map(|policy| policy.name().to_owned()).collect();
    Chart {
        legend: legend(policies),
        pictures: vec![Picture::new((WIDTH, HEIGHT), canvas)],
        table: Some(table(wide_ns, end_ns, headings, &coarse)),
        ..Chart::default()
    }
}

/// Series in parts of one length, at most so many.
fn aligned<P: Part>(mut series: Vec<Series<P>>, parts: usize) -> (i64, Vec<Series<P>>) {
    let mut length_ns = series.iter().map(Series::length_ns).max().unwrap_or(1);
    loop {
        series.iter_mut().for_each(|series| series.widen_to(length_ns));
        if series.iter().all(|series| series.parts().len() <= parts) {
            return (length_ns, series);
        }
        length_ns *= 2;
    }
}

/// Curves that are level in each part, with their axes.
fn draw(
    canvas: &mut Canvas,
    frame: &Frame,
    curves: &[Curve<'_>],
    length_ns: i64,
    end_ns: i64,
    (top, tick_count): (f64, u32),
) {
    let ticks = ticks(top, tick_count as usize);
    let x = Scale::linear((0.0, end_ns as f64), frame.x());
    let y = Scale::linear((0.0, ticks[ticks.len() - 1]), frame.y());
    frame.values(canvas, &y, &ticks);
    frame.time(canvas, &x, &TimeAxis::new(end_ns, 2 * tick_count));
    frame.base(canvas, "");
    for curve in curves {
        let mut outline = Outline::default();
        for (value, part) in curve.values.iter().zip(0_i64..) {
            let Some(value) = value else {
                outline.interrupt();
                continue;
            };
            let start = part * length_ns;
            outline.to((x.at(start as f64), y.at(*value)));
            outline.to((x.at((start + length_ns) as f64), y.at(*value)));
        }
        canvas.named(curve.policy.name(), |canvas| canvas.path(&curve.policy.line(), &outline));
    }
}

/// The end of the longest run; not 0, so that there is an axis.
fn end_ns(policies: &[Drawn<'_>]) -> i64 {
    policies.iter().map(Drawn::length_ns).max().unwrap_or(0).max(1)
}

fn table(
    length_ns: i64,
    end_ns: i64,
    headings: Vec<String>,
    columns: &[Vec<Option<f64>>],
) -> Table {
    let axis = TimeAxis::new(end_ns, 8);
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index: usize| {
        let start = axis.value(index as f64 * length_ns as f64);
        let cell = |column: &Vec<Option<f64>>| {
            column.get(index).copied().flatten().map_or("–".to_owned(), |v| format!("{v:.2}"))
        };
        std::iter::once(start).chain(columns.iter().map(cell).collect::<Vec<_>>())
    };
    let headings = std::iter::once(format!("from ({})", axis.unit)).chain(headings);
    Table::of(0, headings, (0..rows).map(row))
}
