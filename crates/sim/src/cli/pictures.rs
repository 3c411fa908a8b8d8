//! What is drawn of a run: a timeline and a report.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use cluster::Emulation;
use outcome::RunInfo;

use crate::report::{Report, ReportRecorder};
use crate::timeline::{Timeline, TimelinePart, TimelineRecorder};
use crate::{Recorder, Simulation};

/// Requests of a policy that viewers can show without becoming slow.
const TIMELINE_LIMIT: u64 = 100_000;

#[derive(Debug, Args)]
pub(super) struct PictureArgs {
    /// Write what ran where and when, as JSON for ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,

    /// Requests of each policy that the timeline shows
    #[arg(long, default_value_t = TIMELINE_LIMIT, value_name = "COUNT")]
    timeline_limit: u64,

    /// Write the policies side by side with charts, as one HTML file without network or script
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// The files on their way.
pub(super) struct Pictures<'a> {
    args: &'a PictureArgs,
    timeline: Option<Timeline>,
    report: Option<Report>,
}

/// What one policy gives to them.
pub(super) struct PolicyPictures<'a> {
    args: &'a PictureArgs,
    timeline: Option<TimelineRecorder>,
    report: Option<ReportRecorder>,
}

/// The same when its simulation has ended.
pub(super) struct Drawn {
    timeline: Option<TimelinePart>,
    report: Option<ReportRecorder>,
}

impl PictureArgs {
    /// Starts the files, so that a place which cannot be written is refused before anything is
    /// simulated. None of them may be one of the files in `taken`.
    pub(super) fn start<'a>(&'a self, taken: &[&'a Path]) -> anyhow::Result<Pictures<'a>> {
        let mut taken = taken.to_vec();
        for path in [&self.timeline, &self.report].into_iter().flatten() {
            if taken.contains(&path.as_path()) {
                bail!("{} is named twice: each file needs a name of its own", path.display());
            }
            taken.push(path);
        }
        let timeline = self.timeline.as_deref();
        let timeline = timeline.map(|path| Timeline::create(path, self.timeline_limit)).transpose();
        let report = self.report.as_deref().map(Report::create).transpose();
        let (timeline, report) = (self.of_timeline(timeline)?, self.of_report(report)?);
        Ok(Pictures { args: self, timeline, report })
    }

    fn of_timeline<T>(&self, result: io::Result<T>) -> anyhow::Result<T> {
        result.with_context(|| cannot_write("timeline", self.timeline.as_deref()))
    }

    fn of_report<T>(&self, result: io::Result<T>) -> anyhow::Result<T> {
        result.with_context(|| cannot_write("report", self.report.as_deref()))
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
        let report = self.report.as_ref().map(|_| ReportRecorder::default());
        Ok(PolicyPictures { args: self.args, timeline, report })
    }

    /// Completes the files from what the policies gave, in their order.
    pub(super) fn finish(
        self,
        simulations: &[Simulation],
        drawn: Vec<Drawn>,
    ) -> anyhow::Result<()> {
        let (parts, records): (Vec<_>, Vec<_>) =
            drawn.into_iter().map(|drawn| (drawn.timeline, drawn.report)).unzip();
        if let Some(timeline) = self.timeline {
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            for (part, simulation) in parts.iter().zip(simulations) {
                tell_cut(part, simulation, self.args.timeline_limit);
            }
            let written = timeline.finish(&simulations[0].summary.info, parts);
            self.args.of_timeline(written)?;
        }
        if let Some(report) = self.report {
            let records: Vec<_> = records.into_iter().flatten().collect();
            self.args.of_report(report.finish(simulations, &records))?;
        }
        Ok(())
    }
}

impl PolicyPictures<'_> {
    pub(super) fn recorders(&mut self) -> impl Iterator<Item = &mut dyn Recorder> {
        let timeline = self.timeline.iter_mut().map(|timeline| timeline as &mut dyn Recorder);
        timeline.chain(self.report.iter_mut().map(|report| report as &mut dyn Recorder))
    }

    pub(super) fn finish(self) -> anyhow::Result<Drawn> {
        let timeline = self.timeline.map(TimelineRecorder::finish).transpose();
        Ok(Drawn { timeline: self.args.of_timeline(timeline)?, report: self.report })
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
