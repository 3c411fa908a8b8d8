//! trace
fn main() {}
