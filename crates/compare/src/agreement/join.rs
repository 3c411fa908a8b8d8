//! Request meets request: both sides must be runs of the very same trace.

use super::RunTable;
use crate::CompareError;

/// Checks that every request of `a` is in `b` with the same id, arrival, tier and SLO class, and
/// the other way round. Both are sorted alike, so request i of one side is request i of the other.
///
/// # Errors
/// Names the first difference.
pub(crate) fn check(a: &RunTable, b: &RunTable) -> Result<(), CompareError> {
    match difference(a, b) {
        None => Ok(()),
        Some(problem) => Err(CompareError::different(&a.path, &b.path, problem)),
    }
}

fn difference(a: &RunTable, b: &RunTable) -> Option<String> {
    let (digest_a, digest_b) = (&a.info.trace_digest, &b.info.trace_digest);
    if digest_a != digest_b && !digest_a.is_empty() && !digest_b.is_empty() {
        return Some(format!("the digest of A's trace is {digest_a}, that of B's is {digest_b}"));
    }
    let (rows_a, rows_b) = (a.rows(), b.rows());
    let pairs = rows_a.iter().zip(rows_b).enumerate();
    let differs = |(index, (of_a, of_b))| {
        let (of_a, of_b) = (identity(a, of_a), identity(b, of_b));
        (of_a != of_b).then(|| {
            format!("in order of arrival, number {} of A is {of_a}, of B {of_b}", index + 1)
        })
    };
    pairs.into_iter().find_map(differs).or_else(|| {
        let counts = (rows_a.len(), rows_b.len());
        (counts.0 != counts.1)
            .then(|| format!("A has {} requests and B has {}", counts.0, counts.1))
    })
}

/// What makes a request the same request.
#[derive(PartialEq, Eq)]
struct Identity<'a> {
    id: i64,
    arrival_ns: i64,
    tier: u8,
    slo: &'a str,
}

fn identity<'a>(table: &'a RunTable, row: &outcome::Outcome) -> Identity<'a> {
    Identity {
        id: row.request_id.0,
        arrival_ns: row.arrival.as_nanos(),
        tier: row.tier.number(),
        slo: table.slo(row),
    }
}

impl std::fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, arrival_ns, tier, slo } = self;
        write!(f, "request {id} (arrival_ns {arrival_ns}, tier {tier}, slo {slo})")
    }
}
