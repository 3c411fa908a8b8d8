//! What every engine is handed: the rows of a trace, and how long each will take.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use cluster::{Profile, ServiceTimes};
use request::{ModelId, Moment, Request, RequestId, Seed, Tier};
use trace::TraceReader;

/// Where service times are drawn from: the default of `sim`.
const SEED: Seed = Seed(42);

/// A request in plain integers, as whoever writes a loop by hand would hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, by which its service time is drawn.
    pub id: i64,
    /// When it comes.
    pub arrival_ns: i64,
    /// When it is too late.
    pub deadline_ns: i64,
    /// How long it takes; 0 until [`Work::draw_all`].
    pub service_ns: i64,
    /// Priority from 0, the most urgent.
    pub tier: u8,
    /// Position of its class: tier times the number of SLOs, and its SLO.
    pub class: u8,
}

/// When a service time is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// At dispatch, as our cluster does.
    Drawn,
    /// At arrival, so that nothing waits for the logarithm. The values are the same.
    Early,
    /// Before the run: an engine only looks it up.
    Ready,
}

/// A trace in memory, and the cluster that it is for.
#[derive(Clone)]
pub struct Work {
    /// The requests by arrival, then id.
    pub rows: Arc<Vec<Row>>,
    /// How many classes there are.
    pub classes: usize,
    /// How many workers serve them.
    pub workers: u32,
    /// The law of their service times.
    pub profile: Profile,
    /// The one model.
    pub model: ModelId,
    times: ServiceTimes,
}

impl Work {
    /// Reads a trace.
    ///
    /// # Errors
    /// Where the trace or the profile cannot be read, the trace has more than one model, or ids do
    /// not grow with the rows: the engines break ties by row.
    pub fn read(trace: &Path, profile: &Path, workers: u32) -> anyhow::Result<Self> {
        let reader = TraceReader::open(trace)?;
        let profile = Profile::read(profile).with_context(|| profile.display().to_string())?;
        let [model] = &reader.header().models[..] else {
            anyhow::bail!("{}: the engines know one model alone", trace.display());
        };
        let model = profile.model(&model.name)?;
        let times = profile.service_times(SEED);
        let slos = u8::try_from(reader.header().slos.len())?;
        let classes = usize::from(slos) * Tier::ALL.len();
        ensure!(classes <= usize::from(u8::MAX), "{}: too many classes", trace.display());
        let mut rows = Vec::with_capacity(usize::try_from(reader.header().rows)?);
        for batch in reader.batches() {
            let batch = batch?;
            for index in 0..batch.len() {
                // The reader has checked tiers and positions of SLOs.
                let tier = batch.tiers()[index].cast_unsigned() - 1;
                let slo = u8::try_from(batch.slos()[index])?;
                rows.push(Row {
                    id: batch.request_ids()[index],
                    arrival_ns: batch.arrivals_ns()[index],
                    deadline_ns: batch.deadlines_ns()[index],
                    service_ns: 0,
                    tier,
                    class: tier * slos + slo,
                });
            }
        }
        ensure!(rows.is_sorted_by_key(|row| (row.arrival_ns, row.id)), "ids do not grow with rows");
        ensure!(u32::try_from(rows.len()).is_ok(), "positions of rows must fit a u32");
        Ok(Self { rows: Arc::new(rows), classes, workers, profile, model, times })
    }

    /// Draws all service times, for [`Service::Ready`].
    pub fn draw_all(&mut self) {
        for row in Arc::make_mut(&mut self.rows) {
            row.service_ns = draw(&self.times, self.model, row.id);
        }
    }

    /// Where our own cluster draws from.
    #[must_use]
    pub fn seed(&self) -> Seed {
        SEED
    }

    /// The draw itself.
    pub fn drawn(&self) -> impl Fn(&Row) -> i64 + use<> {
        let (times, model) = (self.times.clone(), self.model);
        move |row| draw(&times, model, row.id)
    }

    /// The request of a row, for engines of ours.
    #[must_use]
    pub fn request(&self, row: &Row) -> Request {
        Request {
            id: RequestId(row.id),
            arrival: Moment::from_nanos(row.arrival_ns),
            deadline: Moment::from_nanos(row.deadline_ns),
            tier: Tier::ALL[usize::from(row.tier)],
            model: self.model,
        }
    }
}

/// The service time of a request, in ns: the function that our cluster calls at dispatch.
#[inline]
fn draw(times: &ServiceTimes, model: ModelId, id: i64) -> i64 {
    let nanos = times.draw(model, RequestId(id), 1).as_nanos();
    i64::try_from(nanos).expect("a profile states no service of 292 years")
}
