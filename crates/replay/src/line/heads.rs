//! The part of a request that differs for each: a few dozen bytes and headers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use request::Moment;
use targets::Protocol;
use wire::Endpoint;

use crate::clock::RunClock;
use crate::metadata::timeout::grpc_timeout;
use crate::metadata::{Carried, Metadata};
use crate::plan::Planned;

/// What goes before a tensor.
pub(super) struct Head {
    /// The HTTP/2 request, without a body.
    pub(super) request: Request<()>,
    /// The message up to its tensor.
    pub(super) bytes: Bytes,
    /// What the reply echoes.
    pub(super) echo: i64,
}

/// Makes heads.
pub(crate) struct Heads {
    pub(crate) plan: Arc<Vec<Planned>>,
    pub(crate) protocol: Arc<Protocol>,
    pub(crate) carried: Carried,
    pub(crate) slo_count: usize,
    pub(crate) clock: RunClock,
    /// What all requests have in common.
    pub(crate) template: Request<()>,
    /// Whether each says how long its answer is of use.
    pub(crate) propagate_deadline: bool,
}

impl Heads {
    /// The head of the request at `index`, which is sent at `now` and is due by `deadline`.
    pub(super) fn head(&self, index: usize, now: Moment, deadline: Moment) -> Head {
        let facts = self.plan[index].facts(self.clock.epoch_unix_ns(), now, deadline);
        let mut request = self.template.clone();
        let headers = request.headers_mut();
        headers.insert(wire::REQUEST_ID_HEADER, HeaderValue::from(facts.id));
        if self.propagate_deadline {
            let left = deadline.saturating_since(now);
            headers.insert("grpc-timeout", grpc_timeout(left));
        }
        self.carried.apply(&self.protocol, &facts, headers);
        let (bytes, echo) = (self.protocol.head(&facts), self.protocol.echo(&facts));
        Head { request, bytes, echo }
    }

    pub(super) fn protocol(&self) -> &Protocol {
        &self.protocol
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
