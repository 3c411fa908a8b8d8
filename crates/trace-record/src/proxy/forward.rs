//! One call, passed on: headers, frames and trailers, as they come and in both directions.
//!
//! Nothing here knows gRPC but the answer that stands in for a scheduler that is gone. A piece of
//! a body is taken from one side's window once the other side has taken it, so whoever is slow
//! slows the one who sends to him and no memory fills up.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Request, Response};

use super::upstream::Upstream;
use crate::capture::Capture;

/// How a call ended, for the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The scheduler answered, whatever it said, or the client gave up.
    Answered,
    /// The scheduler was not there, or went away.
    Unavailable,
}

/// Why a call cannot go on.
enum Broken {
    /// The client has reset the stream or closed the connection.
    Client,
    /// The scheduler has reset the stream.
    Reset(Reason),
    /// The connection to the scheduler broke.
    Lost(String),
}

/// Passes one call on, and what it carries to `capture`.
pub(crate) async fn forward(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    upstream: &Upstream,
    capture: Capture,
) -> End {
    let (head, body) = request.into_parts();
    let mut intake = Intake { body, capture: Some(capture) };
    let end_of_stream = intake.body.is_end_stream();
    let (response, outlet) = match upstream.open(&head, end_of_stream).await {
        Ok(opened) => opened,
        Err(error) => {
            intake.finish().await;
            let why = format!("trace-record cannot reach the scheduler: {error}");
            answer_unavailable(&mut respond, &why);
            return End::Unavailable;
        }
    };
    let wanted = intake.is_wanted();
    let mut request_side = pin!(intake.pass_on((!end_of_stream).then_some(outlet)));
    let mut response_side = pin!(relay(response, &mut respond));
    tokio::select! {
        result = &mut response_side => {
            if wanted {
                // What is to be recorded is read to its end, whatever the answer was.
                let _ = request_side.await;
            }
            settle(result)
        }
        result = &mut request_side => match result {
            // Dropping both sides resets the scheduler's stream.
            Err(Gone) => End::Answered,
            Ok(()) => settle(response_side.await),
        }
    }
}

fn settle(result: Result<(), Lost>) -> End {
    match result {
        Ok(()) => End::Answered,
        Err(Lost) => End::Unavailable,
    }
}

/// The client is gone.
struct Gone;

/// The scheduler is gone, and the client was told.
struct Lost;

/// The request's body, on its way in.
struct Intake {
    body: RecvStream,
    /// `None` once all was handed over.
    capture: Option<Capture>,
}

impl Intake {
    fn is_wanted(&self) -> bool {
        self.capture.as_ref().is_some_and(Capture::is_wanted)
    }

    /// Reads on for the recording alone.
    async fn finish(mut self) {
        if self.is_wanted() {
            let _ = self.pass_on(None).await;
        }
    }

    /// Reads the body to its end, into `outlet` for as long as that takes it.
    async fn pass_on(&mut self, mut outlet: Option<SendStream<Bytes>>) -> Result<(), Gone> {
        while let Some(piece) = self.body.data().await {
            let piece = piece.map_err(|_| Gone)?;
            let len = piece.len();
            if let Some(capture) = &mut self.capture {
                capture.push(&piece);
            }
            let last = self.body.is_end_stream();
            if let Some(stream) = &mut outlet
                && send(stream, piece, last).await.is_err()
            {
                // The answer tells why.
                outlet = None;
            }
            if outlet.is_none() && !self.is_wanted() {
                return Ok(());
            }
            self.body.flow_control().release_capacity(len).map_err(|_| Gone)?;
            if last {
                self.complete();
                return Ok(());
            }
        }
        let trailers = self.body.trailers().await.map_err(|_| Gone)?;
        if let Some(mut stream) = outlet {
            // As above, a failure shows in the answer.
            let _ = match trailers {
                Some(trailers) => stream.send_trailers(trailers),
                None => stream.send_data(Bytes::new(), true),
            };
        }
        self.complete();
        Ok(())
    }

    fn complete(&mut self) {
        if let Some(capture) = self.capture.take() {
            capture.complete();
        }
    }
}

/// Passes the answer on.
async fn relay(response: ResponseFuture, respond: &mut SendResponse<Bytes>) -> Result<(), Lost> {
    let mut outlet = None;
    let broken = match relay_whole(response, respond, &mut outlet).await {
        Ok(()) => return Ok(()),
        Err(broken) => broken,
    };
    match (broken, outlet) {
        (Broken::Client, _) => Ok(()),
        (Broken::Reset(reason), None) => {
            respond.send_reset(reason);
            Ok(())
        }
        (Broken::Reset(reason), Some(mut outlet)) => {
            outlet.send_reset(reason);
            Ok(())
        }
        (Broken::Lost(why), None) => {
            answer_unavailable(respond, &why);
            Err(Lost)
        }
        (Broken::Lost(why), Some(mut outlet)) => {
            // Where even this fails the client is gone too.
            let _ = outlet.send_trailers(unavailable(&why));
            Err(Lost)
        }
    }
}

async fn relay_whole(
    mut response: ResponseFuture,
    respond: &mut SendResponse<Bytes>,
    outlet: &mut Option<SendStream<Bytes>>,
) -> Result<(), Broken> {
    let answer = poll_fn(|cx| {
        if respond.poll_reset(cx).is_ready() {
            return Poll::Ready(Err(Broken::Client));
        }
        Future::poll(std::pin::Pin::new(&mut response), cx).map_err(of_upstream)
    });
    let (head, mut body) = answer.await?.into_parts();
    let only_headers = body.is_end_stream();
    let sent = respond.send_response(Response::from_parts(head, ()), only_headers);
    let stream = outlet.insert(sent.map_err(|_| Broken::Client)?);
    if only_headers {
        return Ok(());
    }
    loop {
        let piece = poll_fn(|cx| {
            if stream.poll_reset(cx).is_ready() {
                return Poll::Ready(Err(Broken::Client));
            }
            body.poll_data(cx).map(|piece| piece.transpose().map_err(of_upstream))
        });
        let Some(piece) = piece.await? else { break };
        let (len, last) = (piece.len(), body.is_end_stream());
        send(stream, piece, last).await.map_err(|_| Broken::Client)?;
        body.flow_control().release_capacity(len).map_err(of_upstream)?;
        if last {
            return Ok(());
        }
    }
    match body.trailers().await.map_err(of_upstream)? {
        Some(trailers) => stream.send_trailers(trailers),
        None => stream.send_data(Bytes::new(), true),
    }
    .map_err(|_| Broken::Client)
}

/// Sends a piece as the other side's window lets it.
async fn send(
    stream: &mut SendStream<Bytes>,
    mut piece: Bytes,
    end_of_stream: bool,
) -> Result<(), h2::Error> {
    while !piece.is_empty() {
        stream.reserve_capacity(piece.len());
        let mut room = stream.capacity();
        if room == 0 {
            match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(more) => room = more?,
                // The stream is closed; sending says why.
                None => return stream.send_data(piece, end_of_stream),
            }
        }
        if room >= piece.len() {
            return stream.send_data(piece, end_of_stream);
        }
        stream.send_data(piece.split_to(room), false)?;
    }
    if end_of_stream { stream.send_data(piece, true) } else { Ok(()) }
}

fn of_upstream(error: h2::Error) -> Broken {
    match error.reason() {
        Some(reason) if error.is_reset() => Broken::Reset(reason),
        _ => Broken::Lost(format!("trace-record lost the scheduler: {error}")),
    }
}

/// What a gRPC server answers that cannot serve.
fn answer_unavailable(respond: &mut SendResponse<Bytes>, why: &str) {
    let mut response = Response::new(());
    *response.headers_mut() = unavailable(why);
    let content_type = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    // A client that is gone needs no answer.
    let _ = respond.send_response(response, true);
}

fn unavailable(why: &str) -> HeaderMap {
    const UNAVAILABLE: HeaderValue = HeaderValue::from_static("14");
    // The message is percent-encoded; what need not be, is printable ASCII but the sign itself.
    let encoded: String = why.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b' '..=b'~' if byte != b'%' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    });
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", UNAVAILABLE);
    if let Ok(message) = HeaderValue::from_str(&encoded) {
        headers.insert("grpc-message", message);
    }
    headers
}
