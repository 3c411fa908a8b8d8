//! Where the latencies of each run come from, and the requests that no constant explains.

use std::fmt;

use outcome::Grid;
use outcome::units::{grouped, millis, percent};

use crate::agreement::{APART_NS, Account, AgreementReport, Lag, Pair};

impl AgreementReport<'_> {
    pub(super) fn accounts(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.accounts_grid())?;
        writeln!(
            f,
            "held is the share of all lag that the receiver caused. Overhead is measured - lag -\n\
            simulated of the requests that did not wait in A, or of the 40 that waited least: p50,\n\
            which is taken away, and p95. apart are requests that it leaves more than {} ms from\n\
            their simulated latency.\n",
            APART_NS / 1_000_000
        )?;
        if self.agreement.accounts.iter().any(|account| !account.largest.is_empty()) {
            writeln!(f, "{}", self.largest_grid())?;
        }
        Ok(())
    }

    fn accounts_grid(self) -> Grid {
        let mut grid = Grid::new(&[
            "run",
            "lag_p50_ms",
            "lag_p99_ms",
            "lag_max_ms",
            "held_%",
            "did_not_wait",
            "overhead_p50_ms",
            "overhead_p95_ms",
            "served_by_both",
            "apart",
            "apart_%",
        ])
        .words(&[0]);
        for (letter, account) in self.letters().zip(&self.agreement.accounts) {
            let lag = |of: fn(&Lag) -> i64| optional_ms(account.lag.as_ref().map(of));
            let overhead = account.overhead;
            grid.row([
                letter,
                lag(|lag| lag.p50_ns),
                lag(|lag| lag.p99_ns),
                lag(|lag| lag.max_ns),
                account.lag.and_then(held).unwrap_or_else(|| "-".into()),
                grouped(account.unqueued),
                optional_ms(overhead.map(|overhead| overhead.p50_ns)),
                optional_ms(overhead.map(|overhead| overhead.p95_ns)),
                grouped(account.paired),
                grouped(account.apart),
                percent(account.apart, account.paired),
            ]);
        }
        grid
    }

    /// The requests with the largest rest of each run.
    fn largest_grid(self) -> Grid {
        let header = ["run", "request", "class", "A_ms", "B_ms", "lag_ms", "unexplained_ms"];
        let mut grid = Grid::new(&header).words(&[0, 2]);
        for (letter, account) in self.letters().zip(&self.agreement.accounts) {
            for (index, pair) in account.largest.iter().enumerate() {
                let class = self.simulated.rows().get(pair.index).map_or_else(String::new, |row| {
                    format!("tier{}.{}", row.tier, self.simulated.slo(row))
                });
                grid.row([
                    if index == 0 { letter.clone() } else { String::new() },
                    pair.request_id.0.to_string(),
                    class,
                    ms(pair.simulated_ns),
                    ms(pair.measured_ns),
                    ms(pair.lag_ns),
                    rest(account, pair),
                ]);
            }
        }
        grid
    }
}

fn ms(nanos: i64) -> String {
    millis(nanos.into())
}

fn optional_ms(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| "-".into(), ms)
}

/// With its sign: who was overtaken has a +.
fn rest(account: &Account, pair: &Pair) -> String {
    let nanos = account.rest_ns(pair);
    format!("{}{}", if nanos > 0 { "+" } else { "" }, ms(nanos))
}

/// Which part of the lag the receiver caused; `None` where nobody knows.
fn held(lag: Lag) -> Option<String> {
    Some(percent(lag.held_ns?, lag.total_ns))
}
