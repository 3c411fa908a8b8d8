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
        let server = scheduler::start(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { server, description })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it is, for people.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where it failed during the run.
    pub(crate) fn stop(self) -> Result<(), ServeError> {
        self.server.stop()
    }
}
