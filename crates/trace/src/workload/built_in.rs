//! The three workloads that come with Reprise, as workload files.

/// Name and text of each.
const FILES: [(&str, &str); 3] = [
    ("balanced", include_str!("built_in/balanced.toml")),
    ("urgent_heavy", include_str!("built_in/urgent_heavy.toml")),
    ("batch_heavy", include_str!("built_in/batch_heavy.toml")),
];

/// The text of the file of this name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use crate::workload::{Amounts, Workload, WorkloadFile};

    #[test]
    fn every_built_in_workload_is_valid() {
        for name in Workload::BUILT_IN {
            let file = WorkloadFile::built_in(name).unwrap();
            let workload = file.workload(&Amounts::default()).unwrap();
            assert_eq!(workload, Workload::built_in(name).unwrap());
            assert_eq!(workload.name, name);
            assert_eq!(workload.classes.len(), 9);
        }
    }
}
