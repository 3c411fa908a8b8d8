//! The reply to a question: its first message, and what may come instead of one.

use bytes::Bytes;
use h2::RecvStream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode, response};
use targets::Refusal;
use wire::FRAME_PREFIX_LEN;

use super::of_h2;
use crate::grpc_message::grpc_message;
use crate::line::grpc_status;

/// The longest message that is read: far more than the descriptors of any server.
const MESSAGE_LEN_MAX: usize = 64 << 20;

/// As much of a reply as has come.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// Its first message behind its prefix, and perhaps the begin of another.
    bytes: Vec<u8>,
}

impl Reply {
    /// Reads on until it is known what the answer is. A status that fails counts for more than a
    /// message, so the end is waited for, unless a second message shows that there may be none.
    pub(super) async fn read(&mut self, response: Response<RecvStream>) -> Result<(), Refusal> {
        let (head, mut body) = response.into_parts();
        if let Some(code) = grpc_status(&head.headers) {
            return self.end(code, &head.headers);
        }
        check_is_grpc(&head)?;
        while let Some(chunk) = body.data().await {
            let chunk = chunk.map_err(of_h2)?;
            self.add(&chunk, &mut body).map_err(of_h2)?;
            self.check_prefix(&head.headers)?;
            if self.message_end().is_some_and(|end| self.bytes.len() > end) {
                return Ok(());
            }
        }
        let trailers = body.trailers().await.map_err(of_h2)?.unwrap_or_default();
        match grpc_status(&trailers) {
            Some(code) => self.end(code, &trailers),
            None => no_answer("the reply ends without a gRPC status"),
        }
    }

    /// Whether the first message is there.
    pub(super) fn is_whole(&self) -> bool {
        self.message_end().is_some_and(|end| self.bytes.len() >= end)
    }

    /// The first message, of a reply that has been read.
    pub(super) fn into_message(mut self) -> Vec<u8> {
        self.bytes.truncate(self.message_end().unwrap_or_default());
        self.bytes.drain(..FRAME_PREFIX_LEN.min(self.bytes.len()));
        self.bytes
    }

    fn add(&mut self, chunk: &Bytes, body: &mut RecvStream) -> Result<(), h2::Error> {
        self.bytes.extend_from_slice(chunk);
        body.flow_control().release_capacity(chunk.len())
    }

    /// Where the first message ends, once that is known.
    fn message_end(&self) -> Option<usize> {
        let [_, len @ ..] = *self.bytes.first_chunk::<FRAME_PREFIX_LEN>()?;
        usize::try_from(u32::from_be_bytes(len)).ok()?.checked_add(FRAME_PREFIX_LEN)
    }

    /// Whether the message is one that can be read.
    fn check_prefix(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self.bytes.first() {
            Some(1) => {
                let encoding = headers.get("grpc-encoding").map(|value| value.as_bytes());
                return no_answer(format!(
                    "the reply is compressed ({}), which replay did not ask for; configure the \
                     server not to compress",
                    encoding.unwrap_or(b"no grpc-encoding").escape_ascii()
                ));
            }
            Some(flag @ 2..) => {
                return no_answer(format!("the reply begins with {flag}, so it is not gRPC's"));
            }
            Some(0) | None => {}
        }
        match self.message_end() {
            Some(end) if end - FRAME_PREFIX_LEN > MESSAGE_LEN_MAX => no_answer(format!(
                "the reply has {} bytes, and replay reads {} MiB at most",
                end - FRAME_PREFIX_LEN,
                MESSAGE_LEN_MAX >> 20
            )),
            _ => Ok(()),
        }
    }

    /// What the end of the stream makes of it.
    fn end(&self, code: i32, headers: &HeaderMap) -> Result<(), Refusal> {
        if code != 0 {
            return Err(Refusal::Status { code, message: grpc_message(headers) });
        }
        match self.message_end() {
            Some(end) if self.bytes.len() < end => no_answer(format!(
                "the reply ends after {} of {end} bytes, in the middle of its message",
                self.bytes.len()
            )),
            Some(_) => Ok(()),
            None => no_answer("the reply is OK and has no message"),
        }
    }
}

/// gRPC answers with status 200 and a content type of its own, or it is not gRPC that answered.
fn check_is_grpc(head: &response::Parts) -> Result<(), Refusal> {
    let content_type = head.headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let suffix = content_type.strip_prefix(b"application/grpc");
    let is_grpc = suffix.is_some_and(|suffix| matches!(suffix, [] | [b'+' | b';', ..]));
    if head.status == StatusCode::OK && is_grpc {
        return Ok(());
    }
    let content_type = match content_type {
        [] => "no content type".to_owned(),
        bytes => bytes.escape_ascii().to_string(),
    };
    no_answer(format!(
        "the server does not answer with gRPC, but with HTTP {} ({content_type})",
        head.status
    ))
}

fn no_answer(why: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::NoAnswer(why.into()))
}
