//! A chart with its words and its figures, and what charts share.

use super::axis::{Scale, number, ticks, unit};
use super::canvas::{Anchor, Canvas};
use super::recorder::ReportRecorder;
use crate::Simulation;

/// Width of every chart.
pub(super) const WIDTH: f64 = 880.0;

/// A policy as it is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn<'a> {
    /// Its place among the policies, which gives its colour and its dashes.
    pub(super) index: usize,
    pub(super) simulation: &'a Simulation,
    pub(super) record: &'a ReportRecorder,
}

impl Drawn<'_> {
    pub(super) fn name(&self) -> &str {
        &self.simulation.summary.info.subject
    }

    /// Classes of its lines: thirty policies can be told apart, and few need the colour.
    pub(super) fn line(&self) -> String {
        format!("line c{} d{}", self.index % 6, self.index % 5)
    }

    /// Length of its run.
    pub(super) fn length_ns(&self) -> i64 {
        i64::try_from(self.simulation.gauges.length.as_nanos()).unwrap_or(i64::MAX)
    }
}

/// A chart, and what is said beside it.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// Short name, for ids.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// What is seen, for whoever cannot see it.
    pub(super) description: String,
    /// How to read it.
    pub(super) caption: String,
    pub(super) height: f64,
    /// Elements of SVG.
    pub(super) elements: String,
    pub(super) table: Option<Table>,
}

/// Figures.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) headings: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns from the left that hold names rather than numbers.
    pub(super) names: usize,
}

/// The area that a chart plots in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Frame {
    /// One of some charts that stand beside and below each other.
    pub(super) fn cell(index: usize, columns: usize) -> Self {
        let width = WIDTH / columns as f64;
        let (left, top) =
            ((index % columns) as f64 * width, (index / columns) as f64 * CELL_HEIGHT);
        Self {
            left: left + 48.0,
            right: left + width - 14.0,
            top: top + 26.0,
            bottom: top + CELL_HEIGHT - 26.0,
        }
    }

    pub(super) fn x(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// From the bottom up, as values grow.
    pub(super) fn y(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }

    pub(super) fn base(&self, canvas: &mut Canvas) {
        canvas.line("axis", (self.left, self.bottom), (self.right, self.bottom));
    }

    pub(super) fn x_tick(&self, canvas: &mut Canvas, x: f64, label: &str) {
        canvas.line("axis", (x, self.bottom), (x, self.bottom + 4.0));
        canvas.text("tick", Anchor::Middle, (x, self.bottom + 16.0), label);
    }

    pub(super) fn y_ticks(&self, canvas: &mut Canvas, scale: &Scale, ticks: &[f64]) {
        for &tick in ticks {
            let y = scale.at(tick);
            canvas.line("grid", (self.left, y), (self.right, y));
            canvas.text("tick", Anchor::End, (self.left - 6.0, y + 4.0), &number(tick));
        }
    }

    /// Ticks of time from 0 to `end_ns`, about `count` of them.
    pub(super) fn time_ticks(&self, canvas: &mut Canvas, end_ns: i64, count: u32) {
        let (_, unit_ns) = unit(end_ns);
        let end = end_ns as f64 / unit_ns;
        let scale = Scale::linear(end, self.x());
        for tick in ticks(end, count).into_iter().filter(|&tick| tick <= end) {
            self.x_tick(canvas, scale.at(tick), &number(tick));
        }
    }

    /// What is drawn in it, above it.
    pub(super) fn title(&self, canvas: &mut Canvas, title: &str) {
        canvas.text("label strong", Anchor::Start, (self.left, self.top - 10.0), title);
    }
}

/// Height of a chart that stands beside others, with its title and its ticks.
pub(super) const CELL_HEIGHT: f64 = 156.0;

/// What the horizontal axis tells, at the bottom of a drawing of this height.
pub(super) fn x_title(canvas: &mut Canvas, height: f64, title: &str) {
    canvas.text("label", Anchor::Middle, (0.5 * WIDTH, height - 8.0), title);
}
