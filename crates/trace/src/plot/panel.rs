//! A chart with its words and its figures, and where charts stand.

use drawing::{Chart, Frame, Picture, Table, WIDTH};

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

impl Panel {
    /// As it stands on a page, in the section of this id.
    pub(super) fn chart(&self, section: &str) -> Chart {
        let elements = self.elements.clone();
        let size = (WIDTH, self.height);
        let picture = Picture { key: String::new(), label: String::new(), size, elements };
        Chart {
            key: format!("{section}-{}", self.key),
            title: self.title.clone(),
            description: self.description.clone(),
            caption: self.caption.clone(),
            legend: Vec::new(),
            pictures: vec![picture],
            table: Some(self.table.clone()),
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
