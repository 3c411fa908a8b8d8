//! Maps that are built in, for servers that many use.

use crate::map::Map;

/// The map of every server of the protocol, over which presets and maps of users are laid.
pub(crate) const BASE: &str = include_str!("base.toml");

/// The presets: the name of each, and its map.
const PRESETS: [(&str, &str); 2] =
    [("triton", include_str!("triton.toml")), ("v2", include_str!("v2.toml"))];

/// The map of this name that is built in.
///
/// # Panics
/// Never: tests read all of them.
#[must_use]
pub fn preset(name: &str) -> Option<Map> {
    let (name, text) = PRESETS.into_iter().find(|(preset, _)| *preset == name)?;
    Some(Map::parse(text, &format!("the preset {name}")).expect("tests read it"))
}

/// The names of those that are built in.
#[must_use]
pub fn preset_names() -> Vec<&'static str> {
    PRESETS.map(|(name, _)| name).to_vec()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use outcome::Status::{self, Error, Expired, Ok, Rejected, Timeout, Unavailable};
    use prost::Message;
    use prost_reflect::{DescriptorPool, MessageDescriptor};
    use wire::inference::infer_parameter::ParameterChoice::{self, Int64Param};
    use wire::inference::model_infer_request::InferInputTensor;
    use wire::inference::{self, InferParameter, ModelInferRequest, ModelInferResponse};

    use super::*;
    use crate::facts::{EXAMPLE, Facts};
    use crate::reply::Reply;
    use crate::template::Template;
    use crate::testing::{MODEL, slos};

    fn message(name: &str) -> MessageDescriptor {
        let pool = DescriptorPool::decode(inference::FILE_DESCRIPTOR_SET).unwrap();
        pool.get_message_by_name(&format!("inference.{name}")).unwrap()
    }

    /// The base alone, or a preset over it.
    fn map(preset: Option<&str>) -> Map {
        let base = Map::parse(BASE, "base").unwrap();
        let Some(preset) = preset else { return base };
        let (name, text) = PRESETS.into_iter().find(|(name, _)| *name == preset).unwrap();
        Map::parse(text, name).unwrap().over(base)
    }

    /// The request that a preset makes of the example, its tensor filled with sevens.
    fn sent(preset: Option<&str>, facts: &Facts) -> ModelInferRequest {
        let map = map(preset);
        let template = Template::new(&message("ModelInferRequest"), &map, &MODEL, &slos()).unwrap();
        let mut tail = vec![0; template.tail().len()];
        template.tail().frame(&mut tail).fill(7);
        let body = [&template.head(facts)[..], &tail].concat();
        ModelInferRequest::decode(wire::reply_message(&body).unwrap()).unwrap()
    }

    /// What all of them send.
    fn plain() -> ModelInferRequest {
        ModelInferRequest {
            model_name: MODEL.name.into(),
            id: EXAMPLE.id.to_string(),
            inputs: vec![InferInputTensor {
                name: "x".into(),
                datatype: "FP32".into(),
                shape: vec![1, 2],
                ..InferInputTensor::default()
            }],
            raw_input_contents: vec![Bytes::from_static(&[7; 8])],
            ..ModelInferRequest::default()
        }
    }

    fn parameter(name: &str, choice: ParameterChoice) -> (String, InferParameter) {
        (name.into(), InferParameter { parameter_choice: Some(choice) })
    }

    #[test]
    fn a_plain_server_is_sent_neither_priority_nor_deadline() {
        assert_eq!(sent(None, &EXAMPLE), plain());
        assert_eq!(sent(Some("v2"), &EXAMPLE), plain());
    }

    /// A timeout of 0 would mean none, so a late request has the least there is.
    #[test]
    fn triton_is_sent_the_tier_and_what_is_left_to_the_deadline() {
        let late = Facts { now_ns: EXAMPLE.deadline_ns + 1, ..EXAMPLE };
        for (facts, left_us) in [(EXAMPLE, 499_456), (late, 1)] {
            let mut expected = plain();
            expected.parameters =
                [parameter("priority", Int64Param(2)), parameter("timeout", Int64Param(left_us))]
                    .into();
            assert_eq!(sent(Some("triton"), &facts), expected);
        }
    }

    #[test]
    fn each_server_refuses_in_its_own_words() {
        let cases: [(&str, i32, &str, Status); 11] = [
            ("triton", 14, "Request timeout expired", Expired),
            ("triton", 14, "[request id: 7] Exceeds maximum queue size", Rejected),
            ("triton", 14, "GRPC server is shutting down", Unavailable),
            ("triton", 4, "Deadline Exceeded", Timeout),
            ("triton", 3, "unexpected shape for input 'x'", Error),
            ("v2", 4, "Deadline Exceeded", Timeout),
            ("v2", 8, "Server Threadpool Exhausted", Rejected),
            ("v2", 8, "Concurrent RPC limit exceeded!", Rejected),
            ("v2", 8, "Received message larger than max", Error),
            ("v2", 14, "model is not ready", Unavailable),
            ("v2", 14, "Request timeout expired", Unavailable),
        ];
        for (preset, grpc, words, expected) in cases {
            let reply = Reply::new(&message("ModelInferResponse"), &map(Some(preset))).unwrap();
            let (status, _) = reply.end(grpc, words, &[], reply.echo(&EXAMPLE));
            assert_eq!(status, expected, "{preset}: {grpc} {words}");
        }
    }

    #[test]
    fn triton_answers_by_the_id_and_others_as_they_like() {
        let cases = [
            ("triton", "7", Ok),
            ("triton", "8", Error),
            ("triton", "", Ok),
            ("v2", "7", Ok),
            ("v2", "an id of the model's own", Ok),
        ];
        for (preset, id, expected) in cases {
            let reply = Reply::new(&message("ModelInferResponse"), &map(Some(preset))).unwrap();
            let answer = ModelInferResponse { id: id.into(), ..Default::default() };
            let body = wire::framed(&answer).unwrap();
            let (status, _) = reply.end(0, "", &body, reply.echo(&EXAMPLE));
            assert_eq!(status, expected, "{preset}: {id}");
        }
    }
}
