//! How requests ended on both sides.

use std::collections::BTreeMap;

use compare::agreement::Fate;
use outcome::{Code, Outcome, Status};

use super::model::{MILLISECOND, agreed, later, measured, simulated};

#[test]
fn requests_are_paired_to_see_whose_fate_differs() {
    let mut rows = measured(0, 0);
    // Takes 5 ms, and now 13: late. Takes 14 ms, late in the simulation: now in time.
    rows[0] = later(simulated()[0], 0, 8 * MILLISECOND);
    rows[9] = later(simulated()[9], 0, -2 * MILLISECOND);
    for index in [1, 11, 19] {
        let code = Some(Code::DeadlineExceeded);
        rows[index] = Outcome { status: Status::Expired, code, ..rows[index] };
    }
    let found = agreed([rows, measured(0, 0)]);
    let all = &found.classes[0];
    let expired = Fate::Failed(Status::Expired);
    let expected = BTreeMap::from([
        ((Fate::Met, Fate::Late), 1),
        ((Fate::Met, expired), 2),
        ((Fate::Late, Fate::Met), 1),
        ((Fate::Late, expired), 1),
    ]);
    assert_eq!(all.changes, [expected, BTreeMap::new()]);
    assert_eq!(all.changed((Fate::Met, expired)), [2, 0]);
    assert_eq!(all.simulated, BTreeMap::from([(Status::Ok, 500)]));
    let first = BTreeMap::from([(Status::Ok, 497), (Status::Expired, 3)]);
    assert_eq!(all.measured, [first, all.simulated.clone()]);
    // What one side did not serve has no latencies to set apart.
    assert_eq!((found.accounts[0].paired, found.accounts[0].apart), (497, 2));
    // All requests are of one class.
    assert!(found.classes.iter().all(|class| class.changes == all.changes));
}
