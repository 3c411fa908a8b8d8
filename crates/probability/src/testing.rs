//! What tests share.

/// Fails where `found` is off by more than this part of `expected`.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, part: f64) {
    let off = ((found - expected) / expected).abs();
    assert!(off < part || found == expected, "{found:e} instead of {expected:e}: off by {off:e}");
}
