//! A server of bytes, which does with its connections what a test wants.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

#[expect(dead_code, reason = "it has the frames of other tests as well")]
#[path = "../../../tests/integration/support/frame.rs"]
pub(super) mod frame;

/// Listens until its thread has no client left.
pub(super) struct Liar {
    pub(super) address: SocketAddr,
}

/// A connection, as a script sees it.
pub(super) struct Link(TcpStream);

impl Liar {
    /// Does this with each connection, one after the other, and closes it.
    pub(super) fn start(script: impl Fn(&mut Link) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // It listens as long as the process, since nobody needs its end.
        thread::spawn(move || {
            listener.incoming().for_each(|stream| script(&mut Link(stream.unwrap())));
        });
        Self { address }
    }
}

impl Link {
    /// Reads the preface and sends settings; false where the client has gone.
    pub(super) fn greet(&mut self) -> bool {
        self.0.read_exact(&mut [0; 24]).is_ok() && self.write(&frame::settings(&[]))
    }

    /// Writes bytes; false where the client has gone.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// Reads to the end of a call, and gives back its stream; `None` where the client has gone.
    pub(super) fn call(&mut self) -> Option<u32> {
        loop {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).ok()?;
            let [a, b, c, kind, flags, stream @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            self.0.read_exact(&mut payload).ok()?;
            match kind {
                frame::DATA if flags & frame::END_STREAM != 0 => {
                    return Some(u32::from_be_bytes(stream));
                }
                frame::SETTINGS | frame::PING if flags & frame::ACK == 0 => {
                    let payload = if kind == frame::PING { &payload[..] } else { &[] };
                    self.write(&frame::frame(kind, frame::ACK, 0, payload));
                }
                _ => {}
            }
        }
    }

    /// Reads whatever comes, until the client goes.
    pub(super) fn listen(&mut self) {
        let mut bytes = [0; 1024];
        while self.0.read(&mut bytes).is_ok_and(|count| count > 0) {}
    }
}
