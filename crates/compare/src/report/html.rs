//! The report as a page of HTML: one file that needs neither network nor script.
//!
//! Words and tables come first and tell everything; charts, in SVG by hand, show where it comes
//! from. Every chart is bounded in what it draws, whatever the number of requests: quantiles, bins
//! and blocks, never points of single requests. Equal tables give equal bytes.

mod bins;
mod blocks;
mod dots;
mod forest;
mod lag;
mod look;
mod metrics;
mod over_time;
mod overview;
mod pair;
mod percentiles;
mod requests;
mod shift;
#[cfg(test)]
mod tests;
mod verdict;

use drawing::{Chart, Page};

use super::Report;
use pair::Pair;

/// How the page looks, beyond what all pages share.
const STYLE: &str = include_str!("html/style.css");

impl Report<'_> {
    /// The report as a page of HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        let pairs = Pair::all(self);
        let title = verdict::title(self);
        let mut page = Page::new(&title, STYLE);
        page.push(format_args!("<a class=\"skip\" href=\"#metrics\">Skip to the metrics</a>\n"));
        page.heading(1, "", &title);
        verdict::write(&mut page, self);
        match pairs.as_slice() {
            [pair] => write_pair(&mut page, pair, 2, "metrics"),
            several => {
                overview::write(&mut page, self, several);
                for pair in several {
                    let id = pair.id("candidate");
                    page.push(format_args!("<section aria-labelledby=\"{id}\">\n"));
                    page.heading(2, &id, &pair.title());
                    verdict::write_result(&mut page, pair);
                    write_pair(&mut page, pair, 3, &pair.id("metrics"));
                    page.push(format_args!("</section>\n"));
                }
            }
        }
        page.finish()
    }
}

/// What stands above the last table.
const REQUESTS: &str = "Requests whose latency changed most";

/// Everything that is told of one candidate, under headings of this level.
fn write_pair(page: &mut Page, pair: &Pair<'_>, level: u8, metrics_id: &str) {
    page.heading(level, metrics_id, "Metrics");
    metrics::write(page, pair);
    let charts = charts(pair);
    write_contents(page, pair, &charts);
    for chart in charts {
        page.chart(level, &chart);
    }
    page.heading(level, &pair.id("requests"), REQUESTS);
    requests::write(page, pair);
}

/// Links to the charts, for whoever does not want to scroll.
fn write_contents(page: &mut Page, pair: &Pair<'_>, charts: &[Chart]) {
    let label = format!("Charts of {}", pair.letters[1]);
    page.push(format_args!("<nav class=\"contents\" aria-label=\"{label}\"><ul>\n"));
    let of_charts = charts.iter().map(|chart| (chart.key.clone(), chart.title.as_str()));
    for (key, title) in of_charts.chain([(pair.id("requests"), REQUESTS)]) {
        page.push(format_args!("<li><a href=\"#{key}\">{title}</a></li>\n"));
    }
    page.push(format_args!("</ul></nav>\n"));
}

/// The charts of one candidate, the most telling first; of the last of many, that alone.
fn charts(pair: &Pair<'_>) -> Vec<Chart> {
    if !pair.in_full {
        return vec![forest::chart(pair)];
    }
    let mut charts = vec![
        forest::chart(pair),
        shift::chart(pair),
        percentiles::chart(pair),
        over_time::chart(pair),
        blocks::chart(pair),
        dots::chart(pair),
    ];
    charts.extend(lag::chart(pair));
    charts
}
