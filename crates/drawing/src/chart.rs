//! A chart with its words and its figures.

use crate::{Canvas, Table};

/// One picture, or some that belong together, and what is said beside them.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Short name, for ids; no other chart of the page has it.
    pub key: String,
    /// What stands above it.
    pub title: String,
    /// What is seen, for whoever cannot see it.
    pub description: String,
    /// How to read it.
    pub caption: String,
    /// Which mark means what.
    pub legend: Vec<Key>,
    /// One of the whole width, or small ones that stand beside each other as far as there is room.
    pub pictures: Vec<Picture>,
    /// Its figures.
    pub table: Option<Table>,
}

/// A line of a legend.
#[derive(Clone, Debug)]
pub struct Key {
    /// Elements of the mark, in [`Key::SIZE`].
    pub mark: String,
    /// What it means.
    pub name: String,
}

impl Key {
    /// Width and height of a mark.
    pub const SIZE: (f64, f64) = (40.0, 10.0);

    /// A key whose mark `draw` draws.
    #[must_use]
    pub fn new(name: impl Into<String>, draw: impl FnOnce(&mut Canvas)) -> Self {
        let mut canvas = Canvas::default();
        draw(&mut canvas);
        Self { mark: canvas.into_elements(), name: name.into() }
    }

    /// The key of a line of this style.
    #[must_use]
    pub fn line(class: &str, name: impl Into<String>) -> Self {
        Self::new(name, |canvas| canvas.line(class, (1.0, 5.0), (39.0, 5.0)))
    }

    /// The key of an area of this style.
    #[must_use]
    pub fn area(class: &str, name: impl Into<String>) -> Self {
        Self::new(name, |canvas| canvas.rect(class, (1.0, 0.0), (38.0, 10.0)))
    }

    /// The key of a dot of this style.
    #[must_use]
    pub fn dot(class: &str, name: impl Into<String>) -> Self {
        Self::new(name, |canvas| canvas.circle(class, (20.0, 5.0), 3.6))
    }
}

/// A drawing.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its id, where something leads to it.
    pub key: String,
    /// What it is of, where there are several.
    pub label: String,
    /// Width and height.
    pub size: (f64, f64),
    /// Elements of SVG.
    pub elements: String,
}

impl Picture {
    /// The only picture of a chart.
    #[must_use]
    pub fn new(size: (f64, f64), canvas: Canvas) -> Self {
        Self::labelled("", size, canvas)
    }

    /// One of several.
    #[must_use]
    pub fn labelled(label: impl Into<String>, size: (f64, f64), canvas: Canvas) -> Self {
        Self { key: String::new(), label: label.into(), size, elements: canvas.into_elements() }
    }
}
