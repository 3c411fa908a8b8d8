//! Outcomes back into the order of the trace, as soon as they can be.

use std::collections::VecDeque;

use outcome::Outcome;

/// Outcomes that came before one that stands in front of them.
///
/// As long as the requests in flight at most, not as the trace.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// Row of the first place.
    first: u64,
    places: VecDeque<Option<Outcome>>,
}

impl Window {
    /// Puts the outcome of `row` into its place.
    pub(crate) fn put(&mut self, row: u64, outcome: Outcome) {
        let place = usize::try_from(row - self.first).expect("requests in flight fit memory");
        if place >= self.places.len() {
            self.places.resize(place + 1, None);
        }
        self.places[place] = Some(outcome);
    }

    /// Takes the outcome that is next in the order of the trace, once it is there.
    pub(crate) fn next(&mut self) -> Option<Outcome> {
        let outcome = self.places.front_mut()?.take()?;
        self.places.pop_front();
        self.first += 1;
        Some(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::outcome;

    #[test]
    fn rows_leave_in_order() {
        let mut window = Window::default();
        let mut left = Vec::new();
        for row in [2, 0, 1, 4, 3] {
            window.put(row, outcome(row));
            left.extend(std::iter::from_fn(|| window.next()).map(|outcome| outcome.request_id.0));
            left.push(-1);
        }
        assert_eq!(left, [-1, 0, -1, 1, 2, -1, -1, 3, 4, -1]);
    }
}
