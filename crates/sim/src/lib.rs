//! sim
mod engine;
pub use engine::{Fate, simulate};
