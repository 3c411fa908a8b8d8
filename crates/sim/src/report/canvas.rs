//! Elements of SVG as text. Coordinates are told to a tenth, so equal drawings are equal bytes.

use std::fmt::{Arguments, Write as _};

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Elements that have been drawn; later ones lie above.
#[derive(Clone, Debug, Default)]
pub(super) struct Canvas(String);

impl Canvas {
    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(place);
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    pub(super) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let [x, y, radius] = [x, y, radius].map(place);
        self.push(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
    }

    /// Lines through points; `name` is what a pointer over them tells.
    pub(super) fn path(&mut self, class: &str, name: &str, outline: &Outline) {
        if !outline.text.is_empty() {
            let (name, path) = (escaped(name), &outline.text);
            self.push(format_args!(
                "<path class=\"{class}\" d=\"{path}\"><title>{name}</title></path>"
            ));
        }
    }

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
        self.0
    }

    fn push(&mut self, element: Arguments<'_>) {
        writeln!(self.0, "{element}").expect("writing to a string cannot fail");
    }
}

/// Lines from point to point, which may be interrupted.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    text: String,
    last: Option<(String, String)>,
}

impl Outline {
    /// A line to this point, if it can be told from the last one.
    pub(super) fn to(&mut self, (x, y): (f64, f64)) {
        let point = (place(x), place(y));
        if self.last.as_ref() == Some(&point) {
            return;
        }
        let letter = if self.last.is_none() { 'M' } else { 'L' };
        write!(self.text, "{letter}{} {}", point.0, point.1)
            .expect("writing to a string cannot fail");
        self.last = Some(point);
    }

    /// The next point begins a new line.
    pub(super) fn interrupt(&mut self) {
        self.last = None;
    }
}

/// A text with what HTML would misread spelt out, and without what moves or hides text around it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

fn place(coordinate: f64) -> String {
    let tenths = libm::round(coordinate * 10.0);
    // Not -0.
    let text = format!("{:.1}", tenths / 10.0 + 0.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (coordinate, text) in
            [(0.0, "0"), (-0.01, "0"), (1.25, "1.3"), (-2.34, "-2.3"), (880.0, "880")]
        {
            assert_eq!(place(coordinate), text);
        }
    }

    #[test]
    fn lines_leave_out_equal_points_and_can_be_interrupted() {
        let mut outline = Outline::default();
        [(0.0, 0.0), (0.01, 0.0), (1.0, 2.0)].into_iter().for_each(|point| outline.to(point));
        outline.interrupt();
        outline.to((3.0, 4.0));
        assert_eq!(outline.text, "M0 0L1 2M3 4");
    }

    #[test]
    fn hostile_texts_are_only_texts() {
        assert_eq!(
            escaped("<script>&\"'\u{0}\u{202e}</script>"),
            "&lt;script&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}&lt;/script&gt;"
        );
    }
}
