//! One row of a trace, and a batch of them as columns.

use std::ops::Range;

use arrow_buffer::ScalarBuffer;
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

/// One request of a trace, with what only the generator of traffic may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceRow {
    /// What a scheduler may see. Its model is a position in [`Header::models`](crate::Header).
    pub request: Request,
    /// Position of the SLO class in [`Header::slos`](crate::Header).
    pub slo: u16,
    /// Where the request's tensor begins; see [`Tensor`](crate::Tensor).
    pub tensor_seed: Seed,
}

/// Rows in column order, as they lie in the file. Cloning one copies no rows.
///
/// A batch that a [`TraceReader`](crate::TraceReader) hands out has been checked: tiers are 1 to 3,
/// and `slos` and `models` are positions in the header's lists.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(crate) request_ids: ScalarBuffer<i64>,
    pub(crate) arrivals_ns: ScalarBuffer<i64>,
    pub(crate) tiers: ScalarBuffer<i8>,
    pub(crate) slos: ScalarBuffer<i16>,
    pub(crate) deadlines_ns: ScalarBuffer<i64>,
    pub(crate) models: ScalarBuffer<i16>,
    pub(crate) tensor_seeds: ScalarBuffer<i64>,
}

impl Batch {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.request_ids.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.request_ids.is_empty()
    }

    /// Column `request_id`.
    #[must_use]
    pub fn request_ids(&self) -> &[i64] {
        &self.request_ids
    }

    /// Column `arrival_ns`: since the start of the trace.
    #[must_use]
    pub fn arrivals_ns(&self) -> &[i64] {
        &self.arrivals_ns
    }

    /// Column `tier`: 1, 2 or 3.
    #[must_use]
    pub fn tiers(&self) -> &[i8] {
        &self.tiers
    }

    /// Column `slo`, as positions in the header's list.
    #[must_use]
    pub fn slos(&self) -> &[i16] {
        &self.slos
    }

    /// Column `deadline_ns`: since the start of the trace.
    #[must_use]
    pub fn deadlines_ns(&self) -> &[i64] {
        &self.deadlines_ns
    }

    /// Column `model`, as positions in the header's list.
    #[must_use]
    pub fn models(&self) -> &[i16] {
        &self.models
    }

    /// Column `tensor_seed`: the 64 bits of a seed, as a signed integer.
    #[must_use]
    pub fn tensor_seeds(&self) -> &[i64] {
        &self.tensor_seeds
    }

    /// The row at this position of the batch.
    ///
    /// # Panics
    /// Where `index` is not below [`Batch::len`].
    #[inline]
    #[must_use]
    pub fn row(&self, index: usize) -> TraceRow {
        let request = Request {
            id: RequestId(self.request_ids[index]),
            arrival: Moment::from_nanos(self.arrivals_ns[index]),
            deadline: Moment::from_nanos(self.deadlines_ns[index]),
            tier: Tier::from_number(i64::from(self.tiers[index])).expect("tiers were checked"),
            model: ModelId(self.models[index].cast_unsigned()),
        };
        TraceRow {
            request,
            slo: self.slos[index].cast_unsigned(),
            tensor_seed: Seed(self.tensor_seeds[index].cast_unsigned()),
        }
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = TraceRow> + '_ {
        (0..self.len()).map(|index| self.row(index))
    }
}

/// Columns under construction.
#[derive(Debug, Default)]
pub(crate) struct BatchBuilder {
    pub(crate) request_ids: Vec<i64>,
    pub(crate) arrivals_ns: Vec<i64>,
    pub(crate) tiers: Vec<i8>,
    pub(crate) slos: Vec<i16>,
    pub(crate) deadlines_ns: Vec<i64>,
    pub(crate) models: Vec<i16>,
    pub(crate) tensor_seeds: Vec<i64>,
}

impl BatchBuilder {
    pub(crate) fn len(&self) -> usize {
        self.request_ids.len()
    }

    /// Appends rows. A position above 32767 turns negative here, and the check of the batch
    /// refuses it.
    pub(crate) fn extend(&mut self, rows: &[TraceRow]) {
        self.request_ids.extend(rows.iter().map(|row| row.request.id.0));
        self.arrivals_ns.extend(rows.iter().map(|row| row.request.arrival.as_nanos()));
        self.tiers.extend(rows.iter().map(|row| row.request.tier.number().cast_signed()));
        self.slos.extend(rows.iter().map(|row| row.slo.cast_signed()));
        self.deadlines_ns.extend(rows.iter().map(|row| row.request.deadline.as_nanos()));
        self.models.extend(rows.iter().map(|row| row.request.model.0.cast_signed()));
        self.tensor_seeds.extend(rows.iter().map(|row| row.tensor_seed.0.cast_signed()));
    }

    /// Appends rows that are columns already, and may not have been checked.
    pub(crate) fn extend_from(&mut self, batch: &Batch, rows: Range<usize>) {
        self.request_ids.extend_from_slice(&batch.request_ids[rows.clone()]);
        self.arrivals_ns.extend_from_slice(&batch.arrivals_ns[rows.clone()]);
        self.tiers.extend_from_slice(&batch.tiers[rows.clone()]);
        self.slos.extend_from_slice(&batch.slos[rows.clone()]);
        self.deadlines_ns.extend_from_slice(&batch.deadlines_ns[rows.clone()]);
        self.models.extend_from_slice(&batch.models[rows.clone()]);
        self.tensor_seeds.extend_from_slice(&batch.tensor_seeds[rows]);
    }

    pub(crate) fn finish(self) -> Batch {
        Batch {
            request_ids: self.request_ids.into(),
            arrivals_ns: self.arrivals_ns.into(),
            tiers: self.tiers.into(),
            slos: self.slos.into(),
            deadlines_ns: self.deadlines_ns.into(),
            models: self.models.into(),
            tensor_seeds: self.tensor_seeds.into(),
        }
    }
}
