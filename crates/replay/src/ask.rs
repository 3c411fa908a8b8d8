//! What a server is asked before a run: gRPC calls, one at a time, each waited for.
//!
//! They go over such connections as the run's, with the same TLS and headers, so that whatever
//! keeps them from the server would have kept the run's requests from it as well.

mod reply;

use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use outcome::Code;
use wire::{Endpoint, frame_prefix};

use crate::line::{ConnectError, Dialler, Solo, Unfinished, call_to, method_uri};
use crate::metadata::Metadata;
use reply::Reply;

/// Asks one server, on a connection of its own.
pub(crate) struct Asker<'a> {
    solo: Solo,
    endpoint: Endpoint,
    metadata: Metadata,
    /// How long an answer may take.
    timeout: Duration,
    stopped: &'a dyn Fn() -> bool,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The server says so.
    #[error("the server says {}", in_words(*.code, .message))]
    Status {
        /// The number of the gRPC status, which is not 0.
        code: i32,
        /// What the server says of it; may be empty.
        message: String,
    },
    /// Nothing came, or nothing that is an answer.
    #[error("{0}")]
    NoAnswer(String),
}

/// As people write a gRPC status: NOT_FOUND: no such model.
fn in_words(code: i32, message: &str) -> String {
    let name = Code::from_grpc(code).map_or(format!("gRPC status {code}"), |code| code.to_string());
    if message.is_empty() { name } else { format!("{name}: {message}") }
}

impl<'a> Asker<'a> {
    /// Connects, within the dialler's timeout; each answer may take as long. Once `stopped` turns
    /// true, nothing is waited for any more.
    ///
    /// # Errors
    /// Where there is no HTTP/2 connection.
    pub(crate) fn connect(
        dialler: &Dialler,
        metadata: &Metadata,
        stopped: &'a dyn Fn() -> bool,
    ) -> Result<Self, ConnectError> {
        let solo = Solo::connect(dialler, stopped)?;
        let Dialler { endpoint, timeout, .. } = dialler.clone();
        Ok(Self { solo, endpoint, metadata: metadata.clone(), timeout, stopped })
    }

    /// Calls the method at `path`, which is "/package.Service/Method", with one message, and takes
    /// the one that comes back; both without gRPC's prefix.
    ///
    /// A method that streams is called in the same way: its first message is the answer.
    ///
    /// # Errors
    /// Where the server refuses, or no whole message comes.
    pub(crate) fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        let uri = method_uri(&self.endpoint, path)
            .map_err(|error| Refusal::NoAnswer(format!("'{path}' is no gRPC method: {error}")))?;
        let Some(prefix) = frame_prefix(message.len()) else {
            return Err(Refusal::NoAnswer(format!(
                "a message of {} bytes is more than gRPC takes",
                message.len()
            )));
        };
        let Some(sender) = self.solo.sender() else {
            return Err(Refusal::NoAnswer("the server has closed the connection".to_owned()));
        };
        let call = call_to(uri, &self.metadata);
        let body = Bytes::from([&prefix[..], message].concat());
        let mut reply = Reply::default();
        let exchange = exchange(sender, call, body, &mut reply);
        match self.solo.block_on(exchange, self.timeout, self.stopped) {
            Ok(result) => result?,
            // A stream that stays open has answered even so.
            Err(Unfinished::TimeUp) if reply.is_whole() => {}
            Err(Unfinished::TimeUp) => {
                let timeout = self.timeout;
                return Err(Refusal::NoAnswer(format!("no whole answer within {timeout:?}")));
            }
            Err(Unfinished::Stopped) => return Err(Refusal::NoAnswer("interrupted".to_owned())),
        }
        Ok(reply.into_message())
    }
}

async fn exchange(
    mut sender: SendRequest<Bytes>,
    call: Request<()>,
    message: Bytes,
    reply: &mut Reply,
) -> Result<(), Refusal> {
    // Kept to the end, so that giving up resets the stream.
    let (response, mut body) = sender.send_request(call, false)?;
    body.send_data(message, true)?;
    reply.read(response.await?).await
}

impl From<h2::Error> for Refusal {
    fn from(error: h2::Error) -> Self {
        let reason = error.reason().map(|reason| format!("{reason:?}")).unwrap_or_default();
        Self::NoAnswer(if error.is_remote() && error.is_reset() {
            format!("the server reset the call ({reason})")
        } else if error.is_remote() && error.is_go_away() {
            format!("the server said goodbye (GOAWAY {reason})")
        } else if error.is_library() {
            format!("what the server sent is not HTTP/2 ({reason})")
        } else {
            format!("the connection broke before the answer was whole: {error}")
        })
    }
}

#[cfg(test)]
mod tests;
