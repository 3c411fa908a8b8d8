//! The overview as tables: for each workload and profile one of numbers with their spread, then the
//! heat map of each policy.

use std::fmt;

use outcome::Grid;

use super::heat::Scale;
use super::{Overview, Place, Point};
use crate::sweep::Metric;

impl fmt::Display for Overview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = Scale::new(self.metric, &self.points);
        for (group, variant) in self.blocks() {
            writeln!(f, "{}\n\n{}", self.title(group, variant), self.grid(group, variant))?;
            // One number has no pattern.
            if self.plan.workers.len() * self.plan.rate_scales.len() > 1 {
                self.heat(f, &scale, group, variant)?;
            }
        }
        Ok(())
    }
}

impl Overview<'_> {
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let variants = self.plan.variants.len();
        (0..self.groups.len()).flat_map(move |group| (0..variants).map(move |one| (group, one)))
    }

    fn title(&self, group: usize, variant: usize) -> String {
        let traces = &self.groups[group];
        let header = self.plan.traces[traces[0]].header();
        let seeds = self.plan.seeds.len();
        let over = match (seeds, traces.len()) {
            (1, 1) => String::new(),
            (seeds, 1) => format!(", mean over {seeds} seeds [least, most]"),
            (1, traces) => format!(", mean over {traces} traces [least, most]"),
            (seeds, traces) => format!(", mean over {traces} traces x {seeds} seeds [least, most]"),
        };
        let metric = format!("{} of {}, {}{over}", self.metric, self.class, self.metric.unit());
        let set = self.plan.variants[variant].to_string();
        let parts = [format!("sweep  {}", header.workload.name), set, metric];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("  ·  ")
    }

    /// Policies one below the other for the same workers, rates side by side.
    fn grid(&self, group: usize, variant: usize) -> Grid {
        let rates = self.plan.rate_scales.iter().map(|scale| format!("x{scale}"));
        let header: Vec<String> =
            ["workers".to_owned(), "policy".to_owned()].into_iter().chain(rates).collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut grid = Grid::new(&header).words(&[1]);
        for (workers, choice) in self.plan.workers.iter().enumerate() {
            if workers > 0 && self.plan.policies.len() > 1 {
                grid.rule();
            }
            for (policy, name) in self.plan.policies.iter().enumerate() {
                let points = self.row(Place { group, variant, workers, rate_scale: 0, policy });
                let mut cells = vec![choice.label.clone(), name.clone()];
                cells.extend(points.map(|point| cell(self.metric, point)));
                grid.row(cells);
            }
        }
        grid
    }

    /// The points of all rates beside `place`.
    fn row(&self, place: Place) -> impl Iterator<Item = &Point> {
        let rates = 0..self.plan.rate_scales.len();
        rates.map(move |rate_scale| self.point(Place { rate_scale, ..place }))
    }

    fn heat(
        &self,
        f: &mut fmt::Formatter<'_>,
        scale: &Scale,
        group: usize,
        variant: usize,
    ) -> fmt::Result {
        let labels = self.plan.workers.iter().map(|choice| choice.label.chars().count());
        let label_width = labels.max().unwrap_or(0).max("workers".len());
        let texts = self.points.iter().map(|point| mean(self.metric, point).len());
        let rates = self.plan.rate_scales.iter().map(|scale| scale.to_string().len() + 1);
        let width = texts.chain(rates).max().unwrap_or(0);
        for (policy, name) in self.plan.policies.iter().enumerate() {
            writeln!(f, "{name}: {}, {}, by workers and rate", self.metric, self.metric.unit())?;
            write!(f, "{:>label_width$}", "workers")?;
            for rate in &self.plan.rate_scales {
                write!(f, "  {}{:>width$}", scale.gap(self.palette), format!("x{rate}"))?;
            }
            writeln!(f)?;
            for (workers, choice) in self.plan.workers.iter().enumerate() {
                write!(f, "{:>label_width$}", choice.label)?;
                for point in self.row(Place { group, variant, workers, rate_scale: 0, policy }) {
                    let text = mean(self.metric, point);
                    write!(f, "  {}{text:>width$}", scale.blocks(self.palette, point.mean))?;
                }
                writeln!(f)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The mean, and where simulations differ, between which values.
fn cell(metric: Metric, point: &Point) -> String {
    let (least, most) = (point.least, point.most);
    if point.count < 2 || least == most {
        return mean(metric, point);
    }
    let end = |value: Option<f64>| metric.text(value.unwrap_or(f64::INFINITY));
    format!("{} [{}, {}]", mean(metric, point), end(least), end(most))
}

/// `-` where no simulation gave a number.
fn mean(metric: Metric, point: &Point) -> String {
    match point.count {
        0 => "-".to_owned(),
        _ => metric.text(point.mean.unwrap_or(f64::INFINITY)),
    }
}
