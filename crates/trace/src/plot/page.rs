//! Charts put together: a page of HTML, or one picture.

use std::fmt::Write as _;

use super::canvas::{Anchor, Canvas, escaped, shortened};
use super::panel::{CHARACTER, Panel, Table, WIDTH};

/// How charts look in light and in dark.
const STYLE: &str = include_str!("style.css");

/// How the words around them do.
const PAGE_STYLE: &str = include_str!("page.css");

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
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{PAGE_STYLE}{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escaped(&title)
    );
    if sections.len() > 1 {
        push(&mut page, format_args!("<h1>{}</h1>\n", escaped(&title)));
    }
    let level = if sections.len() > 1 { 2 } else { 1 };
    for (index, section) in sections.iter().enumerate() {
        write_section(&mut page, section, index, level);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn write_section(page: &mut String, section: &Section, index: usize, level: u32) {
    let title = escaped(&section.title);
    push(
        page,
        format_args!(
            "<section aria-labelledby=\"s{index}\">\n<h{level} id=\"s{index}\">{title}</h{level}>\n<dl>\n"
        ),
    );
    for (name, value) in &section.facts {
        push(page, format_args!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)));
    }
    page.push_str("</dl>\n");
    for panel in &section.panels {
        let (key, height) = (format!("s{index}-{}", panel.key), panel.height);
        push(
            page,
            format_args!(
                "<figure>\n<h3 id=\"{key}\">{}</h3>\n<svg role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" \
                 aria-labelledby=\"{key} {key}-d\">\n<desc id=\"{key}-d\">{}</desc>\n{}</svg>\n\
                 <figcaption>{}</figcaption>\n</figure>\n",
                escaped(&panel.title),
                escaped(&panel.description),
                panel.elements,
                escaped(&panel.caption)
            ),
        );
        write_table(page, &panel.title, &panel.table);
    }
    page.push_str("</section>\n");
}

/// The figures of a chart, which a press of a key opens.
fn write_table(page: &mut String, title: &str, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    let title = escaped(title);
    push(
        page,
        format_args!(
            "<details><summary>Figures: {title}</summary>\n<div class=\"scroll\" tabindex=\"0\" \
             role=\"region\" aria-label=\"Figures: {title}\">\n<table>\n<thead><tr>"
        ),
    );
    let class = |column: usize| if column < table.names { " class=\"name\"" } else { "" };
    for (column, heading) in table.headings.iter().enumerate() {
        push(page, format_args!("<th scope=\"col\"{}>{}</th>", class(column), escaped(heading)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let cell = escaped(cell);
            match column < table.names {
                true => push(page, format_args!("<th scope=\"row\" class=\"name\">{cell}</th>")),
                false => push(page, format_args!("<td>{cell}</td>")),
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div></details>\n");
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
         width=\"{width}\" height=\"{height}\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
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
