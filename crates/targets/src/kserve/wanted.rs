//! What a run wants of a server, as far as map and trace say it.

use std::fmt;

use crate::map::{Choice, Label, Literal, Map, Value};
use crate::traffic::Model;

/// What a run wants of one of its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    /// Its name in the trace.
    pub(crate) trace_name: &'a str,
    /// Its name at the server.
    pub(crate) name: &'a str,
    /// Its version; empty for the server's choice.
    pub(crate) version: &'a str,
    /// The shape of its tensors in the trace.
    pub(crate) shape: &'a [i32],
    /// The input that the map names.
    pub(crate) input: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// What requests of `model` by `map` want.
    pub(crate) fn new(map: &'a Map, model: &Model<'a>) -> Self {
        let text = |path: &str| constant(map, path, model.trace_name);
        Self {
            trace_name: model.trace_name,
            name: model.name,
            version: text("model_version").unwrap_or_default(),
            shape: model.shape,
            input: text("inputs[0].name"),
        }
    }
}

/// The parameters that a server may schedule by.
const SCHEDULING: [&str; 2] = ["priority", "timeout"];

/// Those of them that requests by `map` carry.
pub(crate) fn scheduling_parameters(map: &Map) -> Vec<&'static str> {
    let carries = |name: &&str| {
        map.request.iter().any(|entry| {
            let steps = &entry.name.steps;
            steps[0].field == "parameters" && steps[0].element.as_deref() == Some(*name)
        })
    };
    SCHEDULING.into_iter().filter(carries).collect()
}

/// The text that a field has in all requests of a model. One with placeholders is for the server to
/// fill in.
fn constant<'a>(map: &'a Map, path: &str, trace_name: &str) -> Option<&'a str> {
    let entry = map.request.iter().find(|entry| entry.name.to_string() == path)?;
    let literal = match &entry.value {
        Value::Literal(literal) => literal,
        Value::Choice(choice @ Choice { of: Label::Model, .. }) => choice.get(trace_name)?,
        _ => return None,
    };
    match literal {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

/// The model by all its names, as errors call it.
impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model '{}'", self.trace_name)?;
        match (self.name == self.trace_name, self.version) {
            (true, "") => Ok(()),
            (true, version) => write!(f, " (version {version})"),
            (false, "") => write!(f, " (there '{}')", self.name),
            (false, version) => write!(f, " (there '{}', version {version})", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MODEL, fields};

    #[test]
    fn what_the_map_leaves_to_the_server_is_not_wanted() {
        for text in ["", "\"inputs[0].name\" = '{input}'", "\"inputs[1].name\" = 'y'"] {
            let map = fields(text);
            let wanted = Wanted::new(&map, &MODEL);
            let plain = Wanted {
                trace_name: "small",
                name: "small-v2",
                version: "",
                shape: &[1, 2],
                input: None,
            };
            assert_eq!(wanted, plain, "{text}");
        }
    }

    #[test]
    fn constants_are_the_same_for_all_or_by_model() {
        let by_model = "{ of = 'model', values = { small = 'image' }, otherwise = 'x' }";
        for (name, expected) in [("'image'", "image"), (by_model, "image")] {
            let map = fields(&format!("\"inputs[0].name\" = {name}\nmodel_version = '3'"));
            let wanted = Wanted::new(&map, &MODEL);
            assert_eq!((wanted.input, wanted.version), (Some(expected), "3"), "{name}");
        }
        let map = fields(&format!("\"inputs[0].name\" = {by_model}"));
        let other = Model { trace_name: "large", ..MODEL };
        assert_eq!(Wanted::new(&map, &other).input, Some("x"));
    }

    #[test]
    fn requests_carry_parameters_of_their_own() {
        let map = fields(
            "id = '{request_id}'\n\"parameters[timeout].int64_param\" = '{slo_us}'\n\
             \"parameters[client].string_param\" = 'reprise'\n\
             \"inputs[0].parameters[priority].int64_param\" = 1",
        );
        assert_eq!(scheduling_parameters(&map), ["timeout"]);
    }
}
