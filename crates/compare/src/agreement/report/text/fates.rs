//! How requests ended: by status on both sides, and those whose fate differs.

use std::collections::BTreeSet;
use std::fmt;

use outcome::units::grouped;
use outcome::{Grid, Status};

use crate::agreement::{AgreementReport, ClassAgreement, Statuses};

impl AgreementReport<'_> {
    pub(super) fn fates(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.agreement.classes.iter().any(|class| failures(class).next().is_some()) {
            writeln!(f, "{}", self.statuses_grid())?;
        } else {
            writeln!(f, "Every request ended ok on both sides.\n")?;
        }
        if self.agreement.classes.iter().any(|class| !class.changed_fates().is_empty()) {
            writeln!(f, "{}", self.changes_grid())?;
        } else {
            writeln!(f, "No request was in time on one side and late or failed on the other.\n")?;
        }
        Ok(())
    }

    /// Counts of each status in the classes where not every request ended `ok`.
    fn statuses_grid(self) -> Grid {
        let letters: Vec<String> = self.letters().collect();
        let mut header = vec!["class", "status", "A"];
        header.extend(letters.iter().map(String::as_str));
        let mut grid = Grid::new(&header).words(&[0, 1]);
        let classes = self.agreement.classes.iter();
        for class in classes.filter(|class| failures(class).next().is_some()) {
            for (index, status) in statuses(class).into_iter().enumerate() {
                let count = |of: &Statuses| grouped(of.get(&status).copied().unwrap_or(0));
                let mut cells = vec![first(index, class), status.to_string()];
                cells.push(count(&class.simulated));
                cells.extend(class.measured.iter().map(count));
                grid.row(cells);
            }
        }
        grid
    }

    /// Requests whose fate differs, by both fates.
    fn changes_grid(self) -> Grid {
        let letters: Vec<String> = self.letters().collect();
        let mut header = vec!["class", "in A", "in B"];
        header.extend(letters.iter().map(String::as_str));
        let mut grid = Grid::new(&header).words(&[0, 1, 2]);
        for class in &self.agreement.classes {
            for (index, fates) in class.changed_fates().into_iter().enumerate() {
                let mut cells =
                    vec![first(index, class), fates.0.name().into(), fates.1.name().into()];
                cells.extend(class.changed(fates).into_iter().map(grouped));
                grid.row(cells);
            }
        }
        grid
    }
}

/// The name of a class in its first line.
fn first(index: usize, class: &ClassAgreement) -> String {
    if index == 0 { class.class.to_string() } else { String::new() }
}

/// The statuses that requests of a class ended in, on either side.
fn statuses(class: &ClassAgreement) -> BTreeSet<Status> {
    let sides = std::iter::once(&class.simulated).chain(&class.measured);
    sides.flat_map(|side| side.keys().copied()).collect()
}

fn failures(class: &ClassAgreement) -> impl Iterator<Item = Status> {
    statuses(class).into_iter().filter(|&status| status != Status::Ok)
}
