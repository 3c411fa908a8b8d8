//! What it means when no gRPC status comes: each ending of a call on the wire has one status of the
//! outcome table.

use h2::Reason;
use http::HeaderMap;
use outcome::{Code, Status};
use targets::End;

/// The gRPC status of a header block; one that is no number reads as UNKNOWN (2).
pub(crate) fn grpc_status(headers: &HeaderMap) -> Option<i32> {
    let value = headers.get("grpc-status")?;
    Some(value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(2))
}

/// What an HTTP status without gRPC means, as gRPC's own documents map it.
pub(super) fn of_http(status: http::StatusCode) -> End {
    match status.as_u16() {
        429 | 502..=504 => (Status::Unavailable, Some(Code::Unavailable)),
        401 => (Status::Error, Some(Code::Unauthenticated)),
        403 => (Status::Error, Some(Code::PermissionDenied)),
        404 => (Status::Error, Some(Code::Unimplemented)),
        400 => (Status::Error, Some(Code::Internal)),
        _ => (Status::Error, Some(Code::Unknown)),
    }
}

/// What a broken stream or connection means, as gRPC's own documents map it.
pub(super) fn of_transport(error: &h2::Error) -> End {
    if !error.is_reset() {
        return (Status::Unavailable, Some(Code::Unavailable));
    }
    match error.reason() {
        Some(Reason::REFUSED_STREAM) => (Status::Unavailable, Some(Code::Unavailable)),
        Some(Reason::CANCEL) => (Status::Cancelled, Some(Code::Cancelled)),
        Some(Reason::ENHANCE_YOUR_CALM) => (Status::Error, Some(Code::ResourceExhausted)),
        Some(Reason::INADEQUATE_SECURITY) => (Status::Error, Some(Code::PermissionDenied)),
        _ => (Status::Error, Some(Code::Internal)),
    }
}
