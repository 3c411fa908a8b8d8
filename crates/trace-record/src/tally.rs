//! What was counted, by the proxy and the recorder together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a request is not in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unrecorded {
    /// The client gave up, or was cut off, before its message had come whole.
    Incomplete,
    /// Its message is longer than is kept.
    TooLarge,
    /// The recorder could not keep up.
    Behind,
    /// Its message is compressed.
    Compressed,
    /// Its body is no single gRPC message, or that is no `InferRequest`.
    Malformed,
    /// Its tier is not 1, 2 or 3.
    Tier,
    /// Its model's name is empty, very long or not one line of text.
    Model,
    /// Its tensor is empty or has not as many numbers as its shape says.
    Shape,
    /// The journal could not be written.
    Journal,
}

impl Unrecorded {
    pub(crate) const ALL: [Self; 9] = [
        Self::Incomplete,
        Self::TooLarge,
        Self::Behind,
        Self::Compressed,
        Self::Malformed,
        Self::Tier,
        Self::Model,
        Self::Shape,
        Self::Journal,
    ];

    /// Its name in journals, metadata and JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::TooLarge => "too_large",
            Self::Behind => "recorder_behind",
            Self::Compressed => "compressed",
            Self::Malformed => "malformed",
            Self::Tier => "bad_tier",
            Self::Model => "bad_model",
            Self::Shape => "bad_shape",
            Self::Journal => "journal_failed",
        }
    }

    /// What it means, for the summary.
    pub(crate) fn meaning(name: &str) -> &'static str {
        let reason = Self::ALL.into_iter().find(|reason| reason.name() == name);
        match reason {
            None => "a reason that this release does not know",
            Some(Self::Incomplete) => "the message did not come whole",
            Some(Self::TooLarge) => "the message is longer than --message-mib",
            Some(Self::Behind) => "the recorder could not keep up; raise --backlog-mib",
            Some(Self::Compressed) => "the message is compressed",
            Some(Self::Malformed) => "not an InferRequest",
            Some(Self::Tier) => "the tier is not 1, 2 or 3",
            Some(Self::Model) => "the model's name is empty, very long or not one line of text",
            Some(Self::Shape) => "the tensor is empty or does not fit its shape",
            Some(Self::Journal) => "the journal could not be written",
        }
    }
}

/// Counters of one recording.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Requests in the journal.
    pub(crate) rows: AtomicU64,
    /// Calls of other methods.
    pub(crate) other_calls: AtomicU64,
    /// Calls answered UNAVAILABLE because the scheduler was gone.
    pub(crate) unavailable: AtomicU64,
    unrecorded: [AtomicU64; Unrecorded::ALL.len()],
}

impl Tally {
    pub(crate) fn unrecorded(&self, reason: Unrecorded) {
        self.unrecorded[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, reason: Unrecorded) -> u64 {
        self.unrecorded[reason as usize].load(Ordering::Relaxed)
    }

    /// Requests that are not in the trace, by reason; reasons without one are left out.
    pub(crate) fn unrecorded_by_name(&self) -> BTreeMap<String, u64> {
        let counts = Unrecorded::ALL.map(|reason| (reason.name().to_owned(), self.count(reason)));
        counts.into_iter().filter(|&(_, count)| count > 0).collect()
    }

    pub(crate) fn unrecorded_in_all(&self) -> u64 {
        Unrecorded::ALL.into_iter().map(|reason| self.count(reason)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_counter_and_name() {
        let tally = Tally::default();
        for reason in Unrecorded::ALL {
            tally.unrecorded(reason);
        }
        let counts = tally.unrecorded_by_name();
        assert_eq!(counts.len(), Unrecorded::ALL.len());
        assert!(counts.values().all(|&count| count == 1));
        assert_eq!(tally.unrecorded_in_all(), Unrecorded::ALL.len() as u64);
    }
}
