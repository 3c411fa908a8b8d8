//! What a recording was, in words and as JSON.

use std::fmt;

use serde_json::{Value, json};

use crate::journal::shape_text;
use crate::record::Recording;
use crate::tally::Unrecorded;

/// Unix time that moved by less during a recording is no cause for a remark: deadlines are judged
/// in percent of a target.
const MOVED_NS_MIN: i64 = 1_000_000;

impl Recording {
    /// The summary as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let finished = &self.finished;
        let workload = &finished.workload;
        let class = |(&(tier, slo), rows): (&(u8, u16), &u64)| json!({ "tier": tier, "slo": workload.slos[usize::from(slo)].name, "rows": rows });
        let models = workload.models.iter().zip(&finished.models);
        let mut summary = json!({
            "path": self.output.display().to_string(),
            "rows": finished.rows,
            "duration_ns": workload.duration.as_nanos() as u64,
            "total_qps": workload.total_qps,
            "digest": finished.digest,
            "classes": finished.classes.iter().map(class).collect::<Vec<_>>(),
            "models": models
                .map(|(model, rows)| json!({
                    "model": model.name, "shape": model.shape, "rows": rows,
                }))
                .collect::<Vec<_>>(),
            "further_shapes": finished.remarks.further_shapes,
            "first_arrival_ns": finished.remarks.first_arrival_ns,
            "renumbered": finished.remarks.renumbered,
            "late_on_arrival": finished.remarks.late_on_arrival,
            "past_limit": finished.remarks.past_limit,
            "unrecorded": finished.journal.counts.unrecorded,
            "journal_cut": finished.journal.is_cut,
            "whole": self.is_whole(),
        });
        if let Some(proxied) = &self.proxied {
            summary["other_calls"] = proxied.other_calls.into();
            summary["unavailable"] = proxied.unavailable.into();
            summary["unix_moved_ns"] = proxied.unix_moved_ns.into();
            summary["tensor_fault"] = proxied.tensor_fault.clone().map_or(Value::Null, Value::from);
        }
        summary.to_string()
    }

    fn remarks(&self) -> Vec<String> {
        let remarks = &self.finished.remarks;
        let mut lines = Vec::new();
        for (name, count) in &self.finished.journal.counts.unrecorded {
            lines.push(format!("{count} not recorded ({name}): {}", Unrecorded::meaning(name)));
        }
        let mut say = |count: u64, what: &str| {
            if count > 0 {
                lines.push(format!("{count} {what}"));
            }
        };
        say(remarks.renumbered, "without an id of their own were numbered above the largest");
        say(remarks.late_on_arrival, "came after their deadline, set 1 ns after their arrival");
        say(remarks.past_limit, "came past the limit and were left out");
        if let Some(proxied) = &self.proxied {
            say(proxied.unavailable, "calls found no scheduler and were answered UNAVAILABLE");
            say(proxied.other_calls, "calls of other methods were passed on");
            if proxied.unix_moved_ns.abs() >= MOVED_NS_MIN {
                let ms = proxied.unix_moved_ns / 1_000_000;
                lines.push(format!("the system's clock was moved by {ms} ms: deadlines are off"));
            }
            if let Some(fault) = &proxied.tensor_fault {
                lines.push(format!("not every tensor is kept: {fault}"));
            }
        }
        if !remarks.further_shapes.is_empty() {
            let names = remarks.further_shapes.join(", ");
            lines.push(format!("further shapes of a model are models of their own: {names}"));
        }
        if self.finished.journal.is_cut {
            lines.push("the last line of the journal was cut off and left out".to_owned());
        }
        lines
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = &self.finished;
        let workload = &finished.workload;
        writeln!(
            f,
            "{}  {} requests in {:.3} s, {:.2}/s  sha256 {}",
            self.output.display(),
            finished.rows,
            workload.duration.as_secs_f64(),
            workload.total_qps,
            finished.digest
        )?;
        for (&(tier, slo), rows) in &finished.classes {
            writeln!(f, "  tier {tier} {}: {rows}", workload.slos[usize::from(slo)].name)?;
        }
        for (model, rows) in workload.models.iter().zip(&finished.models) {
            writeln!(f, "  {} {}: {rows}", model.name, shape_text(&model.shape))?;
        }
        for line in self.remarks() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}
