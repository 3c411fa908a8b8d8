//! The area that a chart plots in, and its axes.

use crate::{Anchor, Canvas, Scale, TimeAxis, number};

/// Width of a chart that takes the whole page.
pub const WIDTH: f64 = 880.0;

/// The area that a chart plots in.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Where it begins.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge, which is the larger number.
    pub bottom: f64,
}

impl Frame {
    /// From left to right.
    #[must_use]
    pub fn x(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// From the bottom up, as values grow.
    #[must_use]
    pub fn y(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }

    /// The line at the bottom, and a title under its ticks' labels.
    pub fn base(&self, canvas: &mut Canvas, title: &str) {
        canvas.line("axis", (self.left, self.bottom), (self.right, self.bottom));
        let middle = 0.5 * (self.left + self.right);
        if !title.is_empty() {
            canvas.text("label", Anchor::Middle, (middle, self.bottom + 34.0), title);
        }
    }

    /// A tick under the frame.
    pub fn x_tick(&self, canvas: &mut Canvas, x: f64, label: &str) {
        canvas.line("axis", (x, self.bottom), (x, self.bottom + 4.0));
        canvas.text("tick", Anchor::Middle, (x, self.bottom + 16.0), label);
    }

    /// A line across the frame, and a label at its left.
    pub fn y_tick(&self, canvas: &mut Canvas, y: f64, label: &str) {
        canvas.line("grid", (self.left, y), (self.right, y));
        canvas.text("tick", Anchor::End, (self.left - 6.0, y + 4.0), label);
    }

    /// What the vertical axis tells, above it.
    pub fn y_title(&self, canvas: &mut Canvas, title: &str) {
        canvas.text("label", Anchor::Start, (self.left, self.top - 10.0), title);
    }

    /// A line up the frame, and a label under it.
    pub fn x_line(&self, canvas: &mut Canvas, x: f64, label: &str) {
        canvas.line("grid", (x, self.top), (x, self.bottom));
        self.x_tick(canvas, x, label);
    }

    /// What is drawn in the frame, above it.
    pub fn title(&self, canvas: &mut Canvas, title: &str) {
        canvas.text("label strong", Anchor::Start, (self.left, self.top - 10.0), title);
    }

    /// Words in the middle, where there is nothing to draw.
    pub fn words(&self, canvas: &mut Canvas, words: &str) {
        let middle = (0.5 * (self.left + self.right), 0.5 * (self.top + self.bottom));
        canvas.text("label", Anchor::Middle, middle, words);
    }

    /// Ticks of time.
    pub fn time(&self, canvas: &mut Canvas, scale: &Scale, axis: &TimeAxis) {
        for (tick, label) in &axis.ticks {
            self.x_tick(canvas, scale.at(*tick as f64), label);
        }
    }

    /// Ticks of values.
    pub fn values(&self, canvas: &mut Canvas, scale: &Scale, ticks: &[f64]) {
        for &tick in ticks {
            self.y_tick(canvas, scale.at(tick), &number(tick));
        }
    }
}
