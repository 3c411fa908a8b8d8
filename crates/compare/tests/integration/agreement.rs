//! Simulation against reality, as a library and as a command.

mod command;
mod explained;
mod fates;
mod model;
mod refusals;
mod verdict;
