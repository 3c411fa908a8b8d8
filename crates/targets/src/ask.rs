//! What is asked of a server before a run. This crate opens no socket: whoever has one asks.

/// Asks a server: unary gRPC calls, one after another.
pub trait Ask {
    /// Calls `path`, `/package.Service/Method`, with a message, and gives the message of the reply.
    /// A service that streams is sent one message and gives its first one.
    ///
    /// # Errors
    /// Where the server refuses, or does not answer.
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal>;
}

/// A question that was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The server said so.
    #[error("gRPC status {code}: {message}")]
    Status {
        /// Its gRPC status.
        code: i32,
        /// What it said.
        message: String,
    },
    /// There was no answer in gRPC.
    #[error("{0}")]
    NoAnswer(String),
}
