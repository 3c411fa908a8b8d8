//! The crate against real servers, which are called without a socket.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

mod reflection;
