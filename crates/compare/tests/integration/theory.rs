//! The method on numbers of which the truth is known: what it promises, it must keep.
//!
//! Runs are made of rows in memory, in hundreds of draws from fixed seeds, and shares are held to
//! bands that a right method leaves once in a thousand. Runs of a simulated server are in
//! `benches/tests/self_test`.

mod band;
mod blocks;
mod draws;
mod family;
mod runs;
