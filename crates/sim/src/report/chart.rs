//! What charts share.

use drawing::{Anchor, Canvas, Frame, Key, WIDTH};

use super::recorder::ReportRecorder;
use crate::Simulation;

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

/// Which line is whose.
pub(super) fn legend(policies: &[Drawn<'_>]) -> Vec<Key> {
    policies.iter().map(|policy| Key::line(&policy.line(), policy.name())).collect()
}

/// The frame of one of some charts that stand beside and below each other.
pub(super) fn cell(index: usize, columns: usize) -> Frame {
    let width = WIDTH / columns as f64;
    let (left, top) = ((index % columns) as f64 * width, (index / columns) as f64 * CELL_HEIGHT);
    Frame {
        left: left + 48.0,
        right: left + width - 14.0,
        top: top + 26.0,
        bottom: top + CELL_HEIGHT - 26.0,
    }
}

/// Height of a chart that stands beside others, with its title and its ticks.
pub(super) const CELL_HEIGHT: f64 = 156.0;

/// What the horizontal axis tells, at the bottom of a drawing of this height.
pub(super) fn x_title(canvas: &mut Canvas, height: f64, title: &str) {
    canvas.text("label", Anchor::Middle, (0.5 * WIDTH, height - 8.0), title);
}
