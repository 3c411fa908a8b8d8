//! What all requests of a trace have in common.

/// What requests may refer to, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The models, by the names of the trace.
    pub models: Vec<ModelShape>,
    /// Names of the SLO classes.
    pub slos: Vec<String>,
    /// The longest time from a request's arrival to its deadline; 0 where unknown.
    pub slo_ns_max: i64,
}

/// A model of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelShape {
    /// Its name.
    pub name: String,
    /// Sizes of its tensor.
    pub shape: Vec<i32>,
    /// Whether a request asks for it.
    pub used: bool,
}

/// What a model has for all its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfModel {
    /// Its name at the target.
    Name,
    /// The tensor's shape.
    Shape,
    /// The name that the server gives its input.
    Input,
    /// The type that the server gives its input.
    Datatype,
}

/// A model, as its target knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Model<'a> {
    pub(crate) trace_name: &'a str,
    pub(crate) name: &'a str,
    pub(crate) shape: &'a [i32],
    /// Name and type of its input, where the server was asked.
    pub(crate) input: Option<(&'a str, &'a str)>,
}

impl Model<'_> {
    /// What stands for a placeholder in a text.
    ///
    /// # Errors
    /// Where it is no text, or nobody knows it.
    pub(crate) fn text(&self, of: OfModel) -> Result<String, String> {
        let unknown = || "only a KServe server is asked for it".to_owned();
        match of {
            OfModel::Name => Ok(self.name.to_owned()),
            OfModel::Shape => Err("a shape is no text; it goes into repeated integers".to_owned()),
            OfModel::Input => self.input.map(|(name, _)| name.to_owned()).ok_or_else(unknown),
            OfModel::Datatype => self.input.map(|(_, kind)| kind.to_owned()).ok_or_else(unknown),
        }
    }
}
