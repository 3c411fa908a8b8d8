//! Reports: one page that needs nothing else and tells what the summary tells.

use serde_json::Value;

use crate::support::{Fixture, text};

const POLICIES: [&str; 3] = ["edf", "fifo:late=drop", "priority"];

fn report(fixture: &Fixture, flags: &[&str]) -> String {
    let policies = POLICIES.join(",");
    let arguments = [&["t.arrow", "--policy", &policies, "--report", "r.html"], flags].concat();
    fixture.stdout(&arguments);
    String::from_utf8(fixture.bytes("r.html")).unwrap()
}

/// Checks that every tag is closed, in order.
fn check_nesting(html: &str) {
    let mut open = Vec::new();
    let body = html.strip_prefix("<!DOCTYPE html>").expect("it is HTML");
    for piece in body.split('<').skip(1) {
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

#[test]
fn a_report_is_one_page_that_fetches_and_runs_nothing() {
    let html = report(&Fixture::new(), &[]);
    check_nesting(&html);
    for word in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "onload"] {
        assert!(!html.contains(word), "{word}");
    }
    for needed in ["prefers-color-scheme:dark", "@media print", "role=\"img\"", "scope=\"row\""] {
        assert!(html.contains(needed), "{needed}");
    }
    let ids: Vec<&str> =
        html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
}

#[test]
fn threads_change_no_byte() {
    let fixture = Fixture::new();
    let once = report(&fixture, &["--threads", "1"]);
    assert!(once == report(&fixture, &["--threads", "3"]));
}

/// Cells of the table with this caption, without marks.
fn cells(html: &str, caption: &str) -> Vec<Vec<String>> {
    let (_, rest) = html.split_once(&format!("<caption>{caption}</caption>")).unwrap();
    let (_, rest) = rest.split_once("<tbody>").unwrap();
    let (body, _) = rest.split_once("</tbody>").unwrap();
    let text = |cell: &str| {
        let (_, text) = cell.split_once('>').unwrap();
        text.split('<').next().unwrap().trim_start_matches('*').to_owned()
    };
    let row = |row: &str| {
        let cells = row.replace("<th", "<td");
        cells.split("<td").skip(1).map(text).collect()
    };
    body.split("<tr>").skip(1).map(row).collect()
}

#[test]
fn its_numbers_are_those_of_the_summaries() {
    let fixture = Fixture::new();
    let policies = POLICIES.join(",");
    let flags = ["t.arrow", "--policy", &policies, "--report", "r.html", "--json"];
    let summaries: Value = serde_json::from_str(&fixture.stdout(&flags)).unwrap();
    let html = String::from_utf8(fixture.bytes("r.html")).unwrap();
    let ms = |nanos: &Value| match nanos.as_u64() {
        Some(nanos) => format!("{:.3}", ((nanos + 500) / 1000) as f64 / 1000.0),
        None => nanos.as_str().unwrap().to_owned(),
    };
    let attained = |class: &Value| {
        let (met, count) = (class["slo_met"].as_f64().unwrap(), class["count"].as_f64().unwrap());
        format!("{:.2}", 100.0 * met / count)
    };
    let classes = summaries[0]["classes"].as_array().unwrap().len();
    for (caption, field) in
        [("Latency, p50 (ms)", "p50_ns"), ("Latency, p99 (ms)", "p99_ns"), ("Attainment (%)", "")]
    {
        let rows = cells(&html, caption);
        assert_eq!(rows.len(), classes + 1);
        for (index, row) in rows.iter().enumerate() {
            for (policy, cell) in row[3..].iter().enumerate() {
                let summary = &summaries[policy];
                let class =
                    if index < classes { &summary["classes"][index] } else { &summary["all"] };
                let expected = if field.is_empty() { attained(class) } else { ms(&class[field]) };
                assert_eq!(*cell, expected, "{caption}, {index}, {policy}");
            }
        }
    }
    for fact in [&summaries[0]["info"]["trace_digest"], &summaries[0]["info"]["tool"]] {
        assert!(html.contains(fact.as_str().unwrap()), "{fact}");
    }
}

#[test]
fn a_small_report() {
    let fixture = Fixture::new();
    let flags = ["t.arrow", "--limit", "6", "--policy", "edf,fifo", "--report", "r.html"];
    fixture.stdout(&flags);
    let html = String::from_utf8(fixture.bytes("r.html")).unwrap();
    let (_, body) = html.split_once("</head>\n").unwrap();
    snapbox::assert_data_eq!(body, snapbox::file!["snapshots/report.html": Text].raw());
}

#[test]
fn a_report_that_cannot_be_written_is_refused_first() {
    let fixture = Fixture::new();
    for (flags, reason) in [
        (&["--report", "none/r.html"][..], "none/r.html: cannot write the report"),
        (&["--report", "."], ".: cannot write the report"),
        (&["--report", "t.arrow"], "t.arrow is named twice"),
        (&["--report", "x", "--timeline", "x"], "x is named twice"),
        (&["--report", "x.csv", "-o", "x.csv"], "x.csv is named twice"),
    ] {
        let output = fixture.run(&[&["t.arrow"], flags].concat());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(output.stdout.is_empty() && text(&output).contains(reason), "{}", text(&output));
    }
    assert_eq!(std::fs::read_dir(fixture.path("")).unwrap().count(), 1, "something is left");
}

#[test]
fn pictures_and_outcomes_go_together_and_head_is_no_error() {
    let fixture = Fixture::new();
    let flags = ["-o", "out", "--timeline", "t.json"];
    let html = report(&fixture, &flags);
    assert_eq!(html, report(&fixture, &[]), "they do not see each other");
    let mut names: Vec<_> = std::fs::read_dir(fixture.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["out", "r.html", "t.arrow", "t.json"]);

    let mut child = fixture.command(&["t.arrow", "--policy", "edf,fifo"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output));
}
