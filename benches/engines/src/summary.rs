//! A summary by class, as a bare loop would make it: what `sim` prints, near enough, for the same
//! price or less.

use anyhow::Context;
use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::{Record, Row, Waits};

/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// Latencies are told apart from here on, and up to an hour; longer ones count as an hour.
const LATENCY_NS: (u64, u64) = (1_000, 3_600_000_000_000);

/// Waits by tier, and by class: how many, how many in time, and how long they took.
#[derive(Clone, Debug)]
pub struct Summary {
    waits: Waits,
    classes: Vec<Class>,
}

#[derive(Clone, Debug)]
struct Class {
    met: u64,
    latency_ns: Histogram<u64>,
}

impl Summary {
    /// An empty one for so many classes.
    ///
    /// # Errors
    /// Never, as long as the constants above make sense.
    pub fn new(classes: usize) -> anyhow::Result<Self> {
        let latency_ns = Histogram::new_with_bounds(LATENCY_NS.0, LATENCY_NS.1, DIGITS)
            .context("the histogram's bounds")?;
        let class = Class { met: 0, latency_ns };
        Ok(Self { waits: Waits::default(), classes: vec![class; classes] })
    }

    /// Waits by tier.
    #[must_use]
    pub fn waits(&self) -> Waits {
        self.waits
    }

    /// Figures of each class.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let class = |class: &Class| {
            let at = |quantile| class.latency_ns.value_at_quantile(quantile) as f64 / 1e6;
            json!({
                "count": class.latency_ns.len(),
                "met": class.met,
                "p50_ms": at(0.5),
                "p95_ms": at(0.95),
                "p99_ms": at(0.99),
            })
        };
        self.classes.iter().map(class).collect()
    }
}

impl Record for Summary {
    #[inline]
    fn served(&mut self, row: &Row, start_ns: i64, finish_ns: i64) {
        self.waits.served(row, start_ns, finish_ns);
        let class = &mut self.classes[usize::from(row.class)];
        class.met += u64::from(finish_ns <= row.deadline_ns);
        class.latency_ns.saturating_record((finish_ns - row.arrival_ns).cast_unsigned());
    }
}
