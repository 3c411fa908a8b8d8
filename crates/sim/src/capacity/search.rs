//! The hardest level that holds, by galloping and bisection.

/// Levels by rank, the easiest first, and where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) easiest: i64,
    pub(super) hardest: i64,
    /// The first rank that is tried: a guess.
    pub(super) start: i64,
    /// How far from it the next is.
    pub(super) step: i64,
}

impl Range {
    /// The rank that is one easier.
    pub(super) fn easier(self, rank: i64) -> Option<i64> {
        (rank > self.easiest).then_some(rank - 1)
    }
}

/// The hardest rank that `holds`, if every harder rank is harder to hold; `None` where the easiest
/// does not. No rank is asked for twice.
///
/// From the start it goes in growing steps until one rank holds and another does not, then halves
/// what is between them. So the answer itself was asked for, and the rank after it, which fails.
pub(super) fn hardest<E>(
    range: Range,
    holds: &mut impl FnMut(i64) -> Result<bool, E>,
) -> Result<Option<i64>, E> {
    let Range { easiest, hardest, mut step, .. } = range;
    let start = range.start.clamp(easiest, hardest);
    let (mut good, mut bad);
    if holds(start)? {
        good = start;
        loop {
            if good == hardest {
                return Ok(Some(hardest));
            }
            bad = good.saturating_add(step).min(hardest);
            if !holds(bad)? {
                break;
            }
            good = bad;
            step = step.saturating_mul(2);
        }
    } else {
        bad = start;
        loop {
            if bad == easiest {
                return Ok(None);
            }
            good = bad.saturating_sub(step).max(easiest);
            if holds(good)? {
                break;
            }
            bad = good;
            step = step.saturating_mul(2);
        }
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle)? { good = middle } else { bad = middle }
    }
    Ok(Some(good))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_threshold_is_found_and_both_sides_of_it_were_asked_for(
            easiest in -300i64..0, span in 0i64..600, at in -10i64..620, start in -400i64..400,
            step in 1i64..50,
        ) {
            let (hardest, threshold) = (easiest + span, easiest + at);
            let mut asked = Vec::new();
            let range = Range { easiest, hardest, start, step };
            let found = super::hardest(range, &mut |rank| {
                asked.push(rank);
                Ok::<_, ()>(rank <= threshold)
            })
            .unwrap();
            prop_assert_eq!(found, (threshold >= easiest).then_some(threshold.min(hardest)));
            let neighbours = [found, found.map_or(Some(easiest), |rank| Some(rank + 1))];
            for rank in neighbours.into_iter().flatten().filter(|&rank| rank <= hardest) {
                prop_assert!(asked.contains(&rank), "{rank} was not asked for: {asked:?}");
            }
            prop_assert!(asked.iter().all(|rank| (easiest..=hardest).contains(rank)));
            let mut once = asked.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), asked.len(), "asked twice: {:?}", asked);
            prop_assert!(asked.len() <= 24, "{} probes: {:?}", asked.len(), asked);
        }
    }

    #[test]
    fn an_error_ends_the_search() {
        let range = Range { easiest: 0, hardest: 9, start: 0, step: 1 };
        assert_eq!(hardest(range, &mut |_| Err::<bool, _>("broken")), Err("broken"));
    }
}
