//! What is asked of a server before a run. This crate opens no socket: whoever has one asks.

use outcome::Code;

use crate::plain::plain;

/// Asks a server: unary gRPC calls, one after another.
pub trait Ask {
    /// Calls `path`, `/package.Service/Method`, with a message, and gives the message of the reply;
    /// both without gRPC's prefix. A method that streams is sent one message, and its first one is
    /// the answer.
    ///
    /// # Errors
    /// Where the server refuses, or does not answer.
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal>;
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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
pub(crate) fn in_words(code: i32, message: &str) -> String {
    let name = Code::from_grpc(code).map_or(format!("gRPC status {code}"), |code| code.to_string());
    if message.is_empty() { name } else { format!("{name}: {}", plain(message)) }
}
