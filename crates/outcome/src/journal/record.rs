//! What is known of a run, between the rows of a journal.
//!
//! A batch can carry metadata of its own, and pyarrow shows it beside the batch, but arrow's writer
//! has no call for it. So a batch without rows is put together here; it has nothing but its header.

use arrow_ipc::{
    Buffer, FieldNode, KeyValue, KeyValueArgs, Message, MessageArgs, MessageHeader,
    MetadataVersion, RecordBatch, RecordBatchArgs,
};
use flatbuffers::FlatBufferBuilder;

use crate::RunRecord;
use crate::schema::COLUMNS;

/// The key under which a batch holds a run's record.
const KEY: &str = "reprise.run";

/// Every message is as long as a multiple of this.
const ALIGNMENT: usize = 8;

/// A message of the stream that holds the record.
pub(super) fn encode(record: &RunRecord) -> Vec<u8> {
    let header = header(&serde_json::to_string(record).expect("numbers and text have a JSON form"));
    let size = header.len().next_multiple_of(ALIGNMENT);
    let size_on_disk = u32::try_from(size).expect("a record is a few kilobytes");
    let mut message = vec![0xff; 4];
    message.extend(size_on_disk.to_le_bytes());
    message.extend(&header);
    message.resize(message.len() - header.len() + size, 0);
    message
}

fn header(record: &str) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let pair = KeyValueArgs {
        key: Some(builder.create_string(KEY)),
        value: Some(builder.create_string(record)),
    };
    let pair = KeyValue::create(&mut builder, &pair);
    let metadata = builder.create_vector(&[pair]);
    // Of a column that holds numbers: which are there, and the numbers.
    let (nodes, buffers) = (COLUMNS.len(), 2 * COLUMNS.len());
    let batch = RecordBatchArgs {
        nodes: Some(builder.create_vector(&vec![FieldNode::new(0, 0); nodes])),
        buffers: Some(builder.create_vector(&vec![Buffer::new(0, 0); buffers])),
        ..RecordBatchArgs::default()
    };
    let batch = RecordBatch::create(&mut builder, &batch);
    let message = MessageArgs {
        version: MetadataVersion::V5,
        header_type: MessageHeader::RecordBatch,
        header: Some(batch.as_union_value()),
        bodyLength: 0,
        custom_metadata: Some(metadata),
    };
    let message = Message::create(&mut builder, &message);
    builder.finish(message, None);
    builder.finished_data().into()
}

/// The record that a message holds, where it holds one.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn decode(message: &Message<'_>) -> Result<Option<RunRecord>, String> {
    let mut pairs = message.custom_metadata().into_iter().flatten();
    let Some(pair) = pairs.find(|pair| pair.key() == Some(KEY)) else { return Ok(None) };
    let wrong = |problem: &str| format!("metadata key {KEY} of a batch {problem}");
    let record: RunRecord = serde_json::from_str(pair.value().unwrap_or_default())
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if record.run < 0 {
        return Err(wrong(&format!("is of run {}", record.run)));
    }
    Ok(Some(record))
}
