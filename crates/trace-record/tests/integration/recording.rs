//! What is in the trace, and what is counted instead.

use std::fs;

use bytes::Bytes;
use prost::Message as _;
use request::Seed;
use sha2::{Digest as _, Sha256};
use wire::InferRequest;

use crate::support::{
    Character, Client, Recorder, Scheduler, body, poll_until, runtime, text, within,
};

/// Sends these bodies one after the other.
fn send(recorder: &Recorder, bodies: &[Bytes]) {
    runtime().block_on(async {
        let client = Client::connect(recorder.address).await;
        for (body, id) in bodies.iter().zip(10..) {
            assert_eq!(client.infer(id, body.clone()).await.grpc_status(), "0");
        }
    });
}

fn framed(request: &InferRequest) -> Bytes {
    let message = request.encode_to_vec();
    [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), &message].concat().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn equal_tensors_have_equal_seeds_and_are_kept_once() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder =
        Recorder::start(scheduler.address, &["--keep-tensors", "kept", "--name", "tuesday"]);
    // Many frames each.
    let shape = [3, 224, 224];
    send(&recorder, &[body("vit", &shape, 7), body("vit", &shape, 8), body("vit", &shape, 7)]);
    let kept = recorder.path("kept");
    let ended = recorder.stop();
    assert!(kept.starts_with(ended.folder.path()));
    let (header, rows) = ended.trace();

    let floats = |fill: u8| vec![fill; 602_112];
    let digest = |fill: u8| Sha256::digest(floats(fill)).to_vec();
    let seed = |fill: u8| Seed(u64::from_be_bytes(digest(fill)[..8].try_into().unwrap()));
    let seeds: Vec<Seed> = rows.iter().map(|row| row.tensor_seed).collect();
    assert_eq!(seeds, [seed(7), seed(8), seed(7)]);
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 2);
    for fill in [7, 8] {
        let path = kept.join(format!("{}.f32", hexadecimal(&digest(fill))));
        assert!(fs::read(path).unwrap() == floats(fill));
    }

    assert_eq!(header.workload.name, "tuesday");
    header.workload.validate().unwrap();
    assert_eq!(header.models[0].shape, shape);
    let step = &header.provenance[0];
    assert_eq!(step.operation, "record");
    assert_eq!(step.parameters["rows"], "3");
    assert_eq!(step.parameters["scheduler"], scheduler.address.to_string());
    assert_eq!(step.parameters["slo"], "urgent=100ms,normal=500ms,relaxed=2s");
    let ids: Vec<i64> = rows.iter().map(|row| row.request.id.0).collect();
    assert_eq!(ids, [10, 11, 12]);
    assert!(rows.iter().all(|row| header.slos[usize::from(row.slo)] == "longer"), "{header:?}");
}

/// All are forwarded: the echo of `send` proves it.
#[test]
fn what_cannot_be_recorded_is_forwarded_and_counted() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &["--json", "--message-mib", "1"]);
    let sound = InferRequest {
        tier: 1,
        deadline_ns: 0,
        model_name: "m".to_owned(),
        input_tensor: vec![0; 16].into(),
        input_shape: vec![1, 4],
    };
    let with = |change: fn(&mut InferRequest)| {
        let mut request = sound.clone();
        change(&mut request);
        framed(&request)
    };
    let mut bodies = vec![
        framed(&sound),
        with(|request| request.input_shape.clear()),
        with(|request| request.tier = 4),
        with(|request| request.model_name.clear()),
        with(|request| request.model_name = "a\nb".to_owned()),
        with(|request| request.model_name = "m".repeat(2_000)),
        with(|request| request.input_shape = vec![5]),
        with(|request| request.input_tensor.clear()),
        Bytes::from_static(b"no gRPC at all"),
        Bytes::new(),
        Bytes::from_static(&[1, 0, 0, 0, 1, 9]),
        with(|request| request.input_tensor = vec![0; 2 << 20].into()),
    ];
    let cut = framed(&sound);
    bodies.push(cut.slice(..cut.len() - 1));
    send(&recorder, &bodies);
    // One that its client does not send to its end.
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    let (response, mut stream) = runtime.block_on(client.start(client.request(wire::INFER_PATH)));
    stream.send_data(cut.slice(..9), false).unwrap();
    let mut back = runtime.block_on(within(response)).unwrap().into_body();
    assert_eq!(runtime.block_on(within(back.data())).unwrap().unwrap(), cut[..9]);
    drop((back, stream, client));
    // Calls of other methods are not requests.
    runtime.block_on(async {
        let client = Client::connect(recorder.address).await;
        let other = client.request("/grpc.health.v1.Health/Check");
        client.call(other, Bytes::from_static(&[0; 5])).await.unwrap();
    });

    let journal = recorder.path("t.arrow.journal");
    poll_until(|| fs::read_to_string(&journal).unwrap().contains("incomplete"), "the last count");
    let ended = recorder.stop();
    let (header, rows) = ended.trace();
    let json = ended.json();
    let expected = serde_json::json!({
        "bad_tier": 1, "bad_model": 3, "bad_shape": 2, "malformed": 3, "compressed": 1,
        "too_large": 1, "incomplete": 1,
    });
    assert_eq!(json["unrecorded"], expected, "{}", text(&ended.output));
    assert_eq!(json["other_calls"], 1);
    assert_eq!(header.provenance[0].parameters["unrecorded.bad_model"], "3");
    assert_eq!(rows.len(), 2);
    // No shape is that of a list, and no deadline is a class of its own.
    let shapes: Vec<&[i32]> = header.models.iter().map(|model| &model.shape[..]).collect();
    assert_eq!(shapes, [&[1, 4][..], &[4]]);
    assert_eq!(header.models[1].name, "m@4");
    assert_eq!(json["further_shapes"], serde_json::json!(["m@4"]));
    assert!(rows.iter().all(|row| header.slos[usize::from(row.slo)] == "none"));
}

#[test]
fn a_limit_or_a_duration_ends_it() {
    let scheduler = Scheduler::start(Character::Echo);
    let recorder = Recorder::start(scheduler.address, &["--limit", "3"]);
    send(&recorder, &[body("m", &[1], 0), body("m", &[1], 1)]);
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    runtime.block_on(client.infer(3, body("m", &[1], 2)));
    assert_eq!(recorder.wait().trace().1.len(), 3);

    let recorder = Recorder::start(scheduler.address, &["--duration", "1ms"]);
    let ended = recorder.wait();
    assert_eq!(ended.output.status.code(), Some(2), "{}", text(&ended.output));
    assert!(text(&ended.output).contains("no request was recorded"), "{}", text(&ended.output));
    assert_eq!(fs::read_dir(ended.folder.path()).unwrap().count(), 0, "nothing is left");
}

/// Calls in flight are finished; a second signal does not wait for them.
#[test]
fn a_signal_drains_and_a_second_one_ends() {
    let scheduler = Scheduler::start(Character::Silent);
    let recorder = Recorder::start(scheduler.address, &["--grace-ms", "3600000"]);
    let runtime = runtime();
    let client = runtime.block_on(Client::connect(recorder.address));
    let (_response, mut stream) = runtime.block_on(client.start(client.request(wire::INFER_PATH)));
    stream.send_data(body("m", &[4], 0), true).unwrap();
    poll_until(|| scheduler.seen().len() == 1, "the request");
    recorder.signal();
    // It takes no more connections once it drains.
    poll_until(|| std::net::TcpStream::connect(recorder.address).is_err(), "the end of listening");
    assert_eq!(recorder.stop().trace().1.len(), 1);
}
