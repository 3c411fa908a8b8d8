//! The table of a sweep: a row for each cell and class, in the order of the plan.

mod encode;

use std::path::Path;

use encode::{Column, Metadata, Values};
use outcome::Format;
use serde_json::{Map, Value};

use super::plan::{TOOL, VERSION};
use super::{Cell, Plan, Sweep, SweepError};
use crate::draft::Draft;
use crate::{ClassFigures, Figures};

/// Writes the cells of `sweep` that have figures to `path`; the extension says the format. The
/// same cells give the same bytes. The file appears whole or not at all.
///
/// # Errors
/// Where the extension is none of `.arrow`, `.parquet` and `.csv`, or the file cannot be written.
pub fn write_table(path: &Path, plan: &Plan, sweep: &Sweep) -> Result<(), SweepError> {
    let format = Format::of(path)?;
    let columns = columns(plan, sweep);
    let mut draft = Draft::create(path).map_err(SweepError::io("write", path))?;
    encode::write(format, &mut draft, &columns, metadata(plan))
        .map_err(|problem| SweepError::Encode { path: path.to_owned(), problem })?;
    draft.publish().map_err(SweepError::io("write", path))
}

/// A row before it is columns.
struct Row<'a> {
    cell: Cell,
    run: &'a Figures,
    class: &'a ClassFigures,
}

fn columns(plan: &Plan, sweep: &Sweep) -> Vec<Column> {
    let cells = sweep.cells.iter().filter_map(|(cell, run)| Some((*cell, run.as_ref().ok()?)));
    let rows: Vec<Row<'_>> = cells
        .flat_map(|(cell, run)| run.classes.iter().map(move |class| Row { cell, run, class }))
        .collect();
    let text = |name: &str, of: &dyn Fn(&Row<'_>) -> String| Column {
        name: name.to_owned(),
        values: Values::Text(rows.iter().map(of).collect()),
    };
    let whole = |name: &str, of: &dyn Fn(&Row<'_>) -> Option<u64>| Column {
        name: name.to_owned(),
        // Counts and times stay far below 2^63; seeds keep their bits.
        values: Values::Whole(rows.iter().map(|row| of(row).map(u64::cast_signed)).collect()),
    };
    let real = |name: &str, of: &dyn Fn(&Row<'_>) -> Option<f64>| Column {
        name: name.to_owned(),
        values: Values::Real(rows.iter().map(of).collect()),
    };
    let mut columns = vec![
        text("trace", &|row| plan.traces[row.cell.trace].name().to_owned()),
        text("policy", &|row| plan.policies[row.cell.policy].clone()),
        text("workers", &|row| plan.workers[row.cell.workers].label.clone()),
        real("rate_scale", &|row| Some(plan.rate_scales[row.cell.rate_scale].factor())),
        whole("seed", &|row| Some(plan.seeds[row.cell.seed].0)),
    ];
    for (index, (name, _)) in plan.variants[0].set.iter().enumerate() {
        let value = |cell: Cell| plan.variants[cell.variant].set[index].1.as_str();
        let number = |cell: Cell| value(cell).parse::<f64>().ok();
        let is_number =
            plan.variants.iter().all(|variant| variant.set[index].1.parse::<f64>().is_ok());
        columns.push(if is_number {
            real(name, &|row| number(row.cell))
        } else {
            text(name, &|row| value(row.cell).to_owned())
        });
    }
    columns.extend([
        text("class", &|row| row.class.class.to_string()),
        whole("count", &|row| Some(row.class.count)),
        whole("ok", &|row| Some(row.class.ok)),
        whole("slo_met", &|row| Some(row.class.slo_met)),
        real("attainment", &|row| row.class.attainment()),
        whole("p50_ns", &|row| row.class.p50_ns),
        whole("p95_ns", &|row| row.class.p95_ns),
        whole("p99_ns", &|row| row.class.p99_ns),
        whole("wait_mean_ns", &|row| row.class.wait_mean_ns),
        whole("wait_p95_ns", &|row| row.class.wait_p95_ns),
        real("goodput_per_s", &|row| row.class.goodput_per_s),
        real("utilisation", &|row| Some(row.run.utilisation)),
        real("waiting_mean", &|row| Some(row.run.waiting_mean)),
        whole("waiting_max", &|row| Some(row.run.waiting_max)),
    ]);
    columns
}

/// What the names in the columns stand for.
fn metadata(plan: &Plan) -> Metadata {
    fn json<'a>(pairs: impl Iterator<Item = (String, &'a str)>) -> String {
        let pairs = pairs.map(|(name, text)| (name, Value::from(text)));
        Value::Object(pairs.collect::<Map<_, _>>()).to_string()
    }
    let traces = plan.traces.iter();
    let traces = traces.map(|trace| (trace.name().to_owned(), trace.header().digest.as_str()));
    let workers = plan.workers.iter();
    let workers = workers.map(|choice| (choice.label.clone(), choice.workers.text()));
    let profiles = plan.variants.iter();
    let profiles = profiles.map(|variant| (variant.to_string(), variant.profile.text()));
    let pairs = [
        ("reprise.format", Some("sweep".to_owned())),
        ("reprise.version", Some(VERSION.to_owned())),
        ("reprise.tool", Some(TOOL.to_owned())),
        ("reprise.traces", Some(json(traces))),
        ("reprise.workers", Some(json(workers))),
        ("reprise.profiles", Some(json(profiles))),
        ("reprise.limit", plan.limit.map(|limit| limit.to_string())),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}
