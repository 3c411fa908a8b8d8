//! How the requests of one trace are put to one server, and how its answers are read.

use std::fmt;

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use crate::facts::Facts;
use crate::kserve::KserveError;
use crate::map::{Map, MapError};
use crate::reply::{End, Reply};
use crate::schema::{Method, SchemaError};
use crate::template::{Template, Unfit};
use crate::tensor::TensorError;
use crate::text::Text;
use crate::traffic::{Model, Traffic};

/// How requests are put and answers read.
#[derive(Clone, PartialEq)]
pub struct Protocol {
    path: String,
    /// By position of the model; `None` where no request asks for it.
    models: Vec<Option<Calls>>,
    header_names: Vec<String>,
    reply: Reply,
    map: Map,
    notes: Vec<String>,
}

/// What the calls for one model look like.
#[derive(Clone, Debug, PartialEq)]
struct Calls {
    template: Template,
    /// Values of the headers, in their order.
    headers: Vec<Text>,
}

/// Why there is no protocol.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The map does not fit.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The proto does not describe the method.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The server does not serve these requests.
    #[error(transparent)]
    Kserve(#[from] KserveError),
    /// A tensor does not fit.
    #[error("model '{model}' cannot be sent")]
    Tensor {
        /// The model.
        model: String,
        /// Why.
        source: TensorError,
    },
}

impl Protocol {
    pub(crate) fn new(
        method: &Method,
        map: &Map,
        models: &[Model<'_>],
        traffic: &Traffic,
        notes: Vec<String>,
    ) -> Result<Self, BindError> {
        let request = method.request();
        let calls = models.iter().zip(&traffic.models).map(|(model, shape)| {
            shape.used.then(|| Calls::new(&request, map, model, &traffic.slos)).transpose()
        });
        Ok(Self {
            path: method.path(),
            models: calls.collect::<Result<_, _>>()?,
            header_names: map.headers.iter().map(|header| header.name.clone()).collect(),
            reply: Reply::new(&method.reply(), map)?,
            map: map.clone(),
            notes,
        })
    }

    /// `/package.Service/Method`: what goes into `:path`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What people should know before they believe a run.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Looks whether a request can be put: whether its numbers fit into their fields.
    ///
    /// # Errors
    /// The entry of the map whose field is too small.
    pub fn check(&self, facts: &Facts) -> Result<(), MapError> {
        let checked = self.calls(facts.model).template.check(facts);
        checked.map_err(|(path, problem)| self.map.field_error(&path, problem))
    }

    /// The head of a request: gRPC's prefix, and the message up to its tensor.
    ///
    /// # Panics
    /// Where `facts` names a model or SLO class that the traffic has not.
    #[must_use]
    pub fn head(&self, facts: &Facts) -> Bytes {
        self.calls(facts.model).template.head(facts)
    }

    /// How long the tail of a model's requests is: the tensor, and what comes after it. 0 where no
    /// tensor is sent.
    #[must_use]
    pub fn tail_len(&self, model: usize) -> usize {
        self.models[model].as_ref().map_or(0, |calls| calls.template.tail().len())
    }

    /// Makes a tail in a buffer of that length; gives where the tensor's bytes belong, which is
    /// little-endian f32 after f32.
    pub fn tail<'a>(&self, model: usize, buffer: &'a mut [u8]) -> &'a mut [u8] {
        self.calls(model).template.tail().frame(buffer)
    }

    /// Names of the headers of the map.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.header_names.iter().map(String::as_str)
    }

    /// Appends the value of the header at `index`.
    pub fn put_header(&self, index: usize, facts: &Facts, out: &mut Vec<u8>) {
        self.calls(facts.model).headers[index].put(facts, out);
    }

    /// What a reply to this request echoes, for [`end`](Self::end).
    #[must_use]
    pub fn echo(&self, facts: &Facts) -> i64 {
        self.reply.echo(facts)
    }

    /// What an answer means: gRPC's status, its message, the bytes of the body, and what the reply
    /// should echo.
    #[must_use]
    pub fn end(&self, grpc: i32, message: &str, body: &[u8], echo: i64) -> End {
        self.reply.end(grpc, message, body, echo)
    }

    fn calls(&self, model: usize) -> &Calls {
        self.models[model].as_ref().expect("a request asks for it, so it is used")
    }
}

/// Without values of headers, which may be secrets.
impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protocol").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Calls {
    fn new(
        request: &MessageDescriptor,
        map: &Map,
        model: &Model<'_>,
        slos: &[String],
    ) -> Result<Self, BindError> {
        let template = Template::new(request, map, model, slos).map_err(|unfit| match unfit {
            Unfit::Map(error) => BindError::Map(error),
            Unfit::Tensor(source) => {
                BindError::Tensor { model: model.trace_name.to_owned(), source }
            }
        })?;
        let headers = map.headers.iter().map(|header| {
            let text = Text::new(&header.value, model, slos);
            text.map_err(|problem| Map::header_error(header, problem))
        });
        Ok(Self { template, headers: headers.collect::<Result<_, _>>()? })
    }
}
