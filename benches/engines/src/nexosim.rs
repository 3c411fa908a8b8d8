//! `nexosim`: one model that schedules its own events, on one thread. Several models that send to
//! each other, or a second thread, are slower on work as small as this.

use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::QuerySource;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::station::{Begun, Station};
use crate::{Policy, Service, Waits, Work};

/// The model. A framework that saves and restores wants to write it down, which nothing here does.
#[derive(Serialize, Deserialize)]
struct StationModel {
    #[serde(skip)]
    station: Option<Station>,
    next: u32,
}

#[Model]
impl StationModel {
    /// Requests of the first moment come at once: nothing can be scheduled for the present.
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.arrive(0, context);
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, now_ns: i64, context: &Context<Self>) {
        let station = self.station.as_mut().expect("it is never restored");
        while let Some(arrival_ns) = station.arrival_ns(self.next) {
            if arrival_ns > now_ns {
                let gap = nanos(arrival_ns - now_ns);
                context
                    .schedule_event(gap, schedulable!(Self::arrive), arrival_ns)
                    .expect("it lies in the future");
                return;
            }
            station.arrived(now_ns, self.next, |begun| schedule(context, now_ns, begun));
            self.next += 1;
        }
    }

    #[nexosim(schedulable)]
    fn finish(&mut self, (now_ns, worker): (i64, u32), context: &Context<Self>) {
        let station = self.station.as_mut().expect("it is never restored");
        station.finished(now_ns, worker, |begun| schedule(context, now_ns, begun));
    }

    /// How long requests have waited until now.
    async fn waits(&mut self) -> Waits {
        self.station.as_ref().expect("it is never restored").waits()
    }
}

/// An event carries its moment, which is cheaper than to ask the context for it.
fn schedule(context: &Context<StationModel>, now_ns: i64, begun: Begun) {
    let Begun { worker, service_ns } = begun;
    let event = (now_ns + service_ns, worker);
    context
        .schedule_event(nanos(service_ns), schedulable!(StationModel::finish), event)
        .expect("no service is free");
}

fn nanos(nanos: i64) -> Duration {
    Duration::from_nanos(nanos.cast_unsigned())
}

/// Runs `work`.
///
/// # Errors
/// Where the framework reports one.
pub fn run(work: &Work, policy: Policy, service: Service) -> anyhow::Result<Waits> {
    let station = Some(Station::new(work, policy, service));
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let waits = QuerySource::new().connect(StationModel::waits, &mailbox).register(&mut bench);
    let mut simulation = bench
        .add_model(StationModel { station, next: 0 }, mailbox, "station")
        .init(MonotonicTime::EPOCH)
        .map_err(failed)?;
    simulation.run().map_err(failed)?;
    simulation.process_query(&waits, ()).map_err(failed)
}

/// The framework's errors cannot be shared between threads, which `anyhow` wants.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("nexosim: {error}")
}
