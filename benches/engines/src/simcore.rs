//! `simcore` (DSLab): one component that emits events to itself. Time is an f64; counted in whole
//! ns it is exact for 104 days.
//!
//! Each arrival emits the next one, so that few events are on the agenda at a time, and that into
//! the framework's deque for events which come in order: the heap holds completions alone.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

use crate::station::{Begun, Station};
use crate::{Policy, Service, Waits, Work};

/// No random number is drawn by the framework.
const UNUSED_SEED: u64 = 0;

#[derive(Clone, Serialize)]
struct Arrival {
    position: u32,
}

#[derive(Clone, Serialize)]
struct Completion {
    worker: u32,
}

struct Component {
    context: SimulationContext,
    station: Station,
}

impl Component {
    fn expect_arrival(&self, now_ns: i64, position: u32) {
        if let Some(arrival_ns) = self.station.arrival_ns(position) {
            self.context.emit_ordered_self(Arrival { position }, (arrival_ns - now_ns) as f64);
        }
    }
}

impl EventHandler for Component {
    fn on(&mut self, event: Event) {
        #[expect(clippy::cast_possible_truncation, reason = "whole ns below 2^53")]
        let now_ns = event.time as i64;
        cast!(match event.data {
            Arrival { position } => {
                let Self { context, station } = self;
                station.arrived(now_ns, position, |begun| emit(context, begun));
                self.expect_arrival(now_ns, position + 1);
            }
            Completion { worker } => {
                let Self { context, station } = self;
                station.finished(now_ns, worker, |begun| emit(context, begun));
            }
        });
    }
}

fn emit(context: &SimulationContext, Begun { worker, service_ns }: Begun) {
    context.emit_self(Completion { worker }, service_ns as f64);
}

/// Runs `work`.
#[must_use]
pub fn run(work: &Work, policy: Policy, service: Service) -> Waits {
    let mut simulation = Simulation::new(UNUSED_SEED);
    let context = simulation.create_context("station");
    let station = Station::new(work, policy, service);
    let component = Rc::new(RefCell::new(Component { context, station }));
    simulation.add_handler("station", component.clone());
    component.borrow().expect_arrival(0, 0);
    simulation.step_until_no_events();
    component.borrow().station.waits()
}
