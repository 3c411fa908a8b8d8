//! Methods as tonic's reflection service describes them, in both of its versions.

use std::convert::Infallible;
use std::path::Path;

use http_body_util::{BodyExt, Full};
use prost::bytes::Bytes;
use targets::{Ask, Method, Refusal};
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic_reflection::server::Builder;

/// Bytes before each message of gRPC: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// A service that is called in this thread.
struct InProcess<S> {
    path: &'static str,
    service: S,
}

impl<S> Ask for InProcess<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
{
    fn call(&mut self, path: &str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        if path != self.path {
            return Err(Refusal::Status { code: 12, message: "unknown service".to_owned() });
        }
        let mut framed = vec![0];
        framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        framed.extend(message);
        let request = http::Request::post(path)
            .header("content-type", "application/grpc")
            .body(Body::new(Full::new(Bytes::from(framed))))
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (body, trailers) = runtime.block_on(async {
            let response = self.service.call(request).await.unwrap();
            let headers = response.headers().clone();
            let body = response.into_body().collect().await.unwrap();
            let trailers = body.trailers().cloned().unwrap_or(headers);
            (body.to_bytes(), trailers)
        });
        match trailers["grpc-status"].to_str().unwrap().parse().unwrap() {
            0 => {}
            code => return Err(Refusal::Status { code, message: format!("{trailers:?}") }),
        }
        let length = u32::from_be_bytes(body[1..PREFIX_BYTES].try_into().unwrap());
        Ok(body[PREFIX_BYTES..][..length as usize].to_vec())
    }
}

fn builder(set: &[u8]) -> Builder<'_> {
    Builder::configure().register_encoded_file_descriptor_set(set)
}

fn check(ask: &mut dyn Ask) {
    let method = Method::from_server(ask, "scheduler.SchedulerService/Infer").unwrap();
    assert_eq!(method.path(), wire::INFER_PATH);

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let file = root.join("scheduler.proto");
    let compiled =
        Method::from_files(&[file], &[root], "scheduler.SchedulerService/Infer").unwrap();
    for (told, compiled) in
        [(method.request(), compiled.request()), (method.reply(), compiled.reply())]
    {
        assert_eq!(told.descriptor_proto(), compiled.descriptor_proto());
    }

    let error = Method::from_server(ask, "scheduler.Schedulers/Infer").unwrap_err().to_string();
    let expected = "the server has no service `scheduler.Schedulers` (a method is named \
                    pkg.Service/Method); its services are: scheduler.SchedulerService, \
                    grpc.reflection.";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn a_server_of_v1_describes_its_method() {
    let service = builder(wire::FILE_DESCRIPTOR_SET).build_v1().unwrap();
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    check(&mut InProcess { path, service });
}

#[test]
fn a_server_of_v1alpha_describes_its_method() {
    let service = builder(wire::FILE_DESCRIPTOR_SET).build_v1alpha().unwrap();
    let path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
    check(&mut InProcess { path, service });
}
