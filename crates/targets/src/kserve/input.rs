//! The one input of a model that takes the tensor of a request.

use wire::inference::model_metadata_response::TensorMetadata;

use super::{Found, KserveError, Wanted};
use crate::plain::plain;

/// What the elements of every trace's tensors are.
const DATATYPE: &str = "FP32";

/// Inputs that a message shows.
const SHOWN_MAX: usize = 8;

/// A size that the server leaves to the request.
const ANY_SIZE: i64 = -1;

/// The input that takes the tensor, and would.
pub(super) fn choose(
    wanted: &Wanted<'_>,
    inputs: &[TensorMetadata],
    notes: &mut Vec<String>,
) -> Result<Found, KserveError> {
    let input = match (wanted.input, inputs) {
        (None, [input]) => input,
        (None, _) => {
            return Err(KserveError::ManyInputs {
                model: wanted.to_string(),
                count: inputs.len(),
                inputs: list(inputs),
            });
        }
        (Some(name), _) => inputs.iter().find(|input| input.name == name).ok_or_else(|| {
            KserveError::NoSuchInput {
                model: wanted.to_string(),
                input: name.to_owned(),
                inputs: list(inputs),
            }
        })?,
    };
    if inputs.len() > 1 {
        // Nothing in the protocol says which inputs are optional.
        notes.push(format!(
            "model '{}' takes {} inputs, and requests fill '{}' alone: {}",
            wanted.name,
            inputs.len(),
            plain(&input.name),
            list(inputs)
        ));
    }
    fits(wanted, input, notes)?;
    Ok(Found { input: input.name.clone(), datatype: input.datatype.clone() })
}

/// The input that the map names, of which the server says nothing.
pub(super) fn unchecked(
    wanted: &Wanted<'_>,
    reason: &'static str,
    notes: &mut Vec<String>,
) -> Result<Found, KserveError> {
    let Some(input) = wanted.input else {
        return Err(KserveError::InputUntold { model: wanted.to_string(), reason });
    };
    notes.push(format!(
        "model '{}': the server does not say what it takes ({reason}), so datatype and shape of \
         '{input}' were not checked",
        wanted.name
    ));
    Ok(Found { input: input.to_owned(), datatype: DATATYPE.to_owned() })
}

/// Whether an input takes tensors like those of the trace.
fn fits(
    wanted: &Wanted<'_>,
    input: &TensorMetadata,
    notes: &mut Vec<String>,
) -> Result<(), KserveError> {
    if input.datatype != DATATYPE {
        return Err(KserveError::Datatype {
            model: wanted.to_string(),
            input: plain(&input.name),
            datatype: plain(&input.datatype),
        });
    }
    if input.shape.is_empty() && !wanted.shape.is_empty() {
        // On the wire a scalar and a shape that is not told are the same.
        notes.push(format!(
            "model '{}': the server tells no shape of '{}', so it was not checked",
            wanted.name,
            plain(&input.name)
        ));
        return Ok(());
    }
    let same_rank = input.shape.len() == wanted.shape.len();
    let mut sizes = input.shape.iter().zip(wanted.shape);
    if same_rank && sizes.all(|(&takes, &given)| [ANY_SIZE, given.into()].contains(&takes)) {
        return Ok(());
    }
    Err(KserveError::Shape {
        model: wanted.to_string(),
        input: plain(&input.name),
        shape: input.shape.clone(),
        given: wanted.shape.to_vec(),
        proposed: propose(&input.shape, wanted.shape),
    })
}

/// The shape nearest to the trace's that an input takes. Sizes that it leaves open are the trace's,
/// counted from the last, because what is left out or too much is nearly always the batch, which
/// comes first; where the trace has none, 1.
fn propose(takes: &[i64], given: &[i32]) -> Vec<i64> {
    let given = given.iter().rev().map(|&size| size.into()).chain(std::iter::repeat(1));
    let mut proposed: Vec<i64> = takes
        .iter()
        .rev()
        .zip(given)
        .map(|(&takes, given)| if takes == ANY_SIZE { given } else { takes })
        .collect();
    proposed.reverse();
    proposed
}

/// Inputs in a line: the first of them where there are many.
fn list(inputs: &[TensorMetadata]) -> String {
    let describe = |input: &TensorMetadata| {
        plain(&format!("'{}' {} {:?}", input.name, input.datatype, input.shape))
    };
    let shown: Vec<_> = inputs.iter().take(SHOWN_MAX).map(describe).collect();
    let shown = shown.join(", ");
    match inputs.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
