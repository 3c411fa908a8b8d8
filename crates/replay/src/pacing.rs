//! The pacing thread: each request at its moment, whatever became of the ones before.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use outcome::Code;

use crate::clock::{RunClock, sharpen_sleep};
use crate::plan::{Ended, Planned};
use crate::ring::Ring;
use crate::transport::{Firing, Muzzle};

/// What the pacing thread needs.
pub(crate) struct Pacing<'a> {
    pub(crate) plan: &'a [Planned],
    pub(crate) ring: &'a Ring,
    pub(crate) clock: RunClock,
    pub(crate) stopped: &'a AtomicBool,
    pub(crate) ended: Sender<Ended>,
}

impl Pacing<'_> {
    /// Fires the whole plan through `muzzle`, or until the run is stopped. A request that cannot
    /// be sent ends `unsent` at once; nothing here waits for a reply.
    pub(crate) fn fire(self, muzzle: Muzzle) {
        sharpen_sleep();
        for (index, planned) in self.plan.iter().enumerate() {
            if let Err(code) = self.fire_one(index, planned, &muzzle) {
                // The collector outlives this thread.
                let _ = self.ended.send(Ended::unsent(index, code));
            }
        }
    }

    fn fire_one(&self, index: usize, planned: &Planned, muzzle: &Muzzle) -> Result<(), Code> {
        let stopped = || self.stopped.load(Ordering::Relaxed);
        if stopped() {
            return Err(Code::CutShort);
        }
        // Until its deadline a late request is still worth sending; its lag tells.
        let patience = planned.deadline().saturating_since(self.clock.now());
        let tensor = self.ring.take(patience);
        if !self.clock.wait_until(planned.arrival(), stopped) {
            return Err(Code::CutShort);
        }
        let tail = tensor.ok_or(Code::NotPrepared)?.into_bytes();
        muzzle.fire(Firing { index, tail })
    }
}
