//! Latency at every percentile, on an axis that spreads the tail.

use drawing::{Canvas, Chart, Frame, Outline, Picture, Scale, length, log_ticks, power_of_ten};
use outcome::Ppm;
use rayon::prelude::*;

use super::look::{LINES, THIN_LINES, class_label};
use super::pair::Pair;
use crate::{Class, Run};

/// Width and height of a small chart by class.
pub(super) const CELL: (f64, f64) = (290.0, 210.0);

/// Percentiles that a line goes through.
const POINTS: usize = 64;

/// The deepest percentile that is told, in powers of ten: 99.999 %.
const DEPTH_MAX: f64 = 5.0;

/// The area of a small chart by class.
pub(super) fn frame() -> Frame {
    Frame { left: 52.0, right: CELL.0 - 22.0, top: 30.0, bottom: CELL.1 - 26.0 }
}

/// An axis of percentiles: the share beyond, on a logarithmic scale, so that each step to the
/// right is ten times rarer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// Powers of ten from all requests to the rarest that are told.
    depth: f64,
}

impl Tail {
    /// As deep as there are `beyond` of `count` requests beyond, and at most `depth_max`.
    pub(super) fn beyond(count: u64, beyond: u64, depth_max: f64) -> Self {
        let share = (count as f64 / beyond as f64).max(1.0);
        Self { depth: libm::log10(share).min(depth_max) }
    }

    /// Share of the requests beyond a percentile.
    pub(super) fn beyond_share(ppm: Ppm) -> f64 {
        f64::from(1_000_000 - ppm.0.min(999_999)) / 1e6
    }

    /// Percentiles from the first to the deepest, evenly spread over the axis.
    pub(super) fn percentiles(&self, count: usize) -> Vec<Ppm> {
        let percentile = |index: usize| {
            let depth = self.depth * index as f64 / (count - 1).max(1) as f64;
            Ppm(1_000_000 - libm::rint(1e6 * libm::pow(10.0, -depth)) as u32)
        };
        let mut percentiles: Vec<Ppm> = (0..count).map(percentile).collect();
        percentiles.dedup();
        percentiles
    }

    /// Draws the axis and gives its scale, which takes shares beyond.
    pub(super) fn axis(&self, canvas: &mut Canvas, frame: &Frame) -> Scale {
        let depth = self.depth.max(0.7);
        let x = Scale::log((1.0, libm::pow(10.0, -depth)), frame.x());
        frame.base(canvas, "");
        let ticks = [(1.0, "0"), (0.5, "50"), (0.1, "90"), (0.01, "99"), (0.001, "99.9")];
        let rare = [(4, "99.99"), (5, "99.999")].map(|(power, name)| (power_of_ten(-power), name));
        // On a deep axis the first label would lie on the second.
        let first = usize::from(depth > 3.5);
        for (beyond, name) in ticks.into_iter().chain(rare).skip(first) {
            if beyond >= libm::pow(10.0, -depth) * 0.999 {
                frame.x_tick(canvas, x.at(beyond), name);
            }
        }
        x
    }
}

pub(super) fn chart(pair: &Pair<'_>) -> Chart {
    let pictures = pair.classes().par_iter().map(|class| picture(pair, class)).collect();
    let runs = match pair.sides.iter().any(|side| side.run_count() > 1) {
        true => "Thick lines are geometric means over the runs, thin ones single runs. ",
        false => "",
    };
    Chart {
        key: pair.id("percentiles"),
        title: "Latency at every percentile, by class".into(),
        description: "Latency of both sides against the percentile, of each class.".into(),
        caption: format!(
            "Percentiles in %, on an axis in which each step to the right is ten times rarer; \
             latency is logarithmic. Lower is better. {runs}A line ends where failures begin.{}{}",
            pair.runs_left_out(),
            pair.classes_left_out()
        ),
        legend: pair.legend(),
        pictures,
        table: None,
    }
}

fn picture(pair: &Pair<'_>, class: &Class) -> Picture {
    let cells = pair.traffic.cells_of(class);
    let tail = Tail::beyond(pair.traffic.count(&cells), 1, DEPTH_MAX);
    let percentiles = tail.percentiles(POINTS);
    let quantiles =
        |run: &Run| percentiles.iter().map(|&ppm| run.quantile(&cells, ppm)).collect::<Vec<_>>();
    let runs: [Vec<Vec<f64>>; 2] = pair.sides.map(|side| side.runs().map(quantiles).collect());
    let frame = frame();
    let mut canvas = Canvas::default();
    frame.title(&mut canvas, &class_label(class));
    let all = || runs.iter().flatten().flatten().copied().filter(|nanos| nanos.is_finite());
    let high = all().fold(0.0, f64::max);
    if high == 0.0 {
        let words = "no request ended ok";
        let words = if all().next().is_some() { "every latency is 0" } else { words };
        frame.words(&mut canvas, words);
        return Picture::labelled(format!("{class}: {words}"), CELL, canvas);
    }
    // Whatever took no time stands at the lower edge.
    let low = all().filter(|&nanos| nanos > 0.0).fold(high, f64::min);
    let (low, high) = if low < high { (low, 1.05 * high) } else { (0.8 * low, 1.25 * high) };
    let y = Scale::log((low, high), frame.y());
    for tick in log_ticks(low, high) {
        frame.y_tick(&mut canvas, y.at(tick), &length(tick as i64));
    }
    let x = tail.axis(&mut canvas, &frame);
    let outline = |quantiles: &[f64]| {
        let told = percentiles.iter().zip(quantiles).filter(|(_, nanos)| nanos.is_finite());
        Outline::through(told.map(|(&ppm, &nanos)| (x.at(Tail::beyond_share(ppm)), y.at(nanos))))
    };
    for side in [0, 1] {
        for (index, quantiles) in runs[side].iter().take(pair.runs_drawn(side)).enumerate() {
            canvas.named(&pair.run_name(side, index), |canvas| {
                canvas.path(THIN_LINES[side], &outline(quantiles))
            });
        }
    }
    let names = pair.names();
    for side in [0, 1] {
        let mean = mean(&runs[side]);
        canvas.named(&names[side], |canvas| canvas.path(LINES[side], &outline(&mean)));
    }
    Picture::labelled(format!("{class}"), CELL, canvas)
}

/// Geometric mean over the runs, point by point; infinite where one is.
fn mean(runs: &[Vec<f64>]) -> Vec<f64> {
    let [first, more @ ..] = runs else { return Vec::new() };
    if more.is_empty() {
        return first.clone();
    }
    let at = |index: usize| {
        let logs = runs.iter().map(|run| libm::log(run[index].max(1.0)));
        libm::exp(logs.sum::<f64>() / runs.len() as f64)
    };
    (0..first.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_even_on_their_axis() {
        let tail = Tail::beyond(100_000, 20, 5.0);
        let percentiles = tail.percentiles(5);
        assert_eq!(percentiles.iter().map(|ppm| ppm.0).collect::<Vec<_>>()[0], 0);
        assert_eq!(percentiles[4], Ppm(999_800));
        assert!(percentiles.is_sorted());
        assert_eq!(Tail::beyond(0, 1, 5.0).percentiles(4), [Ppm(0)]);
        assert_eq!(Tail::beyond(u64::MAX, 1, 5.0).percentiles(2)[1], Ppm(999_990));
    }

    #[test]
    fn a_mean_ends_where_a_run_does() {
        assert_eq!(mean(&[vec![100.0, 5.0], vec![100.0, f64::INFINITY]])[1], f64::INFINITY);
        let mean = mean(&[vec![100.0], vec![400.0]])[0];
        assert!((mean - 200.0).abs() < 1e-9);
    }
}
