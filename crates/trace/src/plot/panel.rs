//! A chart with its words and its figures, and the axes that charts share.

use super::canvas::{Anchor, Canvas};
use super::scale::{Scale, number};
use super::time_axis::TimeAxis;

/// Width of every chart.
pub(super) const WIDTH: f64 = 880.0;

/// Where the plotted area begins and ends in a chart of full width.
pub(super) const LEFT: f64 = 64.0;
pub(super) const RIGHT: f64 = WIDTH - 96.0;

/// About what a character of a label is wide.
pub(super) const CHARACTER: f64 = 6.4;

/// A chart, and what is said beside it.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    /// Short name, for ids.
    pub(super) key: &'static str,
    pub(super) title: String,
    /// What is seen, for whoever cannot see it.
    pub(super) description: String,
    /// How to read it.
    pub(super) caption: String,
    pub(super) height: f64,
    /// Elements of SVG.
    pub(super) elements: String,
    pub(super) table: Table,
}

/// Figures.
#[derive(Clone, Debug, Default)]
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
    pub(super) fn x(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// From the bottom up, as values grow.
    pub(super) fn y(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }

    /// The line at the bottom, and a title under its ticks' labels.
    pub(super) fn base(&self, canvas: &mut Canvas, title: &str) {
        canvas.line("axis", (self.left, self.bottom), (self.right, self.bottom));
        let middle = 0.5 * (self.left + self.right);
        if !title.is_empty() {
            canvas.text("label", Anchor::Middle, (middle, self.bottom + 34.0), title);
        }
    }

    /// A tick under the frame.
    pub(super) fn x_tick(&self, canvas: &mut Canvas, x: f64, label: &str) {
        canvas.line("axis", (x, self.bottom), (x, self.bottom + 4.0));
        canvas.text("tick", Anchor::Middle, (x, self.bottom + 16.0), label);
    }

    /// A line across the frame, and a label at its left.
    pub(super) fn y_tick(&self, canvas: &mut Canvas, y: f64, label: &str) {
        canvas.line("grid", (self.left, y), (self.right, y));
        canvas.text("tick", Anchor::End, (self.left - 6.0, y + 4.0), label);
    }

    /// What the vertical axis tells, above it.
    pub(super) fn y_title(&self, canvas: &mut Canvas, title: &str) {
        canvas.text("label", Anchor::Start, (self.left, self.top - 10.0), title);
    }

    /// Ticks of time.
    pub(super) fn time(&self, canvas: &mut Canvas, scale: &Scale, axis: &TimeAxis) {
        for (tick, label) in &axis.ticks {
            self.x_tick(canvas, scale.at(*tick as f64), label);
        }
    }

    /// Ticks of values.
    pub(super) fn values(&self, canvas: &mut Canvas, scale: &Scale, ticks: &[f64]) {
        for &tick in ticks {
            self.y_tick(canvas, scale.at(tick), &number(tick));
        }
    }
}

/// Small charts beside and below each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    columns: usize,
    /// Height of a chart with its name and its axis.
    pub(super) cell_height: f64,
}

impl Grid {
    /// Room for a row of small charts.
    pub(super) const CELL_HEIGHT: f64 = 132.0;

    /// As many columns as there are SLO classes, if that many have room.
    pub(super) fn new(wanted: usize) -> Self {
        Self { columns: wanted.clamp(1, 4), cell_height: Self::CELL_HEIGHT }
    }

    pub(super) fn height(&self, charts: usize) -> f64 {
        charts.div_ceil(self.columns) as f64 * self.cell_height
    }

    /// The frame of a chart, with room for its labels at the left.
    pub(super) fn frame(&self, index: usize, top: f64) -> Frame {
        let width = WIDTH / self.columns as f64;
        let left = (index % self.columns) as f64 * width;
        let top = top + (index / self.columns) as f64 * self.cell_height;
        Frame {
            left: left + 48.0,
            right: left + width - 12.0,
            top: top + 22.0,
            bottom: top + self.cell_height - 24.0,
        }
    }
}
