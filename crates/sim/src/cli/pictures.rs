//! What is drawn of a run: a timeline.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use cluster::Emulation;
use outcome::RunInfo;

use crate::timeline::{Timeline, TimelinePart, TimelineRecorder};
use crate::{Recorder, Simulation};

/// Requests of a policy that viewers can show without becoming slow.
const TIMELINE_LIMIT: u64 = 100_000;

#[derive(Debug, Args)]
pub(super) struct PictureArgs {
    /// Write what ran where and when, as JSON for https://ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,

    /// Requests of each policy that the timeline shows
    #[arg(long, default_value_t = TIMELINE_LIMIT, value_name = "COUNT")]
    timeline_limit: u64,
}

/// The files on their way.
pub(super) struct Pictures<'a> {
    args: &'a PictureArgs,
    timeline: Option<Timeline>,
}

/// What one policy gives to them.
pub(super) struct PolicyPictures<'a> {
    args: &'a PictureArgs,
    timeline: Option<TimelineRecorder>,
}

/// The same when its simulation has ended.
pub(super) struct Drawn {
    timeline: Option<TimelinePart>,
}

impl PictureArgs {
    /// Starts the files, so that a place which cannot be written is refused before anything is
    /// simulated. None of them may be one of the files in `taken`.
    pub(super) fn start<'a>(&'a self, taken: &[&'a Path]) -> anyhow::Result<Pictures<'a>> {
        let mut taken = taken.to_vec();
        for path in [&self.timeline].into_iter().flatten() {
            if taken.contains(&path.as_path()) {
                bail!("{} is named twice: each file needs a name of its own", path.display());
            }
            taken.push(path);
        }
        let timeline = self.timeline.as_deref();
        let timeline = timeline.map(|path| Timeline::create(path, self.timeline_limit)).transpose();
        Ok(Pictures { args: self, timeline: self.of_timeline(timeline)? })
    }

    fn of_timeline<T>(&self, result: io::Result<T>) -> anyhow::Result<T> {
        result.with_context(|| cannot_write("timeline", self.timeline.as_deref()))
    }
}

impl<'a> Pictures<'a> {
    /// What the policy at `index` gives.
    pub(super) fn policy(
        &self,
        index: usize,
        info: &RunInfo,
        emulation: &Emulation,
    ) -> anyhow::Result<PolicyPictures<'a>> {
        let timeline = self.timeline.as_ref();
        let timeline = timeline.map(|timeline| timeline.recorder(index, info, emulation));
        let timeline = self.args.of_timeline(timeline.transpose())?;
        Ok(PolicyPictures { args: self.args, timeline })
    }

    /// Completes the files from what the policies gave, in their order.
    pub(super) fn finish(
        self,
        simulations: &[Simulation],
        drawn: Vec<Drawn>,
    ) -> anyhow::Result<()> {
        if let Some(timeline) = self.timeline {
            let parts: Vec<_> = drawn.into_iter().filter_map(|drawn| drawn.timeline).collect();
            for (part, simulation) in parts.iter().zip(simulations) {
                tell_cut(part, simulation, self.args.timeline_limit);
            }
            let written = timeline.finish(&simulations[0].summary.info, parts);
            self.args.of_timeline(written)?;
        }
        Ok(())
    }
}

impl PolicyPictures<'_> {
    pub(super) fn recorders(&mut self) -> impl Iterator<Item = &mut dyn Recorder> {
        self.timeline.iter_mut().map(|timeline| timeline as &mut dyn Recorder)
    }

    pub(super) fn finish(self) -> anyhow::Result<Drawn> {
        let timeline = self.timeline.map(TimelineRecorder::finish).transpose();
        Ok(Drawn { timeline: self.args.of_timeline(timeline)? })
    }
}

fn cannot_write(what: &str, path: Option<&Path>) -> String {
    format!("{}: cannot write the {what}", path.unwrap_or(Path::new("")).display())
}

fn tell_cut(part: &TimelinePart, simulation: &Simulation, limit: u64) {
    if let Some(cut) = part.cut() {
        eprintln!(
            "sim: the timeline of {} ends after {limit} requests, at {:.3} s of {:.3} s; \
             --timeline-limit shows more",
            simulation.summary.info.subject,
            cut.as_nanos() as f64 / 1e9,
            simulation.gauges.length.as_secs_f64()
        );
    }
}
