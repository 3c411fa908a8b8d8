//! What is asked of a workload that has been found valid.

use request::Seed;
use trace::{BatchSize, Process, TraceRow, Workload, generate};

use crate::sound;

/// Rows that are looked at.
const ROWS: usize = 4096;

/// Draws the first requests of a valid workload.
pub fn check(workload: &Workload, seed: Option<Seed>) {
    let json = serde_json::to_string(workload).expect("a valid workload is JSON");
    let mut read: Workload = serde_json::from_str(&json).expect("it was just written");
    read.models.clone_from(&workload.models);
    assert_eq!(read, *workload, "a workload survives the metadata");
    if !is_small(workload) {
        return;
    }
    let batches = generate(workload, seed.unwrap_or(Seed(42)), 1).expect("it is valid");
    let rows: Vec<TraceRow> = batches.flatten().take(ROWS).collect();
    sound::ordered(&rows);
    assert!(rows.iter().zip(0..).all(|(row, index)| row.request.id.0 == index), "ids count up");
    if let Some(count) = workload.count {
        assert_eq!(rows.len() as u64, count.min(ROWS as u64), "an exact count");
    }
}

/// Leaves out what is slow by its nature: large batches, and states that change all the time.
fn is_small(workload: &Workload) -> bool {
    let arrivals = workload.classes.iter().map(|class| workload.arrivals_of(class));
    arrivals.chain([&workload.arrivals]).all(|arrivals| {
        let batch = match arrivals.batch {
            None => true,
            Some(BatchSize::Fixed { size }) => size <= 1000,
            Some(BatchSize::Geometric { mean }) => mean <= 1000.0,
        };
        let visits = match &arrivals.process {
            Process::Modulated { states, .. } => {
                let cycle = states.iter().map(|state| state.dwell.as_secs_f64()).sum::<f64>();
                workload.duration.as_secs_f64() / cycle * states.len() as f64
            }
            _ => 0.0,
        };
        batch && visits < 1e5
    })
}
