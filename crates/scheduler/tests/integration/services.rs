//! The services beside the scheduler's own: health and reflection.

use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::support::{Fixture, config};

#[test]
fn the_server_and_its_service_are_serving() {
    let fixture = Fixture::new(config());
    let mut client = HealthClient::new(fixture.client.channel.clone());
    for service in ["", "scheduler.SchedulerService"] {
        let check = client.check(HealthCheckRequest { service: service.to_owned() });
        let answer = fixture.runtime.block_on(check).unwrap().into_inner();
        assert_eq!(answer.status, ServingStatus::Serving as i32, "{service:?}");
    }
    let check = client.check(HealthCheckRequest { service: "other.Service".to_owned() });
    let status = fixture.runtime.block_on(check).unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);
}

#[test]
fn reflection_lists_the_service_and_describes_it() {
    let fixture = Fixture::new(config());
    let ask = |message_request| {
        let host = String::new();
        let request = ServerReflectionRequest { host, message_request: Some(message_request) };
        let channel = fixture.client.channel.clone();
        fixture.runtime.block_on(async {
            let answers = ServerReflectionClient::new(channel)
                .server_reflection_info(tokio_stream::once(request))
                .await
                .unwrap();
            answers.into_inner().message().await.unwrap().unwrap().message_response.unwrap()
        })
    };
    let MessageResponse::ListServicesResponse(list) =
        ask(MessageRequest::ListServices(String::new()))
    else {
        panic!("no list of services");
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"scheduler.SchedulerService"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");

    let symbol = "scheduler.SchedulerService.Infer".to_owned();
    let answer = ask(MessageRequest::FileContainingSymbol(symbol));
    let MessageResponse::FileDescriptorResponse(files) = answer else {
        panic!("no description: {answer:?}");
    };
    assert!(!files.file_descriptor_proto.is_empty());
}
