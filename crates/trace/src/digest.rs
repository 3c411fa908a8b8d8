//! The digest of a trace: a name for its logical content.
//!
//! Two files have one digest exactly when they hold the same rows and tensors, whatever their
//! batches, compression or metadata. Each column is hashed by itself, so that a few lines of any
//! language with SHA-256 can check it; FORMAT.md tells how.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::header::DTYPE;
use crate::row::Batch;
use crate::schema::{FORMAT, VERSION, column};
use crate::workload::ModelSpec;

const _: () = assert!(
    cfg!(target_endian = "little"),
    "columns are hashed and mapped as they lie in memory, which must be little-endian"
);

/// Hashes a table as its batches come by.
#[derive(Clone, Debug)]
pub(crate) struct TableDigest {
    columns: [Sha256; 7],
    models: Vec<ModelSpec>,
    slo_lines: Vec<String>,
    model_lines: Vec<String>,
    rows: u64,
    scratch: Vec<u8>,
}

impl TableDigest {
    pub(crate) fn new(slos: &[String], models: &[ModelSpec]) -> Self {
        let line = |name: &String| format!("{name}\n");
        let mut sorted = models.to_vec();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            columns: Default::default(),
            slo_lines: slos.iter().map(line).collect(),
            model_lines: models.iter().map(|model| line(&model.name)).collect(),
            models: sorted,
            rows: 0,
            scratch: Vec::new(),
        }
    }

    /// Adds the rows of a checked batch.
    pub(crate) fn update(&mut self, batch: &Batch) {
        let [request_id, arrival_ns, tier, slo, deadline_ns, model, tensor_seed] =
            &mut self.columns;
        request_id.update(batch.request_ids.inner());
        arrival_ns.update(batch.arrivals_ns.inner());
        tier.update(batch.tiers.inner());
        deadline_ns.update(batch.deadlines_ns.inner());
        tensor_seed.update(batch.tensor_seeds.inner());
        update_names(slo, &batch.slos, &self.slo_lines, &mut self.scratch);
        update_names(model, &batch.models, &self.model_lines, &mut self.scratch);
        self.rows += batch.len() as u64;
    }

    /// The digest, in hexadecimal.
    pub(crate) fn finish(self) -> String {
        let mut text = format!("reprise.{FORMAT} {VERSION}\n");
        for ModelSpec { name, shape } in &self.models {
            let shape: Vec<String> = shape.iter().map(i32::to_string).collect();
            text += &format!("model {name} {DTYPE} {}\n", shape.join("x"));
        }
        text += &format!("rows {}\n", self.rows);
        for (name, hash) in column::ALL.into_iter().zip(self.columns) {
            text += &format!("{name} {}\n", hexadecimal(&hash.finalize()));
        }
        hexadecimal(&Sha256::digest(text))
    }
}

/// Hashes a column of names as if each row held the text and a line feed.
fn update_names(hash: &mut Sha256, positions: &[i16], lines: &[String], scratch: &mut Vec<u8>) {
    scratch.clear();
    for &position in positions {
        let position = usize::try_from(position).expect("positions were checked");
        scratch.extend_from_slice(lines[position].as_bytes());
    }
    hash.update(scratch);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}
