//! The gRPC method: a message in, a place in the cluster, an answer out.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cluster::Emulation;
use crossbeam_channel::Sender;
use policy::RefusalReason;
use request::{ModelId, Moment, Request, RequestId, Tier};
use tokio::sync::{Semaphore, oneshot};
use tonic::{Response, Status};
use wire::scheduler_service_server::SchedulerService;
use wire::{InferRequest, InferResponse, REQUEST_ID_HEADER};

use crate::clock::Clock;
use crate::core::{Answer, Arrival, Client};

/// Answers `Infer`; cloned for each connection.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) arrivals: Sender<Option<Arrival>>,
    pub(crate) clock: Clock,
    pub(crate) emulation: Arc<Emulation>,
    /// Models of the profile that no worker can hold.
    pub(crate) unserved: Arc<[ModelId]>,
    /// A permit for each request that may be in flight; more are refused.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) in_flight_max: usize,
    /// Ids of requests that bring none.
    pub(crate) next_id: Arc<AtomicI64>,
}

#[tonic::async_trait]
impl SchedulerService for Service {
    async fn infer(
        &self,
        request: tonic::Request<InferRequest>,
    ) -> Result<Response<InferResponse>, Status> {
        let arrival = self.clock.now();
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            let message = format!("{} requests are in flight already", self.in_flight_max);
            return Ok(refusal(request.get_ref(), message));
        };
        let id = self.request_id(&request)?;
        // The tensor's memory goes back here: emulated workers have no use for it.
        let message = InferRequest { input_tensor: Default::default(), ..checked(request)? };
        let request = self.understand(&message, id, arrival)?;
        if request.deadline <= arrival {
            return Err(expired("it came after its deadline"));
        }
        let (answer, answered) = oneshot::channel();
        // A closed channel shows at the receiver, too.
        let _ = self
            .arrivals
            .send(Some(Arrival { request, client: Client { answer, _permit: permit } }));
        match answered.await {
            Ok(Answer::Served) => Ok(success(&message)),
            Ok(Answer::Refused(RefusalReason::Expired)) => {
                Err(expired("its deadline passed while it waited"))
            }
            Ok(Answer::Refused(RefusalReason::Rejected)) => {
                Ok(refusal(&message, "the policy turned it away".to_owned()))
            }
            Ok(Answer::Lost) => Err(Status::unavailable("the worker that ran the request failed")),
            Err(_) => Err(Status::internal("the scheduler has stopped")),
        }
    }
}

impl Service {
    /// The id that the client sent along, or the next of our own.
    fn request_id(&self, request: &tonic::Request<InferRequest>) -> Result<RequestId, Status> {
        let Some(value) = request.metadata().get(REQUEST_ID_HEADER) else {
            return Ok(RequestId(self.next_id.fetch_add(1, Ordering::Relaxed)));
        };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        id.map(RequestId).ok_or_else(|| {
            Status::invalid_argument(format!("{REQUEST_ID_HEADER} is not a decimal integer"))
        })
    }

    /// The request as a policy sees it.
    fn understand(
        &self,
        message: &InferRequest,
        id: RequestId,
        arrival: Moment,
    ) -> Result<Request, Status> {
        let tier = Tier::from_number(message.tier.into()).ok_or_else(|| {
            Status::invalid_argument(format!("tier {} is not 1, 2 or 3", message.tier))
        })?;
        let model = self.model(&message.model_name)?;
        // An absent deadline reads as 0 on the wire: such a request is never too late.
        let deadline = match message.deadline_ns {
            0 => Moment::MAX,
            unix_ns => self.clock.moment(unix_ns),
        };
        Ok(Request { id, arrival, deadline, tier, model })
    }

    fn model(&self, name: &str) -> Result<ModelId, Status> {
        let model = self.emulation.profile.model(name);
        let model = model.map_err(|error| Status::not_found(error.to_string()))?;
        if self.unserved.contains(&model) {
            return Err(Status::not_found(format!("no worker can hold model '{name}'")));
        }
        Ok(model)
    }
}

/// The message, once its tensor has as many numbers as its shape says. No shape is any shape.
fn checked(request: tonic::Request<InferRequest>) -> Result<InferRequest, Status> {
    let message = request.into_inner();
    let expected = message.input_shape.iter().try_fold(1i64, |product, &side| {
        (side >= 0).then(|| product.checked_mul(side.into())).flatten()
    });
    let count = (message.input_tensor.len() / size_of::<f32>()) as i64;
    if message.input_shape.is_empty() || expected == Some(count) {
        return Ok(message);
    }
    let shape = &message.input_shape;
    Err(Status::invalid_argument(format!("the tensor has {count} numbers, its shape is {shape:?}")))
}

fn success(message: &InferRequest) -> Response<InferResponse> {
    let deadline_ns = message.deadline_ns;
    Response::new(InferResponse { deadline_ns, success: true, message: String::new() })
}

fn refusal(request: &InferRequest, message: String) -> Response<InferResponse> {
    let deadline_ns = request.deadline_ns;
    Response::new(InferResponse { deadline_ns, success: false, message })
}

fn expired(why: &str) -> Status {
    Status::deadline_exceeded(format!("the request has expired: {why}"))
}
