//! Requests that were overtaken by others which were due well after them.
//!
//! A pause that holds up everybody is a matter of the lag. To overtake is another matter: the
//! scheduler sees an order that the trace does not have.

use super::{Check, Judgement, Send, Unit};

/// Requests due so close to each other may swap, ns.
const FREE_NS: f64 = 1_000_000.0;

const ORDER: Check =
    Check::new("order", "the distance over which requests were sent out of order", Unit::Nanos);

pub(super) fn check(judgement: &mut Judgement, sends: &[Send], tightest: f64) {
    if !sends.is_empty() {
        let worst = widest_swap(sends) as f64;
        judgement.add(ORDER.of(worst, FREE_NS, FREE_NS.max(0.01 * tightest)));
    }
}

/// The longest time between two arrivals of which the later was sent first, ns.
fn widest_swap(sends: &[Send]) -> i64 {
    // How early anything from here on was sent: it only grows.
    let mut earliest_from: Vec<i64> = sends.iter().map(|send| send.sent).collect();
    for index in (1..earliest_from.len()).rev() {
        earliest_from[index - 1] = earliest_from[index - 1].min(earliest_from[index]);
    }
    let swap = |send: &Send| {
        // The last one that went out before this one; at the position of `send` itself, or before
        // it, where none that is due later did.
        let count = earliest_from.partition_point(|earliest| *earliest < send.sent);
        let last = count.checked_sub(1).map_or(send.arrival, |index| sends[index].arrival);
        last.saturating_sub(send.arrival)
    };
    sends.iter().map(swap).max().unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sends: &[(i64, i64)], widest: i64) {
        let send = |&(arrival, sent): &(i64, i64)| Send { arrival, sent, lag: sent - arrival };
        let sends: Vec<Send> = sends.iter().map(send).collect();
        assert_eq!(widest_swap(&sends), widest);
    }

    #[test]
    fn the_widest_swap_is_to_the_last_that_overtook() {
        check(&[], 0);
        check(&[(0, 5)], 0);
        check(&[(0, 0), (10, 10), (20, 20)], 0);
        check(&[(0, 5), (10, 15), (20, 25)], 0);
        // The first is sent between the third and the fourth.
        check(&[(0, 25), (10, 10), (20, 20), (30, 30)], 20);
        // A pause holds up all, and ends for all.
        check(&[(0, 50), (10, 51), (20, 52), (60, 60)], 0);
        // Sent together, in whatever order, is not out of order.
        check(&[(0, 50), (10, 50), (20, 50)], 0);
    }

    #[test]
    fn it_is_what_all_pairs_say() {
        let mut state = 7u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % below) as i64
        };
        for _ in 0..200 {
            let mut arrivals: Vec<i64> = (0..12).map(|_| draw(100)).collect();
            arrivals.sort_unstable();
            let sends: Vec<(i64, i64)> = arrivals.iter().map(|at| (*at, at + draw(40))).collect();
            let pairs = sends.iter().enumerate().flat_map(|(index, from)| {
                let later = sends[index + 1..].iter().filter(|to| to.1 < from.1);
                later.map(|to| to.0 - from.0)
            });
            let widest = pairs.max().unwrap_or(0);
            check(&sends, widest);
        }
    }
}
