//! Headers that tell of a request: priority, deadline, id, as a map has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use targets::{Facts, Protocol};

use super::{HEADER_COUNT_MAX, HeaderFault, Metadata, ascii, is_credential, name};

/// Headers whose values differ from request to request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    names: Vec<HeaderName>,
}

/// Headers of a map cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CarriedError {
    /// One of them is wrong.
    #[error("the header '{name}' of --map or --header-template: {fault}")]
    Header {
        /// Its key.
        name: String,
        /// What is wrong with it.
        fault: HeaderFault,
    },
    /// There are too many.
    #[error(
        "{count} headers with each call, those of --header, --map and --header-template together, \
         are more than {HEADER_COUNT_MAX}: servers take only a few KiB of them"
    )]
    Count {
        /// How many.
        count: usize,
    },
    /// Two tokens.
    #[error(
        "authorization is given by --map or --header-template, and by --header, --token-file or \
         REPLAY_TOKEN as well; leave one of them out"
    )]
    TwoTokens,
}

impl Carried {
    /// Headers that go beside those of the user.
    ///
    /// # Errors
    /// Where a header is not what gRPC allows, is not the user's to set, or is one too many.
    pub(crate) fn new(protocol: &Protocol, beside: &Metadata) -> Result<Self, CarriedError> {
        let count = protocol.header_names().count() + beside.headers.len();
        if count > HEADER_COUNT_MAX {
            return Err(CarriedError::Count { count });
        }
        let names = protocol.header_names().map(|key| name(key).map_err(|fault| of(key, fault)));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        let is_beside = |wanted| beside.headers.iter().any(|(name, _)| *name == wanted);
        if names.contains(&AUTHORIZATION) && is_beside(AUTHORIZATION) {
            return Err(CarriedError::TwoTokens);
        }
        Ok(Self { names })
    }

    /// Whether a token or another credential is among them.
    pub(crate) fn has_credentials(&self) -> bool {
        self.names.iter().any(is_credential)
    }

    /// Looks whether the values for a request can be sent.
    ///
    /// # Errors
    /// Where one of them is not what gRPC allows.
    pub(crate) fn check(&self, protocol: &Protocol, facts: &Facts) -> Result<(), CarriedError> {
        for (index, name) in self.names.iter().enumerate() {
            let value = String::from_utf8(text(protocol, index, facts)).unwrap_or_default();
            if value.is_empty() || !is_binary(name) {
                ascii(name, &value).map_err(|fault| of(name.as_str(), fault))?;
            }
        }
        Ok(())
    }

    /// Adds them to a call. What [`check`](Self::check) refuses is left out.
    pub(crate) fn apply(&self, protocol: &Protocol, facts: &Facts, call: &mut HeaderMap) {
        for (index, name) in self.names.iter().enumerate() {
            let mut value = text(protocol, index, facts);
            if is_binary(name) {
                value = STANDARD_NO_PAD.encode(value).into_bytes();
            }
            if let Ok(mut value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
                value.set_sensitive(is_credential(name));
                call.append(name.clone(), value);
            }
        }
    }
}

fn of(key: &str, fault: HeaderFault) -> CarriedError {
    CarriedError::Header { name: key.to_owned(), fault }
}

/// Values under these keys are any bytes, and travel as base64.
fn is_binary(name: &HeaderName) -> bool {
    name.as_str().ends_with("-bin")
}

fn text(protocol: &Protocol, index: usize, facts: &Facts) -> Vec<u8> {
    // More than most values take, so that it need not grow while a request is due.
    let mut value = Vec::with_capacity(32);
    protocol.put_header(index, facts, &mut value);
    value
}

#[cfg(test)]
mod tests;
