//! Hostile peers and a hostile machine: every run ends, and its table tells what happened.
//!
//! Each test is black box: a command line goes in; rows, stdout, stderr and exit code come out. So
//! the tests hold for any engine. What a failure is called follows gRPC's own documents: its "HTTP
//! to gRPC Status Code Mapping", and "HTTP2 Transport Mapping: Errors" of "gRPC over HTTP2".

mod disk;
mod kill;
mod loss;
mod replies;
mod resets;
mod signals;
mod start;
mod violations;
mod windows;
