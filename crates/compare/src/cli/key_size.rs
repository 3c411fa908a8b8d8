//! `METRIC=SIZE` on the command line.

use compare::{Pattern, Size};

/// Reads `tier1/p99=5%`.
///
/// # Errors
/// Where the metric or the size cannot be understood.
pub(super) fn parse(text: &str) -> Result<(Pattern, Size), String> {
    let (key, size) = text
        .split_once('=')
        .ok_or_else(|| "write METRIC=SIZE, for example tier1/p99=5%".to_owned())?;
    Ok((key.parse()?, size.parse()?))
}
