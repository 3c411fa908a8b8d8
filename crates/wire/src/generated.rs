//! What the generator makes of the files in `proto/`; nothing in the folder is edited by hand.
//!
//! `REPRISE_REGENERATE=1 cargo test -p wire --test integration` writes it anew; without the
//! variable the same test compares it byte for byte. Files are included rather than declared as
//! modules so that rustfmt leaves them as the generator wrote them.

#![allow(
    missing_docs,
    unused_qualifications,
    clippy::use_self,
    reason = "the generator's style is not ours"
)]

include!("generated/scheduler.rs");

/// The package of the Open Inference Protocol.
pub(crate) mod inference {
    include!("generated/inference.rs");
}
