//! Where a scheduler listens.
//!
//! An address and no socket: how it is connected to is decided by whoever does that.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use http::uri::Authority;

/// Ports of addresses that name a scheme and no port.
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// Where a scheduler listens: `host:port`, `http://host[:port]`, or `https://host[:port]` for TLS.
///
/// ```
/// let plain: wire::Endpoint = "localhost:50051".parse()?;
/// assert!(!plain.is_tls());
/// let secure: wire::Endpoint = "https://[::1]".parse()?;
/// assert_eq!((secure.host(), secure.port()), ("::1", 443));
/// assert_eq!(secure.to_string(), "https://[::1]:443");
/// # Ok::<(), wire::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    tls: bool,
    host: String,
    port: u16,
}

/// A text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not host:port, for example localhost:50051")]
pub struct EndpointError {
    text: String,
}

impl Endpoint {
    /// A name or an address; one of IPv6 without its brackets, as resolvers want it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, never 0.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS is spoken there.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// `host:port`, an IPv6 host in brackets: what goes into `:authority`.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        parse(text).ok_or_else(|| EndpointError { text: text.to_owned() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tls {
            f.write_str("https://")?;
        }
        f.write_str(&self.authority())
    }
}

fn parse(text: &str) -> Option<Endpoint> {
    let (tls, default_port, rest) = if let Some(rest) = text.strip_prefix("https://") {
        (true, Some(HTTPS_PORT), rest)
    } else if let Some(rest) = text.strip_prefix("http://") {
        (false, Some(HTTP_PORT), rest)
    } else {
        (false, None, text)
    };
    let bare = rest.trim_end_matches('/');
    let (host, port) = split(bare)?;
    let port = port.map_or(default_port, decimal)?;
    // It must fit into `:authority`; a user's name and password have no place there.
    bare.parse::<Authority>().ok()?;
    if host.is_empty() || port == 0 || bare.contains('@') {
        return None;
    }
    Some(Endpoint { tls, host: host.to_owned(), port })
}

/// Takes host and port apart; the host loses its brackets.
fn split(bare: &str) -> Option<(&str, Option<&str>)> {
    let Some(inner) = bare.strip_prefix('[') else {
        return Some(match bare.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (bare, None),
        });
    };
    let (host, rest) = inner.split_once(']')?;
    // A link-local address is of use only with its zone: fe80::1%eth0.
    let (address, zone) = host.split_once('%').unwrap_or((host, "any"));
    address.parse::<Ipv6Addr>().ok()?;
    if zone.is_empty() {
        return None;
    }
    match rest {
        "" => Some((host, None)),
        _ => Some((host, Some(rest.strip_prefix(':')?))),
    }
}

/// A port in digits alone: `u16::from_str` takes a sign as well.
fn decimal(port: &str) -> Option<u16> {
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// (text, host, port, whether TLS, text again)
    const GOOD: [(&str, &str, u16, bool, &str); 14] = [
        ("localhost:50051", "localhost", 50051, false, "localhost:50051"),
        ("localhost:50051/", "localhost", 50051, false, "localhost:50051"),
        ("http://localhost:50051", "localhost", 50051, false, "localhost:50051"),
        ("http://localhost:50051/", "localhost", 50051, false, "localhost:50051"),
        ("http://localhost", "localhost", 80, false, "localhost:80"),
        ("https://a.example:50051", "a.example", 50051, true, "https://a.example:50051"),
        ("https://a.example:50051/", "a.example", 50051, true, "https://a.example:50051"),
        ("https://a.example", "a.example", 443, true, "https://a.example:443"),
        ("https://a.example/", "a.example", 443, true, "https://a.example:443"),
        ("127.0.0.1:80", "127.0.0.1", 80, false, "127.0.0.1:80"),
        ("[::1]:80", "::1", 80, false, "[::1]:80"),
        ("https://[::1]:8443/", "::1", 8443, true, "https://[::1]:8443"),
        ("https://[::1]", "::1", 443, true, "https://[::1]:443"),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80, false, "[fe80::1%eth0]:80"),
    ];

    #[test]
    fn endpoints_are_host_and_port_with_or_without_scheme() {
        for (text, host, port, tls, again) in GOOD {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.host(), endpoint.port()), (host, port), "{text}");
            assert_eq!(endpoint.is_tls(), tls, "{text}");
            assert_eq!(endpoint.to_string(), again);
            assert_eq!(again.strip_prefix("https://").unwrap_or(again), endpoint.authority());
            assert!(endpoint.authority().parse::<Authority>().is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_says_so() {
        for text in [
            "",
            "localhost",
            ":50051",
            "localhost:",
            "localhost:0",
            "localhost:+80",
            "a b:1",
            "h:99999",
            "u@h:1",
            "https://",
            "https://:1",
            "https://h:",
            "https://h:0",
            "https://u@h",
            "https://h:1/path",
            "https://h?q",
            "grpc://h:1",
            "::1:80",
            "[::1]",
            "[::1]80",
            "[::1]:",
            "[::g]:80",
            "[fe80::1%]:80",
            "[a.example]:80",
            "a]:80",
            "[",
            "https://[",
            "[]:1",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("'{text}' is not host:port, for example localhost:50051")
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_as_itself(
            text in "(https?://)?[\\[\\]a-f0-9:.@/%+ -]{0,20}(:[0-9]{1,6})?/?"
        ) {
            if let Ok(endpoint) = text.parse::<Endpoint>() {
                prop_assert_eq!(endpoint.to_string().parse::<Endpoint>(), Ok(endpoint));
            }
        }
    }
}
