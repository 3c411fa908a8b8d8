//! What a server is asked before a run: gRPC calls, one at a time, each waited for.
//!
//! They go over such connections as the run's, with the same TLS and headers, so that whatever
//! keeps them from the server would have kept the run's requests from it as well.

mod reply;

use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use targets::{Ask, Refusal};
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
                return Err(Refusal::NoAnswer(format!(
                    "no whole answer within {timeout:?} (--connect-timeout gives it longer)"
                )));
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
    let (response, mut body) = sender.send_request(call, false).map_err(of_h2)?;
    body.send_data(message, true).map_err(of_h2)?;
    reply.read(response.await.map_err(of_h2)?).await
}

/// What a broken call or connection means to whoever has asked.
fn of_h2(error: h2::Error) -> Refusal {
    let reason = error.reason().map(|reason| format!("{reason:?}")).unwrap_or_default();
    Refusal::NoAnswer(if error.is_remote() && error.is_reset() {
        format!("the server reset the call ({reason})")
    } else if error.is_remote() && error.is_go_away() {
        format!("the server said goodbye (GOAWAY {reason})")
    } else if error.is_library() {
        format!("what the server sent is not HTTP/2 ({reason})")
    } else {
        format!("the connection broke before the answer was whole: {error}")
    })
}

/// Asks a server once there is something to ask: until then nothing is connected to.
pub(crate) struct Questions<'a> {
    dialler: Dialler,
    metadata: &'a Metadata,
    stopped: &'a dyn Fn() -> bool,
    asker: Option<Asker<'a>>,
    /// Why there is no connection.
    error: Option<ConnectError>,
}

impl<'a> Questions<'a> {
    pub(crate) fn new(
        dialler: Dialler,
        metadata: &'a Metadata,
        stopped: &'a dyn Fn() -> bool,
    ) -> Self {
        Self { dialler, metadata, stopped, asker: None, error: None }
    }

    /// Why the server could not be asked, where there was no connection to ask it on.
    pub(crate) fn into_error(self) -> Option<ConnectError> {
        self.error
    }
}

impl Ask for Questions<'_> {
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        if self.asker.is_none() {
            match Asker::connect(&self.dialler, self.metadata, self.stopped) {
                Ok(asker) => self.asker = Some(asker),
                Err(error) => {
                    let refusal = Refusal::NoAnswer(error.to_string());
                    self.error = Some(error);
                    return Err(refusal);
                }
            }
        }
        let asker = self.asker.as_mut().expect("connected above");
        asker.call(path, message)
    }
}

#[cfg(test)]
mod tests;
