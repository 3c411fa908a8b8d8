//! The tensors of a run's requests, and what lies around them in their messages.

use std::sync::Arc;

use bytes::Bytes;
use targets::Protocol;

use crate::buffers::Buffers;
use crate::plan::Planned;

/// Makes the tails of requests: all that does not wait for their moment.
#[derive(Debug)]
pub(crate) struct Bodies {
    protocol: Arc<Protocol>,
    buffers: Buffers,
}

impl Bodies {
    pub(crate) fn new(protocol: Arc<Protocol>) -> Self {
        Self { protocol, buffers: Buffers::new() }
    }

    /// The tail of one request.
    pub(crate) fn prepare(&self, planned: &Planned) -> Bytes {
        let model = usize::from(planned.row.request.model.0);
        let len = self.protocol.tail_len(model);
        if len == 0 {
            return Bytes::new();
        }
        self.buffers.fill(len, |buffer| {
            let tensor = self.protocol.tail(model, buffer);
            trace::Tensor::fill(planned.tensor_seed(), tensor);
        })
    }
}
