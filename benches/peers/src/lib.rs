//! What it takes to set Reprise beside other load generators: a receiver that stamps what arrives,
//! clients to compare with, and the tables that come of the stamps.
//!
//! Nothing here is part of the product. `benches/peers/README.md` says what is measured and how it
//! is kept fair; the scripts beside it run everything.
//!
//! - [`sink`] is the receiver, [`stamps`] its table;
//! - [`bare_h2`] is a client without a schedule: the yardstick of what the HTTP/2 library gives;
//!   [`naive`] is the client that most would write;
//! - [`schedule`] is what clients are to follow, [`cpu`] what they cost;
//! - [`round`] is what one run of one client comes to, [`own`] what replay itself says of it,
//!   [`table`] sets rounds side by side.
//!
//! ```
//! use peers::stamps;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("stamps.arrow");
//! stamps::write(&path, &[])?;
//! assert!(stamps::read(&path)?.is_empty());
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod bare_h2;
pub mod cli;
mod clock;
mod command;
pub mod cpu;
pub mod naive;
pub mod own;
pub mod round;
pub mod schedule;
pub mod sink;
pub mod stamps;
pub mod table;
