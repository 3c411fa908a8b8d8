//! Reading Arrow and Parquet files that may be damaged, with libraries that trust them.
//!
//! The libraries panic on some damaged files and make room for whatever a page claims to hold.
//! Readers of traces and of outcomes look at [`pages`] before a file is decoded, and make their
//! calls through [`guarded()`].

mod guarded;
pub mod pages;

pub use guarded::guarded;
