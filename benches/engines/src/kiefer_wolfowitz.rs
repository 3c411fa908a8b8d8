//! The recursion of Kiefer and Wolfowitz (1955), for `fifo` alone: each request goes to the worker
//! that is free first. It has no queue and no events, and no simulator can be expected to reach it.

use crate::{Record, Row};

/// Runs `rows` through `workers`.
///
/// # Panics
/// Where there is no worker.
pub fn run(rows: &[Row], workers: u32, service: impl Fn(&Row) -> i64, record: &mut impl Record) {
    // When each worker is free, in ascending order.
    let mut free = vec![i64::MIN; workers as usize];
    for row in rows {
        let start = free[0].max(row.arrival_ns);
        let finish = start + service(row);
        record.served(row, start, finish);
        let mut place = 0;
        while place + 1 < free.len() && free[place + 1] < finish {
            free[place] = free[place + 1];
            place += 1;
        }
        free[place] = finish;
    }
}
