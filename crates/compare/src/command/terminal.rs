//! How wide the terminal is that the result goes to.

use rustix::termios::tcgetwinsize;

/// Its columns: what $COLUMNS says, wherever the result goes, or what the terminal says itself;
/// `None` where stdout is no terminal and nobody says.
pub(super) fn columns() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col.into());
    told.or_else(asked).filter(|columns| *columns > 0)
}
