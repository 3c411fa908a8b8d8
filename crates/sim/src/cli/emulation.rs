//! The flags that describe a cluster.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use cluster::{Emulation, Profile, Workers};
use request::Seed;

/// The cluster, apart from its policy.
#[derive(Debug, Args)]
pub(crate) struct EmulationArgs {
    /// Emulated workers: a number, or a TOML file where they differ or fail
    #[arg(long, default_value = "2", value_name = "COUNT|FILE")]
    workers: String,

    /// Service times by model (TOML); without it, a built-in profile of CPU-like times
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Seed of the service times
    #[arg(long, visible_alias = "service-seed", default_value_t = 42, value_name = "SEED")]
    seed: u64,
}

impl EmulationArgs {
    pub(crate) fn emulation(&self) -> anyhow::Result<Emulation> {
        let workers: Workers =
            self.workers.parse().with_context(|| format!("--workers {}", self.workers))?;
        let profile = profile(self.profile.as_deref())?;
        Ok(Emulation { workers, profile, seed: Seed(self.seed) })
    }
}

/// The profile that `--profile` names, or the built-in one.
pub(super) fn profile(path: Option<&Path>) -> anyhow::Result<Profile> {
    match path {
        Some(path) => Profile::read(path).with_context(|| path.display().to_string()),
        None => Ok(Profile::default()),
    }
}
