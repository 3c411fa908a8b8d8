//! What a cluster saw and decided, a line an event: so that a live run can be told again.

use std::fmt;

use policy::{Action, Actions, Event, RefusalReason, Ticket};
use request::{ModelId, Moment, Request, RequestId, Tier};

/// One event and the decisions about it, as a line of text.
///
/// Of an arrival the line holds all that a policy may know, so that [`arrival`] can read it back.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// When.
    pub now: Moment,
    /// What happened.
    pub event: &'a Event<'a>,
    /// What was decided.
    pub actions: &'a Actions,
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.now.as_nanos())?;
        event(f, self.event)?;
        for action in self.actions.iter() {
            f.write_str(" | ")?;
            decision(f, action)?;
        }
        Ok(())
    }
}

fn event(f: &mut fmt::Formatter<'_>, event: &Event<'_>) -> fmt::Result {
    match event {
        Event::Arrived { ticket, request } => {
            let Request { id, deadline, tier, model, .. } = request;
            let (id, deadline, model) = (id.0, deadline.as_nanos(), model.0);
            let ticket = ticket.0;
            write!(f, "arrived {ticket} id={id} tier={tier} model={model} deadline={deadline}")
        }
        Event::Finished { worker, batch } => on(f, "finished", worker.0, batch),
        Event::Preempted { worker, batch } => on(f, "preempted", worker.0, batch),
        Event::Lost { worker, batch, .. } => on(f, "lost", worker.0, batch),
        Event::Back { worker } => write!(f, "back {}", worker.0),
        Event::Woke => f.write_str("woke"),
        // The events are this project's own, and a test of this crate names them all.
        _ => f.write_str("unknown"),
    }
}

fn decision(f: &mut fmt::Formatter<'_>, action: Action<'_>) -> fmt::Result {
    match action {
        Action::Dispatch { worker, batch } => on(f, "dispatch", worker.0, batch),
        Action::Refuse { ticket, reason } => {
            let reason = match reason {
                RefusalReason::Expired => "expired",
                RefusalReason::Rejected => "rejected",
            };
            write!(f, "refuse {} {reason}", ticket.0)
        }
        Action::Preempt { worker } => write!(f, "preempt {}", worker.0),
        Action::WakeAt(moment) => write!(f, "wake at {}", moment.as_nanos()),
    }
}

fn on(f: &mut fmt::Formatter<'_>, what: &str, worker: u32, batch: &[Ticket]) -> fmt::Result {
    write!(f, "{what} {worker}:")?;
    batch.iter().try_for_each(|ticket| write!(f, " {}", ticket.0))
}

/// The request whose arrival a line tells of; `None` of other lines.
#[must_use]
pub fn arrival(line: &str) -> Option<Request> {
    let mut words = line.split(' ');
    let arrival = Moment::from_nanos(words.next()?.parse().ok()?);
    if words.next()? != "arrived" {
        return None;
    }
    let _ticket = words.next()?;
    let mut field = |name: &str| -> Option<i64> {
        words.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok()
    };
    let id = RequestId(field("id")?);
    let tier = Tier::from_number(field("tier")?)?;
    let model = ModelId(field("model")?.try_into().ok()?);
    let deadline = Moment::from_nanos(field("deadline")?);
    Some(Request { id, arrival, deadline, tier, model })
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::WorkerId;

    fn line(event: &Event<'_>, decide: impl Fn(&mut Actions)) -> String {
        let mut actions = Actions::default();
        decide(&mut actions);
        LogLine { now: Moment::from_nanos(7), event, actions: &actions }.to_string()
    }

    #[test]
    fn every_event_and_action_has_its_words() {
        let (worker, batch) = (WorkerId(1), &[Ticket(3), Ticket(4)][..]);
        let none = |_: &mut Actions| {};
        assert_eq!(line(&Event::Finished { worker, batch }, none), "7 finished 1: 3 4");
        assert_eq!(line(&Event::Preempted { worker, batch }, none), "7 preempted 1: 3 4");
        let lost = Event::Lost { worker, batch, wait_again: true };
        assert_eq!(line(&lost, none), "7 lost 1: 3 4");
        assert_eq!(line(&Event::Back { worker }, none), "7 back 1");
        let all = line(&Event::Woke, |actions| {
            actions.dispatch(worker, batch);
            actions.refuse(Ticket(9), RefusalReason::Expired);
            actions.refuse(Ticket(8), RefusalReason::Rejected);
            actions.preempt(worker);
            actions.wake_at(Moment::from_nanos(11));
        });
        let decisions = "dispatch 1: 3 4 | refuse 9 expired | refuse 8 rejected | preempt 1";
        assert_eq!(all, format!("7 woke | {decisions} | wake at 11"));
    }

    #[test]
    fn an_arrival_reads_back() {
        let request = Request {
            id: RequestId(-5),
            arrival: Moment::from_nanos(7),
            deadline: Moment::MAX,
            tier: Tier::Premium,
            model: ModelId(2),
        };
        let event = Event::Arrived { ticket: Ticket(0), request: &request };
        let line = line(&event, |actions| actions.dispatch(WorkerId(0), &[Ticket(0)]));
        assert_eq!(arrival(&line), Some(request));
        for other in
            ["", "7 woke", "7 arrived 0 id=1", "x arrived 0 id=1 tier=1 model=0 deadline=9"]
        {
            assert_eq!(arrival(other), None, "{other}");
        }
    }
}
