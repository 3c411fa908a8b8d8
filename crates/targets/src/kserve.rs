//! Servers of the Open Inference Protocol (KServe v2): what is looked at before a run, so that a
//! wrong name or shape is one error and not a table of them.
//!
//! Only what every request would meet is checked here. What becomes of a request is for the reply
//! to say.

mod answer;
mod error;
mod input;
pub(crate) mod presets;
mod triton;
mod wanted;

use wire::inference::{
    self, ModelMetadataRequest, ModelMetadataResponse, ModelReadyRequest, ModelReadyResponse,
    ServerReadyRequest, ServerReadyResponse,
};

use crate::ask::Ask;
use crate::map::Map;
use crate::traffic::Model;
use answer::{Answer, answer};
pub use error::KserveError;
use wanted::{Wanted, scheduling_parameters};

/// What the server has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The input that takes the tensor.
    pub(crate) input: String,
    /// Type of its elements.
    pub(crate) datatype: String,
}

/// Asks the server whether it can serve requests by `map` for each of `models`, whose longest SLO is
/// `slo_ns_max`, or 0 where unknown. Gives what it found for each, and notes for people.
///
/// # Errors
/// Where no request of a model could succeed, or nothing tells how to make one.
pub(crate) fn examine(
    ask: &mut dyn Ask,
    map: &Map,
    models: &[Model<'_>],
    slo_ns_max: i64,
) -> Result<(Vec<Found>, Vec<String>), KserveError> {
    let wanted: Vec<_> = models.iter().map(|model| Wanted::new(map, model)).collect();
    examine_wanted(ask, &wanted, &scheduling_parameters(map), slo_ns_max)
}

fn examine_wanted(
    ask: &mut dyn Ask,
    wanted: &[Wanted<'_>],
    sends: &[&str],
    slo_ns_max: i64,
) -> Result<(Vec<Found>, Vec<String>), KserveError> {
    server_is_ready(ask)?;
    let mut notes = Vec::new();
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        found.push(examine_model(ask, wanted, &mut notes)?);
        if !sends.is_empty() {
            notes.extend(triton::ask_for_notes(ask, wanted, sends, slo_ns_max)?);
        }
    }
    Ok((found, notes))
}

/// A server that does not implement the question may yet serve.
fn server_is_ready(ask: &mut dyn Ask) -> Result<(), KserveError> {
    match answer(ask, inference::SERVER_READY_PATH, &ServerReadyRequest {})? {
        Answer::Given(ServerReadyResponse { ready: true }) | Answer::Unimplemented => Ok(()),
        Answer::Given(ServerReadyResponse { ready: false }) => {
            Err(KserveError::ServerNotReady("ServerReady is false".into()))
        }
        Answer::Absent(said) => Err(KserveError::ServerNotReady(said)),
    }
}

fn examine_model(
    ask: &mut dyn Ask,
    wanted: &Wanted<'_>,
    notes: &mut Vec<String>,
) -> Result<Found, KserveError> {
    let (name, version) = (wanted.name.to_owned(), wanted.version.to_owned());
    // First, because servers that do not know the model say so here most clearly.
    let question = ModelMetadataRequest { name: name.clone(), version: version.clone() };
    let metadata = match answer(ask, inference::MODEL_METADATA_PATH, &question)? {
        Answer::Given(metadata) => Some(metadata),
        Answer::Unimplemented => None,
        Answer::Absent(said) => return Err(KserveError::not_served(wanted, said)),
    };
    let question = ModelReadyRequest { name, version };
    match answer(ask, inference::MODEL_READY_PATH, &question)? {
        Answer::Given(ModelReadyResponse { ready: true }) => {}
        Answer::Given(ModelReadyResponse { ready: false }) => {
            return Err(KserveError::not_served(wanted, "ModelReady is false".into()));
        }
        Answer::Absent(said) => return Err(KserveError::not_served(wanted, said)),
        Answer::Unimplemented => notes.push(format!(
            "model '{}': the server does not implement ModelReady, so it may not be loaded",
            wanted.name
        )),
    }
    match metadata {
        Some(ModelMetadataResponse { inputs, .. }) if !inputs.is_empty() => {
            input::choose(wanted, &inputs, notes)
        }
        Some(_) => input::unchecked(wanted, "ModelMetadata lists no inputs", notes),
        None => input::unchecked(wanted, "it does not implement ModelMetadata", notes),
    }
}

#[cfg(test)]
mod tests;
