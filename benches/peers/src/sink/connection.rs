//! A connection of the sink: a socket, and the session behind it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use rustix::event::epoll::EventFlags;

use super::session::{Arrived, Refusal, Session};
use crate::clock;

/// Replies that wait for a client to read; while there are more, nothing is read from it.
const UNREAD_MAX: usize = 1 << 20;

/// Why a connection is no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    /// The client closed it.
    #[error("closed by the client")]
    Closed,
    /// The system did.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The sink does.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

pub(crate) struct Connection {
    socket: TcpStream,
    session: Session,
    out: Vec<u8>,
    /// Of `out`, what has been written.
    written: usize,
}

impl Connection {
    pub(crate) fn new(socket: TcpStream, frame_size_max: u32) -> Result<Self, Ended> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let mut out = Vec::new();
        let session = Session::new(frame_size_max, &mut out);
        let mut connection = Self { socket, session, out, written: 0 };
        connection.write()?;
        Ok(connection)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// What it waits for.
    pub(crate) fn interest(&self) -> EventFlags {
        let unread = self.out.len() - self.written;
        let mut interest = EventFlags::empty();
        interest.set(EventFlags::IN, unread < UNREAD_MAX);
        interest.set(EventFlags::OUT, unread > 0);
        interest
    }

    pub(crate) fn has_written(&self) -> bool {
        self.written == self.out.len()
    }

    /// Reads once, stamps it, and writes as much as the client takes.
    pub(crate) fn attend(
        &mut self,
        buffer: &mut [u8],
        arrived: &mut impl FnMut(Arrived),
    ) -> Result<(), Ended> {
        if self.interest().contains(EventFlags::IN) {
            match self.socket.read(buffer) {
                Ok(0) => return Err(Ended::Closed),
                Ok(len) => {
                    // After the read: a stamp never says that bytes came before they did.
                    let now = clock::stamp();
                    self.session.receive(&buffer[..len], now, &mut self.out, arrived)?;
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.write()?;
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.has_written() {
            match self.socket.write(&self.out[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(len) => self.written += len,
                Err(error) if is_passing(&error) => {
                    // A client that always lags a little must not make this grow for ever.
                    if self.written > UNREAD_MAX {
                        self.out.drain(..self.written);
                        self.written = 0;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.written = 0;
        Ok(())
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
