//! What the generator makes of `proto/scheduler.proto`; nothing in the folder is edited by hand.
//!
//! `REPRISE_REGENERATE=1 cargo test -p wire --test integration` writes it anew; without the
//! variable the same test compares it byte for byte. The file is included rather than declared as
//! a module so that rustfmt leaves it as the generator wrote it.

#![allow(
    missing_docs,
    unused_qualifications,
    clippy::use_self,
    reason = "the generator's style is not ours"
)]

include!("generated/scheduler.rs");
