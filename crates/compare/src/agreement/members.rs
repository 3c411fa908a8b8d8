//! Which requests are of which class.

use std::collections::BTreeMap;

use request::Tier;

use super::RunTable;
use crate::Class;

/// The classes that have requests in `table`, in order, with the positions of their requests among
/// its rows.
pub(super) fn members(table: &RunTable) -> BTreeMap<Class, Vec<usize>> {
    let mut cells: BTreeMap<(Tier, u16), Vec<usize>> = BTreeMap::new();
    for (index, row) in table.rows().iter().enumerate() {
        cells.entry((row.tier, row.slo)).or_default().push(index);
    }
    let mut classes = BTreeMap::from([(Class::All, (0..table.rows().len()).collect())]);
    for ((tier, slo), members) in cells {
        let of_tier: &mut Vec<usize> = classes.entry(Class::Tier(tier)).or_default();
        of_tier.extend(&members);
        let name = table.info.slos.get(usize::from(slo)).cloned().unwrap_or_default();
        classes.insert(Class::TierSlo(tier, slo, name), members);
    }
    classes
}
