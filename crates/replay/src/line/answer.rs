//! What an answer means: each ending of a call on the wire has one status of the outcome table.

use h2::Reason;
use http::HeaderMap;
use outcome::{Code, Status};

/// How a call ends: what the outcome table says of it.
pub(super) type End = (Status, Option<Code>);

/// The gRPC status of a header block; one that is no number reads as UNKNOWN (2).
pub(crate) fn grpc_status(headers: &HeaderMap) -> Option<i32> {
    let value = headers.get("grpc-status")?;
    Some(value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(2))
}

/// What a gRPC status and message mean.
pub(super) fn of_grpc(status: i32, message: &[u8], deadline_unix_ns: i64) -> End {
    let code = Code::from_grpc(status);
    match (status, code) {
        (0, _) => of_message(message, deadline_unix_ns),
        (_, None) => (Status::Error, Some(Code::Unknown)),
        (_, Some(Code::DeadlineExceeded)) => (Status::Expired, code),
        (_, Some(Code::Unavailable)) => (Status::Unavailable, code),
        (_, Some(Code::Cancelled)) => (Status::Cancelled, code),
        (_, Some(_)) => (Status::Error, code),
    }
}

/// What a reply says. One that echoes another deadline answers another request; servers that echo
/// none are let pass.
fn of_message(message: &[u8], deadline_unix_ns: i64) -> End {
    match wire::decode_reply(message) {
        Ok(reply) if ![0, deadline_unix_ns].contains(&reply.deadline_ns) => {
            (Status::Error, Some(Code::BadReply))
        }
        Ok(reply) if reply.success => (Status::Ok, None),
        Ok(_) => (Status::Rejected, None),
        Err(_) => (Status::Error, Some(Code::BadReply)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A gRPC message: prefix, deadline echo (field 1) and success (field 2).
    fn message(echo: u8, success: bool) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 0, 2, 0x08, echo];
        if success {
            body.extend([0x10, 1]);
            body[4] = 4;
        }
        body
    }

    #[test]
    fn only_success_with_the_right_echo_is_ok() {
        assert_eq!(of_grpc(0, &message(7, true), 7), (Status::Ok, None));
        assert_eq!(of_grpc(0, &message(0, true), 7), (Status::Ok, None));
        assert_eq!(of_grpc(0, &message(7, false), 7), (Status::Rejected, None));
        let bad = (Status::Error, Some(Code::BadReply));
        assert_eq!(of_grpc(0, &message(8, true), 7), bad);
        assert_eq!(of_grpc(0, &[], 7), bad);
        assert_eq!(of_grpc(0, &[1, 2, 3], 7), bad);
    }

    #[test]
    fn each_grpc_status_has_its_own_name() {
        let end = |status| of_grpc(status, &[], 7);
        assert_eq!(end(1), (Status::Cancelled, Some(Code::Cancelled)));
        assert_eq!(end(4), (Status::Expired, Some(Code::DeadlineExceeded)));
        assert_eq!(end(10), (Status::Error, Some(Code::Aborted)));
        assert_eq!(end(14), (Status::Unavailable, Some(Code::Unavailable)));
        assert_eq!(end(99), (Status::Error, Some(Code::Unknown)));
    }
}
