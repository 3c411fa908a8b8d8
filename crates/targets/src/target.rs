//! A kind of server: which method is called, what a request holds, what is asked beforehand.

use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::ask::Ask;
use crate::map::{Map, MapError};
use crate::protocol::{BindError, Protocol};
use crate::traffic::{Model, Traffic};

/// A kind of server.
#[derive(Clone, Debug)]
pub struct Target {
    kind: Kind,
    /// `/package.Service/Method`.
    path: String,
    request: MessageDescriptor,
    reply: MessageDescriptor,
    map: Map,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scheduler,
    Proto,
}

impl Target {
    /// A scheduler of `proto/scheduler.proto`. What `map` says lies over what its requests hold.
    ///
    /// # Panics
    /// Never: the proto and its map are built in.
    #[must_use]
    pub fn scheduler(map: Map) -> Self {
        const BUILT_IN: &str = "its proto and map are built in, and tests read them";
        let pool = DescriptorPool::decode(wire::FILE_DESCRIPTOR_SET).expect(BUILT_IN);
        let message = |name| pool.get_message_by_name(name).expect(BUILT_IN);
        let base = Map::parse(include_str!("scheduler.toml"), "the map of scheduler");
        Self {
            kind: Kind::Scheduler,
            path: wire::INFER_PATH.to_owned(),
            request: message("scheduler.InferRequest"),
            reply: message("scheduler.InferResponse"),
            map: map.over(base.expect(BUILT_IN)),
        }
    }

    /// Its name, as `--target` takes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Scheduler => "scheduler",
            Kind::Proto => "proto",
        }
    }

    /// How the requests of `traffic` are put to this server, which is asked what it takes to know.
    ///
    /// # Errors
    /// Where the map does not fit the messages or the traffic, or the server the traffic.
    pub fn bind(&self, traffic: &Traffic, _ask: &mut dyn Ask) -> Result<Protocol, BindError> {
        let models = traffic.models.iter().map(|model| Model {
            trace_name: &model.name,
            name: self.map.models.get(&model.name).unwrap_or(&model.name),
            shape: &model.shape,
            input: None,
        });
        let models: Vec<_> = models.collect();
        self.refuse_unknown_models(traffic)?;
        Protocol::new(&self.path, [&self.request, &self.reply], &self.map, &models, traffic)
    }

    /// A name that the trace does not know is a slip of the pen.
    fn refuse_unknown_models(&self, traffic: &Traffic) -> Result<(), MapError> {
        let is_known = |name: &&String| traffic.models.iter().any(|model| model.name == **name);
        let Some(unknown) = self.map.models.keys().find(|name| !is_known(name)) else {
            return Ok(());
        };
        let names: Vec<&str> = traffic.models.iter().map(|model| model.name.as_str()).collect();
        let problem = format!("the trace has no such model; it has {}", names.join(", "));
        Err(self.map.error(format!("[models] {unknown}"), problem))
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::scheduler(Map::default())
    }
}

#[cfg(test)]
mod tests;
