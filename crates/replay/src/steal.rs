//! CPU time that the hypervisor gave to others, from `/proc/stat`.

/// Length of a tick of `/proc/stat`: USER_HZ is 100 on every Linux.
const TICK_NS: i64 = 10_000_000;

/// Position of `steal` among the numbers of the first line, from 0.
const STEAL_INDEX: usize = 7;

/// Steal time of all cores since boot, in ns; `None` where the system does not tell.
pub(crate) fn steal_ns() -> Option<i64> {
    parse(&std::fs::read_to_string("/proc/stat").ok()?)
}

fn parse(stat: &str) -> Option<i64> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: i64 = numbers.split_whitespace().nth(STEAL_INDEX)?.parse().ok()?;
    ticks.checked_mul(TICK_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eighth_number_of_the_first_line_is_steal() {
        let stat = "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(parse(stat), Some(800_000_000));
        assert_eq!(parse("cpu  1 2 3\n"), None);
        assert_eq!(parse(""), None);
    }
}
