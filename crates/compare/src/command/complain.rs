//! Words on stderr, which may be closed: a complaint that nobody hears ends nothing.

use std::io::Write;

/// Writes a line to stderr.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
