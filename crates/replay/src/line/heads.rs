//! The part of a request that differs for each: a few dozen bytes and headers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use request::Moment;
use trace::Header;
use wire::Endpoint;

use crate::clock::RunClock;
use crate::metadata::Metadata;
use crate::metadata::timeout::grpc_timeout;
use crate::plan::Planned;

/// What goes before a tensor.
pub(super) struct Head {
    /// The HTTP/2 request, without a body.
    pub(super) request: Request<()>,
    /// The message up to its tensor.
    pub(super) bytes: Bytes,
    /// The deadline in the message, which the reply echoes.
    pub(super) deadline_unix_ns: i64,
}

/// Makes heads.
pub(crate) struct Heads {
    plan: Arc<Vec<Planned>>,
    models: Vec<String>,
    slo_count: usize,
    clock: RunClock,
    /// What all requests have in common.
    template: Request<()>,
    propagate_deadline: bool,
}

impl Heads {
    /// `None` where the endpoint's name does not fit a URI.
    pub(crate) fn new(
        plan: Arc<Vec<Planned>>,
        header: &Header,
        clock: RunClock,
        uri: Uri,
        metadata: &Metadata,
        propagate_deadline: bool,
    ) -> Self {
        let template = call_to(uri, metadata);
        let models = header.models.iter().map(|model| model.name.clone()).collect();
        let slo_count = header.slos.len();
        Self { plan, models, slo_count, clock, template, propagate_deadline }
    }

    /// The head of the request at `index`, which is sent at `now` with a tail of `tail_len` bytes
    /// and is due by `deadline`.
    pub(super) fn head(
        &self,
        index: usize,
        tail_len: usize,
        now: Moment,
        deadline: Moment,
    ) -> Head {
        let request = &self.plan[index].row.request;
        let deadline_unix_ns = self.clock.epoch_unix_ns().saturating_add(deadline.as_nanos());
        let model = &self.models[usize::from(request.model.0)];
        let bytes = wire::encode_head(request.tier, deadline_unix_ns, model, tail_len)
            .expect("the tensor was built within the limit, and a head is short");
        let mut http = self.template.clone();
        let headers = http.headers_mut();
        headers.insert(wire::REQUEST_ID_HEADER, HeaderValue::from(request.id.0));
        if self.propagate_deadline {
            let left = deadline.saturating_since(now);
            headers.insert("grpc-timeout", grpc_timeout(left));
        }
        Head { request: http, bytes, deadline_unix_ns }
    }

    /// Number of the class of the request at `index`.
    pub(super) fn class(&self, index: usize) -> usize {
        let row = &self.plan[index].row;
        let tier = usize::from(row.request.tier.number());
        (tier - 1) * self.slo_count + usize::from(row.slo)
    }
}

/// A gRPC call without its message: what all of them have in common.
pub(crate) fn call_to(uri: Uri, metadata: &Metadata) -> Request<()> {
    let mut call = Request::post(uri).body(()).expect("a URI and nothing else");
    let headers = call.headers_mut();
    headers.insert("te", HeaderValue::from_static("trailers"));
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    let agent = concat!("reprise-replay/", env!("CARGO_PKG_VERSION"));
    headers.insert("user-agent", HeaderValue::from_static(agent));
    metadata.apply(headers);
    call
}

/// Where calls of a method go; `path` is "/package.Service/Method".
///
/// # Errors
/// Where the endpoint's name or the path does not fit a URI.
pub(crate) fn method_uri(endpoint: &Endpoint, path: &str) -> Result<Uri, http::Error> {
    let scheme = if endpoint.is_tls() { "https" } else { "http" };
    let parts = Uri::builder().scheme(scheme).authority(endpoint.authority());
    parts.path_and_query(path).build()
}
