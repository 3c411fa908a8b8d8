//! Where the scheduler is.

use std::fmt;
use std::str::FromStr;

use http::uri::Authority;

/// Where a scheduler listens: `host:port`, with or without `http://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    authority: Authority,
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The scheme asks for TLS.
    #[error(
        "'{0}' asks for TLS, which the proxy does not speak; use host:port of a plaintext port"
    )]
    Tls(String),
    /// It is not host and port.
    #[error("'{0}' is not host:port, for example localhost:50051")]
    Form(String),
}

impl Endpoint {
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if text.starts_with("https://") {
            return Err(EndpointError::Tls(text.to_owned()));
        }
        let bare = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        let form = || EndpointError::Form(text.to_owned());
        let authority: Authority = bare.parse().map_err(|_| form())?;
        let has_port = authority.port_u16().is_some_and(|port| port > 0);
        if authority.host().is_empty() || !has_port || bare.contains('@') {
            return Err(form());
        }
        Ok(Self { authority })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.authority.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_host_and_port_with_or_without_scheme() {
        for text in ["localhost:50051", "http://localhost:50051", "http://localhost:50051/"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), "localhost:50051");
        }
        assert_eq!("[::1]:80".parse::<Endpoint>().unwrap().to_string(), "[::1]:80");
    }

    #[test]
    fn what_is_no_endpoint_says_so() {
        for text in
            ["", "localhost", ":50051", "localhost:", "localhost:0", "a b:1", "h:99999", "u@h:1"]
        {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(error, EndpointError::Form(text.to_owned()));
        }
        assert!(matches!("https://h:1".parse::<Endpoint>(), Err(EndpointError::Tls(_))));
    }
}
