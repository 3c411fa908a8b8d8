//! One message of the file: finds the columns of a record batch in its body.

use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};
use arrow_ipc::{Message, MetadataVersion, RecordBatch, root_as_message};

use super::container::Block;
use crate::error::Fault;
use crate::row::Batch;
use crate::schema::column;

/// Before a message: a marker of four 0xFF, then the length.
pub(super) const PREFIX_SIZE: usize = 8;
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];

/// Reads the description at the head of a block.
pub(super) fn read_head(head: &[u8]) -> Result<Message<'_>, Fault> {
    let (prefix, message) = head
        .split_at_checked(PREFIX_SIZE)
        .ok_or_else(|| Fault::damaged("a message is shorter than its prefix"))?;
    if prefix[..4] != CONTINUATION {
        return Err(Fault::damaged("a message does not begin with its marker"));
    }
    let message = root_as_message(message)
        .map_err(|error| Fault::damaged(format!("a message does not read: {error}")))?;
    if message.version() != MetadataVersion::V5 {
        return Err(Fault::damaged("a message is of another Arrow metadata version than V5"));
    }
    Ok(message)
}

/// Finds the columns of a record batch.
pub(super) fn read_batch(block: &Block) -> Result<Batch, Fault> {
    let message = read_head(&block.head)?;
    let batch = message
        .header_as_record_batch()
        .ok_or_else(|| Fault::damaged("a block in the list of batches is something else"))?;
    let mut columns = Columns::new(&block.body, batch)?;
    let rows = columns.rows;
    let batch = Batch {
        request_ids: columns.next(column::REQUEST_ID)?,
        arrivals_ns: columns.next(column::ARRIVAL_NS)?,
        tiers: columns.next(column::TIER)?,
        slos: columns.next(column::SLO)?,
        deadlines_ns: columns.next(column::DEADLINE_NS)?,
        models: columns.next(column::MODEL)?,
        tensor_seeds: columns.next(column::TENSOR_SEED)?,
    };
    debug_assert_eq!(batch.len(), rows, "each column was taken with this length");
    Ok(batch)
}

/// Hands out the arrays of a batch, in order.
pub(super) struct Columns<'a> {
    body: &'a Buffer,
    batch: RecordBatch<'a>,
    /// Rows of the batch.
    pub(super) rows: usize,
    next_node: usize,
    next_buffer: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(body: &'a Buffer, batch: RecordBatch<'a>) -> Result<Self, Fault> {
        if batch.compression().is_some() {
            let problem = "its columns are compressed, so they cannot be used where they lie; \
                           write it again without compression";
            return Err(Fault::foreign(problem));
        }
        let rows = usize::try_from(batch.length())
            .map_err(|_| Fault::damaged(format!("a batch of {} rows cannot be", batch.length())))?;
        Ok(Self { body, batch, rows, next_node: 0, next_buffer: 0 })
    }

    /// The next column of fixed width.
    fn next<T: ArrowNativeType>(&mut self, name: &'static str) -> Result<ScalarBuffer<T>, Fault> {
        self.enter(name)?;
        self.next_values(name, self.rows)
    }

    /// Enters the next array: passes its bitmap of nulls, which may not mark any.
    pub(super) fn enter(&mut self, name: &'static str) -> Result<(), Fault> {
        let nodes = self.batch.nodes();
        let node = nodes.filter(|nodes| self.next_node < nodes.len());
        let node = node.map(|nodes| *nodes.get(self.next_node));
        let node = node.ok_or_else(|| Fault::column(name, "missing from a batch"))?;
        self.next_node += 1;
        if usize::try_from(node.length()) != Ok(self.rows) {
            let problem = format!("{} values in a batch of {} rows", node.length(), self.rows);
            return Err(Fault::column(name, problem));
        }
        if node.null_count() != 0 {
            return Err(Fault::column(name, "holds nulls; a trace has none"));
        }
        self.next_bytes(name).map(drop)
    }

    /// The next buffer, as `len` values.
    pub(super) fn next_values<T: ArrowNativeType>(
        &mut self,
        name: &'static str,
        len: usize,
    ) -> Result<ScalarBuffer<T>, Fault> {
        let bytes = self.next_bytes(name)?;
        let size = len.checked_mul(size_of::<T>()).filter(|&size| size <= bytes.len());
        let size = size.ok_or_else(|| {
            let problem = format!("{} bytes do not hold {len} values", bytes.len());
            Fault::column(name, problem)
        })?;
        if bytes.as_ptr().align_offset(align_of::<T>()) != 0 {
            return Err(Fault::column(name, "values are not aligned"));
        }
        Ok(ScalarBuffer::from(bytes.slice_with_length(0, size)))
    }

    /// The next buffer of the body.
    pub(super) fn next_bytes(&mut self, name: &'static str) -> Result<Buffer, Fault> {
        let buffers = self.batch.buffers();
        let buffer = buffers.filter(|buffers| self.next_buffer < buffers.len());
        let buffer = buffer.map(|buffers| *buffers.get(self.next_buffer));
        let buffer = buffer.ok_or_else(|| Fault::column(name, "has no data in a batch"))?;
        self.next_buffer += 1;
        let start = usize::try_from(buffer.offset()).ok();
        let len = usize::try_from(buffer.length()).ok();
        let inside = start.zip(len).filter(|&(start, len)| {
            start.checked_add(len).is_some_and(|end| end <= self.body.len())
        });
        let (start, len) =
            inside.ok_or_else(|| Fault::column(name, "data reaches past the end of its batch"))?;
        Ok(self.body.slice_with_length(start, len))
    }
}
