//! The trace table: its columns, and the keys of its metadata.

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Fields, Metadata, Schema};

/// What `reprise.format` says of a trace.
pub(crate) const FORMAT: &str = "trace";

/// What `reprise.version` says; it changes with any change of columns, metadata or random streams.
pub(crate) const VERSION: u32 = 1;

/// Keys of the metadata.
pub(crate) mod key {
    pub(crate) const FORMAT: &str = "reprise.format";
    pub(crate) const VERSION: &str = "reprise.version";
    pub(crate) const TOOL: &str = "reprise.tool";
    pub(crate) const SEED: &str = "reprise.seed";
    pub(crate) const WORKLOAD: &str = "reprise.workload";
    pub(crate) const MODELS: &str = "reprise.models";
    /// Only where the rows were not simply drawn from the workload.
    pub(crate) const PROVENANCE: &str = "reprise.provenance";
    /// Only where the table has no dictionaries to tell the order of the names.
    pub(crate) const NAMES: &str = "reprise.names";
    /// In the footer, since it is known after the last row only.
    pub(crate) const ROWS: &str = "reprise.rows";
    /// In the footer, since it is known after the last row only.
    pub(crate) const DIGEST: &str = "reprise.digest";
}

/// Names of the columns, in order.
pub(crate) mod column {
    pub(crate) const REQUEST_ID: &str = "request_id";
    pub(crate) const ARRIVAL_NS: &str = "arrival_ns";
    pub(crate) const TIER: &str = "tier";
    pub(crate) const SLO: &str = "slo";
    pub(crate) const DEADLINE_NS: &str = "deadline_ns";
    pub(crate) const MODEL: &str = "model";
    pub(crate) const TENSOR_SEED: &str = "tensor_seed";
    pub(crate) const ALL: [&str; 7] =
        [REQUEST_ID, ARRIVAL_NS, TIER, SLO, DEADLINE_NS, MODEL, TENSOR_SEED];
}

/// The columns with their types. None may hold nulls.
pub(crate) static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let types = [
        DataType::Int64,
        DataType::Int64,
        DataType::Int8,
        names(),
        DataType::Int64,
        names(),
        DataType::Int64,
    ];
    column::ALL.into_iter().zip(types).map(|(name, kind)| Field::new(name, kind, false)).collect()
});

/// Text from a short list, which the file holds once.
fn names() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8))
}

/// The schema with this metadata.
pub(crate) fn with_metadata(metadata: impl Into<Metadata>) -> Arc<Schema> {
    Arc::new(Schema::new_with_metadata(FIELDS.clone(), metadata))
}
