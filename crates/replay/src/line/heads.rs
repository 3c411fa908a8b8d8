//! The part of a request that differs for each: a few dozen bytes and headers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use request::Moment;
use targets::{Facts, Protocol};
use wire::Endpoint;

use crate::clock::RunClock;
use crate::metadata::timeout::grpc_timeout;
use crate::metadata::{Carried, Metadata};
use crate::plan::Planned;

/// What goes before a tensor.
pub(super) struct Head<'a> {
    heads: &'a Heads,
    facts: Facts,
    /// Until the deadline.
    left: Duration,
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
    pub(super) fn head(&self, index: usize, now: Moment, deadline: Moment) -> Head<'_> {
        let facts = self.plan[index].facts(self.clock.epoch_unix_ns(), now, deadline);
        Head { heads: self, facts, left: deadline.saturating_since(now) }
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

impl Head<'_> {
    /// The HTTP/2 request, without a body.
    pub(super) fn request(&self) -> Request<()> {
        let Heads { protocol, carried, template, propagate_deadline, .. } = self.heads;
        let mut request = template.clone();
        let headers = request.headers_mut();
        headers.insert(wire::REQUEST_ID_HEADER, HeaderValue::from(self.facts.id));
        if *propagate_deadline {
            headers.insert("grpc-timeout", grpc_timeout(self.left));
        }
        carried.apply(protocol, &self.facts, headers);
        request
    }

    /// The message up to its tensor.
    pub(super) fn bytes(&self) -> Bytes {
        self.heads.protocol.head(&self.facts)
    }

    /// What the reply echoes.
    pub(super) fn echo(&self) -> i64 {
        self.heads.protocol.echo(&self.facts)
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
