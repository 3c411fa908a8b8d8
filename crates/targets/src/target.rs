//! A kind of server: which method is called, what a request holds, what is asked beforehand.

use std::borrow::Cow;

use crate::ask::Ask;
use crate::kserve;
use crate::map::{Label, Map};
use crate::protocol::{BindError, Protocol};
use crate::schema::Method;
use crate::traffic::{Model, Traffic};

/// A kind of server.
#[derive(Clone, Debug)]
pub struct Target {
    kind: Kind,
    map: Map,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A scheduler of `proto/scheduler.proto`.
    Scheduler,
    /// A server of the Open Inference Protocol.
    Kserve,
    /// Any other, by its proto.
    Proto(Method),
    /// Any other, which describes its method itself.
    Reflection(String),
}

const BUILT_IN: &str = "it is built in, and tests read it";

impl Target {
    /// A scheduler of `proto/scheduler.proto`. `map` lies over what its requests hold.
    ///
    /// # Panics
    /// Never: its map is built in.
    #[must_use]
    pub fn scheduler(map: Map) -> Self {
        let base = Map::parse(include_str!("scheduler.toml"), "the map of --target scheduler");
        Self { kind: Kind::Scheduler, map: map.over(base.expect(BUILT_IN)) }
    }

    /// A server of the Open Inference Protocol, as KServe v2 servers and Triton are. `map` lies over
    /// what all of them take; the map of its preset says what one of them takes beyond that.
    ///
    /// # Panics
    /// Never: its map is built in.
    #[must_use]
    pub fn kserve(map: Map) -> Self {
        let base = Map::parse(kserve::presets::BASE, "the map of --target kserve");
        Self { kind: Kind::Kserve, map: map.over(base.expect(BUILT_IN)) }
    }

    /// A server of any other proto, whose requests hold what `map` says.
    #[must_use]
    pub fn proto(method: Method, map: Map) -> Self {
        Self { kind: Kind::Proto(method), map }
    }

    /// The same of a server that is asked for its proto; `method` is `package.Service/Method`.
    #[must_use]
    pub fn reflection(method: String, map: Map) -> Self {
        Self { kind: Kind::Reflection(method), map }
    }

    /// Its name, as `--target` takes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Scheduler => "scheduler",
            Kind::Kserve => "kserve",
            Kind::Proto(_) | Kind::Reflection(_) => "proto",
        }
    }

    /// How the requests of `traffic` are put to this server, which is asked what it takes to know.
    ///
    /// # Errors
    /// Where the map does not fit the messages or the traffic, or the server the traffic.
    pub fn bind(&self, traffic: &Traffic, ask: &mut dyn Ask) -> Result<Protocol, BindError> {
        let method = self.method(ask)?;
        let mut models: Vec<_> = traffic.models.iter().map(|model| self.model(model)).collect();
        let (found, mut notes) = match self.kind {
            Kind::Kserve => {
                kserve::examine(ask, &self.map, &used(&models, traffic), traffic.slo_ns_max)?
            }
            _ => Default::default(),
        };
        let are_used = models.iter_mut().zip(&traffic.models).filter(|(_, shape)| shape.used);
        for ((model, _), found) in are_used.zip(&found) {
            model.input = Some((&found.input, &found.datatype));
        }
        notes.extend(self.unknown_names(traffic));
        Protocol::new(&method, &self.map, &models, traffic, notes)
    }

    fn method(&self, ask: &mut dyn Ask) -> Result<Cow<'_, Method>, BindError> {
        let built_in = |set, name| Method::from_descriptor_set(set, name).map(Cow::Owned);
        Ok(match &self.kind {
            Kind::Scheduler => built_in(wire::FILE_DESCRIPTOR_SET, wire::INFER_PATH)?,
            Kind::Kserve => {
                built_in(wire::inference::FILE_DESCRIPTOR_SET, wire::inference::MODEL_INFER_PATH)?
            }
            Kind::Proto(method) => Cow::Borrowed(method),
            Kind::Reflection(name) => Cow::Owned(Method::from_server(ask, name)?),
        })
    }

    fn model<'a>(&'a self, model: &'a crate::ModelShape) -> Model<'a> {
        Model {
            trace_name: &model.name,
            name: self.map.models.get(&model.name).unwrap_or(&model.name),
            shape: &model.shape,
            input: None,
        }
    }

    /// Names that the trace does not know: slips of the pen, or a map for several traces.
    fn unknown_names(&self, traffic: &Traffic) -> Vec<String> {
        let models: Vec<&str> = traffic.models.iter().map(|model| model.name.as_str()).collect();
        let slos: Vec<&str> = traffic.slos.iter().map(String::as_str).collect();
        let renamed: Vec<&str> = self.map.models.keys().map(String::as_str).collect();
        let notes = [
            note("models", &renamed, &models),
            note("models", &self.map.labels(Label::Model), &models),
            note("SLO classes", &self.map.labels(Label::Slo), &slos),
        ];
        notes.into_iter().flatten().collect()
    }
}

fn note(kind: &str, named: &[&str], known: &[&str]) -> Option<String> {
    let unknown: Vec<&str> = named.iter().copied().filter(|name| !known.contains(name)).collect();
    (!unknown.is_empty()).then(|| {
        let (unknown, known) = (unknown.join(", "), known.join(", "));
        format!("the map names {kind} that the trace has not: {unknown}; it has {known}")
    })
}

impl Default for Target {
    fn default() -> Self {
        Self::scheduler(Map::default())
    }
}

/// The models that a request asks for.
fn used<'a>(models: &[Model<'a>], traffic: &Traffic) -> Vec<Model<'a>> {
    let pairs = models.iter().zip(&traffic.models);
    pairs.filter(|(_, shape)| shape.used).map(|(model, _)| *model).collect()
}

#[cfg(test)]
mod tests;
