//! How many requests were sent in the last second, in bounded memory.

use request::Moment;

/// A count is of tenths of a second, so that the window moves smoothly.
const SLOT_NS: i64 = 100_000_000;

/// Whole tenths in the window.
const SLOTS: i64 = 10;

/// Places: those of the window, the tenth that has begun, and some for events that are told early.
const PLACES: usize = 16;

/// Sends of the last second.
#[derive(Debug)]
pub(super) struct SendWindow {
    /// Which tenth of a second of the run, and how many sends it saw.
    places: [(i64, usize); PLACES],
}

/// What was sent from `start`, included, to `end`, excluded.
pub(super) struct Sends {
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) sent: usize,
}

impl Default for SendWindow {
    fn default() -> Self {
        Self { places: [(i64::MIN, 0); PLACES] }
    }
}

impl SendWindow {
    pub(super) fn count(&mut self, sent: Moment) {
        let slot = sent.as_nanos().div_euclid(SLOT_NS);
        let place = &mut self.places[slot.rem_euclid(PLACES as i64) as usize];
        if slot > place.0 {
            *place = (slot, 0);
        }
        if slot == place.0 {
            place.1 += 1;
        }
    }

    /// The whole tenths before `now`; `None` before there is one.
    pub(super) fn at(&self, now: Moment) -> Option<Sends> {
        let end = now.as_nanos().div_euclid(SLOT_NS);
        let start = (end - SLOTS).max(0);
        if end <= start {
            return None;
        }
        // A send a little before the epoch is of the first arrival.
        let first = if start == 0 { i64::MIN + 1 } else { start };
        let inside = self.places.iter().filter(|(slot, _)| (first..end).contains(slot));
        let sent = inside.map(|(_, count)| count).sum();
        let moment = |slot: i64| Moment::from_nanos(slot.saturating_mul(SLOT_NS));
        Some(Sends { start: moment(start), end: moment(end), sent })
    }
}
