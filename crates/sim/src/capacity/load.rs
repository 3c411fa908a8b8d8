//! How many workers the requests alone keep busy.

use cluster::Profile;
use trace::TraceReader;

use crate::SimError;

/// Mean service time of all requests together, over the time in which they come: the number of
/// workers that are busy on average where all is served (Little's law). 0 of a single instant.
pub(super) fn offered(
    trace: &TraceReader,
    limit: Option<u64>,
    profile: &Profile,
) -> Result<f64, SimError> {
    let models = trace.header().models.iter();
    let times = models.map(|model| Ok(profile.estimate(profile.model(&model.name)?, 1)));
    let times = times.collect::<Result<Vec<_>, SimError>>()?;
    let (mut work_ns, mut first, mut last) = (0u128, None, None);
    for (row, _) in trace.rows().zip(0..limit.unwrap_or(u64::MAX)) {
        let request = row?.request;
        work_ns += times[usize::from(request.model.0)].as_nanos();
        first = first.or(Some(request.arrival));
        last = Some(request.arrival);
    }
    let span_ns = match (first, last) {
        (Some(first), Some(last)) => (last - first).as_nanos(),
        _ => 0,
    };
    Ok(if span_ns == 0 { 0.0 } else { work_ns as f64 / span_ns as f64 })
}
