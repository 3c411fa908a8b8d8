//! Which share of each class was served within which time.

use drawing::{Anchor, Canvas, Chart, Frame, Outline, Picture, Scale, WIDTH, decades, length};
use outcome::{Class, ClassSummary};

use crate::report::chart::{CELL_HEIGHT, Drawn, cell, legend, x_title};
use crate::report::recorder::ClassRecord;

/// Charts beside each other; the SLO classes of a tier, if they are as many.
const COLUMNS_MAX: usize = 3;

/// Classes that are drawn; a trace may have thousands.
const CLASSES_MAX: usize = 12;

/// Powers of ten at most, so that a few very short times do not hide the others.
const DECADES_MAX: usize = 6;

pub(super) fn chart(policies: &[Drawn<'_>]) -> Chart {
    let summary = &policies[0].simulation.summary;
    let classes = &summary.classes[..summary.classes.len().min(CLASSES_MAX)];
    let columns = summary.info.slos.len().clamp(1, COLUMNS_MAX);
    let ticks = ticks(policies);
    let mut canvas = Canvas::default();
    for (index, (class, _)) in classes.iter().enumerate() {
        let frame = cell(index, columns);
        let x = Scale::log((ticks[0], ticks[ticks.len() - 1]), frame.x());
        let y = Scale::linear((0.0, 100.0), frame.y());
        frame.values(&mut canvas, &y, &[0.0, 50.0, 100.0]);
        for tick in &ticks {
            frame.x_tick(&mut canvas, x.at(*tick), &length(*tick as i64));
        }
        frame.base(&mut canvas, "");
        frame.title(&mut canvas, &format!("tier {} {}", class.tier, class.slo));
        mark_slo(&mut canvas, policies, class, &frame, &x);
        for policy in policies {
            let (_, of_class) = &policy.simulation.summary.classes[index];
            if let Some(record) = record(policy, class) {
                let outline = cumulative(record, of_class, &frame, &x, &y);
                canvas.named(policy.name(), |canvas| canvas.path(&policy.line(), &outline));
            }
        }
    }
    let height = classes.len().div_ceil(columns) as f64 * CELL_HEIGHT + 24.0;
    x_title(&mut canvas, height, "latency (logarithmic)");
    let hidden = summary.classes.len() - classes.len();
    let hidden = match hidden {
        0 => String::new(),
        hidden => format!(" {hidden} more classes are in the tables only."),
    };
    Chart {
        key: "latency".to_owned(),
        title: "Latency by class, in % of all requests".to_owned(),
        description: format!(
            "Cumulative distribution of the latency of {} classes under {} policies.",
            classes.len(),
            policies.len()
        ),
        caption: format!(
            "Further left and higher is better. Requests that were not served count and are never \
             reached, so their curve ends below 100 %. The upright line is the SLO: where it \
             crosses a curve is the attainment.{hidden}"
        ),
        legend: legend(policies),
        pictures: vec![Picture::new((WIDTH, height), canvas)],
        table: None,
    }
}

fn record<'a>(policy: &Drawn<'a>, class: &Class) -> Option<&'a ClassRecord> {
    let slos = &policy.simulation.summary.info.slos;
    let slo = slos.iter().position(|slo| *slo == class.slo)?;
    policy.record.classes.get(&(class.tier, u16::try_from(slo).ok()?))
}

/// Powers of ten around all latencies, in ns.
fn ticks(policies: &[Drawn<'_>]) -> Vec<f64> {
    let bins = policies.iter().flat_map(|policy| policy.record.classes.values());
    let (low, high) = bins
        .flat_map(|class| class.latencies.bins())
        .fold((f64::INFINITY, 0.0_f64), |(low, high), bin| {
            (low.min(bin.from_ns), high.max(bin.to_ns))
        });
    if high == 0.0 {
        return vec![1e6, 1e7];
    }
    let ticks = decades(low, high);
    ticks[ticks.len().saturating_sub(DECADES_MAX + 1)..].to_vec()
}

fn mark_slo(canvas: &mut Canvas, policies: &[Drawn<'_>], class: &Class, frame: &Frame, x: &Scale) {
    let Some(slo) = record(&policies[0], class).and_then(|record| record.slo) else { return };
    let at = x.at(slo.as_nanos() as f64);
    canvas.line("mark", (at, frame.top), (at, frame.bottom));
    let label = format!("SLO {}", length(i64::try_from(slo.as_nanos()).unwrap_or(i64::MAX)));
    let right = at > 0.5 * (frame.left + frame.right);
    let (anchor, at) = if right { (Anchor::End, at - 4.0) } else { (Anchor::Start, at + 4.0) };
    canvas.text("tick", anchor, (at, frame.bottom - 5.0), &label);
}

/// How many requests were served within each time, level between the times that occurred.
fn cumulative(
    record: &ClassRecord,
    class: &ClassSummary,
    frame: &Frame,
    x: &Scale,
    y: &Scale,
) -> Outline {
    let mut outline = Outline::default();
    let share = |count: u64| y.at(100.0 * count as f64 / class.count.max(1) as f64);
    let mut below = 0;
    outline.to((frame.left, share(0)));
    for bin in record.latencies.bins() {
        outline.to((x.at(bin.from_ns), share(below)));
        outline.to((x.at(bin.to_ns), share(bin.count_to)));
        below = bin.count_to;
    }
    outline.to((frame.right, share(below)));
    outline
}
