//! The workers at work: what a policy may look at, apart from the drawn service times.

use std::time::Duration;

use policy::{Ticket, View, WorkerId};
use request::{ModelId, Moment, Request};

use crate::books::{IdleSet, Jobs};
use crate::memory::Memory;
use crate::station::{Station, Steps};
use crate::violation::Fault;
use crate::workers::{WorkerSpec, slowed_ns};
use crate::{Emulation, Profile, ServiceTimes};

/// The workers, and how long they take.
pub(crate) struct Floor {
    profile: Profile,
    service_times: ServiceTimes,
    stations: Vec<Station>,
    pub(crate) idle: IdleSet,
    alike: bool,
}

impl Floor {
    pub(crate) fn new(emulation: &Emulation) -> Self {
        let Emulation { workers, profile, seed } = emulation;
        let specs = workers.specs();
        let loads = profile.iter().any(|(_, model)| !model.load.is_zero());
        let alike = !loads
            && specs.iter().all(|spec| spec.speed == specs[0].speed)
            && profile.ids().all(|id| specs.iter().all(|spec| spec.can_hold(profile, id)));
        Self {
            profile: profile.clone(),
            service_times: profile.service_times(*seed),
            idle: IdleSet::all(workers.count()),
            stations: specs.iter().map(|spec| station(spec, profile)).collect(),
            alike,
        }
    }

    #[inline]
    pub(crate) fn worker_count(&self) -> u32 {
        u32::try_from(self.stations.len()).expect("the count came as a u32")
    }

    #[inline]
    pub(crate) fn station(&mut self, worker: WorkerId) -> &mut Station {
        &mut self.stations[worker.0 as usize]
    }

    #[inline]
    pub(crate) fn batch_size_max(&self, model: ModelId) -> u32 {
        self.profile.of(model).batch_size_max
    }

    /// How many workers have failed and are not back.
    pub(crate) fn away_count(&self) -> usize {
        let stations = (0..).zip(&self.stations);
        stations.filter(|(id, one)| !one.is_busy() && !self.idle.contains(WorkerId(*id))).count()
    }

    #[inline]
    pub(crate) fn check_known(&self, worker: WorkerId) -> Result<(), Fault> {
        let count = self.worker_count();
        if worker.0 < count { Ok(()) } else { Err(Fault::WorkerUnknown { worker, count }) }
    }

    #[inline]
    pub(crate) fn check_takes(&self, worker: WorkerId, model: ModelId) -> Result<(), Fault> {
        self.check_known(worker)?;
        if !self.idle.contains(worker) {
            return Err(Fault::WorkerNotIdle(worker));
        }
        if !self.alike && !self.can_hold(worker, model) {
            return Err(Fault::ModelDoesNotFit { worker, model });
        }
        Ok(())
    }

    fn can_hold(&self, worker: WorkerId, model: ModelId) -> bool {
        let memory = &self.stations[worker.0 as usize].memory;
        memory.can_hold(model, self.profile.of(model).memory_mb)
    }

    /// Puts `worker` to work on `batch`, `done` steps of which are done already, and says when it
    /// is due; `None` where that is past the end of time.
    #[inline]
    pub(crate) fn start(
        &mut self,
        worker: WorkerId,
        head: &Request,
        batch: &[Ticket],
        done: u32,
        now: Moment,
    ) -> Option<Moment> {
        let model = head.model;
        let size = u32::try_from(batch.len()).expect("a batch fits its limit, a u32");
        let drawn_ns = self.service_times.draw_ns(model, head.id, size);
        let profile = self.profile.of(model);
        let station = &mut self.stations[worker.0 as usize];
        let whole_ns = slowed_ns(drawn_ns, station.slowness_ppm);
        station.steps = Steps { whole_ns, count: profile.steps, done };
        station.dispatched = now;
        station.started = now;
        if !self.alike && station.memory.touch(model, profile.memory_mb) {
            station.started = now.checked_add(profile.load)?;
        }
        let left = Duration::from_nanos(station.steps.left_ns());
        // The last moment of all stands for never.
        station.due = station.started.checked_add(left).filter(|due| *due < Moment::MAX)?;
        station.model = model;
        station.stop_at = None;
        station.batch.clear();
        station.batch.extend_from_slice(batch);
        self.idle.remove(worker);
        Some(station.due)
    }
}

fn station(spec: &WorkerSpec, profile: &Profile) -> Station {
    let pinned = spec.pinned.as_ref().map(|names| {
        // `Emulation::check` has refused names that the profile does not know.
        names.iter().filter_map(|name| profile.model(name).ok()).collect()
    });
    Station::new(spec.slowness_ppm(), Memory::new(spec.memory_mb, pinned))
}

/// The cluster as its policy sees it.
pub(crate) struct Seen<'a, T> {
    pub(crate) floor: &'a Floor,
    pub(crate) jobs: &'a Jobs<T>,
}

impl<T> View for Seen<'_, T> {
    fn worker_count(&self) -> u32 {
        self.floor.worker_count()
    }

    fn idle_worker(&self, from: WorkerId) -> Option<WorkerId> {
        self.floor.idle.first_from(from)
    }

    fn workers_are_alike(&self) -> bool {
        self.floor.alike
    }

    fn estimate(&self, model: ModelId, size: u32) -> Duration {
        self.floor.profile.estimate(model, size)
    }

    fn worst_case(&self, model: ModelId, size: u32) -> Duration {
        self.floor.profile.worst_case(model, size)
    }

    fn time_to_serve(&self, worker: WorkerId, model: ModelId, size: u32) -> Option<Duration> {
        let station = self.floor.stations.get(worker.0 as usize)?;
        let profile = self.floor.profile.of(model);
        if !station.memory.can_hold(model, profile.memory_mb) {
            return None;
        }
        let load = if station.memory.holds(model) { Duration::ZERO } else { profile.load };
        let mean_ns = u64::try_from(self.estimate(model, size).as_nanos()).unwrap_or(u64::MAX);
        Some(load.saturating_add(Duration::from_nanos(slowed_ns(mean_ns, station.slowness_ppm))))
    }

    fn is_resident(&self, worker: WorkerId, model: ModelId) -> bool {
        let station = self.floor.stations.get(worker.0 as usize);
        self.floor.alike || station.is_some_and(|station| station.memory.holds(model))
    }

    fn batch_size_max(&self, model: ModelId) -> u32 {
        self.floor.batch_size_max(model)
    }

    fn batch_wait(&self, model: ModelId) -> Duration {
        self.floor.profile.of(model).batch_wait
    }

    fn request(&self, ticket: Ticket) -> Option<&Request> {
        self.jobs.request(ticket)
    }
}
