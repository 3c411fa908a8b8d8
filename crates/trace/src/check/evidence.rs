//! What the tests need of the rows, gathered in one pass.

use request::{Seed, Tier};

use super::coincidence::Coincidences;
use super::ending::{Ending, Watch};
use super::grid::Grids;
use super::laws::{Violations, law};
use super::rescale::DrawnClass;
use crate::header::Header;
use crate::row::Batch;
use crate::workload::{Class, Workload};

/// The rows of a drawn trace, by class.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub(super) workload: &'a Workload,
    seed: Seed,
    /// The classes that arrive.
    pub(super) classes: Vec<ClassRows<'a>>,
    /// Class of each row that arrives while all classes do, in order of arrival.
    pub(super) labels: Vec<u32>,
    pub(super) coincidences: Coincidences,
    pub(super) grids: Grids,
    /// Position in `classes`, by (tier - 1) * number of SLO classes + SLO class.
    class_of: Vec<Option<usize>>,
    /// How far after an arrival its deadline lies, by SLO class of the header.
    targets_ns: Vec<Option<i64>>,
    header: &'a Header,
    /// Of the whole, where it is not that of the classes.
    ending: Option<Ending>,
    duration_ns: i64,
    rows_before: u64,
}

/// The rows of a class.
#[derive(Debug)]
pub(super) struct ClassRows<'a> {
    pub(super) class: &'a Class,
    pub(super) arrivals_ns: Vec<i64>,
    /// How often it asks for each model of the header.
    pub(super) models: Vec<u64>,
    ending: Ending,
}

impl ClassRows<'_> {
    /// How findings name it.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.class.tier.number(), self.class.slo)
    }
}

impl<'a> Evidence<'a> {
    /// Before the first row. The header's workload is valid.
    pub(super) fn new(header: &'a Header) -> Self {
        let workload = &header.workload;
        let models_len = header.models.len();
        let classes: Vec<ClassRows<'a>> = workload
            .active_classes()
            .map(|class| ClassRows {
                class,
                arrivals_ns: Vec::new(),
                models: vec![0; models_len],
                ending: Ending::of_class(workload, class),
            })
            .collect();
        let position = |tier: Tier, slo: &String| {
            classes.iter().position(|rows| rows.class.tier == tier && rows.class.slo == *slo)
        };
        let slos = || header.slos.iter();
        let keys = Tier::ALL.into_iter().flat_map(|tier| slos().map(move |slo| (tier, slo)));
        let class_of = keys.map(|(tier, slo)| position(tier, slo)).collect();
        let target = |name: &String| {
            let slo = workload.slos.iter().find(|slo| slo.name == *name)?;
            i64::try_from(slo.target.as_nanos()).ok()
        };
        Self {
            workload,
            seed: header.seed,
            class_of,
            targets_ns: slos().map(target).collect(),
            classes,
            labels: Vec::new(),
            coincidences: Coincidences::new(workload.total_qps),
            grids: Grids::default(),
            header,
            ending: Ending::of_whole(workload),
            duration_ns: workload.duration.as_nanos() as i64,
            rows_before: 0,
        }
    }

    /// Adds the next batch, which has been checked.
    pub(super) fn add(&mut self, batch: &Batch, violations: &mut Violations) {
        for index in 0..batch.len() {
            self.add_row(batch, index, violations);
        }
        self.rows_before += batch.len() as u64;
    }

    fn add_row(&mut self, batch: &Batch, index: usize, violations: &mut Violations) {
        let row = self.rows_before + index as u64;
        let arrival_ns = batch.arrivals_ns()[index];
        let slo = usize::from(batch.slos()[index].cast_unsigned());
        let tier = usize::from(batch.tiers()[index].cast_unsigned());
        let target_ns = batch.deadlines_ns()[index] - arrival_ns;
        if self.targets_ns[slo] != Some(target_ns) {
            violations.add(law::SLOS, || {
                let name = &self.header.slos[slo];
                format!("row {row}, column deadline_ns: {target_ns} ns are not the SLO of `{name}`")
            });
        }
        self.grids.add(arrival_ns);
        if let Some(ending) = &mut self.ending
            && !ending.add(arrival_ns)
        {
            violations.add(law::ENDS, || {
                let count = ending.count_min();
                format!(
                    "row {row}, column arrival_ns: the trace goes on, though it has had its time \
                     and its {count} requests"
                )
            });
        }
        let Some(class) = self.class_of[(tier - 1) * self.targets_ns.len() + slo] else {
            violations.add(law::CLASSES, || {
                let name = &self.header.slos[slo];
                format!("row {row}, columns tier, slo: no requests of ({tier}, {name}) were due")
            });
            return;
        };
        self.coincidences.add(arrival_ns, class);
        // Past the duration classes end one by one, unless something else ends them all.
        if arrival_ns < self.duration_ns || self.ending.is_some() {
            self.labels.push(class as u32);
        }
        let rows = &mut self.classes[class];
        if !rows.ending.add(arrival_ns) {
            violations.add(law::ENDS, || {
                let (name, count) = (rows.name(), rows.ending.count_min());
                format!(
                    "row {row}, column arrival_ns: {name} goes on past the duration, though it has \
                     its {count} requests"
                )
            });
        }
        rows.arrivals_ns.push(arrival_ns);
        rows.models[usize::from(batch.models()[index].cast_unsigned())] += 1;
    }

    /// After the last row: laws of the whole.
    pub(super) fn finish(&self, violations: &mut Violations) {
        for rows in &self.classes {
            if let Some((count, count_min)) = rows.ending.missing() {
                let name = rows.name();
                violations.add(law::ENDS, || {
                    format!("{name} has {count} requests; it should go on until {count_min}")
                });
            }
        }
        if let Some((count, count_min)) = self.ending.as_ref().and_then(Ending::missing) {
            violations.add(law::ENDS, || {
                format!(
                    "there are {count} requests; there should be {count_min}, and time should have \
                     passed"
                )
            });
        }
    }

    /// Until when all classes were watched.
    pub(super) fn until_ns(&self) -> i64 {
        self.ending.as_ref().map_or(self.duration_ns, Ending::classes_until_ns)
    }

    /// For how long a class was watched.
    pub(super) fn watch(&self, rows: &ClassRows<'_>) -> Watch {
        match self.ending {
            Some(_) => Watch::Until(self.until_ns()),
            None => rows.ending.watch(),
        }
    }

    /// How a class was drawn.
    pub(super) fn drawn(&self, class: &'a Class) -> DrawnClass<'a> {
        DrawnClass { workload: self.workload, class, seed: self.seed }
    }
}
