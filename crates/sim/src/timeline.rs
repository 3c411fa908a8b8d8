//! What ran where and when, as a file for <https://ui.perfetto.dev> or `chrome://tracing`.
//!
//! The format is the JSON of Chrome's trace events. A policy is a process in it; its workers are
//! threads with a slice for each batch and each loading of a model, and a row of its own has the
//! requests that were turned away. The file is written while the simulations run, so that memory
//! does not grow with the trace.

mod event;
mod names;
mod queue;
mod recorder;

use std::io::{self, Write};
use std::path::Path;

use cluster::Emulation;
use outcome::RunInfo;
use request::Moment;

use crate::draft::Draft;
use event::Event;
use names::Names;
pub use recorder::TimelineRecorder;

/// A timeline on its way.
#[derive(Debug)]
pub struct Timeline {
    draft: Draft,
    limit: u64,
}

/// The timeline of one policy, complete.
#[derive(Debug)]
pub struct TimelinePart {
    draft: Draft,
    cut: Option<Moment>,
}

impl Timeline {
    /// Starts a timeline at `path`. It shows of each policy what happened until `limit` requests
    /// had ended: viewers become slow.
    ///
    /// # Errors
    /// Where nothing can be written there.
    pub fn create(path: &Path, limit: u64) -> io::Result<Self> {
        Ok(Self { draft: Draft::create(path)?, limit })
    }

    /// Starts the timeline of the policy that stands at `index` of all.
    ///
    /// # Errors
    /// Where nothing can be written beside the timeline.
    pub fn recorder(
        &self,
        index: usize,
        info: &RunInfo,
        emulation: &Emulation,
    ) -> io::Result<TimelineRecorder> {
        let names = Names::new(info, emulation);
        TimelineRecorder::new(self.draft.part(index)?, index, names, self.limit)
    }

    /// Completes the timeline from the policies', in this order.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self, info: &RunInfo, parts: Vec<TimelinePart>) -> io::Result<()> {
        let about = serde_json::json!({
            "tool": info.tool,
            "trace": info.trace_name,
            "trace_digest": info.trace_digest,
            "rate_scale": info.rate_scale,
        });
        write!(self.draft, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
        for (index, part) in parts.into_iter().enumerate() {
            self.draft.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            self.draft.append(part.draft)?;
        }
        self.draft.write_all(b"\n]}\n")?;
        self.draft.publish()
    }
}

impl TimelinePart {
    /// When it was cut off, if it was.
    #[must_use]
    pub fn cut(&self) -> Option<Moment> {
        self.cut
    }
}
