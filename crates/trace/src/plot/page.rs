//! Charts put together: a page of HTML, or one picture.

use std::fmt::Write as _;

use drawing::{Anchor, CHART_STYLE, Canvas, Page, WIDTH, escaped, shortened};

use super::panel::{CHARACTER, Panel};

/// How charts of traces look, beyond what all charts share.
const STYLE: &str = include_str!("style.css");

/// Space around and between the charts of a picture.
const MARGIN: f64 = 24.0;

/// A trace as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) title: String,
    /// Where the rows come from: names and values.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) panels: Vec<Panel>,
}

/// A page that needs nothing else: no network, no script.
pub(super) fn html(sections: &[Section]) -> String {
    let title = match sections {
        [only] => only.title.clone(),
        several => format!("{} traces", several.len()),
    };
    let mut page = Page::new(&title, STYLE);
    if sections.len() > 1 {
        page.heading(1, "", &title);
    }
    let level = if sections.len() > 1 { 2 } else { 1 };
    for (index, section) in sections.iter().enumerate() {
        let id = format!("s{index}");
        page.push(format_args!("<section aria-labelledby=\"{id}\">\n"));
        page.heading(level, &id, &section.title);
        page.facts(section.facts.iter().map(|(name, value)| (name, value.clone())));
        for panel in &section.panels {
            page.chart(3, &panel.chart(&id));
        }
        page.push(format_args!("</section>\n"));
    }
    page.finish()
}

/// The same charts, below each other in one picture.
pub(super) fn svg(sections: &[Section]) -> String {
    let mut body = String::new();
    let mut y = MARGIN;
    for section in sections {
        y += write_heading(&mut body, section, y);
        for panel in &section.panels {
            let mut title = Canvas::default();
            title.text("heading", Anchor::Start, (0.0, 16.0), &panel.title);
            push(
                &mut body,
                format_args!(
                    "<g transform=\"translate({MARGIN} {y})\" role=\"img\">\n<title>{}</title>\n\
                     <desc>{}</desc>\n{}<g transform=\"translate(0 24)\">\n{}</g>\n</g>\n",
                    escaped(&panel.title),
                    escaped(&panel.description),
                    title.into_elements(),
                    panel.elements
                ),
            );
            y += panel.height + 24.0 + MARGIN;
        }
    }
    let (width, height) = (WIDTH + 2.0 * MARGIN, y);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\">\n<style>\n{}{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n",
        CHART_STYLE
    )
}

/// Title and facts of a section. Gives the height they take.
fn write_heading(body: &mut String, section: &Section, top: f64) -> f64 {
    let mut canvas = Canvas::default();
    let characters = (WIDTH / CHARACTER) as usize - 20;
    let title = shortened(&section.title, characters / 2);
    canvas.text("heading", Anchor::Start, (MARGIN, top + 16.0), &title);
    let mut y = top + 38.0;
    for (name, value) in &section.facts {
        canvas.text("label", Anchor::Start, (MARGIN, y), name);
        let value = shortened(value, characters);
        canvas.text("label", Anchor::Start, (MARGIN + 90.0, y), &value);
        y += 17.0;
    }
    body.push_str(&canvas.into_elements());
    y + 14.0 - top
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing to a string cannot fail");
}
