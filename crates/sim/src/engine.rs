//! The discrete-event engine: virtual time for a cluster.
//!
//! Arrivals are sorted already and are merged with the cluster's agenda, which has the order of
//! events at one moment; the reference scheduler drives the same cluster in real time.

use cluster::{Cluster, Observer, Violation};
use request::Request;

/// Runs `arrivals` through `cluster` until every request has ended, and tells `observer`.
///
/// Each arrival is a request and what comes back with its end; the first error among them ends the
/// run. Memory is that of the requests in flight, whatever the number of arrivals.
///
/// # Errors
/// Where an arrival is an error, or the policy breaks a rule or leaves requests waiting for ever.
///
/// # Panics
/// Where the requests are not in order of arrival.
pub fn simulate<T, E: From<Violation>>(
    arrivals: impl IntoIterator<Item = Result<(Request, T), E>>,
    cluster: &mut Cluster<T>,
    observer: &mut impl Observer<T>,
) -> Result<(), E> {
    for arrival in arrivals {
        let (request, payload) = arrival?;
        arrive(request, payload, cluster, observer)?;
    }
    Ok(drain(cluster, observer)?)
}

/// Runs what goes before a request arrives, and its arrival.
#[inline]
pub(crate) fn arrive<T>(
    request: Request,
    payload: T,
    cluster: &mut Cluster<T>,
    observer: &mut impl Observer<T>,
) -> Result<(), Violation> {
    while cluster.advance(Some(request.arrival), observer)?.is_some() {}
    cluster.arrived(request.arrival, request, payload, observer)
}

/// Runs until every request has ended: none is to come.
pub(crate) fn drain<T>(
    cluster: &mut Cluster<T>,
    observer: &mut impl Observer<T>,
) -> Result<(), Violation> {
    // Outages and timers that come when everything has ended concern nobody.
    while cluster.in_flight_count() > 0 {
        if cluster.advance(None, observer)?.is_none() {
            return cluster.check_drained();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
