//! Known answers: the engine against queueing theory, and against laws that are exact.
//!
//! The runs here are long and random, so a figure is compared within the confidence band of its own
//! run ([`band`]); seeds are fixed, so a test gives the same answer every time. The laws of
//! [`exact`] hold to the nanosecond on any run, so they have no band.
//!
//! [`lab`] runs the engine, and checks Little's law exactly on every run that any of these tests
//! makes. Times are in ms where they are real numbers, and in ns where they are whole.

mod band;
mod batches;
mod exact;
mod formulas;
mod impatience;
mod lab;
mod loss;
mod one_worker;
mod preemption;
mod several_workers;
mod tiers;
mod traffic;
