//! The offered load, as `trace info --profile` prints it.

use std::io::Write;

use serde::Serialize;
use trace::{ModelLoad, OfferedLoad};

use super::super::text::{decimals, percent};

/// What a trace asks of workers, by a profile.
#[derive(Serialize)]
pub(super) struct Load {
    profile: String,
    #[serde(flatten)]
    offered: OfferedLoad,
    workers: Option<u32>,
    utilisation: Option<f64>,
}

impl Load {
    pub(super) fn new(profile: &str, workers: Option<u32>, offered: OfferedLoad) -> Self {
        let utilisation = workers.and_then(|workers| offered.utilisation(workers));
        Self { profile: profile.to_owned(), offered, workers, utilisation }
    }

    /// What a model of this name asks; nothing where it has no rows.
    pub(super) fn model(&self, name: &str) -> Option<&ModelLoad> {
        self.offered.models.iter().find(|model| model.model == name)
    }

    pub(super) fn write(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let Self { profile, offered, workers, utilisation } = self;
        let workers_min = offered.workers_min.map_or("-".to_owned(), |workers| workers.to_string());
        writeln!(
            out,
            "load      {} ms mean service by {profile}, one request at a time: {} workers busy, \
             at least {workers_min} needed",
            decimals(offered.mean_service_ms, 3),
            decimals(offered.workers_busy, 3)
        )?;
        if let Some(workers) = workers {
            let verdict = match utilisation {
                Some(utilisation) if *utilisation >= 1.0 => ": they cannot keep up",
                _ => "",
            };
            writeln!(out, "          {workers} workers {} busy{verdict}", percent(*utilisation))?;
        }
        Ok(())
    }
}
