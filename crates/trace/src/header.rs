//! What a trace file says about itself, beside its rows.
//!
//! The text lives in the metadata of the Arrow schema, under the keys that [`crate::schema`] lists.

use std::collections::{BTreeMap, BTreeSet};

use request::Seed;
use serde::{Deserialize, Serialize};

use crate::error::Fault;
use crate::provenance::Step;
use crate::schema::{FORMAT, VERSION, column, key};
use crate::workload::{ModelSpec, Workload};

/// What a trace file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// What the traffic was meant to look like.
    pub workload: Workload,
    /// The seed it was drawn from.
    pub seed: Seed,
    /// How the rows were made, oldest step first; empty where the workload was simply drawn.
    pub provenance: Vec<Step>,
    /// The models that rows refer to by position.
    pub models: Vec<ModelSpec>,
    /// Names of the SLO classes that rows refer to by position.
    pub slos: Vec<String>,
    /// The program that wrote the file, and its version.
    pub tool: String,
    /// Number of rows.
    pub rows: u64,
    /// SHA-256 of the logical content, in hexadecimal: equal for equal rows and tensors, however
    /// the file is laid out.
    pub digest: String,
}

/// The tensor of a model, as `reprise.models` tells it.
#[derive(Serialize, Deserialize)]
struct TensorText {
    dtype: String,
    shape: Vec<i32>,
}

/// The lists that rows refer to, in their order, as `reprise.names` tells them.
#[derive(Serialize, Deserialize)]
struct NamesText {
    slo: Vec<String>,
    model: Vec<String>,
}

/// What writes these files.
const TOOL: &str = concat!("trace ", env!("CARGO_PKG_VERSION"));

/// The only element type there is.
pub(crate) const DTYPE: &str = "float32";

/// Metadata of the schema, in the order of its keys.
pub(crate) fn to_metadata(header: &Header) -> BTreeMap<String, String> {
    start_pairs(header).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Metadata of a table without dictionaries: what the schema of the others says, and their names.
pub(crate) fn to_pairs(header: &Header) -> Vec<(&'static str, String)> {
    let names = NamesText {
        slo: header.slos.clone(),
        model: header.models.iter().map(|model| model.name.clone()).collect(),
    };
    let mut pairs = start_pairs(header);
    pairs.push((key::NAMES, to_json(&names)));
    pairs.sort_unstable();
    pairs
}

fn start_pairs(header: &Header) -> Vec<(&'static str, String)> {
    let tensors: BTreeMap<&str, TensorText> = header
        .models
        .iter()
        .map(|model| {
            let text = TensorText { dtype: DTYPE.to_owned(), shape: model.shape.clone() };
            (model.name.as_str(), text)
        })
        .collect();
    let mut pairs = vec![
        (key::FORMAT, FORMAT.to_owned()),
        (key::VERSION, VERSION.to_string()),
        (key::TOOL, TOOL.to_owned()),
        (key::SEED, header.seed.to_string()),
        (key::WORKLOAD, to_json(&header.workload)),
        (key::MODELS, to_json(&tensors)),
    ];
    if !header.provenance.is_empty() {
        pairs.push((key::PROVENANCE, to_json(&header.provenance)));
    }
    pairs
}

fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("keys are strings and a valid workload has no huge times")
}

/// Refuses a file that is something else, or of another version.
pub(crate) fn check_format(metadata: &BTreeMap<String, String>) -> Result<(), Fault> {
    match metadata.get(key::FORMAT).map(String::as_str) {
        Some(FORMAT) => {}
        Some(other) => {
            let problem = format!("this is a table of format `{other}`; give a trace");
            return Err(Fault::foreign(problem));
        }
        None => {
            let problem = "a table, but not a trace: its metadata has no `reprise.format`; make \
                           traces with `trace gen`";
            return Err(Fault::foreign(problem));
        }
    }
    let version = metadata.get(key::VERSION).map_or("none", String::as_str);
    if version == VERSION.to_string() {
        return Ok(());
    }
    Err(Fault::foreign(format!(
        "this trace has format version {version}, and this program reads version {VERSION}; use \
         the release that wrote it, or make the trace again"
    )))
}

impl Header {
    /// The header of a trace that is still to be written, with the lists of the workload.
    #[must_use]
    pub fn new(workload: &Workload, seed: Seed, provenance: &[Step]) -> Self {
        Self {
            workload: workload.clone(),
            seed,
            provenance: provenance.to_vec(),
            models: workload.models.clone(),
            slos: workload.slos.iter().map(|slo| slo.name.clone()).collect(),
            tool: TOOL.to_owned(),
            rows: 0,
            digest: String::new(),
        }
    }

    /// Checks that rows can refer to the lists.
    pub(crate) fn check_names(&self) -> Result<(), Fault> {
        check_names(column::SLO, self.slos.iter().map(String::as_str))?;
        check_names(column::MODEL, self.models.iter().map(|model| model.name.as_str()))?;
        self.models.iter().try_for_each(check_shape)
    }

    /// Puts together what the metadata and the lists of names say.
    pub(crate) fn parse(
        metadata: &BTreeMap<String, String>,
        slos: Vec<String>,
        model_names: Vec<String>,
        content: Content,
    ) -> Result<Self, Fault> {
        let mut workload: Workload = from_json(metadata, key::WORKLOAD)?;
        let models = tensors_of(metadata, model_names)?;
        workload.models.clone_from(&models);
        Ok(Self {
            workload,
            seed: Seed(number(metadata, key::SEED)?),
            provenance: match metadata.contains_key(key::PROVENANCE) {
                true => from_json(metadata, key::PROVENANCE)?,
                false => Vec::new(),
            },
            models,
            slos,
            tool: text(metadata, key::TOOL)?.to_owned(),
            rows: content.rows,
            digest: content.digest,
        })
    }
}

/// What can be known of a trace after its last row only.
pub(crate) struct Content {
    pub(crate) rows: u64,
    pub(crate) digest: String,
}

impl Content {
    /// What the metadata claims.
    pub(crate) fn claimed(metadata: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let digest = text(metadata, key::DIGEST)?;
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad_value(key::DIGEST, "not 64 hexadecimal digits"));
        }
        Ok(Self { rows: number(metadata, key::ROWS)?, digest: digest.to_owned() })
    }
}

/// The lists of SLO classes and of models in a table without dictionaries.
pub(crate) fn names_of(
    metadata: &BTreeMap<String, String>,
) -> Result<(Vec<String>, Vec<String>), Fault> {
    let NamesText { slo, model } = from_json(metadata, key::NAMES)?;
    check_names(column::SLO, slo.iter().map(String::as_str))?;
    check_names(column::MODEL, model.iter().map(String::as_str))?;
    Ok((slo, model))
}

/// Joins the models that rows name with the shapes that the metadata gives.
fn tensors_of(
    metadata: &BTreeMap<String, String>,
    names: Vec<String>,
) -> Result<Vec<ModelSpec>, Fault> {
    let mut tensors: BTreeMap<String, TensorText> = from_json(metadata, key::MODELS)?;
    let join = |name: String| {
        let Some(TensorText { dtype, shape }) = tensors.remove(&name) else {
            let problem = format!("holds `{name}`, which has no tensor in `{}`", key::MODELS);
            return Err(Fault::column(column::MODEL, problem));
        };
        if dtype != DTYPE {
            let problem = format!("tensor of `{name}` is {dtype}; only {DTYPE} is known");
            return Err(Fault::column(column::MODEL, problem));
        }
        let model = ModelSpec { name, shape };
        check_shape(&model).map(|()| model)
    };
    names.into_iter().map(join).collect()
}

fn check_shape(model: &ModelSpec) -> Result<(), Fault> {
    if model.element_count().is_some() {
        return Ok(());
    }
    let problem = format!("tensor of `{}` has the unusable shape {:?}", model.name, model.shape);
    Err(Fault::column(column::MODEL, problem))
}

/// Checks a list that a column refers to: few enough for its positions, each one line of text that
/// occurs once.
pub(crate) fn check_names<'a>(
    column: &'static str,
    names: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), Fault> {
    let count = names.len();
    if count > i16::MAX as usize {
        return Err(Fault::column(column, format!("has {count} names; 32767 is the most")));
    }
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || name.contains(char::is_control) {
            let problem = format!("has the name {name:?}; give one line of text");
            return Err(Fault::column(column, problem));
        }
        if !seen.insert(name) {
            return Err(Fault::column(column, format!("has the name `{name}` twice")));
        }
    }
    Ok(())
}

fn text<'a>(metadata: &'a BTreeMap<String, String>, key: &str) -> Result<&'a str, Fault> {
    metadata
        .get(key)
        .map(String::as_str)
        .ok_or_else(|| Fault::foreign(format!("metadata `{key}` is missing; was the file edited?")))
}

fn number(metadata: &BTreeMap<String, String>, key: &str) -> Result<u64, Fault> {
    text(metadata, key)?.parse().map_err(|error| bad_value(key, error))
}

fn from_json<'a, T: Deserialize<'a>>(
    metadata: &'a BTreeMap<String, String>,
    key: &str,
) -> Result<T, Fault> {
    serde_json::from_str(text(metadata, key)?).map_err(|error| bad_value(key, error))
}

fn bad_value(key: &str, problem: impl std::fmt::Display) -> Fault {
    Fault::foreign(format!("metadata `{key}` does not read: {problem}; was the file edited?"))
}
