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

#[cfg(test)]
mod tests {
    use request::{ModelId, Moment, Request, RequestId, Seed, Tier};

    use super::*;
    use crate::row::{BatchBuilder, TraceRow};

    /// A hundred rows over two names of each kind; `swap` exchanges the positions of the names.
    fn rows(swap: bool) -> Vec<TraceRow> {
        let row = |id: i64| {
            let position = (id % 2 == 0) != swap;
            let arrival = Moment::from_nanos(7 * id);
            let deadline = Moment::from_nanos(7 * id + 50);
            let (id, model) = (RequestId(id), ModelId(u16::from(position)));
            let request = Request { id, arrival, deadline, tier: Tier::Free, model };
            TraceRow { request, slo: u16::from(position), tensor_seed: Seed(id.0 as u64) }
        };
        (0..100).map(row).collect()
    }

    fn digest(rows: &[TraceRow], names: [&str; 2], batch_rows: usize) -> String {
        let names = names.map(str::to_owned);
        let models = names.clone().map(|name| ModelSpec { name, shape: vec![1, 4] });
        let mut digest = TableDigest::new(&names, &models);
        for rows in rows.chunks(batch_rows) {
            let mut batch = BatchBuilder::default();
            batch.extend(rows);
            digest.update(&batch.finish());
        }
        digest.finish()
    }

    #[test]
    fn only_the_content_matters() {
        let expected = digest(&rows(false), ["a", "b"], 100);
        for batch_rows in [1, 7, 99] {
            assert_eq!(digest(&rows(false), ["a", "b"], batch_rows), expected);
        }
        assert_eq!(digest(&rows(true), ["b", "a"], 100), expected);
        assert_ne!(digest(&rows(true), ["a", "b"], 100), expected);
        assert_ne!(digest(&rows(false), ["a", "c"], 100), expected);
        assert_ne!(digest(&rows(false)[..99], ["a", "b"], 100), expected);
        let mut changed = rows(false);
        changed[50].tensor_seed = Seed(0);
        assert_ne!(digest(&changed, ["a", "b"], 100), expected);
    }
}
