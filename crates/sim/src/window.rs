//! What ended, back into the order of the trace, as soon as they can be.

use std::collections::VecDeque;

/// What is known of requests that ended before one that stands in front of them.
///
/// As long as the requests in flight at most, not as the trace.
#[derive(Debug)]
pub(crate) struct Window<T> {
    /// Row of the first place.
    first: u64,
    places: VecDeque<Option<T>>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { first: 0, places: VecDeque::new() }
    }
}

impl<T> Window<T> {
    /// Puts what is known of `row` into its place.
    pub(crate) fn put(&mut self, row: u64, known: T) {
        let place = usize::try_from(row - self.first).expect("requests in flight fit memory");
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        self.places[place] = Some(known);
    }

    /// Takes what is next in the order of the trace, once it is there.
    pub(crate) fn next(&mut self) -> Option<T> {
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
