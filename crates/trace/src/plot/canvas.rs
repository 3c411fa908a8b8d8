//! Elements of SVG as text. Coordinates are told to a tenth, so equal drawings are equal bytes.

use std::fmt::Write as _;

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Elements that have been drawn. Later ones lie above.
#[derive(Clone, Debug, Default)]
pub(super) struct Canvas {
    elements: String,
}

impl Canvas {
    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, y1, x2, y2) = (place(x1), place(y1), place(x2), place(y2));
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, width, height) = (place(x), place(y), place(width), place(height));
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (place(x), place(y), place(radius));
        self.push(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
    }

    pub(super) fn path(&mut self, class: &str, outline: &Outline) {
        if !outline.is_empty() {
            self.push(format_args!("<path class=\"{class}\" d=\"{}\"/>", outline.text));
        }
    }

    /// Text, which may hold anything.
    pub(super) fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
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

    pub(super) fn into_elements(self) -> String {
        self.elements
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.elements, "{element}").expect("writing to a string cannot fail");
    }
}

/// Lines from point to point. Points that cannot be told apart are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    text: String,
    last: Option<(i64, i64)>,
}

impl Outline {
    pub(super) fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut outline = Self::default();
        points.into_iter().for_each(|point| outline.to(point));
        outline
    }

    pub(super) fn to(&mut self, (x, y): (f64, f64)) {
        let point = (tenths(x), tenths(y));
        if self.last == Some(point) {
            return;
        }
        let letter = if self.last.is_none() { 'M' } else { 'L' };
        write!(self.text, "{letter}{} {}", place(x), place(y))
            .expect("writing to a string cannot fail");
        self.last = Some(point);
    }

    /// Joins the last point to the first.
    pub(super) fn closed(mut self) -> Self {
        if !self.is_empty() {
            self.text.push('Z');
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// A text with what SVG and HTML would misread spelt out, and without characters that XML cannot
/// hold.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            // Turns of the writing direction would move the text around them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// As much of a text as has room, with an ellipsis where that is not all.
pub(super) fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
            format!("{kept}…")
        }
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
    fn hostile_texts_are_only_texts() {
        let hostile = "<script>&\"'\u{0}\u{202e}\n</script>";
        assert_eq!(
            escaped(hostile),
            "&lt;script&gt;&amp;&quot;&#39;\u{fffd}\u{fffd} &lt;/script&gt;"
        );
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
    }
}
