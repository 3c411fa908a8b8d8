//! The real binary against real servers, honest and otherwise.

mod command;
mod foreign;
mod honesty;
mod support;
