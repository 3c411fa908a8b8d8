//! The table of a sweep: a row for each cell and class, in the order of the plan.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, Field, Schema};
use outcome::Format;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::plan::{TOOL, VERSION};
use super::{Cell, Plan, Sweep, SweepError};
use crate::{ClassFigures, Figures};

/// Writes the cells of `sweep` that have figures to `path`; the extension says the format. The
/// same cells give the same bytes. The file appears whole or not at all.
///
/// # Errors
/// Where the extension is none of `.arrow`, `.parquet` and `.csv`, or the file cannot be written.
pub fn write_table(path: &Path, plan: &Plan, sweep: &Sweep) -> Result<(), SweepError> {
    let format = Format::of(path)?;
    let columns = columns(plan, sweep);
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let write = || -> Result<(), SweepError> {
        let file = File::create(&partial).map_err(SweepError::io("write", path))?;
        let encoded = match format {
            Format::Arrow => write_arrow(&file, &columns, metadata(plan)),
            Format::Parquet => write_parquet(&file, &columns, metadata(plan)),
            Format::Csv => write_csv(&file, &columns),
        };
        encoded.map_err(|problem| SweepError::Encode { path: path.to_owned(), problem })?;
        file.sync_all().map_err(SweepError::io("write", path))?;
        fs::rename(&partial, path).map_err(SweepError::io("write", path))
    };
    write().inspect_err(|_| {
        // Nothing better can be done about a file that cannot be removed.
        let _ = fs::remove_file(&partial);
    })
}

/// A column and its name.
struct Column {
    name: String,
    values: Values,
}

enum Values {
    Text(Vec<String>),
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
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

fn metadata(plan: &Plan) -> BTreeMap<String, String> {
    let json = |value: &dyn Fn() -> serde_json::Value| value().to_string();
    let traces = || {
        let digest = |trace: &trace::TraceReader| {
            (trace.name().to_owned(), trace.header().digest.clone().into())
        };
        serde_json::Value::Object(plan.traces.iter().map(digest).collect())
    };
    let workers = || {
        let text =
            |choice: &super::WorkersChoice| (choice.label.clone(), choice.workers.text().into());
        serde_json::Value::Object(plan.workers.iter().map(text).collect())
    };
    let profiles = || {
        let text = |variant: &super::Variant| (variant.to_string(), variant.profile.text().into());
        serde_json::Value::Object(plan.variants.iter().map(text).collect())
    };
    let mut pairs = BTreeMap::from([
        ("reprise.format", "sweep".to_owned()),
        ("reprise.version", VERSION.to_owned()),
        ("reprise.tool", TOOL.to_owned()),
        ("reprise.traces", json(&traces)),
        ("reprise.workers", json(&workers)),
        ("reprise.profiles", json(&profiles)),
    ]);
    if let Some(limit) = plan.limit {
        pairs.insert("reprise.limit", limit.to_string());
    }
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn batch(
    columns: &[Column],
    metadata: BTreeMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let arrays: Vec<ArrayRef> = columns.iter().map(Column::array).collect();
    let fields = columns.iter().zip(&arrays).map(|(column, array)| {
        Field::new(&column.name, array.data_type().clone(), column.is_nullable())
    });
    let fields: Vec<Field> = fields.collect();
    let schema = Schema::new(fields).with_metadata(metadata);
    RecordBatch::try_new(Arc::new(schema), arrays)
}

fn write_arrow(
    file: &File,
    columns: &[Column],
    metadata: BTreeMap<String, String>,
) -> Result<(), String> {
    let write = || {
        let batch = batch(columns, metadata)?;
        let mut writer = FileWriter::try_new_buffered(file, batch.schema_ref())?;
        writer.write(&batch)?;
        writer.finish()
    };
    write().map_err(|error: ArrowError| error.to_string())
}

fn write_parquet(
    file: &File,
    columns: &[Column],
    metadata: BTreeMap<String, String>,
) -> Result<(), String> {
    // The default of `created_by` is the library's version, and with it the bytes would change.
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("reprise".into())
        .build();
    let write = || {
        let batch = batch(columns, metadata.clone())?;
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        for (key, value) in metadata {
            writer.append_key_value_metadata(KeyValue::new(key, value));
        }
        writer.finish()
    };
    write().map(drop).map_err(|error: ParquetError| error.to_string())
}

/// Without metadata: text has no place for it.
fn write_csv(file: &File, columns: &[Column]) -> Result<(), String> {
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(file));
    let mut write = || -> Result<(), csv::Error> {
        writer.write_record(columns.iter().map(|column| &column.name))?;
        for row in 0..columns[0].len() {
            writer.write_record(columns.iter().map(|column| column.text(row)))?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(|error| error.to_string())?;
    let buffer = writer.into_inner().map_err(|error| error.to_string())?;
    let mut file = buffer.into_inner().map_err(|error| error.to_string())?;
    file.flush().map_err(|error| error.to_string())
}

impl Column {
    fn array(&self) -> ArrayRef {
        match &self.values {
            Values::Text(values) => {
                let names = values.iter().map(String::as_str);
                Arc::new(names.collect::<DictionaryArray<Int32Type>>())
            }
            Values::Whole(values) => Arc::new(Int64Array::from(values.clone())),
            Values::Real(values) => Arc::new(Float64Array::from(values.clone())),
        }
    }

    /// By its kind, not by its values: the same columns for every sweep.
    fn is_nullable(&self) -> bool {
        !matches!(self.values, Values::Text(_))
    }

    fn len(&self) -> usize {
        match &self.values {
            Values::Text(values) => values.len(),
            Values::Whole(values) => values.len(),
            Values::Real(values) => values.len(),
        }
    }

    /// The value in `row`; empty where there is none.
    fn text(&self, row: usize) -> String {
        let number = |value: Option<String>| value.unwrap_or_default();
        match &self.values {
            Values::Text(values) => values[row].clone(),
            Values::Whole(values) => number(values[row].map(|value| value.to_string())),
            Values::Real(values) => number(values[row].map(|value| value.to_string())),
        }
    }
}
