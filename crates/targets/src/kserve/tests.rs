use std::collections::BTreeMap;

use prost::Message;
use wire::inference::model_metadata_response::TensorMetadata;
use wire::inference::{
    MODEL_CONFIG_PATH, MODEL_METADATA_PATH, MODEL_READY_PATH, SERVER_READY_PATH,
};

use super::*;
use crate::Refusal;
use crate::testing::fields;

/// A server that says the same to a question whenever it is asked.
struct Server {
    answers: BTreeMap<&'static str, Result<Vec<u8>, Refusal>>,
    asked: Vec<(String, Vec<u8>)>,
}

impl Server {
    /// One that serves a model with the input 'x', FP32 of [-1, 4], and is no Triton.
    fn new() -> Self {
        let server = Self { answers: BTreeMap::new(), asked: Vec::new() };
        server
            .says(SERVER_READY_PATH, &ServerReadyResponse { ready: true })
            .says(MODEL_READY_PATH, &ModelReadyResponse { ready: true })
            .takes(&[("x", "FP32", &[-1, 4])])
            .refuses(MODEL_CONFIG_PATH, 12, "unknown method")
    }

    fn says(mut self, path: &'static str, message: &impl Message) -> Self {
        self.answers.insert(path, Ok(message.encode_to_vec()));
        self
    }

    fn refuses(mut self, path: &'static str, code: i32, message: &str) -> Self {
        self.answers.insert(path, Err(Refusal::Status { code, message: message.into() }));
        self
    }

    fn takes(self, inputs: &[(&str, &str, &[i64])]) -> Self {
        let inputs = inputs.iter().map(|(name, datatype, shape)| TensorMetadata {
            name: (*name).into(),
            datatype: (*datatype).into(),
            shape: shape.to_vec(),
        });
        let metadata =
            ModelMetadataResponse { inputs: inputs.collect(), ..ModelMetadataResponse::default() };
        self.says(MODEL_METADATA_PATH, &metadata)
    }
}

impl Ask for Server {
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.asked.push((path.to_owned(), message.to_vec()));
        self.answers[path].clone()
    }
}

/// A model that server and map call as the trace does.
fn model<'a>(shape: &'a [i32], input: Option<&'a str>) -> Wanted<'a> {
    Wanted { trace_name: "m", name: "m", version: "", shape, input }
}

/// What is found of a model, or the error, and the notes.
fn outcome(mut server: Server, wanted: Wanted<'_>, sends: &[&str]) -> (String, Vec<String>) {
    match examine_wanted(&mut server, &[wanted], sends, 0) {
        Ok((found, notes)) => (format!("{} {}", found[0].input, found[0].datatype), notes),
        Err(error) => (error.to_string(), Vec::new()),
    }
}

#[track_caller]
fn check(server: Server, wanted: Wanted<'_>, expected: &str, notes: &[&str]) {
    let (found, noted) = outcome(server, wanted, &[]);
    assert_eq!(found, expected);
    assert_eq!(noted, notes);
}

#[test]
fn a_model_that_takes_the_tensors_of_the_trace_is_found() {
    check(Server::new(), model(&[1, 4], None), "x FP32", &[]);
    check(Server::new(), model(&[8, 4], Some("x")), "x FP32", &[]);
    check(Server::new().takes(&[("x", "FP32", &[])]), model(&[], None), "x FP32", &[]);
}

#[test]
fn each_model_is_asked_for_by_its_name_and_version_at_the_server() {
    let mut server = Server::new();
    let map = fields(
        "model_version = { of = 'model', values = { d = '2' }, otherwise = '' }\n\
         \"parameters[priority].int64_param\" = '{tier}'",
    );
    let model = |trace_name, name| Model { trace_name, name, shape: &[1, 4], input: None };
    let models = [model("d", "densenet_onnx"), model("m", "m")];
    let (found, _) = examine(&mut server, &map, &models, 0).unwrap();
    assert_eq!(found.len(), 2);
    let asked: Vec<_> = server
        .asked
        .iter()
        .map(|(path, message)| {
            // All questions about a model have its name and version as fields 1 and 2.
            let ModelReadyRequest { name, version } = Message::decode(&message[..]).unwrap();
            format!("{} {name} {version}", path.rsplit('/').next().unwrap())
        })
        .collect();
    let expected = [
        "ServerReady  ",
        "ModelMetadata densenet_onnx 2",
        "ModelReady densenet_onnx 2",
        "ModelConfig densenet_onnx 2",
        "ModelMetadata m ",
        "ModelReady m ",
        "ModelConfig m ",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn triton_is_not_asked_about_parameters_that_no_request_carries() {
    let mut server = Server::new();
    examine_wanted(&mut server, &[model(&[1, 4], None)], &[], 0).unwrap();
    assert!(server.asked.iter().all(|(path, _)| path != MODEL_CONFIG_PATH));
}

#[test]
fn a_server_that_is_not_ready_is_told_apart_from_none() {
    let check = |server: Server, expected: &str| {
        check(server, model(&[1, 4], None), expected, &[]);
    };
    check(
        Server::new().says(SERVER_READY_PATH, &ServerReadyResponse { ready: false }),
        "the server is not ready: ServerReady is false; wait until it has loaded its models, or \
         see its log",
    );
    check(
        Server::new().refuses(SERVER_READY_PATH, 14, "loading"),
        "the server is not ready: loading; wait until it has loaded its models, or see its log",
    );
    check(
        Server::new().refuses(SERVER_READY_PATH, 7, ""),
        "the server refuses ServerReady: PERMISSION_DENIED; give --token-file or --header",
    );
    check(
        Server::new().refuses(SERVER_READY_PATH, 16, "no token"),
        "the server refuses ServerReady: UNAUTHENTICATED: no token; give --token-file or --header",
    );
    let mut silent = Server::new();
    let refusal = Refusal::NoAnswer("connection refused".into());
    silent.answers.insert(SERVER_READY_PATH, Err(refusal));
    check(
        silent,
        "no answer to ServerReady: connection refused; check the address, and that a KServe v2 \
         server listens",
    );
    let mut other = Server::new();
    other.answers.insert(SERVER_READY_PATH, Ok(vec![0x0b]));
    let (error, _) = outcome(other, model(&[1, 4], None), &[]);
    assert_eq!(error, "the reply to ServerReady is not of the Open Inference Protocol");
    check(Server::new().refuses(SERVER_READY_PATH, 12, ""), "x FP32");
}

#[test]
fn a_model_that_is_not_served_is_named_as_trace_and_server_do() {
    let unready = || Server::new().says(MODEL_READY_PATH, &ModelReadyResponse { ready: false });
    check(
        unready(),
        model(&[1, 4], None),
        "the server does not serve model 'm': ModelReady is false; load it there, or write the \
         name that it has there into the map: [models] \"m\" = \"NAME\"",
        &[],
    );
    // Triton says of such a model that it is not ready, MLServer gives another status.
    check(
        unready().refuses(MODEL_METADATA_PATH, 5, "unknown model 'densenet'"),
        Wanted { name: "densenet", ..model(&[1, 4], None) },
        "the server does not serve model 'm' (there 'densenet'): unknown model 'densenet'; load \
         it there, or write the name that it has there into the map: [models] \"m\" = \"NAME\"",
        &[],
    );
    check(
        Server::new().refuses(MODEL_READY_PATH, 2, "Unexpected ModelNotFound").refuses(
            MODEL_METADATA_PATH,
            5,
            "Model m not found",
        ),
        model(&[1, 4], None),
        "the server does not serve model 'm': Model m not found; load it there, or write the name \
         that it has there into the map: [models] \"m\" = \"NAME\"",
        &[],
    );
    check(
        Server::new().refuses(MODEL_READY_PATH, 14, "still loading"),
        Wanted { name: "densenet", version: "3", ..model(&[1, 4], None) },
        "the server does not serve model 'm' (there 'densenet', version 3): still loading; load \
         it there, or write the name that it has there into the map: [models] \"m\" = \"NAME\"",
        &[],
    );
    check(
        Server::new().refuses(MODEL_READY_PATH, 3, "bad version"),
        Wanted { version: "v3", ..model(&[1, 4], None) },
        "the server refuses ModelReady: INVALID_ARGUMENT: bad version",
        &[],
    );
}

#[test]
fn a_server_that_tells_nothing_needs_the_map_to() {
    check(
        Server::new().refuses(MODEL_METADATA_PATH, 12, ""),
        model(&[1, 4], None),
        "the server does not say what model 'm' takes: it does not implement ModelMetadata; \
         write the name of its input into the map: [request] \"inputs[0].name\" = \"NAME\"",
        &[],
    );
    check(
        Server::new().takes(&[]),
        model(&[1, 4], None),
        "the server does not say what model 'm' takes: ModelMetadata lists no inputs; write the \
         name of its input into the map: [request] \"inputs[0].name\" = \"NAME\"",
        &[],
    );
    check(
        Server::new().refuses(MODEL_METADATA_PATH, 12, "").refuses(MODEL_READY_PATH, 12, ""),
        model(&[1, 4], Some("image")),
        "image FP32",
        &[
            "model 'm': the server does not implement ModelReady, so it may not be loaded",
            "model 'm': the server does not say what it takes (it does not implement \
             ModelMetadata), so datatype and shape of 'image' were not checked",
        ],
    );
    check(
        Server::new().takes(&[("x", "FP32", &[])]),
        model(&[1, 4], None),
        "x FP32",
        &["model 'm': the server tells no shape of 'x', so it was not checked"],
    );
}

#[test]
fn of_several_inputs_the_map_names_the_one_to_fill() {
    let server = || Server::new().takes(&[("x", "FP32", &[-1, 4]), ("mask", "INT64", &[4])]);
    check(
        server(),
        model(&[1, 4], None),
        "model 'm' takes 2 inputs, and a request of the trace has one tensor: 'x' FP32 [-1, 4], \
         'mask' INT64 [4]; if all but one are optional, write that one into the map: [request] \
         \"inputs[0].name\" = \"NAME\"",
        &[],
    );
    check(
        server(),
        model(&[1, 4], Some("x")),
        "x FP32",
        &["model 'm' takes 2 inputs, and requests fill 'x' alone: 'x' FP32 [-1, 4], 'mask' INT64 \
           [4]"],
    );
    check(
        server(),
        model(&[1, 4], Some("y")),
        "model 'm' has no input 'y', which the map names as \"inputs[0].name\"; it takes 'x' \
         FP32 [-1, 4], 'mask' INT64 [4]",
        &[],
    );
}

#[test]
fn elements_of_another_type_are_refused() {
    check(
        Server::new().takes(&[("x", "INT64", &[1, 4])]),
        model(&[1, 4], None),
        "input 'x' of model 'm' takes INT64, and the tensors of a trace are FP32; serve a model \
         that takes FP32",
        &[],
    );
}

#[test]
fn another_shape_is_refused_with_one_that_fits() {
    let cases: [(&[i64], &[i32], &str); 5] = [
        // The batch is missing, or too much.
        (&[-1, 4], &[4], "[1, 4]"),
        (&[3, 224, 224], &[1, 3, 224, 224], "[3, 224, 224]"),
        (&[-1, -1, 4], &[8, 4], "[1, 8, 4]"),
        // A size is another.
        (&[-1, 4], &[2, 5], "[2, 4]"),
        (&[-1, 224, 224, 3], &[1, 3, 224, 224], "[1, 224, 224, 3]"),
    ];
    for (takes, given, proposed) in cases {
        check(
            Server::new().takes(&[("x", "FP32", takes)]),
            model(given, None),
            &format!(
                "input 'x' of model 'm' takes {takes:?}, and the tensors of the trace are \
                 {given:?}; write into the model's entry of the workload: shape = {proposed}"
            ),
            &[],
        );
    }
}

const BOTH: [&str; 2] = ["priority", "timeout"];

#[test]
fn a_triton_that_keeps_its_configuration_to_itself_is_noted() {
    for (code, said) in [(14, "This protocol is restricted"), (7, "no")] {
        let server = Server::new().refuses(MODEL_CONFIG_PATH, code, said);
        let (found, notes) = outcome(server, model(&[1, 4], None), &BOTH);
        assert_eq!(found, "x FP32");
        let expected = format!(
            "model 'm': whether the server heeds priority and timeout was not checked ({said})"
        );
        assert_eq!(notes, [expected]);
    }
}

/// Byte for byte what Triton 2.51 said of a model of two priorities, of which the second has a queue
/// policy of its own. Most of it is unknown to us.
#[test]
fn what_a_real_triton_says_is_read() {
    const METADATA: &[u8] = b"\n\x09nodefault\x12\x011\x1a\x06python\"\x16\n\x01x\x12\x04FP32\x1a\x0b\xff\
        \xff\xff\xff\xff\xff\xff\xff\xff\x01\x04*\x16\n\x01y\x12\x04FP32\x1a\x0b\xff\xff\xff\xff\xff\xff\
        \xff\xff\xff\x01\x01";
    const CONFIG: &[u8] = b"\nn\n\x09nodefault\x1a\x04\n\x02\x08\x01 \x04*\x08\n\x01x\x10\x0b\"\x01\x042\x08\
        \n\x01y\x10\x0b\x1a\x01\x01:\x11\n\x0bnodefault_0\x10\x01 \x02B\x08model.pyZ\x15\n\x01\x04 \x02(\x01\
        2\x02\x18\x01:\x08\x08\x02\x12\x04\x08\x01\x10\x05b\x08*\x02\x08\x012\x02\x08\x01\x8a\x01\x06python";
    let mut server = Server::new();
    server.answers.insert(MODEL_METADATA_PATH, Ok(METADATA.to_vec()));
    server.answers.insert(MODEL_CONFIG_PATH, Ok(CONFIG.to_vec()));
    let (found, notes) = outcome(server, model(&[1, 4], None), &BOTH);
    assert_eq!(found, "x FP32");
    let expected = [
        "model 'm' has priority_levels 2 for 3 tiers: Triton takes a greater priority as 1, its \
         default",
        "model 'm', default_queue_policy: default_timeout_microseconds is not set, and a timeout \
         can only shorten it, so Triton ignores timeout",
        "model 'm', priority_queue_policy of priority 2: allow_timeout_override is off, so Triton \
         ignores timeout",
    ];
    assert_eq!(notes, expected);
}
