//! A sweep for people: a metric of a class at each point, the mean over what differs in nothing but
//! seeds.

mod heat;
mod text;

use serde::Serialize;

use super::{Cell, Metric, Plan, Sweep};
use crate::Scope;

pub use heat::Palette;

/// One metric of one class over the whole sweep.
#[derive(Debug)]
pub struct Overview<'a> {
    plan: &'a Plan,
    metric: Metric,
    class: Scope,
    /// Traces of one workload, which differ in their seeds.
    groups: Vec<Vec<usize>>,
    points: Vec<Point>,
    palette: Palette,
}

/// A metric at one point of the sweep, over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The traces, which differ in their seeds.
    pub traces: Vec<String>,
    /// The keys of the profile that were set, as `NAME=VALUE`.
    pub set: String,
    /// The workers.
    pub workers: String,
    /// Factor on the traces' rates.
    pub rate_scale: f64,
    /// The policy.
    pub policy: String,
    /// How many simulations it is the mean of.
    pub count: usize,
    /// Arithmetic mean; `None` (JSON: null) where there is no number, or no end to a latency.
    pub mean: Option<f64>,
    /// The smallest value, likewise.
    pub least: Option<f64>,
    /// The greatest value, likewise.
    pub most: Option<f64>,
}

/// Where on the axes a point is.
#[derive(Clone, Copy, Debug)]
struct Place {
    group: usize,
    variant: usize,
    workers: usize,
    rate_scale: usize,
    policy: usize,
}

impl<'a> Overview<'a> {
    /// Looks at `metric` of `class`.
    #[must_use]
    pub fn new(plan: &'a Plan, sweep: &Sweep, metric: Metric, class: Scope) -> Self {
        let groups = groups(plan);
        let places = places(plan, groups.len());
        let mut gathered: Vec<Vec<f64>> = vec![Vec::new(); places.len()];
        for (cell, run) in &sweep.cells {
            let value = run.as_ref().ok().and_then(|run| metric.of(run, run.class(&class)?));
            gathered[Place::of(*cell, &groups).index(plan)].extend(value);
        }
        let points = places.into_iter().zip(gathered);
        let points =
            points.map(|(place, values)| Point::new(plan, &groups, place, &values)).collect();
        Self { plan, metric, class, groups, points, palette: Palette::Plain }
    }

    /// With a heat map in these colours.
    #[must_use]
    pub fn with_palette(mut self, palette: Palette) -> Self {
        self.palette = palette;
        self
    }

    /// The points, in the order of the plan.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    fn point(&self, place: Place) -> &Point {
        &self.points[place.index(self.plan)]
    }
}

impl Point {
    fn new(plan: &Plan, groups: &[Vec<usize>], place: Place, values: &[f64]) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            traces: groups[place.group]
                .iter()
                .map(|&index| plan.traces[index].name().to_owned())
                .collect(),
            set: plan.variants[place.variant].to_string(),
            workers: plan.workers[place.workers].label.clone(),
            rate_scale: plan.rate_scales[place.rate_scale].factor(),
            policy: plan.policies[place.policy].clone(),
            count: values.len(),
            mean: finite(mean(values)),
            least: finite(least),
            most: finite(most),
        }
    }
}

/// Equal values are their own mean, to the last bit; NaN of none.
fn mean(values: &[f64]) -> f64 {
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => *first,
        _ => values.iter().sum::<f64>() / values.len() as f64,
    }
}

impl Place {
    fn of(cell: Cell, groups: &[Vec<usize>]) -> Self {
        let Cell { trace, variant, workers, rate_scale, policy, .. } = cell;
        let group = groups.iter().position(|group| group.contains(&trace));
        let group = group.expect("every trace has a workload");
        Self { group, variant, workers, rate_scale, policy }
    }

    /// Among the points, which come in the order of cells.
    fn index(self, plan: &Plan) -> usize {
        let variants = self.group * plan.variants.len() + self.variant;
        let workers = variants * plan.workers.len() + self.workers;
        let rate_scales = workers * plan.rate_scales.len() + self.rate_scale;
        rate_scales * plan.policies.len() + self.policy
    }
}

/// The traces by their workload, in the order of the plan.
fn groups(plan: &Plan) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, trace) in plan.traces.iter().enumerate() {
        let workload = &trace.header().workload;
        let is_same =
            |group: &&mut Vec<usize>| plan.traces[group[0]].header().workload == *workload;
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

fn places(plan: &Plan, groups: usize) -> Vec<Place> {
    let mut places = Vec::new();
    for group in 0..groups {
        for variant in 0..plan.variants.len() {
            for workers in 0..plan.workers.len() {
                for rate_scale in 0..plan.rate_scales.len() {
                    places.extend((0..plan.policies.len()).map(|policy| Place {
                        group,
                        variant,
                        workers,
                        rate_scale,
                        policy,
                    }));
                }
            }
        }
    }
    places
}
