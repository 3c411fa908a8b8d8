//! The family of tests that a trace goes through.

use std::collections::BTreeMap;

use rayon::prelude::*;
use request::Seed;

use super::ending::Watch;
use super::evidence::{ClassRows, Evidence};
use super::finding::{NotApplicable, Outcome};
use super::rescale::{
    DrawnClass, Rescaled, adds_up, batch_probability, residuals_of_all, take_batches,
};
use super::residuals::Residuals;
use super::{
    anderson_darling, batches, count, dispersion, kolmogorov, ljung_box, mix, shared_gaps, spacing,
    transitions,
};
use crate::generate::mean_gap_ns;
use crate::workload::{BatchSize, Process};

/// What findings about the whole trace are about.
const ALL: &str = "all";

/// All tests of a stream of arrivals.
#[must_use]
pub fn of_stream(residuals: &Residuals) -> Vec<Outcome> {
    let tests: [fn(&Residuals) -> Outcome; 8] = [
        count::amount,
        anderson_darling::rate_known,
        anderson_darling::rate_estimated,
        kolmogorov::evenness,
        ljung_box::memory,
        dispersion::by_rule,
        dispersion::in_100_windows,
        dispersion::in_1000_windows,
    ];
    tests.iter().map(|test| test(residuals)).collect()
}

/// All tests of a trace: what each is about, and what it says.
pub(super) fn of_trace(mut evidence: Evidence<'_>) -> Vec<(String, Outcome)> {
    let until_ns = evidence.until_ns();
    let classes: Vec<Examined<'_>> = take_classes(&mut evidence);
    let mut found: Vec<(String, Outcome)> = Vec::new();
    found.extend(of_labels(&evidence, &classes).map(|outcome| (ALL.to_owned(), outcome)));
    evidence.labels = Vec::new();
    let residuals: Vec<_> = classes.iter().filter_map(Examined::residuals).collect();
    let named: Vec<_> =
        residuals.iter().map(|(class, found)| (class.name.as_str(), *found)).collect();
    found.push((ALL.to_owned(), shared_gaps::streams(&named)));
    let streams: Vec<Vec<Outcome>> = classes.par_iter().map(Examined::of_class).collect();
    for (class, outcomes) in classes.iter().zip(streams) {
        found.extend(outcomes.into_iter().map(|outcome| (class.name.clone(), outcome)));
    }
    if let [_, ..] = residuals[..] {
        let drawn: Vec<_> = residuals.iter().map(|(class, found)| (class.drawn, *found)).collect();
        let all = residuals_of_all(&drawn, until_ns);
        found.extend(of_stream(&all).into_iter().map(|outcome| (ALL.to_owned(), outcome)));
    }
    found
}

/// A class whose arrivals have been rescaled.
struct Examined<'a> {
    name: String,
    drawn: DrawnClass<'a>,
    rescaled: Rescaled,
    /// Batches by size, where requests come in batches.
    batches: Option<(BatchSize, BTreeMap<u64, u64>)>,
    models: Vec<u64>,
}

/// Rescales the arrivals of all classes, and takes them out of the evidence.
fn take_classes<'a>(evidence: &mut Evidence<'a>) -> Vec<Examined<'a>> {
    let mut classes = std::mem::take(&mut evidence.classes);
    let evidence = &*evidence;
    let examine = |rows: &mut ClassRows<'a>| {
        let drawn = evidence.drawn(rows.class);
        let watch = evidence.watch(rows);
        let dither = Seed(0).derive("check").derive(&rows.name());
        let mut arrivals_ns = std::mem::take(&mut rows.arrivals_ns);
        let batch = drawn.workload.arrivals_of(rows.class).batch;
        if let (Some(_), Watch::Until(end_ns)) = (batch, watch) {
            // The end may cut a batch short.
            arrivals_ns.truncate(arrivals_ns.partition_point(|&arrival| arrival < end_ns));
        }
        let batches = batch.map(|batch| (batch, take_batches(&mut arrivals_ns)));
        let rescaled = drawn.rescale(arrivals_ns, watch, dither);
        let (name, models) = (rows.name(), std::mem::take(&mut rows.models));
        Examined { name, drawn, rescaled, batches, models }
    };
    classes.par_iter_mut().map(examine).collect()
}

impl<'a> Examined<'a> {
    fn residuals(&self) -> Option<(&Self, &Residuals)> {
        match &self.rescaled {
            Rescaled::Residuals(residuals) => Some((self, residuals)),
            Rescaled::Even(_) | Rescaled::Hidden(_) => None,
        }
    }

    /// The tests of this class by itself.
    fn of_class(&self) -> Vec<Outcome> {
        let mut outcomes = vec![self.model_mix()];
        match &self.rescaled {
            Rescaled::Residuals(residuals) => outcomes.extend(of_stream(residuals)),
            Rescaled::Even(times) => {
                let DrawnClass { workload, class, .. } = self.drawn;
                outcomes.push(spacing::evenness(times, mean_gap_ns(workload, class)));
            }
            Rescaled::Hidden(reason) => {
                outcomes.push(Err(NotApplicable::new("arrivals", *reason)));
                return outcomes;
            }
        }
        if let Some((batch, sizes)) = &self.batches {
            outcomes.push(batches::sizes(sizes, |size| batch_probability(*batch, size)));
        }
        outcomes
    }

    fn process(&self) -> &'a Process {
        &self.drawn.workload.arrivals_of(self.drawn.class).process
    }

    fn model_mix(&self) -> Outcome {
        let DrawnClass { workload, class, .. } = self.drawn;
        let weight = |model: &str| {
            let asked = class.models.iter().find(|asked| asked.model == model);
            asked.map_or(0.0, |asked| asked.weight)
        };
        let name = |index: usize| workload.models[index].name.clone();
        let weights: Vec<f64> = workload.models.iter().map(|model| weight(&model.name)).collect();
        mix::shares("model_mix", &self.models, &weights, name)
    }
}

/// The tests of which class comes when, as far as the way in which they come allows.
fn of_labels(evidence: &Evidence<'_>, classes: &[Examined<'_>]) -> impl Iterator<Item = Outcome> {
    let drawn: Vec<DrawnClass<'_>> = classes.iter().map(|class| class.drawn).collect();
    let not = |test, reason: &str| Err(NotApplicable::new(test, reason));
    let (order, class_mix) = match adds_up(&drawn) {
        true => (
            transitions::order(&evidence.labels, classes.len()),
            mix_of_classes(&evidence.labels, classes),
        ),
        false => {
            let reason = "classes are not Poisson with one rate over time";
            (not("transitions", reason), not("class_mix", reason))
        }
    };
    let workload = evidence.workload;
    let is_steady = |class: &Examined<'_>| {
        let keeps_rate = workload.rate_of(class.drawn.class).is_none();
        keeps_rate && matches!(class.process(), Process::Poisson | Process::Uniform { .. })
    };
    let meetings = match classes.iter().all(is_steady) || workload.is_one_schedule() {
        true => evidence.coincidences.meetings(),
        false => not("coincidence", "classes come in clumps, in step or at changing rates"),
    };
    // Evenly spaced arrivals may lie on a grid, and those of a clump lie there together.
    let is_apart = |class: &Examined<'_>| match class.process() {
        Process::Constant => false,
        Process::Gamma { cv } | Process::Weibull { cv } => *cv <= 1.0,
        _ => true,
    };
    let rounding = match classes.iter().all(is_apart) {
        true => evidence.grids.rounding(),
        false => not("grid", "classes come evenly spaced or in clumps"),
    };
    [order, class_mix, meetings, rounding].into_iter()
}

/// Classes while all of them arrive.
fn mix_of_classes(labels: &[u32], classes: &[Examined<'_>]) -> Outcome {
    let mut counts = vec![0; classes.len()];
    for &label in labels {
        counts[label as usize] += 1;
    }
    let shares: Vec<f64> = classes.iter().map(|class| class.drawn.class.share).collect();
    mix::shares("class_mix", &counts, &shares, |index| classes[index].name.clone())
}
