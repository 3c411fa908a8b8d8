//! A question to the server, and the three answers that a check goes on with.

use outcome::Code;
use prost::Message;

use super::KserveError;
use crate::plain::plain;
use crate::{Ask, Refusal};

/// What a server says to a question.
pub(super) enum Answer<T> {
    /// What was asked for.
    Given(T),
    /// It does not know such questions.
    Unimplemented,
    /// What was asked about is not there, or not yet; in the server's words.
    Absent(String),
}

/// Asks; any other refusal is an error, since a request would meet it as well.
pub(super) fn answer<T: Message + Default>(
    ask: &mut dyn Ask,
    path: &'static str,
    question: &impl Message,
) -> Result<Answer<T>, KserveError> {
    // People know the method; the service is the same for all.
    let method = path.rsplit('/').next().unwrap_or(path);
    match ask.call(path, &question.encode_to_vec()) {
        Ok(bytes) => T::decode(&bytes[..])
            .map(Answer::Given)
            .map_err(|source| KserveError::BadReply { method, source }),
        Err(Refusal::Status { code, message }) => match Code::from_grpc(code) {
            Some(Code::Unimplemented) => Ok(Answer::Unimplemented),
            Some(Code::NotFound | Code::Unavailable) => Ok(Answer::Absent(plain(&message))),
            _ => Err(KserveError::Refused { method, code, message }),
        },
        Err(Refusal::NoAnswer(why)) => Err(KserveError::NoAnswer { method, why }),
    }
}
