//! What is emulated: workers, how long they take, and where their service times are drawn from.

use request::{ModelId, Seed};

use crate::{Profile, Workers, WorkersError};

/// Everything about a cluster but its policy. Two clusters of one emulation meet the same work.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulation {
    /// The workers.
    pub workers: Workers,
    /// How long they take for which model.
    pub profile: Profile,
    /// Where their service times are drawn from.
    pub seed: Seed,
}

impl Default for Emulation {
    /// Two workers of the built-in profile.
    fn default() -> Self {
        Self { workers: Workers::equal(2), profile: Profile::default(), seed: Seed(42) }
    }
}

impl Emulation {
    /// Checks that the workers and the profile fit together, for the models that will be asked
    /// for.
    ///
    /// # Errors
    /// Where a model is pinned that the profile does not know, or one of `models` fits no worker.
    pub fn check(&self, models: impl IntoIterator<Item = ModelId>) -> Result<(), WorkersError> {
        self.workers.check_models(&self.profile, models)
    }
}
