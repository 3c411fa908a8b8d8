//! One call, from its last byte out to its last byte in.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use h2::SendStream;
use h2::client::ResponseFuture;
use http::HeaderMap;
use outcome::{Code, Status};
use targets::{End, Protocol};

use super::answer::{grpc_status, of_http, of_transport};
use super::connections::{Body, Key, Opened};
use super::gate::Gate;
use crate::clock::Reading;
use crate::grpc_message::grpc_message;

/// The longest reply that is read: a model's output may be some MB, and what has no end is none.
const REPLY_LEN_MAX: usize = 64 << 20;

/// A call that waits for its answer.
pub(super) struct Call {
    /// Position of the request in the run.
    pub(super) index: usize,
    /// Tells it from others that have had its place.
    pub(super) serial: u64,
    pub(super) connection: Key,
    pub(super) gate: Rc<Gate>,
    pub(super) stream: u32,
    /// Bytes of the request.
    pub(super) len: usize,
    /// When it was fired.
    pub(super) fired: Reading,
    /// When its last byte was handed to the kernel, and how long the receiver kept it before.
    pub(super) sent: Option<(Reading, i64)>,
    /// What the connection's account of that said when it was opened.
    pub(super) held: i64,
    /// What the reply echoes.
    echo: i64,
    stage: Stage,
    /// Kept so that dropping the call resets the stream.
    _body: SendStream<Bytes>,
}

enum Stage {
    Headers(ResponseFuture),
    /// The message, and whether only trailers are to come.
    Body {
        body: Body,
        message: BytesMut,
        whole: bool,
    },
}

impl Call {
    pub(super) fn new(index: usize, opened: Opened, len: usize, echo: i64) -> Self {
        Self {
            index,
            serial: 0,
            connection: opened.connection,
            gate: opened.gate,
            stream: opened.stream,
            len,
            fired: Reading::NEVER,
            sent: None,
            held: opened.held,
            echo,
            stage: Stage::Headers(opened.response),
            _body: opened.body,
        }
    }

    /// Reads on; ready once the answer is whole, or cannot come.
    pub(super) fn poll(&mut self, protocol: &Protocol, context: &mut Context<'_>) -> Poll<End> {
        match ready!(self.poll_answer(protocol, context)) {
            Ok(end) => Poll::Ready(end),
            Err(error) => Poll::Ready(of_transport(&error)),
        }
    }

    fn poll_answer(
        &mut self,
        protocol: &Protocol,
        context: &mut Context<'_>,
    ) -> Poll<Result<End, h2::Error>> {
        let bad_reply = Poll::Ready(Ok((Status::Error, Some(Code::BadReply))));
        loop {
            match &mut self.stage {
                Stage::Headers(response) => {
                    let (parts, body) = ready!(Pin::new(response).poll(context))?.into_parts();
                    if let Some(end) = of_grpc(protocol, &parts.headers, &[], self.echo) {
                        return Poll::Ready(Ok(end));
                    }
                    // gRPC answers with status 200, or it is not gRPC that answered.
                    if parts.status != http::StatusCode::OK {
                        return Poll::Ready(Ok(of_http(parts.status)));
                    }
                    self.stage = Stage::Body { body, message: BytesMut::new(), whole: false };
                }
                Stage::Body { body, message, whole: whole @ false } => {
                    match ready!(body.poll_data(context)) {
                        Some(chunk) => {
                            let chunk = chunk?;
                            body.flow_control().release_capacity(chunk.len())?;
                            message.extend_from_slice(&chunk);
                            if message.len() > REPLY_LEN_MAX {
                                return bad_reply;
                            }
                        }
                        None => *whole = true,
                    }
                }
                Stage::Body { body, message, whole: true } => {
                    let trailers = ready!(body.poll_trailers(context))?.unwrap_or_default();
                    return match of_grpc(protocol, &trailers, message, self.echo) {
                        Some(end) => Poll::Ready(Ok(end)),
                        None => bad_reply,
                    };
                }
            }
        }
    }
}

/// What a gRPC status in these headers means, with the body that came before; `None` where there is
/// none.
fn of_grpc(protocol: &Protocol, headers: &HeaderMap, body: &[u8], echo: i64) -> Option<End> {
    let status = grpc_status(headers)?;
    // The usual answer has none, and costs nothing.
    let message = if status == 0 { String::new() } else { grpc_message(headers) };
    Some(protocol.end(status, &message, body, echo))
}
