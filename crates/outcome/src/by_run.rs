//! Something for each run of a table, found at once where rows of one run follow one another.

/// A `T` for each run that was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByRun<T> {
    /// By number of the run.
    all: Vec<(i32, T)>,
    /// Where the run is that was asked for last.
    last: usize,
}

impl<T: Default> ByRun<T> {
    /// That of this run.
    #[inline]
    pub(crate) fn of(&mut self, run: i32) -> &mut T {
        if self.all.get(self.last).is_none_or(|(last, _)| *last != run) {
            self.last = self.place(run);
        }
        &mut self.all[self.last].1
    }

    /// Number of runs.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().map(|(_, of)| of)
    }

    /// Where this run is, from now on.
    fn place(&mut self, run: i32) -> usize {
        let place = self.all.binary_search_by_key(&run, |(number, _)| *number);
        place.unwrap_or_else(|place| {
            self.all.insert(place, (run, T::default()));
            place
        })
    }
}

impl<T> IntoIterator for ByRun<T> {
    type Item = (i32, T);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_keep_what_is_theirs_in_whatever_order_they_come() {
        let mut by_run = ByRun::<Vec<i32>>::default();
        for (run, value) in [(3, 30), (3, 31), (-1, 10), (5, 50), (3, 32), (-1, 11)] {
            by_run.of(run).push(value);
        }
        assert_eq!(by_run.len(), 3);
        let expected = [(-1, vec![10, 11]), (3, vec![30, 31, 32]), (5, vec![50])];
        assert!(by_run.iter().eq(expected.iter().map(|(_, values)| values)));
        assert!(by_run.into_iter().eq(expected));
    }
}
