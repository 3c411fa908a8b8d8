use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use outcome::RunInfo;
use request::{Moment, RequestId, Tier};

use crate::input::Columns;
use crate::{
    Class, MetricKind, Report, Row, Run, Settings, Side, Thresholds, Traffic, compare, of_rows,
};

/// How a run is made: request by request, from its number.
type Make = fn(i64) -> Row;

/// Three tiers of 700 requests each, 20 ms apart; latencies that no clock made.
fn row(id: i64) -> Row {
    let latency = 5_000_000 + id * id % 1_009 * 90_000;
    Row {
        id: RequestId(id),
        arrival: Moment::from_nanos(id * 20_000_000),
        tier: Tier::ALL[(id % 3).unsigned_abs() as usize],
        slo: (id / 3 % 2) as u16,
        latency_ns: Some(latency.unsigned_abs()),
        slo_met: latency < 70_000_000,
        lag_ns: Some(id % 7 * 10_000),
    }
}

fn slower(id: i64) -> Row {
    let mut row = row(id);
    row.latency_ns = row.latency_ns.map(|latency| latency * 5 / 4);
    row
}

fn failing(id: i64) -> Row {
    Row { latency_ns: None, slo_met: false, lag_ns: None, ..row(id) }
}

fn sometimes_failing(id: i64) -> Row {
    if id % 40 == 7 { failing(id) } else { slower(id) }
}

/// Ends ok, and always too late.
fn late(id: i64) -> Row {
    Row { slo_met: false, ..row(id) }
}

fn on_time(id: i64) -> Row {
    Row { lag_ns: Some(0), ..row(id) }
}

fn instant(id: i64) -> Row {
    Row { latency_ns: Some(0), ..row(id) }
}

/// The page of these sides, each of some runs of `count` requests. The runs of a side differ.
fn page_of(sides: &[(&str, Make, usize)], count: i64, by_slo: bool) -> String {
    page_with(sides, count, &Settings { by_slo, ..Settings::default() })
}

/// The same, judged by these settings.
fn page_with(sides: &[(&str, Make, usize)], count: i64, settings: &Settings) -> String {
    let run = |make: Make, number: usize| -> Vec<Row> {
        let moved = |id: i64| {
            let mut row = make(id);
            let by = number as u64 * 11_000 * (id % 5).unsigned_abs();
            row.latency_ns = row.latency_ns.map(|latency| latency + by);
            row
        };
        (0..count).map(moved).collect()
    };
    let sides: Vec<(&str, Vec<Vec<Row>>)> = sides
        .iter()
        .map(|&(name, make, runs)| (name, (0..runs).map(|number| run(make, number)).collect()))
        .collect();
    let (traffic, sides) = of_rows(&sides, 40).unwrap();
    let candidates = sides.iter().skip(1);
    let comparisons: Vec<_> =
        candidates.map(|side| compare(&traffic, &sides[0], side, settings)).collect();
    Report::new(&traffic, &sides, &comparisons).to_html()
}

/// The page of a run against itself, where both sides have this name.
fn page_of_run(info: RunInfo, name: &str) -> String {
    let mut columns = Columns::new(0, &Arc::new(info));
    (0..2_100).for_each(|id| columns.push(&row(id)));
    let path = Path::new(name);
    let traffic = Traffic::new(&columns, 40, path).unwrap();
    let side = || {
        let run = Run::new(&traffic, columns.clone(), path, true);
        Side::new(Some(name.to_owned()), vec![Arc::new(run)])
    };
    let sides = [side(), side()];
    let settings = Settings { by_slo: true, ..Settings::default() };
    let comparison = compare(&traffic, &sides[0], &sides[1], &settings);
    Report::new(&traffic, &sides, &[comparison]).to_html()
}

/// What the cells of a metric say in the table of this caption.
#[track_caller]
fn cells<'a>(page: &'a str, caption: &str, key: &str) -> Vec<&'a str> {
    let (_, table) = page.split_once(&format!("<caption>{caption}</caption>")).expect(caption);
    let (table, _) = table.split_once("</table>").unwrap();
    let row = table.lines().find(|line| line.contains(&format!(">{key}<"))).expect(key);
    let texts = row.split('>').filter_map(|piece| piece.split('<').next());
    texts.filter(|text| !text.is_empty()).collect()
}

/// Checks what every page keeps: tags that close, ids that are there once, links that lead
/// somewhere, numbers that are numbers, and nothing drawn outside its picture.
#[track_caller]
fn assert_sound(page: &str) {
    assert_nested(page);
    let ids: Vec<&str> = values(page, " id=\"").collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an id is there twice: {ids:?}");
    for target in values(page, " href=\"#") {
        assert!(unique.contains(target), "{target} leads nowhere");
    }
    for named in ["aria-labelledby=\"", "aria-describedby=\""] {
        for ids in values(page, named) {
            assert!(ids.split(' ').all(|id| unique.contains(id)), "{ids}");
        }
    }
    for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "onload"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("NaN"));
    for picture in page.split("<svg ").skip(1) {
        assert_within(picture.split("</svg>").next().unwrap());
    }
}

/// Values of an attribute.
fn values<'a>(text: &'a str, before: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap())
}

#[track_caller]
fn assert_nested(page: &str) {
    let mut open = Vec::new();
    for piece in page.strip_prefix("<!DOCTYPE html>").unwrap().split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("a tag ends");
        let name = tag.split_whitespace().next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "before {piece}");
        } else if name != "meta" && !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are left open");
}

/// Checks that the elements of a picture lie in its view.
#[track_caller]
fn assert_within(picture: &str) {
    let (tag, elements) = picture.split_once('>').unwrap();
    let size = values(tag, "viewBox=\"0 0 ").next().unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    let (width, height): (f64, f64) = (width.parse().unwrap(), height.parse().unwrap());
    for element in elements.split('<') {
        let number = |name: &'static str| -> Option<f64> {
            values(element, name).next().map(|text| text.parse().expect(element))
        };
        let across = [" x=\"", " x1=\"", " x2=\"", " cx=\""].into_iter().filter_map(number);
        let down = [" y=\"", " y1=\"", " y2=\"", " cy=\""].into_iter().filter_map(number);
        let mut across: Vec<f64> = across.collect();
        let mut down: Vec<f64> = down.collect();
        for (size, from) in [(" width=\"", &mut across), (" height=\"", &mut down)] {
            if let (Some(size), Some(start)) = (number(size), from.first().copied()) {
                assert!(size >= 0.0, "{element}");
                from.push(start + size);
            }
        }
        let path = values(element, " d=\"").next().unwrap_or_default().trim_end_matches('Z');
        for point in path.split(['M', 'L']).filter(|point| !point.is_empty()) {
            let (x, y) = point.split_once(' ').unwrap();
            across.push(x.parse().unwrap());
            down.push(y.parse().unwrap());
        }
        across.extend(ends_of_text(element));
        let inside = |values: &[f64], end: f64| values.iter().all(|at| (0.0..=end).contains(at));
        assert!(inside(&across, width) && inside(&down, height), "{width}x{height}: {element}");
    }
}

/// About where a text begins and ends, by the narrowest letters that it could be of.
fn ends_of_text(element: &str) -> Vec<f64> {
    let Some(("text", rest)) = element.split_once(' ') else { return Vec::new() };
    let (tag, text) = rest.split_once('>').unwrap();
    let entities = text.matches("&lt;").count() * 3 + text.matches("&quot;").count() * 5;
    let width = 5.0 * (text.trim_end().chars().count().saturating_sub(entities)) as f64;
    let x: f64 = values(&format!(" {tag}"), " x=\"").next().unwrap().parse().unwrap();
    match tag {
        tag if tag.contains("\"end\"") => vec![x - width],
        tag if tag.contains("\"middle\"") => vec![x - 0.5 * width, x + 0.5 * width],
        _ => vec![x + width],
    }
}

/// Headings of the charts and tables that a page of one candidate has.
const PARTS: [&str; 9] = [
    "Metrics",
    "All metrics against their limits",
    "Change of every percentile, by class",
    "Latency at every percentile, by class",
    "Over time, by tier",
    "Where the difference comes from, by class",
    "Every run, by metric",
    "Lag of the load generator",
    "Requests whose latency changed most",
];

#[test]
fn a_regression_is_told_first_and_then_shown() {
    for (runs, question) in
        [(1, "would other traffic like this show it too?"), (4, "does it regress on this trace?")]
    {
        let page = page_of(&[("base", row, runs), ("cand", slower, runs)], 2_100, false);
        assert_sound(&page);
        assert!(page.contains("<title>cand against base</title>"));
        let banner = page.split("<p class=\"banner ").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(
            banner.starts_with("regressed") && banner.contains("▲") && banner.contains("REGRESSED")
        );
        assert!(banner.contains("all/p50 +25.0 %") && banner.contains("exit code 1"), "{banner}");
        assert!(page.contains(question));
        let places: Vec<usize> = PARTS
            .iter()
            .map(|part| page.find(&format!(">{part}</h2>")).unwrap_or_else(|| panic!("{part}")))
            .collect();
        assert!(places.is_sorted());
        // Tables first: every metric stands in a row before the first picture.
        let (before, _) = page.split_once("<figure>").unwrap();
        for class in [Class::All, Class::Tier(Tier::Vip)] {
            for kind in [MetricKind::P50, MetricKind::ErrorRate] {
                assert!(before.contains(&format!(">{class}/{kind}</a>")), "{class} {kind}");
            }
        }
        assert!(before.contains("<td class=\"words regressed\">▲ regressed</td>"));
        assert!(page.matches("2,100 requests were slower").count() == 1);
    }
}

#[test]
fn runs_have_a_line_and_a_dot_each() {
    let page = page_of(&[("base", row, 4), ("cand", slower, 3)], 2_100, false);
    let chart = |title: &str| {
        let (_, rest) = page.split_once(&format!(">{title}</h2>")).unwrap();
        rest.split("</figure>").next().unwrap().to_owned()
    };
    let lines = chart("Latency at every percentile, by class");
    // Of all requests and of each tier.
    assert_eq!(lines.matches("class=\"thin c0\"").count(), 4 * 4);
    assert_eq!(lines.matches("class=\"thin c1\"").count(), 4 * 3);
    let dots = chart("Every run, by metric");
    // Five metrics of four classes and goodput; one dot of each side in the legend.
    assert_eq!(dots.matches("class=\"run f0 c0\"").count(), 21 * 4 + 1);
    assert_eq!(dots.matches("class=\"run ring c1\"").count(), 21 * 3 + 1);
}

#[test]
fn several_candidates_are_set_side_by_side_and_then_one_by_one() {
    let sides: [(&str, Make, usize); 4] =
        [("base", row, 1), ("same", row, 1), ("slow", slower, 1), ("bad", sometimes_failing, 1)];
    let page = page_of(&sides, 2_100, true);
    assert_sound(&page);
    assert_eq!(page.matches("<section").count(), 3);
    for heading in ["B (same) against A (base)", "D (bad) against A (base)"] {
        assert!(page.contains(&format!(">{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("<caption>Change of every metric, by candidate</caption>"));
    assert!(page.contains("= ok") && page.contains("▲ regressed"));
    assert!(page.contains("id=\"d-runs-tier1-p50\"") && !page.contains("-slo0-"));
}

/// The table of several candidates.
const OVERVIEW: &str = "Change of every metric, by candidate";

#[test]
fn what_does_not_gate_stands_in_parentheses_everywhere() {
    let mut thresholds = Thresholds::default();
    thresholds.set_gate(vec!["tier1/*".parse().unwrap()]);
    let settings = Settings { thresholds, ..Settings::default() };
    let sides: [(&str, Make, usize); 3] =
        [("base", row, 1), ("slow", slower, 1), ("bad", sometimes_failing, 1)];
    let page = page_with(&sides, 2_100, &settings);
    assert_sound(&page);
    assert_eq!(cells(&page, OVERVIEW, "tier1/p50")[2..4], ["+25.0 % ▲", "+26.6 % ▲"]);
    assert_eq!(cells(&page, OVERVIEW, "all/p50")[2], "+25.0 % (▲)");
    // The overview and both candidates say what parentheses mean.
    assert_eq!(page.matches("In parentheses: shown: does not gate").count(), 3);
    for counts in ["▲ regressed</td>", ">▲ regressed</text>", "<title>tier1/p50 +25.0 %, regressed"]
    {
        assert!(page.contains(counts), "{counts}");
    }
    for shown in [
        "(▲ regressed)</td>",
        ">(▲ regressed)</text>",
        "<title>all/p50 +25.0 %, (regressed)",
        "aria-label=\"all/p50, (regressed): A from ",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let all_gate = page_of(&sides, 2_100, false);
    assert!(
        !all_gate.contains(" (▲)<")
            && !all_gate.contains("(▲ ")
            && !all_gate.contains("In parentheses")
    );
}

#[test]
fn what_is_not_judged_says_why() {
    let sides: [(&str, Make, usize); 3] = [("base", row, 1), ("late", late, 1), ("c", slower, 1)];
    let page = page_of(&sides, 2_100, false);
    assert_sound(&page);
    let [_, base, late, slow, _] = cells(&page, OVERVIEW, "all/goodput")[..] else { panic!() };
    assert!(base.ends_with("/s"), "C has a value of A: {base}");
    assert_eq!(late, "– ·");
    assert!(slow.contains(" % "), "{slow}");
    let of_b = cells(&page, "Every metric, by verdict", "all/goodput");
    assert!(of_b.contains(&"· not judged"), "{of_b:?}");
    let why = "a run met no deadline at all, and rates are compared by their ratio";
    assert_eq!(of_b.last(), Some(&why));
    assert!(!page.contains("too few requests"));
    let few = page_of(&sides, 25, false);
    let of_b = cells(&few, "Every metric, by verdict", "all/p99");
    assert!(of_b.last().unwrap().starts_with("at least "), "{of_b:?}");
}

#[test]
fn failures_are_told_where_nothing_can_be_drawn() {
    let page = page_of(&[("base", failing, 1), ("cand", failing, 1)], 2_100, false);
    assert_sound(&page);
    for words in ["no request ended ok", "no latency to compare", "none that is finite"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains("0 requests were slower under B, 0 faster and 2,100 the same"));
    let page = page_of(&[("base", row, 3), ("cand", failing, 3)], 2_100, false);
    assert_sound(&page);
    assert!(page.contains("2,100 failed under B alone") && page.contains("▲ fails"));
    assert!(page.contains(">∞</text>"));
    assert_sound(&page_of(&[("base", row, 3), ("cand", sometimes_failing, 3)], 2_100, false));
}

#[test]
fn hardly_any_traffic_is_a_page_too() {
    fn of_one_tier(id: i64) -> Row {
        Row { tier: Tier::Free, slo: 0, ..row(id) }
    }
    fn at_once(id: i64) -> Row {
        Row { arrival: Moment::ZERO, ..row(id) }
    }
    let makes: [(Make, Make); 5] = [
        (row, slower),
        (of_one_tier, of_one_tier),
        (at_once, at_once),
        (instant, instant),
        (instant, row),
    ];
    for (base, cand) in makes {
        for count in [1, 2, 25, 500] {
            for runs in [1, 3] {
                assert_sound(&page_of(&[("a", base, runs), ("b", cand, runs)], count, true));
            }
        }
    }
    let page = page_of(&[("a", row, 1), ("b", row, 1)], 1, false);
    assert!(page.contains("No metric has requests enough to be judged."));
}

#[test]
fn a_generator_in_time_is_told_in_words() {
    let page = page_of(&[("a", on_time, 1), ("b", on_time, 1)], 200, false);
    assert!(page.contains("Every request was sent exactly when it was scheduled."));
    let page = page_of(&[("a", failing, 1), ("b", failing, 1)], 200, false);
    assert!(!page.contains("Lag of the load generator"), "nobody knows of any");
}

#[test]
fn names_from_outside_are_only_texts() {
    let name = "</style><script>alert('x')</script>&\"";
    let page = page_of(&[(name, row, 3), (name, slower, 3), ("c", row, 3)], 700, false);
    assert_sound(&page);
    assert!(page.contains("&lt;/style&gt;&lt;script&gt;"));
}

#[test]
fn names_hold_no_characters_that_a_page_cannot() {
    let name = "a\0b\u{1b}[31m\u{7}\u{85}\u{fffe}\u{ffff}\u{202e}c\t\r\nd";
    let text = || name.to_owned();
    let info = RunInfo {
        trace_name: text(),
        trace_digest: text(),
        subject: text(),
        tool: text(),
        slos: vec![text(), format!("{name}2")],
        ..RunInfo::default()
    };
    let sides: [(&str, Make, usize); 3] = [(name, row, 3), (name, slower, 3), (name, late, 3)];
    for page in [page_of_run(info, name), page_of(&sides, 700, false)] {
        assert_sound(&page);
        let odd = |c: &char| {
            let plain = *c == '\n' || !c.is_control();
            !plain || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202e}')
        };
        assert_eq!(page.chars().find(odd), None);
        assert!(page.contains("a\u{fffd}b\u{fffd}[31m"));
    }
}

#[test]
fn a_page_is_the_same_twice_and_with_any_number_of_threads() {
    let page = || page_of(&[("base", row, 3), ("cand", sometimes_failing, 3)], 2_100, true);
    let one = page();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(one == page() && one == alone.install(page));
}

#[test]
fn classes_of_any_name_have_room() {
    let slo = |name: &str| format!("{name} <class> that nobody would think of, or would they?");
    let info = RunInfo { slos: vec![slo("one"), slo("another")], ..RunInfo::default() };
    let page = page_of_run(info, &"x".repeat(90));
    assert_sound(&page);
    assert!(page.contains("id=\"runs-tier1-slo0-p50\"") && page.contains("…</text>"));
}

/// Points, bins and rows are bounded, so a page does not grow with the requests, and little with
/// the runs.
#[test]
fn a_page_stays_small() {
    let small = page_of(&[("a", row, 1), ("b", slower, 1)], 3_000, true).len();
    let large = page_of(&[("a", row, 1), ("b", slower, 1)], 60_000, true).len();
    assert!(large < small * 3 / 2, "{small} and {large} bytes");
    let many = page_of(&[("a", row, 60), ("b", slower, 60)], 3_000, true).len();
    assert!(many < 1_500_000, "{many} bytes");
    let candidates: Vec<(&str, Make, usize)> = vec![("c", slower, 1); 20];
    let page = page_of(&[&[("a", row as Make, 1)][..], &candidates].concat(), 3_000, false);
    assert_sound(&page);
    assert_eq!(page.matches(">Over time, by tier</h3>").count(), 8);
    assert_eq!(page.matches(">All metrics against their limits</h3>").count(), 20);
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
}
