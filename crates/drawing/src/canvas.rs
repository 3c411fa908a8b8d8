//! Elements of SVG as text. Coordinates are told to a tenth, so equal drawings are equal bytes.

use std::fmt::Write as _;

use crate::escaped;

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// Elements that have been drawn. Later ones lie above.
#[derive(Clone, Debug, Default)]
pub struct Canvas {
    elements: String,
}

impl Canvas {
    /// A line between two points.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, y1, x2, y2) = (place(x1), place(y1), place(x2), place(y2));
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    /// A rectangle from its top left corner.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, width, height) = (place(x), place(y), place(width), place(height));
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    /// A circle around a point.
    pub fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (place(x), place(y), place(radius));
        self.push(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
    }

    /// An outline, if there is anything of it.
    pub fn path(&mut self, class: &str, outline: &Outline) {
        if !outline.is_empty() {
            self.push(format_args!("<path class=\"{class}\" d=\"{}\"/>", outline.text));
        }
    }

    /// Text, which may hold anything.
    pub fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, text) = (place(x), place(y), escaped(text));
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{text}</text>"
        ));
    }

    /// What `draw` draws, with a name that a pointer over it tells.
    pub fn named(&mut self, name: &str, draw: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        draw(&mut inner);
        if !inner.elements.is_empty() {
            let (name, elements) = (escaped(name), inner.elements);
            self.push(format_args!("<g><title>{name}</title>\n{elements}</g>"));
        }
    }

    /// The elements, as they stand in an `svg`.
    #[must_use]
    pub fn into_elements(self) -> String {
        self.elements
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.elements, "{element}").expect("writing to a string cannot fail");
    }
}

/// Lines from point to point, which may be interrupted. Points that cannot be told apart are left
/// out.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    text: String,
    last: Option<(i64, i64)>,
}

impl Outline {
    /// Lines through points.
    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut outline = Self::default();
        points.into_iter().for_each(|point| outline.to(point));
        outline
    }

    /// A line to this point, if it can be told from the last one.
    pub fn to(&mut self, (x, y): (f64, f64)) {
        let point = (tenths(x), tenths(y));
        if self.last == Some(point) {
            return;
        }
        let letter = if self.last.is_none() { 'M' } else { 'L' };
        write!(self.text, "{letter}{} {}", place(x), place(y))
            .expect("writing to a string cannot fail");
        self.last = Some(point);
    }

    /// The next point begins a new line.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Joins the last point to the first.
    #[must_use]
    pub fn closed(mut self) -> Self {
        if !self.is_empty() {
            self.text.push('Z');
        }
        self
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// A coordinate in tenths. There is none that is not a number; should there be, it is seen at 0.
fn tenths(coordinate: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and gives 0 for NaN")]
    let tenths = libm::round(coordinate * 10.0) as i64;
    tenths
}

fn place(coordinate: f64) -> String {
    let tenths = tenths(coordinate);
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (coordinate, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-0.01, "0"),
            (1.25, "1.3"),
            (-2.34, "-2.3"),
            (-0.3, "-0.3"),
            (880.0, "880"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(place(coordinate), text);
        }
    }

    #[test]
    fn equal_points_are_one() {
        let outline = Outline::through([(0.0, 0.0), (0.01, 0.0), (1.0, 2.0)]);
        assert_eq!(outline.closed().text, "M0 0L1 2Z");
        assert!(Outline::default().closed().is_empty());
    }

    #[test]
    fn lines_can_be_interrupted() {
        let mut outline = Outline::through([(0.0, 0.0), (1.0, 2.0)]);
        outline.interrupt();
        outline.to((1.0, 2.0));
        outline.to((3.0, 4.0));
        assert_eq!(outline.text, "M0 0L1 2M1 2L3 4");
    }

    #[test]
    fn names_of_nothing_are_left_out() {
        let mut canvas = Canvas::default();
        canvas.named("nothing", |canvas| canvas.path("line", &Outline::default()));
        canvas.named("a < b", |canvas| canvas.circle("dot", (1.0, 2.0), 3.0));
        let expected = "<g><title>a &lt; b</title>\n\
                        <circle class=\"dot\" cx=\"1\" cy=\"2\" r=\"3\"/>\n</g>\n";
        assert_eq!(canvas.into_elements(), expected);
    }
}
