//! A page that needs nothing else: no network, no script.

use std::fmt::{Arguments, Write as _};

use crate::{Chart, Key, Picture, Table, escaped};

/// How charts look, in light and in dark. Colours `c0` to `c5` are of lines and `f0` to `f5` the same
/// of areas; `d1` to `d4` are dashes, so that no two lines need differ by colour alone.
pub const CHART_STYLE: &str = include_str!("chart.css");

/// How the words around them do, and how both are printed.
const PAGE_STYLE: &str = include_str!("page.css");

/// A page on its way.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
}

impl Page {
    /// The beginning of a page, up to its title. `style` is added to the style that
    /// all pages share.
    #[must_use]
    pub fn new(title: &str, style: &str) -> Self {
        let title = escaped(title);
        let text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{PAGE_STYLE}{CHART_STYLE}{style}</style>\n</head>\n<body>\n<main>\n"
        );
        Self { text }
    }

    /// Adds markup as it is.
    pub fn push(&mut self, markup: Arguments<'_>) {
        self.text.write_fmt(markup).expect("writing to a string cannot fail");
    }

    /// A heading that a link can point at, where it has an `id`.
    pub fn heading(&mut self, level: u8, id: &str, text: &str) {
        let text = escaped(text);
        match id {
            "" => self.push(format_args!("<h{level}>{text}</h{level}>\n")),
            id => self.push(format_args!("<h{level} id=\"{id}\">{text}</h{level}>\n")),
        }
    }

    /// A paragraph.
    pub fn note(&mut self, text: &str) {
        self.push(format_args!("<p class=\"note\">{}</p>\n", escaped(text)));
    }

    /// Names and values. A value of several lines is folded, under the name `file`.
    pub fn facts<T: AsRef<str>>(&mut self, facts: impl IntoIterator<Item = (T, String)>) {
        self.push(format_args!("<dl>\n"));
        for (name, value) in facts {
            let (name, value) = (escaped(name.as_ref()), escaped(value.trim_end()));
            match value.contains('\n') {
                false => self.push(format_args!("<dt>{name}</dt><dd>{value}</dd>\n")),
                true => self.push(format_args!(
                    "<dt>{name}</dt><dd><details><summary>file</summary><pre>{value}</pre>\
                     </details></dd>\n"
                )),
            }
        }
        self.push(format_args!("</dl>\n"));
    }

    /// A table, which can be scrolled where it is too wide.
    pub fn table(&mut self, table: &Table, caption: Option<&str>) {
        let label = escaped(caption.unwrap_or("Figures"));
        self.push(format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n"
        ));
        if caption.is_some() {
            self.push(format_args!("<caption>{label}</caption>\n"));
        }
        self.push(format_args!("<thead><tr>"));
        for (column, heading) in table.headings.iter().enumerate() {
            let class = if column < table.names { " class=\"name\"" } else { "" };
            self.push(format_args!("<th scope=\"col\"{class}>{}</th>", escaped(heading)));
        }
        self.push(format_args!("</tr></thead>\n<tbody>\n"));
        for row in &table.rows {
            self.push(format_args!("<tr>"));
            for (column, cell) in row.iter().enumerate() {
                let text = match (escaped(&cell.text), cell.target.as_str()) {
                    (text, "") => text,
                    (text, target) => format!("<a href=\"#{target}\">{text}</a>"),
                };
                match (column < table.names, cell.class) {
                    (true, "") => {
                        self.push(format_args!("<th scope=\"row\" class=\"name\">{text}</th>"));
                    }
                    (true, class) => self
                        .push(format_args!("<th scope=\"row\" class=\"name {class}\">{text}</th>")),
                    (false, "") => self.push(format_args!("<td>{text}</td>")),
                    (false, class) => self.push(format_args!("<td class=\"{class}\">{text}</td>")),
                }
            }
            self.push(format_args!("</tr>\n"));
        }
        self.push(format_args!("</tbody>\n</table>\n</div>\n"));
    }

    /// A chart under a heading of this level, and its figures, which a press of a key opens.
    pub fn chart(&mut self, level: u8, chart: &Chart) {
        let (key, title) = (&chart.key, escaped(&chart.title));
        self.push(format_args!("<figure>\n<h{level} id=\"{key}\">{title}</h{level}>\n"));
        self.legend(&chart.legend);
        let description = escaped(&chart.description);
        match chart.pictures.as_slice() {
            [] => self.push(format_args!("<p>{description}</p>\n")),
            [Picture { size: (width, height), elements, .. }] => self.push(format_args!(
                "<div class=\"scroll\"><svg role=\"img\" viewBox=\"0 0 {width} {height}\" \
                 aria-labelledby=\"{key} {key}-d\">\n\
                 <desc id=\"{key}-d\">{description}</desc>\n{elements}</svg></div>\n"
            )),
            several => self.pictures(key, &description, several),
        }
        if !chart.caption.is_empty() {
            self.push(format_args!("<figcaption>{}</figcaption>\n", escaped(&chart.caption)));
        }
        self.push(format_args!("</figure>\n"));
        if let Some(table) = chart.table.as_ref().filter(|table| !table.rows.is_empty()) {
            self.push(format_args!("<details><summary>Figures: {title}</summary>\n"));
            self.table(table, None);
            self.push(format_args!("</details>\n"));
        }
    }

    /// Small pictures beside each other; on a narrow screen, below each other.
    fn pictures(&mut self, key: &str, description: &str, pictures: &[Picture]) {
        self.push(format_args!(
            "<div class=\"cells\" role=\"group\" aria-labelledby=\"{key}\" \
             aria-describedby=\"{key}-d\">\n<p class=\"unseen\" id=\"{key}-d\">{description}</p>\n"
        ));
        for Picture { key, label, size: (width, height), elements } in pictures {
            let label = escaped(label);
            let id = if key.is_empty() { String::new() } else { format!(" id=\"{key}\"") };
            self.push(format_args!(
                "<svg role=\"img\"{id} viewBox=\"0 0 {width} {height}\" aria-label=\"{label}\">\n\
                 {elements}</svg>\n"
            ));
        }
        self.push(format_args!("</div>\n"));
    }

    /// Which mark means what.
    pub fn legend(&mut self, keys: &[Key]) {
        if keys.is_empty() {
            return;
        }
        let (width, height) = Key::SIZE;
        self.push(format_args!("<ul class=\"legend\">\n"));
        for Key { mark, name } in keys {
            let (mark, name) = (mark.trim_end(), escaped(name));
            self.push(format_args!(
                "<li><svg viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">{mark}</svg>\
                 {name}</li>\n"
            ));
        }
        self.push(format_args!("</ul>\n"));
    }

    /// The whole page.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.push(format_args!("</main>\n</body>\n</html>\n"));
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Canvas, Cell};

    fn body(write: impl FnOnce(&mut Page)) -> String {
        let mut page = Page::new("t", "");
        write(&mut page);
        let text = page.finish();
        let (_, body) = text.split_once("<main>\n").unwrap();
        body.strip_suffix("</main>\n</body>\n</html>\n").unwrap().to_owned()
    }

    #[test]
    fn a_cell_can_look_different_and_lead_somewhere() {
        let mut table = Table::new(1, ["name", "value"]);
        table.row([Cell::from("a & b").leading_to("there".into()), Cell::styled("best", "1")]);
        let body = body(|page| page.table(&table, Some("some")));
        assert!(body.contains("<caption>some</caption>"));
        assert!(body.contains(
            "<tr><th scope=\"row\" class=\"name\"><a href=\"#there\">a &amp; b</a></th>\
             <td class=\"best\">1</td></tr>"
        ));
    }

    #[test]
    fn a_chart_has_words_whatever_it_draws() {
        let picture = |key: &str| {
            let mut picture = Picture::labelled("one <of> them", (10.0, 5.0), Canvas::default());
            key.clone_into(&mut picture.key);
            picture
        };
        let chart = |pictures| {
            let description = "seen".to_owned();
            Chart { key: "k".into(), title: "T".into(), description, pictures, ..Chart::default() }
        };
        let nothing = body(|page| page.chart(2, &chart(vec![])));
        assert_eq!(nothing, "<figure>\n<h2 id=\"k\">T</h2>\n<p>seen</p>\n</figure>\n");
        let one = body(|page| page.chart(2, &chart(vec![picture("")])));
        assert!(one.contains("aria-labelledby=\"k k-d\">\n<desc id=\"k-d\">seen</desc>"));
        let two = body(|page| page.chart(2, &chart(vec![picture("p"), picture("")])));
        assert!(two.contains("<p class=\"unseen\" id=\"k-d\">seen</p>"));
        assert!(two.contains(
            "<svg role=\"img\" id=\"p\" viewBox=\"0 0 10 5\" aria-label=\"one &lt;of&gt; them\">"
        ));
    }

    #[test]
    fn a_value_of_several_lines_is_folded() {
        let body = body(|page| page.facts([("a", "x".to_owned()), ("b", "y\nz\n".to_owned())]));
        assert!(body.contains("<dt>a</dt><dd>x</dd>"));
        assert!(body.contains("<summary>file</summary><pre>y\nz</pre>"));
    }
}
