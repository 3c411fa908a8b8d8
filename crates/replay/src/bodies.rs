//! The tensors of a run's requests, from their models' shapes and their seeds.

use trace::Header;
use wire::PreparedTensor;

use crate::buffers::Buffers;
use crate::plan::Planned;

/// Makes tensors.
#[derive(Debug)]
pub(crate) struct Bodies {
    shapes: Vec<Vec<i32>>,
    lens: Vec<usize>,
    buffers: Buffers,
}

/// A model's tensor cannot be put on the wire.
#[derive(Debug, thiserror::Error)]
#[error("model '{model}' cannot be sent")]
pub struct BodyError {
    /// The model.
    model: String,
    /// Why.
    source: wire::PrepareError,
}

impl Bodies {
    /// # Errors
    /// Where a model that the plan asks for has a shape that cannot be sent.
    pub(crate) fn new(header: &Header, plan: &[Planned]) -> Result<Self, BodyError> {
        let mut bodies = Self { shapes: Vec::new(), lens: Vec::new(), buffers: Buffers::new() };
        for (index, model) in header.models.iter().enumerate() {
            let used = plan.iter().any(|planned| usize::from(planned.row.request.model.0) == index);
            let len = match PreparedTensor::len_of(&model.shape) {
                Ok(len) => len,
                Err(_) if !used => 0,
                Err(source) => return Err(BodyError { model: model.name.clone(), source }),
            };
            bodies.shapes.push(model.shape.clone());
            bodies.lens.push(len);
        }
        Ok(bodies)
    }

    /// The tensor of one request.
    pub(crate) fn prepare(&self, planned: &Planned) -> PreparedTensor {
        let model = usize::from(planned.row.request.model.0);
        self.buffers
            .tensor(&self.shapes[model], self.lens[model], planned.tensor_seed())
            .expect("its length was counted before, and is within the limit")
    }
}
