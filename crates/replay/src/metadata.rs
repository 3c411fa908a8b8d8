//! Headers that go with each call: those of the user, and the bearer token.
//!
//! Any value may be a secret, so none is ever shown: errors name a key and a position, `Debug` and
//! the run's parameters nothing but names.

mod bearer;
mod carried;
pub(crate) mod timeout;

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD_NO_PAD};
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue};

pub use bearer::{BearerToken, TokenError, TokenFault};
pub(crate) use carried::Carried;
pub use carried::CarriedError;

/// Far more than anybody sends, and far less than a header map holds.
const HEADER_COUNT_MAX: usize = 100;

/// More than any key has, and less than the 64 KiB that end one in HTTP.
const KEY_LEN_MAX: usize = 256;

/// Readers of base64 in gRPC take it with padding and without; writers leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Headers that go with each call, in order.
#[derive(Clone, Default)]
pub struct Metadata {
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Why headers cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// One of them is wrong.
    #[error("--header number {number}: {fault}")]
    Header {
        /// Which one, from 1; its text may hold a secret.
        number: usize,
        /// What is wrong with it.
        fault: HeaderFault,
    },
    /// There are too many.
    #[error("more than {HEADER_COUNT_MAX} --header: servers take only a few KiB of them")]
    Count,
    /// Two tokens.
    #[error(
        "authorization is given by --header and by --token-file or REPLAY_TOKEN as well; leave one \
         of them out"
    )]
    TwoTokens,
}

/// What is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// No key and value.
    #[error("no '='; write KEY=VALUE")]
    NoEquals,
    /// No key.
    #[error("no key before '='; write KEY=VALUE")]
    NoKey,
    /// A key with other characters than gRPC allows.
    #[error("byte {position} of the key is none of a-z, 0-9, '-', '_' and '.'")]
    KeyByte {
        /// Position in the key, from 1.
        position: usize,
    },
    /// A key of unreasonable length.
    #[error("the key is longer than {KEY_LEN_MAX} bytes")]
    KeyLong,
    /// A key that is somebody else's.
    #[error("{key} cannot be given: {reason}")]
    Reserved {
        /// The key.
        key: String,
        /// Whose it is.
        reason: &'static str,
    },
    /// No value.
    #[error("{key} has no value, and gRPC knows no empty one")]
    NoValue {
        /// The key.
        key: String,
    },
    /// A value with other characters than gRPC allows.
    #[error(
        "byte {position} of the value of {key} is not printable ASCII; binary values go under a \
         key that ends in -bin, as base64"
    )]
    ValueByte {
        /// The key.
        key: String,
        /// Position in the value, from 1.
        position: usize,
    },
    /// Blanks that do not arrive.
    #[error("the value of {key} begins or ends with a blank, which servers strip")]
    ValueBlank {
        /// The key.
        key: String,
    },
    /// A binary value that is no base64.
    #[error("the value of {key} is not base64, which keys that end in -bin need")]
    NotBase64 {
        /// The key.
        key: String,
    },
}

impl Metadata {
    /// Takes texts of the form `key=value`, and a bearer token.
    ///
    /// Keys are made lower case; those that end in `-bin` have a value in base64. A key may come
    /// more than once.
    ///
    /// # Errors
    /// Where a header is not what gRPC allows, or is not the user's to set.
    pub fn new<T: AsRef<str>>(
        headers: &[T],
        token: Option<&BearerToken>,
    ) -> Result<Self, MetadataError> {
        if headers.len() > HEADER_COUNT_MAX {
            return Err(MetadataError::Count);
        }
        let parsed = headers.iter().enumerate().map(|(index, text)| {
            let header = header(text.as_ref());
            header.map_err(|fault| MetadataError::Header { number: index + 1, fault })
        });
        let mut headers: Vec<_> = parsed.collect::<Result<_, _>>()?;
        if let Some(token) = token {
            if headers.iter().any(|(name, _)| *name == AUTHORIZATION) {
                return Err(MetadataError::TwoTokens);
            }
            headers.push((AUTHORIZATION, token.header_value().clone()));
        }
        Ok(Self { headers })
    }

    /// The names, in order: all that may be written down.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    /// Whether a token or another credential is among them.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.headers.iter().any(|(_, value)| value.is_sensitive())
    }

    /// Adds them to a call.
    pub(crate) fn apply(&self, call: &mut HeaderMap) {
        for (name, value) in &self.headers {
            call.append(name.clone(), value.clone());
        }
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), HeaderFault> {
    let (key, value) = text.split_once('=').ok_or(HeaderFault::NoEquals)?;
    let name = name(key)?;
    let mut value =
        if name.as_str().ends_with("-bin") { binary(&name, value) } else { ascii(&name, value) }?;
    // Kept out of the compression table, as browsers do it, and out of its `Debug`.
    value.set_sensitive(is_credential(&name));
    Ok((name, value))
}

/// Whether what stands under this key says who sends.
fn is_credential(name: &HeaderName) -> bool {
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name)
}

fn name(key: &str) -> Result<HeaderName, HeaderFault> {
    let key = key.to_ascii_lowercase();
    if let Some(reason) = reserved(&key) {
        return Err(HeaderFault::Reserved { key, reason });
    }
    if key.is_empty() {
        return Err(HeaderFault::NoKey);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if let Some(index) = key.bytes().position(|byte| !allowed(byte)) {
        return Err(HeaderFault::KeyByte { position: index + 1 });
    }
    if key.len() > KEY_LEN_MAX {
        return Err(HeaderFault::KeyLong);
    }
    Ok(HeaderName::try_from(key).expect("these bytes are a token of HTTP"))
}

/// Why a key is not the user's, if it is not.
fn reserved(key: &str) -> Option<&'static str> {
    Some(match key {
        "content-type" | "te" | "user-agent" => "replay sends its own",
        wire::REQUEST_ID_HEADER => "replay sends the request's id under it",
        "connection" | "content-length" | "host" | "keep-alive" | "proxy-connection"
        | "transfer-encoding" | "upgrade" => "it belongs to the connection, not to a call",
        "grpc-timeout" => "--propagate-deadline sends it",
        _ if key.starts_with(":") => "names that begin with ':' are HTTP/2's own",
        _ if key.starts_with("grpc-") => "names that begin with grpc- are gRPC's own",
        _ => return None,
    })
}

fn ascii(name: &HeaderName, value: &str) -> Result<HeaderValue, HeaderFault> {
    let key = || name.as_str().to_owned();
    if value.is_empty() {
        return Err(HeaderFault::NoValue { key: key() });
    }
    let invalid = |byte: u8| !(b' '..=b'~').contains(&byte);
    if let Some(index) = value.bytes().position(invalid) {
        return Err(HeaderFault::ValueByte { key: key(), position: index + 1 });
    }
    if value.trim_matches(' ').len() < value.len() {
        return Err(HeaderFault::ValueBlank { key: key() });
    }
    Ok(HeaderValue::from_str(value).expect("it is printable ASCII"))
}

fn binary(name: &HeaderName, value: &str) -> Result<HeaderValue, HeaderFault> {
    let key = || name.as_str().to_owned();
    if value.is_empty() {
        return Err(HeaderFault::NoValue { key: key() });
    }
    let bytes = BASE64.decode(value).map_err(|_| HeaderFault::NotBase64 { key: key() })?;
    let text = STANDARD_NO_PAD.encode(bytes);
    Ok(HeaderValue::from_str(&text).expect("base64 is printable ASCII"))
}

#[cfg(test)]
mod tests;
