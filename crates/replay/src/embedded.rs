//! The embedded default: without a scheduler to measure, the reference scheduler is started.
//!
//! This is the only file that names `scheduler`; the engine does not know what it measures.

use std::net::{Ipv4Addr, SocketAddr};

pub(crate) use scheduler::cli::Emulation;
use scheduler::{ServeError, Server};

/// A reference scheduler in this process, for the length of a run.
pub(crate) struct Embedded {
    server: Server,
    description: String,
    parameters: Vec<(&'static str, String)>,
}

impl Embedded {
    /// Starts it on a free port of the loopback interface.
    ///
    /// # Errors
    /// Where the emulation makes no sense or there is no port.
    pub(crate) fn start(emulation: &Emulation) -> anyhow::Result<Self> {
        let config = emulation.config()?;
        let description =
            format!("embedded scheduler ({}, {} workers)", config.policy, config.emulation.workers);
        let cluster = &config.emulation;
        // By the names under which a simulation keeps them.
        let parameters = vec![
            ("policy", config.policy.clone()),
            ("workers", cluster.workers.text().to_owned()),
            ("service_seed", cluster.seed.to_string()),
            ("profile", cluster.profile.text().to_owned()),
        ];
        let server = scheduler::start(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { server, description, parameters })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it is, for people.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// What it was told.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        self.parameters.clone()
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where it failed during the run.
    pub(crate) fn stop(self) -> Result<(), ServeError> {
        self.server.stop()
    }
}
