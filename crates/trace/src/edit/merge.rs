//! Several traces as one.

use std::collections::BTreeMap;
use std::iter::Peekable;

use request::{ModelId, RequestId};

use super::workload::{Change, workload_of_derived};
use super::{Derived, EditError, Rows};
use crate::error::TraceError;
use crate::header::Header;
use crate::provenance::Step;
use crate::reader::TraceReader;
use crate::row::TraceRow;
use crate::workload::{ModelSpec, Slo};

/// All rows of these traces by arrival, at one arrival in the order of the traces. Ids are given
/// anew, from 0. The lists of models and SLO classes are united, and the seed is that of the first.
///
/// # Errors
/// Where a name means one thing in one trace and another in another.
pub fn merge(traces: &[TraceReader]) -> Result<Derived<'_>, EditError> {
    let Some(first) = traces.first() else {
        return Err(EditError::Refused("there is nothing to merge".to_owned()));
    };
    let mut names = Names::default();
    let mut sources = Vec::new();
    for trace in traces {
        let (slos, models) = names.add(trace)?;
        let rows: Rows<'_> = Box::new(trace.rows());
        sources.push(Input { rows: rows.peekable(), slos, models });
    }
    let workloads: Vec<_> = traces.iter().map(|trace| &trace.header().workload).collect();
    let mut workload = workload_of_derived(&workloads, &Change::Merged);
    workload.slos = names.targets.into_iter().map(|(_, slo)| slo).collect();
    workload.models = names.models.iter().map(|(_, model)| model.clone()).collect();
    let header = Header {
        workload,
        provenance: provenance(traces),
        models: names.models.into_iter().map(|(_, model)| model).collect(),
        slos: names.slos,
        ..first.header().clone()
    };
    let rows_max = traces.iter().map(|trace| trace.header().rows).sum();
    let rows = Box::new(Merged { sources, next_id: 0 });
    Ok(Derived { header, rows, rows_max, same_as: None })
}

fn provenance(traces: &[TraceReader]) -> Vec<Step> {
    let merge = Step {
        operation: "merge".to_owned(),
        parameters: BTreeMap::from([("ids".to_owned(), "given anew, from 0".to_owned())]),
        sources: traces.iter().map(TraceReader::source).collect(),
    };
    let before = traces.iter().flat_map(|trace| trace.header().provenance.iter().cloned());
    before.chain([merge]).collect()
}

/// The names of all traces, each with the trace that it was first seen in.
#[derive(Default)]
struct Names<'a> {
    slos: Vec<String>,
    targets: Vec<(&'a str, Slo)>,
    models: Vec<(&'a str, ModelSpec)>,
}

impl<'a> Names<'a> {
    /// Adds those of a trace, and says where each of its positions is in the united lists.
    fn add(&mut self, trace: &'a TraceReader) -> Result<(Vec<u16>, Vec<ModelId>), EditError> {
        let header = trace.header();
        for slo in &header.workload.slos {
            match self.targets.iter().find(|(_, known)| known.name == slo.name) {
                None => self.targets.push((trace.name(), slo.clone())),
                Some((_, known)) if known.target == slo.target => {}
                Some((file, known)) => {
                    return Err(EditError::Refused(format!(
                        "SLO class `{}` is {:?} in {file} and {:?} in {}; a trace has one of a name",
                        slo.name,
                        known.target,
                        slo.target,
                        trace.name()
                    )));
                }
            }
        }
        let slos = header.slos.iter().map(|name| self.slo(name)).collect::<Result<_, _>>()?;
        let models = header.models.iter().map(|model| self.model(trace.name(), model));
        Ok((slos, models.collect::<Result<_, _>>()?))
    }

    fn slo(&mut self, name: &String) -> Result<u16, EditError> {
        let position = self.slos.iter().position(|known| known == name);
        let position = position.unwrap_or_else(|| {
            self.slos.push(name.clone());
            self.slos.len() - 1
        });
        to_u16("SLO classes", position)
    }

    fn model(&mut self, file: &'a str, model: &ModelSpec) -> Result<ModelId, EditError> {
        let position = self.models.iter().position(|(_, known)| known.name == model.name);
        if let Some((other, known)) = position.map(|position| &self.models[position])
            && known.shape != model.shape
        {
            let (name, here, there) = (&model.name, &model.shape, &known.shape);
            return Err(EditError::Refused(format!(
                "model `{name}` takes tensors of shape {there:?} in {other} and {here:?} in {file}; \
                 a trace has one of a name"
            )));
        }
        let position = position.unwrap_or_else(|| {
            self.models.push((file, model.clone()));
            self.models.len() - 1
        });
        to_u16("models", position).map(ModelId)
    }
}

fn to_u16(what: &str, position: usize) -> Result<u16, EditError> {
    u16::try_from(position)
        .map_err(|_| EditError::Refused(format!("together they have too many {what}")))
}

/// A trace on its way, and where its positions are in the united lists.
struct Input<'a> {
    rows: Peekable<Rows<'a>>,
    slos: Vec<u16>,
    models: Vec<ModelId>,
}

/// Takes the earliest row of all sources, again and again.
struct Merged<'a> {
    sources: Vec<Input<'a>>,
    next_id: i64,
}

impl Iterator for Merged<'_> {
    type Item = Result<TraceRow, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        // An error comes before any row.
        let arrival = |row: &Self::Item| row.as_ref().ok().map(|row| row.request.arrival);
        let next = self
            .sources
            .iter_mut()
            .enumerate()
            .filter_map(|(index, source)| source.rows.peek().map(|row| (arrival(row), index)));
        let (_, index) = next.min()?;
        let Input { rows, slos, models } = &mut self.sources[index];
        let mut row = match rows.next()? {
            Ok(row) => row,
            error => return Some(error),
        };
        row.slo = slos[usize::from(row.slo)];
        row.request.model = models[usize::from(row.request.model.0)];
        row.request.id = RequestId(self.next_id);
        self.next_id += 1;
        Some(Ok(row))
    }
}
