//! How long requests waited until they started.

use drawing::{Anchor, Canvas, Chart, Frame, Picture, Scale, Table, WIDTH, decades, length};
use outcome::units::{grouped, millis};
use outcome::{ClassSummary, Spread};

use crate::report::chart::{Drawn, legend, x_title};

/// Height of a policy's line, and what is left free between classes.
const LINE: f64 = 11.0;
const GAP: f64 = 12.0;

/// Classes that are drawn; a trace may have thousands.
const CLASSES_MAX: usize = 24;

/// Powers of ten at most. Waits below them stand at the left edge, as those of 0 do.
const DECADES_MAX: usize = 5;

pub(super) fn chart(policies: &[Drawn<'_>]) -> Chart {
    let classes = classes(policies);
    let drawn = classes.len().min(CLASSES_MAX);
    let class_height = policies.len() as f64 * LINE + GAP;
    let height = drawn as f64 * class_height + 60.0;
    let frame = Frame { left: 130.0, right: WIDTH - 14.0, top: 8.0, bottom: height - 46.0 };
    let ticks = ticks(&classes);
    let x = Scale::log((ticks[0], ticks[ticks.len() - 1]), frame.x());
    let mut canvas = Canvas::default();
    for (index, tick) in ticks.iter().enumerate() {
        let at = x.at(*tick);
        canvas.line("grid", (at, frame.top), (at, frame.bottom));
        let below = if index == 0 { "≤ " } else { "" };
        frame.x_tick(&mut canvas, at, &format!("{below}{}", length(*tick as i64)));
    }
    frame.base(&mut canvas, "");
    for (index, (name, of_policies)) in classes.iter().take(drawn).enumerate() {
        let top = frame.top + index as f64 * class_height + 0.5 * GAP;
        let middle = top + 0.5 * (class_height - GAP) + 4.0;
        canvas.text("label", Anchor::End, (frame.left - 12.0, middle), name);
        for (policy, class) in policies.iter().zip(of_policies) {
            let Some(wait) = class.queueing_delay else { continue };
            let y = top + (policy.index as f64 + 0.5) * LINE;
            draw(&mut canvas, policy, wait, y, &x);
        }
    }
    x_title(&mut canvas, height, "wait (logarithmic)");
    Chart {
        key: "waits".to_owned(),
        title: "Wait by class".to_owned(),
        description: "Median, 95th and 99th percentile of the time from arrival to start.".into(),
        caption: "From arrival to start, of the requests that started: the dot is the median, the \
                  ring p95, the end of the line p99. Further left is better."
            .into(),
        legend: legend(policies),
        pictures: vec![Picture::new((WIDTH, height), canvas)],
        table: Some(table(policies, &classes)),
    }
}

/// The classes and all together, under each policy.
fn classes<'a>(policies: &[Drawn<'a>]) -> Vec<(String, Vec<&'a ClassSummary>)> {
    let first = &policies[0].simulation.summary;
    let class = |(index, (class, _)): (usize, &(outcome::Class, ClassSummary))| {
        let of_policies = policies.iter().map(|policy| &policy.simulation.summary.classes[index].1);
        (format!("tier {} {}", class.tier, class.slo), of_policies.collect())
    };
    let all = policies.iter().map(|policy| &policy.simulation.summary.all).collect();
    let all = std::iter::once(("all".to_owned(), all));
    all.chain(first.classes.iter().enumerate().map(class)).collect()
}

fn ticks(classes: &[(String, Vec<&ClassSummary>)]) -> Vec<f64> {
    let waits = || classes.iter().flat_map(|(_, of_policies)| of_policies).filter_map(wait);
    let longest = waits().map(|wait| wait.p99_ns).max().unwrap_or(0);
    let shown = waits().flat_map(|wait| [wait.p50_ns, wait.p95_ns]).filter(|&nanos| nanos > 0);
    let shortest = shown.min().unwrap_or(longest);
    if longest == 0 {
        return vec![1e6, 1e7];
    }
    let ticks = decades(shortest as f64, longest as f64);
    ticks[ticks.len().saturating_sub(DECADES_MAX + 1)..].to_vec()
}

fn wait(class: &&ClassSummary) -> Option<Spread> {
    class.queueing_delay
}

fn draw(canvas: &mut Canvas, policy: &Drawn<'_>, wait: Spread, y: f64, x: &Scale) {
    let at = |nanos: u64| x.at(nanos as f64);
    let colour = policy.index % 6;
    canvas.line(&policy.line(), (at(wait.p50_ns), y), (at(wait.p99_ns), y));
    canvas.circle(&format!("dot f{colour}"), (at(wait.p50_ns), y), 3.6);
    canvas.circle(&format!("ring c{colour}"), (at(wait.p95_ns), y), 3.2);
    canvas.line(&format!("end c{colour}"), (at(wait.p99_ns), y - 4.0), (at(wait.p99_ns), y + 4.0));
}

fn table(policies: &[Drawn<'_>], classes: &[(String, Vec<&ClassSummary>)]) -> Table {
    let headings =
        ["class", "policy", "started", "mean (ms)", "p50 (ms)", "p95 (ms)", "p99 (ms)", "max (ms)"];
    let row = |name: &String, policy: &Drawn<'_>, class: &ClassSummary| {
        let time = |of: fn(Spread) -> u64| {
            class.queueing_delay.map_or("–".to_owned(), |wait| millis(of(wait).into()))
        };
        vec![
            name.clone(),
            policy.name().to_owned(),
            grouped(class.queueing_delay.map_or(0, |wait| wait.count)),
            time(|wait| wait.mean_ns),
            time(|wait| wait.p50_ns),
            time(|wait| wait.p95_ns),
            time(|wait| wait.p99_ns),
            time(|wait| wait.max_ns),
        ]
    };
    let rows = classes.iter().flat_map(|(name, of_policies)| {
        policies.iter().zip(of_policies).map(move |(policy, class)| row(name, policy, class))
    });
    Table::of(2, headings, rows)
}
