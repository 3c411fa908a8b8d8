//! The family of tests that a trace goes through.

use rayon::prelude::*;
use request::Seed;

use super::evidence::{ClassRows, Evidence};
use super::finding::Outcome;
use super::rescale::{residuals_of_all, residuals_of_class};
use super::residuals::Residuals;
use super::{
    anderson_darling, count, dispersion, kolmogorov, ljung_box, mix, shared_gaps, transitions,
};
use crate::workload::Workload;

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
pub(super) fn of_trace(evidence: Evidence<'_>) -> Vec<(String, Outcome)> {
    let Evidence { workload, mut classes, labels, coincidences, grids, .. } = evidence;
    let residuals: Vec<Residuals> = (classes.par_iter_mut())
        .map(|rows| {
            let dither = Seed(0).derive("check").derive(&rows.name());
            let arrivals_ns = std::mem::take(&mut rows.arrivals_ns);
            residuals_of_class(workload, rows.class, arrivals_ns, dither)
        })
        .collect();
    let mut found: Vec<(String, Outcome)> = Vec::new();
    found.push((ALL.to_owned(), transitions::order(&labels, classes.len())));
    found.push((ALL.to_owned(), class_mix(&labels, &classes)));
    drop(labels);
    found.push((ALL.to_owned(), coincidences.meetings()));
    found.push((ALL.to_owned(), grids.rounding()));
    let names: Vec<String> = classes.iter().map(ClassRows::name).collect();
    let named: Vec<_> = names.iter().map(String::as_str).zip(&residuals).collect();
    found.push((ALL.to_owned(), shared_gaps::streams(&named)));
    let streams: Vec<Vec<Outcome>> = residuals.par_iter().map(of_stream).collect();
    for (rows, outcomes) in classes.iter().zip(streams) {
        found.push((rows.name(), model_mix(rows, workload)));
        found.extend(outcomes.into_iter().map(|outcome| (rows.name(), outcome)));
    }
    let classes: Vec<_> = classes.iter().map(|rows| rows.class).zip(&residuals).collect();
    let all = residuals_of_all(workload, &classes);
    drop(residuals);
    found.extend(of_stream(&all).into_iter().map(|outcome| (ALL.to_owned(), outcome)));
    found
}

/// Classes within the duration, where all of them arrive.
fn class_mix(labels: &[u32], classes: &[ClassRows<'_>]) -> Outcome {
    let mut counts = vec![0; classes.len()];
    for &label in labels {
        counts[label as usize] += 1;
    }
    let shares: Vec<f64> = classes.iter().map(|rows| rows.class.share).collect();
    mix::shares("class_mix", &counts, &shares, |index| classes[index].name())
}

fn model_mix(rows: &ClassRows<'_>, workload: &Workload) -> Outcome {
    let weight = |model: &str| {
        let asked = rows.class.models.iter().find(|asked| asked.model == model);
        asked.map_or(0.0, |asked| asked.weight)
    };
    let name = |index: usize| workload.models[index].name.clone();
    let weights: Vec<f64> = workload.models.iter().map(|model| weight(&model.name)).collect();
    mix::shares("model_mix", &rows.models, &weights, name)
}
