//! The tables of `trace info`: classes and models.

use std::time::Duration;

use trace::{Length, Stats};

use super::super::text::{decimals, percent, table};
use super::load::Load;

pub(super) fn classes(stats: &Stats) -> String {
    let rows = stats.classes.iter().map(|class| {
        let target = class.slo_ns.map(|nanos| Length(Duration::from_nanos(nanos)).to_string());
        vec![
            class.tier.to_string(),
            class.slo.clone(),
            target.unwrap_or_else(|| "-".to_owned()),
            class.rows.to_string(),
            percent(Some(class.share)),
            percent(class.share_asked),
            decimals(class.rate_per_s, 2),
            decimals(class.rate_asked_per_s, 2),
            decimals(class.gap_cv, 3),
        ]
    });
    let headings =
        ["tier", "slo", "target", "count", "share", "asked", "rate/s", "asked/s", "gap CV"];
    table(&headings, &["slo"], rows)
}

pub(super) fn models(stats: &Stats, load: Option<&Load>) -> String {
    let mut headings = vec!["model", "count", "share", "asked", "tensor", "bytes", "MB/s"];
    if load.is_some() {
        headings.extend(["mean ms", "workers busy"]);
    }
    let rows = stats.models.iter().map(|model| {
        let shape: Vec<String> = model.shape.iter().map(i32::to_string).collect();
        let mut cells = vec![
            model.model.clone(),
            model.rows.to_string(),
            percent(model.share),
            percent(model.share_asked),
            shape.join("x"),
            model.tensor_bytes.map_or("-".to_owned(), |bytes| bytes.to_string()),
            decimals(model.bytes_per_s.map(|bytes| bytes / 1e6), 2),
        ];
        if let Some(load) = load {
            let model = load.model(&model.model);
            cells.push(decimals(model.map(|model| model.mean_service_ms), 3));
            cells.push(decimals(model.and_then(|model| model.workers_busy), 3));
        }
        cells
    });
    table(&headings, &["model", "tensor"], rows)
}
