//! One call: two pieces of bytes out, one status in.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request};
use outcome::{Code, Status};
use request::Moment;
use tokio::sync::watch;

use super::connection::{Load, Loaded};
use crate::clock::RunClock;

/// The longest reply that is read; a server that sends more is not answering this call.
const REPLY_LEN_MAX: usize = 1 << 20;

/// What is known of a call before its tensor is ready.
pub(crate) struct Head {
    /// The HTTP/2 request, without a body.
    pub(crate) request: Request<()>,
    /// The message up to its tensor.
    pub(crate) bytes: Bytes,
    /// The deadline in the message, which the reply echoes.
    pub(crate) deadline_unix_ns: i64,
}

/// A call whose bytes HTTP/2 has accepted.
pub(crate) struct Call {
    response: ResponseFuture,
    /// Kept so that dropping the call resets the stream.
    _body: SendStream<Bytes>,
    _load: Loaded,
    sent: Moment,
    deadline_unix_ns: i64,
}

/// How a call ends: what the outcome table says of it.
type End = (Status, Option<Code>);

impl Call {
    /// Opens a stream and gives it the whole request.
    ///
    /// # Errors
    /// Where the connection has broken.
    pub(crate) fn start(
        mut sender: SendRequest<Bytes>,
        load: &Load,
        head: Head,
        tail: Bytes,
        clock: RunClock,
    ) -> Result<Self, h2::Error> {
        let (response, mut body) = sender.send_request(head.request, false)?;
        body.send_data(head.bytes, false)?;
        body.send_data(tail, true)?;
        let deadline_unix_ns = head.deadline_unix_ns;
        Ok(Self { response, _body: body, _load: load.add(), sent: clock.now(), deadline_unix_ns })
    }

    pub(crate) fn sent(&self) -> Moment {
        self.sent
    }

    /// Waits for the reply, for `timeout` at most or until the run is cut short.
    pub(crate) async fn end(self, timeout: Duration, mut cut: watch::Receiver<bool>) -> End {
        let reply = reply(self.response, self.deadline_unix_ns);
        tokio::select! {
            biased;
            end = reply => end.unwrap_or_else(|error| of_transport(&error)),
            () = tokio::time::sleep(timeout) => (Status::Timeout, None),
            _ = cut.wait_for(|cut| *cut) => (Status::Cancelled, Some(Code::CutShort)),
        }
    }
}

/// Reads the reply to its end.
async fn reply(response: ResponseFuture, deadline_unix_ns: i64) -> Result<End, h2::Error> {
    let (parts, mut body) = response.await?.into_parts();
    // gRPC answers with status 200, or it is not gRPC that answered.
    if parts.status != http::StatusCode::OK {
        return Ok(of_http(parts.status));
    }
    if let Some(code) = grpc_status(&parts.headers) {
        return Ok(of_grpc(code, &[], deadline_unix_ns));
    }
    let Some(message) = read(&mut body).await? else {
        return Ok((Status::Error, Some(Code::BadReply)));
    };
    let trailers = body.trailers().await?.unwrap_or_default();
    Ok(match grpc_status(&trailers) {
        Some(code) => of_grpc(code, &message, deadline_unix_ns),
        None => (Status::Error, Some(Code::BadReply)),
    })
}

/// The whole body, or `None` where it is longer than any reply.
async fn read(body: &mut RecvStream) -> Result<Option<Bytes>, h2::Error> {
    let mut message = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        message.extend_from_slice(&chunk);
        if message.len() > REPLY_LEN_MAX {
            return Ok(None);
        }
    }
    Ok(Some(message.freeze()))
}

/// The gRPC status of a header block; one that is no number reads as UNKNOWN (2).
fn grpc_status(headers: &HeaderMap) -> Option<i32> {
    let value = headers.get("grpc-status")?;
    Some(value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(2))
}

/// What a gRPC status and message mean.
fn of_grpc(status: i32, message: &[u8], deadline_unix_ns: i64) -> End {
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
fn of_http(status: http::StatusCode) -> End {
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
fn of_transport(error: &h2::Error) -> End {
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
