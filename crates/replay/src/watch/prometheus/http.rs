//! As much of HTTP/1.1 as a scrape needs, with a bound on everything.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest head of a request.
const HEAD_MAX: usize = 8 << 10;

/// How long a client may take to ask, and again to take its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a read waits until it looks whether to go on.
const GRAIN: Duration = Duration::from_millis(100);

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Reads one request and answers it; `metrics` is the text for `/metrics`.
///
/// # Errors
/// Where the client goes away, is too slow, or `closed` turns true while it asks.
pub(super) fn answer(
    client: &TcpStream,
    metrics: impl FnOnce() -> String,
    closed: &AtomicBool,
) -> io::Result<()> {
    client.set_read_timeout(Some(GRAIN))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let head = read_head(client, closed)?;
    let (status, body) = match head.as_deref().map(target) {
        None => ("431 Request Header Fields Too Large", String::new()),
        Some(None) => ("400 Bad Request", String::new()),
        Some(Some((method, _))) if !matches!(method, "GET" | "HEAD") => {
            ("405 Method Not Allowed", String::new())
        }
        Some(Some((_, path))) if path != "/metrics" => {
            ("404 Not Found", "metrics are at /metrics\n".to_owned())
        }
        Some(Some(_)) => ("200 OK", metrics()),
    };
    let kind = if status.starts_with("200") { CONTENT_TYPE } else { "text/plain" };
    let allow = if status.starts_with("405") { "allow: GET, HEAD\r\n" } else { "" };
    let length = body.len();
    let mut response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{allow}\
         connection: close\r\n\r\n"
    );
    if !head.is_some_and(|head| head.starts_with(b"HEAD ")) {
        response.push_str(&body);
    }
    write_all(client, response.as_bytes())
}

/// The head of the request up to its empty line; `None` where it is too long.
fn read_head(mut client: &TcpStream, closed: &AtomicBool) -> io::Result<Option<Vec<u8>>> {
    let until = Instant::now() + PATIENCE;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while Instant::now() < until && !closed.load(Ordering::Relaxed) {
        match client.read(&mut part) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => head.extend_from_slice(&part[..count]),
            Err(error) if is_early(&error) => continue,
            Err(error) => return Err(error),
        }
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(Some(head));
        }
        if head.len() > HEAD_MAX {
            return Ok(None);
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// Writes all or nothing more than a client with patience could expect.
fn write_all(mut client: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    let until = Instant::now() + PATIENCE;
    while !bytes.is_empty() {
        if Instant::now() >= until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = client.write(bytes)?;
        bytes = bytes.get(count..).filter(|_| count > 0).ok_or(io::ErrorKind::WriteZero)?;
    }
    client.shutdown(std::net::Shutdown::Write)
}

fn is_early(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Method and path of a request, without the query; `None` where it is none.
fn target(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_request = version.starts_with("HTTP/1.") && words.next().is_none();
    let path = target.split('?').next()?;
    is_request.then_some((method, path))
}
