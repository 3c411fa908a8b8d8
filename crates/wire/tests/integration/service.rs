//! Messages and their frames against tonic's own client and server, joined without a socket.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use prost::Message;
use request::Tier;
use tonic::codegen::{Service, http};
use tonic::{Request, Response, Status, async_trait};
use wire::scheduler_service_client::SchedulerServiceClient;
use wire::scheduler_service_server::{SchedulerService, SchedulerServiceServer};
use wire::{INFER_PATH, InferRequest, InferResponse, framed, reply_message};

/// Answers with what it was asked, and keeps the requests it saw.
#[derive(Default)]
struct Echo {
    seen: Mutex<Vec<InferRequest>>,
}

#[async_trait]
impl SchedulerService for Echo {
    async fn infer(
        &self,
        request: Request<InferRequest>,
    ) -> Result<Response<InferResponse>, Status> {
        let request = request.into_inner();
        let response = InferResponse {
            deadline_ns: request.deadline_ns,
            success: request.tier() == Some(Tier::Vip),
            message: format!("{} {:?}", request.model_name, request.input_shape),
        };
        self.seen.lock().unwrap().push(request);
        Ok(Response::new(response))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_generated_client_and_server_carry_our_request() {
    let echo = Arc::new(Echo::default());
    let mut client = SchedulerServiceClient::new(SchedulerServiceServer::from_arc(echo.clone()));
    let request = InferRequest {
        tier: 1,
        deadline_ns: 99,
        model_name: "m".into(),
        input_tensor: Bytes::from(vec![7; 602_112]),
        input_shape: vec![1, 3, 224, 224],
    };
    let response = block_on(client.infer(request.clone())).unwrap().into_inner();
    assert_eq!(response.deadline_ns, 99);
    assert!(response.success);
    assert_eq!(response.message, "m [1, 3, 224, 224]");
    assert_eq!(*echo.seen.lock().unwrap(), [request]);
}

#[test]
fn a_generated_server_reads_a_framed_message_and_its_reply_is_read() {
    let echo = Arc::new(Echo::default());
    let request = InferRequest {
        tier: 2,
        deadline_ns: -7,
        model_name: "resnet50".into(),
        input_tensor: Bytes::from(vec![0x3f; 24]),
        input_shape: vec![2, 3],
    };
    let call = http::Request::post(INFER_PATH)
        .header(http::header::CONTENT_TYPE, "application/grpc")
        .body(Full::new(framed(&request).unwrap()))
        .unwrap();

    let reply = block_on(async {
        let reply = SchedulerServiceServer::from_arc(echo.clone()).call(call).await.unwrap();
        reply.into_body().collect().await.unwrap().to_bytes()
    });
    assert_eq!(
        InferResponse::decode(reply_message(&reply).unwrap()).unwrap(),
        InferResponse { deadline_ns: -7, success: false, message: "resnet50 [2, 3]".into() }
    );
    assert_eq!(*echo.seen.lock().unwrap(), [request]);
}
