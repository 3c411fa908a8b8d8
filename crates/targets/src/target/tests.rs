use outcome::{Code, Status};
use prost::Message;

use super::*;
use crate::ask::Refusal;
use crate::facts::{EXAMPLE, Facts};
use crate::tensor::TensorError;
use crate::traffic::ModelShape;

/// Nobody is there to be asked.
struct Nobody;

impl Ask for Nobody {
    fn call(&mut self, path: &str, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        panic!("asked {path}")
    }
}

fn traffic() -> Traffic {
    let model = |name: &str, shape: &[i32], used| ModelShape {
        name: name.to_owned(),
        shape: shape.to_vec(),
        used,
    };
    Traffic {
        models: vec![model("small", &[1, 2], true), model("unused", &[], false)],
        slos: vec!["urgent".to_owned(), "normal".to_owned()],
        slo_ns_max: 0,
    }
}

fn scheduler(map: &str) -> Result<Protocol, BindError> {
    Target::scheduler(Map::parse(map, "m.toml").unwrap()).bind(&traffic(), &mut Nobody)
}

#[test]
fn a_scheduler_gets_what_its_proto_says() {
    let protocol = scheduler("").unwrap();
    let mut tail = vec![0; protocol.tail_len(0)];
    protocol.tail(0, &mut tail).copy_from_slice(&[1; 8]);
    let body = [&protocol.head(&EXAMPLE)[..], &tail].concat();
    let request = wire::InferRequest::decode(&body[wire::FRAME_PREFIX_LEN..]).unwrap();
    assert_eq!((request.tier, request.deadline_ns), (2, EXAMPLE.deadline_ns));
    assert_eq!((request.model_name.as_str(), &request.input_shape[..]), ("small", &[1, 2][..]));
    assert_eq!(request.input_tensor, [1; 8][..]);
    assert_eq!(protocol.path(), "/scheduler.SchedulerService/Infer");
    assert_eq!(protocol.tail_len(1), 0);
}

#[test]
fn only_success_with_the_right_echo_is_ok() {
    let protocol = scheduler("").unwrap();
    let end = |deadline_ns, success| {
        let reply = wire::InferResponse { deadline_ns, success, ..Default::default() };
        let body = wire::framed(&reply).unwrap();
        protocol.end(0, "", &body, protocol.echo(&EXAMPLE))
    };
    assert_eq!(end(EXAMPLE.deadline_ns, true), (Status::Ok, None));
    assert_eq!(end(0, true), (Status::Ok, None));
    assert_eq!(end(EXAMPLE.deadline_ns, false), (Status::Rejected, None));
    assert_eq!(end(8, true), (Status::Error, Some(Code::BadReply)));
}

#[test]
fn a_map_renames_models_and_adds_headers() {
    let map = "[models]\nsmall = 'renamed'\n[headers]\nx-model = '{model}'\n\
               x-tier = { of = 'tier', values = { 2 = 'b' }, otherwise = 'x' }\nx-left = '{remaining_ms}'";
    let protocol = scheduler(map).unwrap();
    let head = protocol.head(&EXAMPLE);
    assert!(head.windows(7).any(|window| window == b"renamed"));
    let names: Vec<&str> = protocol.header_names().collect();
    let values = names.iter().enumerate().map(|(index, _)| {
        let mut value = Vec::new();
        protocol.put_header(index, &EXAMPLE, &mut value);
        String::from_utf8(value).unwrap()
    });
    assert_eq!(values.collect::<Vec<_>>(), ["499", "renamed", "b"]);
    assert_eq!(names, ["x-left", "x-model", "x-tier"]);
}

#[test]
fn a_map_of_several_traces_says_which_models_are_missing() {
    let protocol = scheduler("[models]\nsmal = 'x'").unwrap();
    let note = "the map names models that the trace has not: smal; it has small, unused";
    assert_eq!(protocol.notes(), [note]);
    let map = "[request]\ntier = { of = 'slo', values = { urgnt = 1, normal = 2 }, otherwise = 3 }";
    let note = "the map names SLO classes that the trace has not: urgnt; it has urgent, normal";
    assert_eq!(scheduler(map).unwrap().notes(), [note]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let error = |map| scheduler(map).unwrap_err().to_string();
    assert!(error("[headers]\na = '{tensor}'").contains("[headers] \"a\": a tensor is no text"));
    let mut traffic = traffic();
    traffic.models[1].used = true;
    let error = Target::default().bind(&traffic, &mut Nobody).unwrap_err();
    assert!(matches!(
        error,
        BindError::Tensor { model, source: TensorError::NoDimensions } if model == "unused"
    ));
}

#[test]
fn a_request_whose_numbers_do_not_fit_is_found_beforehand() {
    let protocol = scheduler("[request]\ntier = '{slo_ns}'").unwrap();
    assert_eq!(protocol.check(&EXAMPLE), Ok(()));
    let slow = Facts { deadline_ns: EXAMPLE.arrival_ns + 3_000_000_000, ..EXAMPLE };
    let error = protocol.check(&slow).unwrap_err().to_string();
    assert_eq!(
        error,
        "m.toml: [request] \"tier\": request 7 has 3000000000 for it, and the field holds \
         -2147483648 to 2147483647"
    );
}
