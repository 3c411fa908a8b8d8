//! Headers that tell of a request: priority, deadline, id, as a map has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use targets::{Facts, Protocol};

use super::{HeaderFault, ascii, name};

/// Headers whose values differ from request to request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    names: Vec<HeaderName>,
}

/// A header of a map cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header '{name}' of --map or --header-template: {fault}")]
pub struct CarriedError {
    name: String,
    fault: HeaderFault,
}

impl Carried {
    /// # Errors
    /// Where a header is not what gRPC allows, or is not the user's to set.
    pub(crate) fn new(protocol: &Protocol) -> Result<Self, CarriedError> {
        let names = protocol
            .header_names()
            .map(|key| name(key).map_err(|fault| CarriedError { name: key.to_owned(), fault }));
        Ok(Self { names: names.collect::<Result<_, _>>()? })
    }

    /// Looks whether the values for a request can be sent.
    ///
    /// # Errors
    /// Where one of them is not what gRPC allows.
    pub(crate) fn check(&self, protocol: &Protocol, facts: &Facts) -> Result<(), CarriedError> {
        for (index, name) in self.names.iter().enumerate() {
            let value = String::from_utf8(text(protocol, index, facts)).unwrap_or_default();
            if !is_binary(name) {
                ascii(name, &value)
                    .map_err(|fault| CarriedError { name: name.to_string(), fault })?;
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
            if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
                call.append(name.clone(), value);
            }
        }
    }
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
