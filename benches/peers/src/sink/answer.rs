//! What a call is answered with. Which method it was stands in a header field, and those are not
//! decoded; so it is told by the message, whose beginning differs from one method to the next.

use super::identity::{PREFIX_LEN, varint};

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `InferResponse { success: true }`, to a request of our contract, and to all that is nothing
    /// of what follows.
    Success,
    /// An empty `ModelInferResponse`, to a request of the Open Inference Protocol: its field 1 is a
    /// text, where our contract has the tier.
    Inferred,
    /// gRPC's status `UNIMPLEMENTED`, to the questions of that protocol: they name a model, or
    /// nothing. Whoever then fires all the same meets no check and no configuration of a model.
    Unimplemented,
}

/// `InferResponse { success: true }` behind gRPC's prefix.
const SUCCESS: [u8; 7] = [0, 0, 0, 0, 2, 0x10, 1];

/// An empty message behind gRPC's prefix.
const EMPTY: [u8; PREFIX_LEN] = [0; PREFIX_LEN];

/// Bytes of the longest message.
pub(crate) const MESSAGE_LEN_MAX: usize = SUCCESS.len();

/// Key of a text in field 1, the model's name in every message of the Open Inference Protocol.
const NAME: u64 = 1 << 3 | 2;

/// Key of a text in field 2, the model's version.
const VERSION: u64 = 2 << 3 | 2;

impl Answer {
    /// To a body of so many bytes that begins like this.
    pub(crate) fn to(head: &[u8], body_len: u64) -> Self {
        let Some(message) = head.get(PREFIX_LEN..) else { return Self::Success };
        let message_len = body_len - PREFIX_LEN as u64;
        if message_len == 0 || names_alone(message, message_len) {
            Self::Unimplemented
        } else if message.first().is_some_and(|key| u64::from(*key) == NAME) {
            Self::Inferred
        } else {
            Self::Success
        }
    }

    /// The message of the reply, with gRPC's prefix; empty where there is none.
    pub(crate) fn message(self) -> &'static [u8] {
        match self {
            Self::Success => &SUCCESS,
            Self::Inferred => &EMPTY,
            Self::Unimplemented => &[],
        }
    }
}

/// Whether a message of this length holds a model's name and version and nothing else.
fn names_alone(mut message: &[u8], len: u64) -> bool {
    let mut left = len;
    for key in [NAME, VERSION] {
        let before = message.len();
        let field = varint(&mut message).zip(varint(&mut message));
        let Some((_, text_len)) = field.filter(|(found, _)| *found == key) else { return false };
        let field_len = ((before - message.len()) as u64).checked_add(text_len);
        let Some(after) = field_len.and_then(|field_len| left.checked_sub(field_len)) else {
            return false;
        };
        left = after;
        if left == 0 {
            return true;
        }
        // More than the name, and where it goes on is not among the bytes that were kept.
        let Some(rest) = usize::try_from(text_len).ok().and_then(|len| message.get(len..)) else {
            return false;
        };
        message = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use wire::inference::{
        ModelInferRequest, ModelReadyRequest, ServerReadyRequest,
        model_infer_request::InferInputTensor,
    };

    use super::*;
    use crate::sink::identity::HEAD_LEN;

    /// As a session sees it.
    fn answer(message: &impl Message) -> Answer {
        let body = wire::framed(message).unwrap();
        Answer::to(&body[..body.len().min(HEAD_LEN)], body.len() as u64)
    }

    #[test]
    fn requests_of_our_contract_succeed() {
        let request = wire::InferRequest {
            tier: 1,
            deadline_ns: 1_700_000_000_000_000_000,
            model_name: "resnet50".into(),
            input_tensor: vec![0; 100].into(),
            input_shape: vec![5, 5],
        };
        assert_eq!(answer(&request), Answer::Success);
        assert_eq!(
            answer(&wire::InferRequest { deadline_ns: 1, ..Default::default() }),
            Answer::Success
        );
    }

    #[test]
    fn questions_are_told_from_requests_however_long_the_name_is() {
        let text = |len| "x".repeat(len);
        assert_eq!(answer(&ServerReadyRequest {}), Answer::Unimplemented);
        for (name_len, version_len) in [(1, 0), (8, 1), (300, 0), (20, 300)] {
            let (name, version) = (text(name_len), text(version_len));
            let question = ModelReadyRequest { name: name.clone(), version: version.clone() };
            assert_eq!(answer(&question), Answer::Unimplemented, "{name_len} {version_len}");
            let request = ModelInferRequest {
                model_name: name,
                model_version: version,
                id: "7".into(),
                inputs: vec![InferInputTensor { shape: vec![1, 4], ..Default::default() }],
                ..Default::default()
            };
            assert_eq!(answer(&request), Answer::Inferred, "{name_len} {version_len}");
        }
    }

    #[test]
    fn replies_are_what_they_say() {
        let success = wire::InferResponse { success: true, ..Default::default() };
        assert_eq!(Answer::Success.message(), wire::framed(&success).unwrap());
        let inferred = wire::inference::ModelInferResponse::default();
        assert_eq!(Answer::Inferred.message(), wire::framed(&inferred).unwrap());
    }

    #[test]
    fn what_is_no_message_is_borne() {
        for body in [&[][..], &[0; 4], &[0, 0, 0, 0, 1, 0x80], &[0, 0, 0, 0, 2, 0x0a, 0xff]] {
            Answer::to(body, body.len() as u64);
        }
        let head = [&EMPTY[..], &[0x0a], &[0xff; 9], &[1]].concat();
        assert_eq!(Answer::to(&head, head.len() as u64), Answer::Inferred);
    }
}
