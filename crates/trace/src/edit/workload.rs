//! What the workload in a derived trace's metadata says, so that it stays true of the rows.

use std::time::Duration;

use super::cut::Cut;
use crate::rate_scale::RateScale;
use crate::workload::{Class, ModelShare, Process, Workload};

/// What was done to the sources.
pub(super) enum Change<'a> {
    /// Time runs faster by this factor.
    Scaled(RateScale),
    /// A part was cut out, which lasts for `span` where that is not the whole time.
    Cut { span: Option<Duration>, cut: &'a Cut },
    /// All are put together.
    Merged,
}

/// The workload that describes what is left of the sources' workloads after the change.
///
/// What is left of a stretch of time, or put together, follows no process that a workload can tell:
/// its arrivals count as recorded, at the rates that the sources' rates imply.
pub(super) fn workload_of_derived(sources: &[&Workload], change: &Change<'_>) -> Workload {
    let mut workload = sources.first().copied().cloned().expect("an edit has a source");
    match change {
        Change::Scaled(factor) => {
            speed_up(&mut workload, factor.factor());
            // LoadGen cuts gaps to whole ns, in other places at another rate.
            if is_loadgen_anywhere(&workload) {
                return workload.recorded();
            }
        }
        Change::Cut { span, cut } => {
            if cut.chooses_classes() {
                keep_classes(&mut workload, cut);
            }
            if let Some(span) = span {
                workload.duration = *span;
                return workload.recorded();
            }
            // One schedule for all classes is none for some of them.
            if workload.is_one_schedule() {
                return workload.recorded();
            }
        }
        Change::Merged => {
            sources[1..].iter().for_each(|other| add(&mut workload, other));
            return workload.recorded();
        }
    }
    workload
}

/// Lets all that takes time in a workload go faster by a factor.
fn speed_up(workload: &mut Workload, factor: f64) {
    workload.total_qps *= factor;
    workload.duration = shortened(workload.duration, factor);
    let classes = workload.classes.iter_mut();
    let parts = classes.map(|class| (class.arrivals.as_mut(), class.rate.as_mut()));
    let whole = (Some(&mut workload.arrivals), workload.rate.as_mut());
    for (arrivals, rate) in parts.chain([whole]) {
        if let Some(arrivals) = arrivals {
            speed_up_process(&mut arrivals.process, factor);
        }
        if let Some(rate) = rate {
            *rate = rate.sped_up(factor);
        }
    }
}

fn speed_up_process(process: &mut Process, factor: f64) {
    if let Process::Modulated { states, .. } = process {
        for state in states {
            state.dwell = shortened(state.dwell, factor);
        }
    }
}

fn is_loadgen_anywhere(workload: &Workload) -> bool {
    workload.is_one_schedule()
        || workload.classes.iter().any(|class| workload.arrivals_of(class).process.is_loadgen())
}

fn shortened(length: Duration, factor: f64) -> Duration {
    // `as` saturates.
    let nanos = libm::rint(length.as_nanos() as f64 / factor) as u64;
    Duration::from_nanos(nanos.max(1))
}

/// Leaves what the cut keeps of each class, at the rate it had.
fn keep_classes(workload: &mut Workload, cut: &Cut) {
    for class in &mut workload.classes {
        let (tier, slo) = (class.tier, class.slo.clone());
        let count = class.models.len();
        class.models.retain(|share| cut.keeps(tier, &slo, &share.model));
        // Decimal weights do not sum to 1 exactly, and should not change for nothing.
        if class.models.len() != count {
            class.share *= normalise(&mut class.models, |share| &mut share.weight);
        }
    }
    workload.classes.retain(|class| class.share > 0.0);
    let kept = normalise(&mut workload.classes, |class| &mut class.share);
    workload.total_qps *= kept;
    workload.min_query_count = libm::rint(workload.min_query_count as f64 * kept) as u64;
}

/// Adds the rates of another workload to each class.
fn add(workload: &mut Workload, other: &Workload) {
    if workload.name != other.name {
        workload.name = format!("{}+{}", workload.name, other.name);
    }
    scale_shares(&mut workload.classes, workload.total_qps);
    let mut added = other.classes.clone();
    scale_shares(&mut added, other.total_qps);
    for class in added {
        let same = |known: &&mut Class| known.tier == class.tier && known.slo == class.slo;
        match workload.classes.iter_mut().find(same) {
            Some(known) => add_class(known, &class),
            None => workload.classes.push(class),
        }
    }
    workload.total_qps = normalise(&mut workload.classes, |class| &mut class.share);
    workload.duration = workload.duration.max(other.duration);
}

/// Adds the requests of a class to another, both with rates in the place of their shares.
fn add_class(known: &mut Class, class: &Class) {
    for share in &mut known.models {
        share.weight *= known.share;
    }
    for ModelShare { model, weight } in &class.models {
        let weight = weight * class.share;
        match known.models.iter_mut().find(|share| share.model == *model) {
            Some(share) => share.weight += weight,
            None => known.models.push(ModelShare { model: model.clone(), weight }),
        }
    }
    normalise(&mut known.models, |share| &mut share.weight);
    known.share += class.share;
}

fn scale_shares(classes: &mut [Class], factor: f64) {
    for class in classes {
        class.share *= factor;
    }
}

/// Makes values sum to 1, and gives what they summed to.
fn normalise<T>(items: &mut [T], value: impl Fn(&mut T) -> &mut f64) -> f64 {
    let sum = items.iter_mut().fold(0.0, |sum, item| sum + *value(item));
    if sum > 0.0 && sum != 1.0 {
        for item in items {
            *value(item) /= sum;
        }
    }
    sum
}
